//! The access token of a client that acts for itself (RFC 6749 §4.4): there is no person and no session, and so no grant. It carries
//! its client, and lasts as long as that may have it. Sealed under a purpose of its own, so that it opens nowhere as the token of a
//! person.

use super::extras::Extras;
use crate::identity::claims_parameter::WantedClaims;
use crate::ids::ClientId;
use crate::lifetimes::Lifetimes;
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, Thumbprint, UnixMillis};

const PURPOSE: Purpose = Purpose::new("client_access_token");

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// Whose.
    pub client_id: ClientId,
    /// After this it is worth nothing.
    pub expires_at: UnixMillis,
    /// The key it is bound to (RFC 9449 §6).
    pub key: Option<Thumbprint>,
}

impl ClientToken {
    /// Whether it counts no more, or says that it will count longer than any access token does.
    pub fn is_over(&self, now: UnixMillis, life: &Lifetimes) -> bool {
        life.is_over(self.expires_at, life.access_token, now)
    }

    /// As sent to the client.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let extras = Extras { claims: WantedClaims::default(), key: self.key };
        extras.seal((sealer, PURPOSE), |out| out.text(self.client_id.as_str()).i64(self.expires_at.0))
    }

    /// Back from what somebody presents.
    ///
    /// # Errors
    /// When it is not such a token of ours.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let ((client_id, expires_at), Extras { key, .. }) = Extras::open((sealer, PURPOSE), text, |from| {
            Some((ClientId::from_trusted(from.text().ok()?), UnixMillis(from.i64().ok()?)))
        })?;
        Ok(Self { client_id, expires_at, key })
    }
}
