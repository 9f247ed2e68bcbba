//! Logos of portals: how a copy that we serve is called, and when a fetch that failed is tried again.

use keys::sha256;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How long to wait after the first, second, … failed fetch. After the last it is given up.
const PAUSES: [u64; 7] = [30, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 24 * 3600, 48 * 3600];

/// When a logo is fetched again after so many failures, the last one included. `None`: it is given up.
pub fn pause_after(failures: u32) -> Option<Duration> {
    let index = usize::try_from(failures).ok()?.checked_sub(1)?;
    PAUSES.get(index).copied().map(Duration::from_secs)
}

/// The name of a picture: SHA-256 of its bytes in lower-case hexadecimal digits. What it names never changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PictureName(String);

impl PictureName {
    /// That of a picture.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads a name; `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(digits)).then(|| Self(text.to_owned()))
    }

    /// As written down.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PictureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_called_by_the_digest_of_its_bytes_and_by_nothing_else() {
        let empty = PictureName::of(b"");
        assert_eq!(empty.as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(PictureName::parse(empty.as_str()), Some(empty.clone()));
        let text = empty.as_str();
        for wrong in [&text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replacen('e', "/", 1), ""] {
            assert_eq!(PictureName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pauses_grow_and_come_to_an_end() {
        let pauses: Vec<_> = (1..).map_while(pause_after).collect();
        assert_eq!(pauses.len(), PAUSES.len());
        assert!(pauses.is_sorted_by(|one, next| one < next), "{pauses:?}");
        assert_eq!((pause_after(0), pause_after(u32::MAX)), (None, None));
    }
}
