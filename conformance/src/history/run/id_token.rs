//! Reading ID tokens as a portal does, with keys fetched from the provider and no code of the provider's.

use crate::history::event::IdTokenSeen;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;
use std::collections::HashMap;

/// Published keys by `kid`.
pub type Jwks = HashMap<String, Value>;

/// The keys of a JWKS document.
pub fn keys(document: &Value) -> Jwks {
    let keys = document.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    keys.iter().filter_map(|key| Some((key.get("kid")?.as_str()?.to_owned(), key.clone()))).collect()
}

/// The `kid` that a token names.
pub fn kid(token: &str) -> Option<String> {
    text(&json(token.split('.').next()?)?, "kid")
}

/// What a token says, and what is wrong with it. `now` in seconds since 1970.
pub fn read(token: &str, jwks: &Jwks, issuer: &str, now: i64) -> IdTokenSeen {
    let claims = token.split('.').nth(1).and_then(json).unwrap_or_default();
    let problem = verify(token, jwks).err().or_else(|| wrong_claim(&claims, issuer, now));
    IdTokenSeen {
        kid: kid(token).unwrap_or_default(),
        sub: text(&claims, "sub").unwrap_or_default(),
        aud: audience(&claims),
        nonce: text(&claims, "nonce"),
        problem,
    }
}

/// One audience, as it is; anything else as it is written.
fn audience(claims: &Value) -> String {
    let aud = claims.get("aud").cloned().unwrap_or_default();
    let only = aud.as_array().filter(|all| all.len() == 1).and_then(|all| all.first()).unwrap_or(&aud);
    only.as_str().map_or_else(|| aud.to_string(), str::to_owned)
}

fn wrong_claim(claims: &Value, issuer: &str, now: i64) -> Option<String> {
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
    if text(claims, "iss").as_deref() != Some(issuer) {
        return Some(format!("iss is {:?}", claims.get("iss")));
    }
    let fresh = (now - 60..=now + 1).contains(&seconds("iat"));
    let alive = seconds("exp") >= now;
    (!fresh || !alive).then(|| format!("iat {}, exp {}, and it is {now}", seconds("iat"), seconds("exp")))
}

fn verify(token: &str, jwks: &Jwks) -> Result<(), String> {
    let (signed, signature) = token.rsplit_once('.').ok_or("it is no JWS")?;
    let signature = bytes(signature).ok_or("its signature is not base64url")?;
    let kid = kid(token).ok_or("it names no key")?;
    let key = jwks.get(&kid).ok_or_else(|| format!("its key {kid} is not published"))?;
    let part = |name: &str| text(key, name).and_then(|part| bytes(&part)).ok_or(format!("the key has no {name}"));
    let wrong = |_| "its signature is wrong".to_owned();
    match text(key, "kty").as_deref() {
        Some("EC") => {
            let point = [&[4], part("x")?.as_slice(), part("y")?.as_slice()].concat();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            public.verify(signed.as_bytes(), &signature).map_err(wrong)
        }
        Some("RSA") => {
            let public = RsaPublicKeyComponents { n: part("n")?, e: part("e")? };
            public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).map_err(wrong)
        }
        other => Err(format!("a key of type {other:?}")),
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&bytes(part)?).ok()
}

fn text(value: &Value, name: &str) -> Option<String> {
    Some(value.get(name)?.as_str()?.to_owned())
}
