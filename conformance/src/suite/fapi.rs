//! The clients of the plans of FAPI 2.0, two each. Each proves itself by a key of its own; the suite wants the private halves.

use super::{ISSUER, Outcome, Place, read};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The suite serves their addresses below this name. It is not that of the other clients, so that both kinds of plans can run at once.
const ALIAS: &str = "shenfen-fapi";
/// What they may ask for, and what the suite asks for.
const SCOPE: &str = "openid profile email address phone offline_access";

/// One of them.
struct Known {
    /// What the suite calls it.
    member: &'static str,
    id: &'static str,
    /// Whether its requests must be signed: FAPI 2.0 Message Signing.
    signs: bool,
    /// What follows the address for answers. The suite looks whether a query in it comes back.
    query: &'static str,
}

const CLIENTS: [Known; 4] = [
    Known { member: "client", id: "fapi", signs: false, query: "" },
    Known { member: "client2", id: "fapi_second", signs: false, query: QUERY },
    Known { member: "client", id: "fapi_signing", signs: true, query: "" },
    Known { member: "client2", id: "fapi_signing_second", signs: true, query: QUERY },
];
const QUERY: &str = "?dummy1=lorem&dummy2=ipsum";

fn keys_of(place: &Place, client: &Known) -> PathBuf {
    place.folder.join(format!("{}.keys.json", client.id))
}

/// Makes their keys and registers them.
pub(super) fn register(place: &Place) -> Outcome<()> {
    CLIENTS.iter().try_for_each(|client| add(place, client))
}

fn add(place: &Place, client: &Known) -> Outcome<()> {
    let private = key(client.id)?;
    let public = json!({ "keys": [public_half(&private)] });
    write(&keys_of(place, client), &json!({ "keys": [private] }))?;
    let published = place.folder.join(format!("{}.published.json", client.id));
    write(&published, &public)?;
    let redirect_uri = format!("{}/test/a/{ALIAS}/callback{}", place.suite(), client.query);
    let published = published.display().to_string();
    let name = format!("Conformance {}", client.id);
    let signed = format!("--require-signed-request-object={}", client.signs);
    #[rustfmt::skip]
    let arguments = [
        "clients", "add", client.id, "--name", &name, "--profile", "fapi2",
        "--auth-method", "private_key_jwt", "--jwks-file", &published, "--id-token-signed-response-alg", "ES256",
        "--redirect-uri", &redirect_uri, "--scope", SCOPE, "--subject-type", "public",
        "--grant-type", "authorization_code", "--grant-type", "refresh_token",
        &signed,
    ];
    place.command(&arguments).map(drop)
}

/// What the suite is told of those that sign their requests, or of the others. The resource that it calls with their tokens is UserInfo.
pub(super) fn described(place: &Place, sign: bool) -> Outcome<Map<String, Value>> {
    let mut described = Map::from_iter([
        ("alias".to_owned(), json!(ALIAS)),
        ("resource".to_owned(), json!({ "resourceUrl": format!("{ISSUER}/connect/userinfo") })),
    ]);
    for client in CLIENTS.iter().filter(|client| client.signs == sign) {
        let keys: Value = serde_json::from_str(&read(&keys_of(place, client))?)?;
        described.insert(client.member.to_owned(), json!({ "client_id": client.id, "scope": SCOPE, "jwks": keys }));
    }
    Ok(described)
}

fn write(path: &Path, value: &Value) -> Outcome<()> {
    std::fs::write(path, value.to_string()).map_err(|why| format!("{}: {why}", path.display()).into())
}

/// A private key for PS256 as a JWK. It is of RSA so that the suite can also sign with RS256, which must be refused.
fn key(kid: &str) -> Outcome<Value> {
    let der = keys::generate::generate_rsa_key(2048)?;
    let key = RsaPrivateKey::from_pkcs8_der(der.as_bytes())?;
    let number = |number: &BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    Ok(json!({
        "kty": "RSA", "kid": kid, "use": "sig", "alg": "PS256",
        "n": number(key.n()), "e": number(key.e()), "d": number(key.d()),
    }))
}

fn public_half(key: &Value) -> Value {
    let mut public = key.as_object().cloned().unwrap_or_default();
    public.remove("d");
    Value::Object(public)
}

#[cfg(test)]
mod tests {
    use super::{key, public_half};
    use keys::JwkSet;

    #[test]
    fn what_is_registered_is_the_public_half_alone() {
        let private = key("fapi").unwrap();
        let set = |key| serde_json::json!({ "keys": [key] }).to_string();
        assert!(JwkSet::parse(set(public_half(&private)).as_bytes()).is_ok());
        assert!(JwkSet::parse(set(private).as_bytes()).is_err());
    }
}
