//! The cryptography of Shenfen: signing keys and their life cycle, JWS, and sealed values.
//!
//! What belongs here: algorithms, JSON Web Keys, compact JWS, the key ring and the plan that rotates it, sealing under a
//! purpose, the master key, digests, and the one source of randomness. What does not: HTTP, SQL, OAuth, files and the
//! clock. Time is always an argument, so that three years of rotation can be tested in a second.
//!
//! Two rules hold throughout. A private half or a secret is never printed, whether by `Debug` or in an error. And a
//! value from outside is bounded in length before anything else is done with it.

pub mod algorithm;
pub mod digest;
pub mod error;
pub mod generate;
mod generate_rsa;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod kid;
pub mod master;
pub mod random;
pub mod ring;
pub mod sealing;
pub mod signing_key;
#[cfg(test)]
mod testing;
pub mod time;

pub use algorithm::Algorithm;
pub use digest::{Mac, MacKey, b64, hmac_sha256, same, sha256};
pub use error::KeyError;
pub use generate::{PrivateKeyDer, generate};
pub use jwk::{JwkError, JwkSet, PublicJwk, Thumbprint};
pub use jws::{JwsError, Typ, VerifiedJws, Verifier, VerifyingKey};
pub use kid::Kid;
pub use master::MasterKey;
pub use random::random;
pub use ring::{KeyRing, KeyState, Policy, RingRefusal, RotateOutcome, SigningKeyRecord, Step};
pub use sealing::{OpenError, Purpose, Sealer, SealingKey, SealingKeyId};
pub use signing_key::SigningKey;
pub use time::UnixMillis;
