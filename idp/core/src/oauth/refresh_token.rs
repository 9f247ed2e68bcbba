//! The refresh token: a sealed handle to its grant and a generation. Each use advances the generation by one.

use super::extras::Extras;
use crate::identity::claims_parameter::WantedClaims;
use crate::ids::GrantId;
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, Thumbprint};

const PURPOSE: Purpose = Purpose::new("refresh_token");

/// What a refresh token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant it is good for.
    pub grant_id: GrantId,
    /// The first one has 1.
    pub generation: i64,
    /// Claims granted one by one.
    pub claims: WantedClaims,
    /// The key it is bound to (RFC 9449 §5).
    pub key: Option<Thumbprint>,
}

impl RefreshToken {
    /// As sent to the client.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let extras = Extras { claims: self.claims, key: self.key };
        extras.seal((sealer, PURPOSE), |out| out.text(self.grant_id.as_str()).i64(self.generation))
    }

    /// Back from what a client presents.
    ///
    /// # Errors
    /// When it is not a refresh token of ours.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let ((grant_id, generation), Extras { claims, key }) = Extras::open((sealer, PURPOSE), text, |from| {
            Some((GrantId::from_trusted(from.text().ok()?), from.i64().ok()?))
        })?;
        Ok(Self { grant_id, generation, claims, key })
    }
}
