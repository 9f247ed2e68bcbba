//! The members of a JSON Web Key as they stand in JSON, and the judgement on them.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{JwkError, KeyUse, Material, PublicJwk, coordinates};
use crate::{Kid, b64};

/// The greatest modulus `ring` verifies with, in bytes.
const MAX_MODULUS: usize = 1024;
/// The longest `kid` and `alg` kept, in bytes.
const MAX_NAME: usize = 256;
/// The most operations a key may name.
const MAX_OPERATIONS: usize = 16;

/// The JSON form. A member named twice is an error of the derived reader (RFC 7517 §4); unknown ones are ignored.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Members {
    #[serde(default)]
    kty: String,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    key_use: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_ops: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(flatten, skip_serializing)]
    private: Private,
}

/// Members that only a private or symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1). Present in any form, they
/// condemn the key.
#[derive(Default, Deserialize)]
pub(super) struct Private {
    d: Option<IgnoredAny>,
    p: Option<IgnoredAny>,
    q: Option<IgnoredAny>,
    dp: Option<IgnoredAny>,
    dq: Option<IgnoredAny>,
    qi: Option<IgnoredAny>,
    oth: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl Private {
    fn first(&self) -> Option<&'static str> {
        let members = [
            ("d", self.d.is_some()),
            ("p", self.p.is_some()),
            ("q", self.q.is_some()),
            ("dp", self.dp.is_some()),
            ("dq", self.dq.is_some()),
            ("qi", self.qi.is_some()),
            ("oth", self.oth.is_some()),
            ("k", self.k.is_some()),
        ];
        members.iter().find(|(_, present)| *present).map(|(name, _)| *name)
    }
}

impl TryFrom<Members> for PublicJwk {
    type Error = JwkError;

    fn try_from(members: Members) -> Result<Self, JwkError> {
        if let Some(name) = members.private.first() {
            return Err(JwkError::Private(name));
        }
        let material = match members.kty.as_str() {
            "EC" if members.crv.as_deref() == Some("P-256") => point(&members)?,
            "RSA" => modulus(&members)?,
            "OKP" if members.crv.as_deref() == Some("Ed25519") => {
                Material::Ed25519(coordinate("x", members.x.as_deref())?)
            }
            "" => return Err(JwkError::Missing("kty")),
            _ => return Err(JwkError::UnknownType),
        };
        let key_use = match members.key_use.as_deref() {
            None => None,
            Some("sig") => Some(KeyUse::Sig),
            Some("enc") => Some(KeyUse::Enc),
            Some(_) => return Err(JwkError::NotForSigning),
        };
        let kid = bounded("kid", members.kid)?.map(Kid::new);
        let key_ops = members.key_ops.map(bounded_operations).transpose()?;
        Ok(Self { kid, key_use, key_ops, alg: bounded("alg", members.alg)?, material })
    }
}

impl From<PublicJwk> for Members {
    fn from(jwk: PublicJwk) -> Self {
        let key_use = jwk.key_use.map(|key_use| match key_use {
            KeyUse::Sig => "sig".to_owned(),
            KeyUse::Enc => "enc".to_owned(),
        });
        let kid = jwk.kid.map(|kid| kid.as_str().to_owned());
        let named = Self { key_use, key_ops: jwk.key_ops, alg: jwk.alg, kid, ..Self::default() };
        match jwk.material {
            Material::P256(point) => {
                let (x, y) = coordinates(&point);
                let (x, y) = (Some(b64::encode(x)), Some(b64::encode(y)));
                Self { kty: "EC".to_owned(), crv: Some("P-256".to_owned()), x, y, ..named }
            }
            Material::Rsa { n, e } => {
                Self { kty: "RSA".to_owned(), n: Some(b64::encode(&n)), e: Some(b64::encode(&e)), ..named }
            }
            Material::Ed25519(point) => {
                let x = Some(b64::encode(&point));
                Self { kty: "OKP".to_owned(), crv: Some("Ed25519".to_owned()), x, ..named }
            }
        }
    }
}

fn bounded(name: &'static str, value: Option<String>) -> Result<Option<String>, JwkError> {
    match value {
        Some(text) if text.len() > MAX_NAME => Err(JwkError::Encoding(name)),
        value => Ok(value),
    }
}

/// RFC 7517 §4.3 knows eight operations.
fn bounded_operations(named: Vec<String>) -> Result<Vec<String>, JwkError> {
    let fits = named.len() <= MAX_OPERATIONS && named.iter().all(|one| one.len() <= MAX_NAME);
    if fits { Ok(named) } else { Err(JwkError::Encoding("key_ops")) }
}

/// RFC 7518 §6.2.1.2: each coordinate is the full 32 octets, leading zeros included.
fn point(members: &Members) -> Result<Material, JwkError> {
    let mut point = Box::new([0; 65]);
    let [form, rest @ ..] = &mut *point;
    *form = 0x04;
    let (x, y) = rest.split_at_mut(32);
    x.copy_from_slice(&coordinate("x", members.x.as_deref())?);
    y.copy_from_slice(&coordinate("y", members.y.as_deref())?);
    Ok(Material::P256(point))
}

fn coordinate(name: &'static str, value: Option<&str>) -> Result<[u8; 32], JwkError> {
    b64::decode_array(value.ok_or(JwkError::Missing(name))?).ok_or(JwkError::Encoding(name))
}

/// RFC 7518 §6.3.1, with the bounds of §3.3 (at least 2048 bits) and FIPS 186-5 §5.4 (exponent over 2^16).
fn modulus(members: &Members) -> Result<Material, JwkError> {
    let n = number("n", members.n.as_deref())?;
    let e = number("e", members.e.as_deref())?;
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    if !(2048..=MAX_MODULUS * 8).contains(&bits) || !odd(&n) {
        return Err(JwkError::Modulus(bits));
    }
    let exponent = e.iter().take(6).fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    if !(65_537..1 << 33).contains(&exponent) || !odd(&e) {
        return Err(JwkError::Exponent);
    }
    Ok(Material::Rsa { n, e })
}

/// A `Base64urlUInt`: the fewest octets possible (RFC 7518 §2), so that one number has one thumbprint.
fn number(name: &'static str, value: Option<&str>) -> Result<Vec<u8>, JwkError> {
    let text = value.ok_or(JwkError::Missing(name))?;
    if text.len() > b64::encoded_len(MAX_MODULUS) {
        return Err(JwkError::Encoding(name));
    }
    let bytes = b64::decode(text).ok_or(JwkError::Encoding(name))?;
    match bytes.first() {
        None | Some(0) => Err(JwkError::Encoding(name)),
        Some(_) => Ok(bytes),
    }
}
