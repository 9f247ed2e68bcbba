//! How long a relying party may cache the JWKS.

use std::time::Duration;

use super::{
    KeyState, Policy, SigningKeyRecord,
    record::{active, is_kept, waiting},
    rotation::automatic,
};
use crate::{Algorithm, UnixMillis};

/// The least answered: a change that is due is made within a second, and a cache of no time at all would bring every
/// verification of every portal here.
const LEAST: Duration = Duration::from_secs(1);

/// The `max-age` to serve the JWKS with at `now`: never beyond the next change that is already decided (a scheduled or
/// automatic activation, a key's removal), at least one second, at most the policy's.
pub fn jwks_max_age(now: UnixMillis, records: &[SigningKeyRecord], policy: &Policy) -> Duration {
    let next = next_change(records, policy).map_or(Duration::MAX, |at| at.since(now));
    // `max-age` counts whole seconds; rounding up would reach beyond the change.
    Duration::from_secs(next.as_secs()).clamp(LEAST, policy.jwks_max_age.max(LEAST))
}

/// The earliest change that is decided. It may lie in the past, when the job is late.
fn next_change(records: &[SigningKeyRecord], policy: &Policy) -> Option<UnixMillis> {
    let removals = records.iter().filter_map(|record| match record.state {
        KeyState::Retiring { remove_at, .. } => Some(remove_at),
        _ => None,
    });
    let activations = Algorithm::ALL.iter().filter_map(|algorithm| next_activation(records, policy, *algorithm));
    removals.chain(activations).min()
}

/// When the next key of `algorithm` signs by plan: as scheduled, or by automatic rotation. It may lie in the past, when the job
/// is late. `None`: nothing is planned.
pub fn next_activation(records: &[SigningKeyRecord], policy: &Policy, algorithm: Algorithm) -> Option<UnixMillis> {
    let waiting = waiting(records, algorithm);
    if !is_kept(records, policy, algorithm) {
        return waiting.iter().map(|key| key.ready_at).min();
    }
    let scheduled = waiting.iter().filter_map(super::record::Waiting::due_at).min();
    let automatic = active(records, algorithm).and_then(|active| automatic(active, &waiting, policy));
    scheduled.into_iter().chain(automatic.map(|(_, at)| at)).min()
}
