//! What of a message is sealed in its row, for that row alone: to whom it goes, and what it says beside the words of its purpose.

use crate::failure::Failure;
use idp_store::Fault;
use keys::{Purpose, Sealer};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An address, a number, or the name that help was asked for at.
    Recipient,
    /// A code, or what was changed.
    Content,
}

impl Part {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Recipient => Purpose::new("message/recipient"),
            Self::Content => Purpose::new("message/content"),
        }
    }

    /// Seals it.
    ///
    /// * `message`: its id.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(self, sealer: &Sealer, message: &str, plain: &str) -> Result<Vec<u8>, Failure> {
        Ok(sealer.seal_bytes(self.purpose(), message.as_bytes(), plain.as_bytes())?)
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(self, sealer: &Sealer, message: &str, sealed: &[u8]) -> Result<String, Fault> {
        let plain = sealer.open_bytes(self.purpose(), message.as_bytes(), sealed)?;
        String::from_utf8(plain).map_err(|_| Fault::corrupt("what is sealed of a message"))
    }
}
