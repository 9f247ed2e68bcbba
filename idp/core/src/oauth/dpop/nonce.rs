//! Nonces that clients put into their proofs (RFC 9449 §8): sealed times. By one it is known, by our own clock, that a proof was made
//! after it; nothing is stored.

use crate::lifetimes::Lifetimes;
use keys::sealing::fields::{Reader, Writer};
use keys::sealing::{Purpose, Sealer};
use keys::{KeyError, UnixMillis};
use std::time::Duration;

const PURPOSE: Purpose = Purpose::new("dpop_nonce");
const VERSION: u8 = 1;
/// How long one may be used: a client asks for another with each answer that it gets, and does not ask all the time.
pub const LIFE: Duration = Duration::from_secs(300);

/// A nonce of now.
///
/// # Errors
/// When randomness fails.
pub fn seal(sealer: &Sealer, now: UnixMillis) -> Result<String, KeyError> {
    sealer.seal(PURPOSE, &Writer::new(VERSION).i64(now.0).finish())
}

/// When a nonce was made. `None`: it is none of ours, is too old, or was made by a wrong clock.
pub fn made_at(sealer: &Sealer, nonce: &str, now: UnixMillis, life: &Lifetimes) -> Option<UnixMillis> {
    let plain = sealer.open(PURPOSE, nonce).ok()?;
    let mut from = Reader::new(&plain, VERSION).ok()?;
    let at = UnixMillis(from.i64().ok()?);
    from.finish().ok()?;
    (now.since(at) < LIFE && !life.is_from_the_future(at, now)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SealingKey;

    #[test]
    fn a_nonce_counts_for_five_minutes_and_is_nothing_else() {
        let (sealer, life) = (Sealer::new(SealingKey::generate().unwrap(), []), Lifetimes::default());
        let at = UnixMillis(1_763_000_000_000);
        let nonce = seal(&sealer, at).unwrap();
        for (later, good) in [(-61, false), (-60, true), (0, true), (299, true), (300, false), (3600, false)] {
            let now = UnixMillis(at.0 + later * 1000);
            assert_eq!(made_at(&sealer, &nonce, now, &life), good.then_some(at), "{later}");
        }
        for other in ["", "garbage", &nonce[1..], &format!("{nonce}A")] {
            assert_eq!(made_at(&sealer, other, at, &life), None);
        }
        let code = sealer.seal(Purpose::new("authorization_code"), &Writer::new(1).i64(at.0).finish()).unwrap();
        assert_eq!(made_at(&sealer, &code, at, &life), None);
    }
}
