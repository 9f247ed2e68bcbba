//! What most sealed codes and tokens lack: claims granted one by one, and the key that they are bound to.
//!
//! Both stand at the end, and the version says which are there: 1 neither, 2 claims, 3 claims and a key. Nodes of two releases
//! read each other: who never asks for single claims never meets version 2, and a node of a release that knows no keys refuses
//! version 3 whole. It cannot take what is bound to a key for something that anybody may use.

use crate::identity::claims_parameter::{ClaimSet, WantedClaims};
use keys::sealing::fields::{FieldsError, Reader, Writer};
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, Thumbprint};

/// See [`self`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    pub(super) claims: WantedClaims,
    pub(super) key: Option<Thumbprint>,
}

impl Extras {
    /// Seals what `contents` writes, with these at its end.
    ///
    /// # Errors
    /// When randomness fails.
    pub(super) fn seal(
        self,
        (sealer, purpose): (&Sealer, Purpose),
        contents: impl FnOnce(Writer) -> Writer,
    ) -> Result<String, KeyError> {
        let version = match self {
            Self { key: Some(_), .. } => 3,
            Self { claims, .. } if !claims.is_empty() => 2,
            _ => 1,
        };
        sealer.seal(purpose, &self.write(contents(Writer::new(version))).finish())
    }

    /// Back from what somebody presents: what `contents` reads, and these.
    ///
    /// # Errors
    /// When it is no such value of ours.
    pub(super) fn open<T>(
        (sealer, purpose): (&Sealer, Purpose),
        text: &str,
        contents: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Result<(T, Self), OpenError> {
        let plain = sealer.open(purpose, text)?;
        let read = || {
            let mut from = [1, 2, 3].into_iter().find_map(|version| Reader::new(&plain, version).ok())?;
            let said = (contents(&mut from)?, Self::read(&plain, &mut from).ok()?);
            from.finish().ok()?;
            Some(said)
        };
        read().ok_or(OpenError::Malformed)
    }

    fn write(self, out: Writer) -> Writer {
        let claims = |out: Writer| out.u32(self.claims.userinfo.bits()).u32(self.claims.id_token.bits());
        match self.key {
            Some(key) => claims(out).array(&key.0),
            None if self.claims.is_empty() => out,
            None => claims(out),
        }
    }

    fn read(plain: &[u8], from: &mut Reader<'_>) -> Result<Self, FieldsError> {
        let mut claims = || {
            let (userinfo, id_token) = (ClaimSet::from_bits(from.u32()?), ClaimSet::from_bits(from.u32()?));
            Ok(WantedClaims { userinfo, id_token })
        };
        match plain.first() {
            Some(2) => Ok(Self { claims: claims()?, key: None }),
            Some(3) => Ok(Self { claims: claims()?, key: Some(Thumbprint(from.array()?)) }),
            _ => Ok(Self::default()),
        }
    }
}
