//! For tests of sealed formats: a key that is no secret, and a look at what another release sealed under it.

use keys::{Purpose, Sealer, SealingKey};

/// Opens what other releases sealed for tests.
pub fn sealer() -> Sealer {
    Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), [])
}

/// What another release sealed and what this one seals say the same, byte for byte: nodes of both read each other.
#[track_caller]
pub fn same(purpose: Purpose, before: &str, now: &str) {
    let plain = |sealed| sealer().open(purpose, sealed);
    let words = "the format changed: give it another version, and read the one before for a release";
    assert_eq!(plain(before), plain(now), "{words}; this release seals {now}");
}
