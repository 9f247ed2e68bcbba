//! The signing keys and their life cycle: `Next → Active → Retiring → Retired`, and `Compromised` from any of them.
//!
//! Everything here is a plain function of the records, the [`Policy`] and `now`. [`plan`] says which steps are due,
//! [`rotate`], [`activate`], [`retire`] and [`compromise`] say which steps a command means, and [`apply`] turns records
//! and steps into new records. The caller reads and writes the records in one transaction; keys are generated before it
//! opens, because RSA takes its time.
//!
//! What a relying party may count on: a key is published long enough before it signs that no cache can lack it, and
//! stays published until the last token it signed has expired. A compromise is the one exception.

mod commands;
mod key_ring;
mod max_age;
mod policy;
mod record;
mod rotation;
mod transition;

pub use commands::{Compromise, RingRefusal, RotateOutcome, Rotation, When, activate, compromise, retire, rotate};
pub use key_ring::KeyRing;
pub use max_age::{jwks_max_age, next_activation};
pub use policy::{PROPAGATION, Policy};
pub use record::{KeyState, SigningKeyRecord, signing_algorithms};
pub use rotation::{Step, plan};
pub use transition::{apply, changed, keys_needed, transition};

#[cfg(test)]
mod tests;
