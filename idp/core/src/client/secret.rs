//! A client's secrets, as the directory holds them: digests, compared in constant time.

use keys::{MacKey, UnixMillis, same, sha256};

/// A secret, ready for comparing. The digest of 256 random bits gives nothing away and needs no salt.
#[derive(Clone)]
pub struct ClientSecret {
    digest: [u8; 32],
    /// For `client_secret_jwt` alone: the secret as the key of an HMAC.
    mac: Option<MacKey>,
    /// After `rotate-secret` the old one works until then.
    expires_at: Option<UnixMillis>,
}

impl ClientSecret {
    /// Parses a secret once, when the directory is loaded.
    pub fn new(secret: &str, expires_at: Option<UnixMillis>) -> Self {
        Self { digest: sha256(secret.as_bytes()), mac: None, expires_at }
    }

    /// The same for a client that makes assertions with it: its octets are the key (OpenID Connect Core 1.0 §10.1).
    #[must_use]
    pub fn with_mac(self, secret: &str) -> Self {
        Self { mac: MacKey::of_secret(secret.as_bytes()), ..self }
    }

    /// Whether it was rotated out and works no more.
    pub fn is_over(&self, now: UnixMillis) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Whether `given` is one of the client's secrets at `now`. Looks at every one, whichever fits.
pub fn fits(secrets: &[ClientSecret], given: &str, now: UnixMillis) -> bool {
    let digest = sha256(given.as_bytes());
    secrets.iter().fold(false, |found, secret| found | (same(&secret.digest, &digest) & !secret.is_over(now)))
}

/// The keys of an assertion's HMAC, one for each secret that works at `now`.
pub fn macs(secrets: &[ClientSecret], now: UnixMillis) -> impl Iterator<Item = &MacKey> {
    secrets.iter().filter(move |secret| !secret.is_over(now)).filter_map(|secret| secret.mac.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_secret_works_for_a_while_after_a_rotation_and_no_longer() {
        let secrets = [ClientSecret::new("new", None), ClientSecret::new("old", Some(UnixMillis(1_000)))];
        assert!(fits(&secrets, "new", UnixMillis(5_000)));
        assert!(fits(&secrets, "old", UnixMillis(999)));
        assert!(!fits(&secrets, "old", UnixMillis(1_000)));
        assert!(!fits(&secrets, "", UnixMillis(0)));
        assert!(!fits(&[], "", UnixMillis(0)));
    }
}
