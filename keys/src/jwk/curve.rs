//! Whether the point of a public key lies on its curve, and is one that a private key can have.
//!
//! What verifies signatures refuses other points by itself, but without a word: whoever registers such a key would learn of it when
//! nothing works. A point of small order on Ed25519 it does take, and with it signatures that anybody can make.

use rsa::BigUint;

use super::{JwkError, Material, PublicJwk, coordinates};

/// SEC 2 §2.4.2, the modulus and `b` of P-256.
const P256: [&[u8]; 2] = [
    b"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    b"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
];
/// RFC 7748 §4.1, the modulus and `d` of Ed25519.
const ED25519: [&[u8]; 2] = [
    b"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
    b"52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3",
];
/// The heights of the two pairs of points of order 8 on Ed25519; those of order 1, 2 and 4 are 1, -1 and 0.
const OF_ORDER_8: [&[u8]; 2] = [
    b"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
    b"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
];

fn number(hex: &[u8]) -> BigUint {
    BigUint::parse_bytes(hex, 16).unwrap_or_default()
}

impl PublicJwk {
    /// Whether the key can be one at all: its point lies on its curve. For a key from outside, once, before it is kept; it costs
    /// as much as a signature on Ed25519. That a modulus can be one was seen when the key was read.
    ///
    /// # Errors
    /// [`JwkError::OffCurve`] or [`JwkError::SmallOrder`].
    pub fn check_point(&self) -> Result<(), JwkError> {
        match &self.material {
            Material::P256(point) => on_p256(coordinates(point)),
            Material::Ed25519(point) => on_ed25519(point),
            Material::Rsa { .. } => Ok(()),
        }
    }
}

/// y² = x³ - 3x + b. Its cofactor is 1: every point will do.
fn on_p256((x, y): (&[u8], &[u8])) -> Result<(), JwkError> {
    let [p, b] = P256.map(number);
    let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
    let right = &x * &x * &x + (&p - 3_u32) * &x + b;
    if x < p && y < p && (&y * &y) % &p == right % p { Ok(()) } else { Err(JwkError::OffCurve) }
}

/// RFC 8032 §5.1.3: x² = (y² - 1) / (d y² + 1), the lowest bit of x on top of y.
fn on_ed25519(point: &[u8; 32]) -> Result<(), JwkError> {
    let [p, d] = ED25519.map(number);
    let mut bytes = *point;
    let [.., top] = &mut bytes;
    *top &= 0x7f;
    let (y, one) = (BigUint::from_bytes_le(&bytes), BigUint::from(1_u32));
    if y >= p {
        return Err(JwkError::OffCurve);
    }
    if y <= one || y == &p - &one || OF_ORDER_8.map(number).contains(&y) {
        return Err(JwkError::SmallOrder);
    }
    let square = &y * &y % &p;
    let (above, below) = (&square + &p - &one, d * &square + &one);
    // A quotient is a square where the product is. It is not 0: that is y = 1 or -1.
    let is_square = (above * below % &p).modpow(&((&p - &one) >> 1_usize), &p) == one;
    if is_square { Ok(()) } else { Err(JwkError::OffCurve) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{eddsa, es256, rs256};
    use crate::{Algorithm, b64};
    use ring::signature::{ED25519 as RING_ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
    use serde_json::json;

    fn ec(x: &[u8], y: &[u8]) -> PublicJwk {
        let json = json!({ "kty": "EC", "crv": "P-256", "x": b64::encode(x), "y": b64::encode(y) });
        PublicJwk::parse(json.to_string().as_bytes()).unwrap()
    }

    fn okp(x: &[u8]) -> PublicJwk {
        let json = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64::encode(x) });
        PublicJwk::parse(json.to_string().as_bytes()).unwrap()
    }

    fn little_endian(hex: &[u8]) -> [u8; 32] {
        let mut bytes = number(hex).to_bytes_le();
        bytes.resize(32, 0);
        bytes.try_into().unwrap()
    }

    #[test]
    fn keys_that_were_made_lie_on_their_curves() {
        for key in [es256(), rs256(), eddsa()] {
            assert_eq!(key.public_jwk().check_point(), Ok(()), "{:?}", key.algorithm());
        }
        for _ in 0..50 {
            let made = crate::generate(Algorithm::EdDsa).unwrap();
            let key = Ed25519KeyPair::from_pkcs8(made.as_bytes()).unwrap();
            assert_eq!(okp(key.public_key().as_ref()).check_point(), Ok(()));
        }
    }

    #[test]
    fn a_point_beside_its_curve_is_refused() {
        let Material::P256(point) = es256().public_jwk().material.clone() else { panic!("no point") };
        let (x, y) = coordinates(&point);
        for changed in 0..32 {
            let (mut other_x, mut other_y) = (x.to_vec(), y.to_vec());
            other_x[changed] ^= 1;
            other_y[changed] ^= 1;
            for key in [ec(&other_x, y), ec(x, &other_y), ec(y, x)] {
                assert_eq!(key.check_point(), Err(JwkError::OffCurve));
            }
        }
        assert_eq!(ec(&[0; 32], &[0; 32]).check_point(), Err(JwkError::OffCurve));
        assert_eq!(ec(&[0xff; 32], &[0xff; 32]).check_point(), Err(JwkError::OffCurve));
    }

    /// RFC 8032 §5.1.3: half of all heights have no point, and none lies at or above the modulus.
    #[test]
    fn a_height_without_a_point_of_ed25519_is_refused_as_ring_refuses_it() {
        let mut off = 0;
        for height in 2..66 {
            let mut point = [0; 32];
            point[0] = height;
            off += u32::from(okp(&point).check_point() == Err(JwkError::OffCurve));
        }
        assert!((16..48).contains(&off), "{off} of 64");
        for above in [b"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed".as_slice(), &[b'f'; 64]] {
            assert_eq!(okp(&little_endian(above)).check_point(), Err(JwkError::OffCurve));
        }
    }

    /// What the check is for: with such a key, `ring` takes a signature that nobody made.
    #[test]
    fn a_point_of_small_order_lets_anybody_sign_and_is_refused() {
        let one = b"1".as_slice();
        let minus_one = b"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec".as_slice();
        let mut nobodys = [0; 64];
        nobodys[0] = 1;
        for height in [b"0".as_slice(), one, minus_one, OF_ORDER_8[0], OF_ORDER_8[1]] {
            for sign in [0, 0x80] {
                let mut point = little_endian(height);
                point[31] |= sign;
                assert_eq!(okp(&point).check_point(), Err(JwkError::SmallOrder));
                if sign == 0 {
                    let key = UnparsedPublicKey::new(&RING_ED25519, point);
                    let taken = (0..200_u8).filter(|message| key.verify(&[*message], &nobodys).is_ok()).count();
                    assert!(taken > 0, "no point of small order: {point:?}");
                }
            }
        }
    }
}
