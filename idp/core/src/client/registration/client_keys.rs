//! The keys by which a client proves itself and signs its requests.

use super::super::public_keys::{AssertionAlgorithm, PublicKeys, RegisteredSet};
use super::super::{ApplicationType, AuthMethod, redirect_uri};
use super::{Registration, Wrong};
use keys::Algorithm;

pub(super) fn check(asked: &Registration, wrong: &mut Wrong) -> Option<PublicKeys> {
    let algorithm = asked.token_endpoint_auth_signing_alg;
    if let Some(other) = algorithm.map(AssertionAlgorithm::method).filter(|method| *method != asked.auth_method) {
        let words = format!("is for the auth method {}", other.as_str());
        wrong.add("token-endpoint-auth-signing-alg", words);
    }
    let keys = match (&asked.jwks, &asked.jwks_uri) {
        (Some(_), Some(_)) => {
            wrong.add("jwks-uri", "cannot be given beside the set itself: the keys are in one place or the other");
            return None;
        }
        (Some(set), None) => match RegisteredSet::parse(set.clone()) {
            Ok(set) => Some(PublicKeys::Jwks(set)),
            Err(why) => {
                wrong.add("jwks", why);
                return None;
            }
        },
        (None, Some(uri)) => {
            if let Err(why) = redirect_uri::check(uri, ApplicationType::Web) {
                wrong.add("jwks-uri", why);
                return None;
            }
            Some(PublicKeys::JwksUri(uri.clone()))
        }
        (None, None) => None,
    };
    if asked.auth_method == AuthMethod::PrivateKeyJwt {
        match &keys {
            None => wrong.add("jwks", "or an address of the keys is needed for the auth method private_key_jwt"),
            Some(PublicKeys::Jwks(set)) => {
                let fits = |one: Algorithm| algorithm.is_none_or(|wanted| wanted == AssertionAlgorithm::Signature(one));
                let any = set.verifying_keys().iter().any(|key| fits(key.algorithm()));
                wrong.unless(any, "jwks", "holds no key that can verify an assertion of this client");
            }
            Some(PublicKeys::JwksUri(_)) => {}
        }
    }
    keys
}
