//! Using a refresh token (RFC 6749 §6, RFC 9700 §4.14.2: rotation).
//!
//! Using generation *n* gives *n*+1. For a few seconds the same client may present *n* again, in case it lost the answer,
//! and gets *n*+1 once more, never *n*+2. Once *n*+1 was used, or later, *n* was stolen by somebody: the grant ends.

use crate::lifetimes::Lifetimes;
use crate::oauth::gate::Grant;
use crate::scope::ScopeSet;
use keys::UnixMillis;

/// What a presented generation is worth, of a grant that passed the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Advance the grant from this generation to the next.
    Advance {
        /// The generation presented, which the guarded update names.
        from: i64,
    },
    /// This client's stay as they are: note that it was used.
    Keep {
        /// The generation presented, which the guarded update names.
        same: i64,
    },
    /// The answer was lost: give the newest generation again.
    Again,
    /// Used before: revoke the grant.
    Reused,
    /// Nobody used it for too long.
    Expired,
    /// The grant never gave this one, or gave it in what a restore took back ([`crate::oauth::gate::Grant::generation`] is 0 then).
    NotOfThisGrant,
}

/// Judges a presented generation.
///
/// * `rotates`: whether the client's refresh tokens change with each use.
pub fn judge(grant: &Grant, (presented, rotates): (i64, bool), now: UnixMillis, lifetimes: &Lifetimes) -> Verdict {
    if presented <= 0 || presented > grant.generation {
        return Verdict::NotOfThisGrant;
    }
    if presented == grant.generation {
        let idle = now.since(grant.refreshed_at) >= lifetimes.refresh_idle;
        return match idle {
            true => Verdict::Expired,
            false if rotates => Verdict::Advance { from: presented },
            false => Verdict::Keep { same: presented },
        };
    }
    let just_now = now.since(grant.refreshed_at) < lifetimes.refresh_grace;
    if presented + 1 == grant.generation && just_now { Verdict::Again } else { Verdict::Reused }
}

/// The scopes of the new tokens: those of the grant, or fewer if asked (RFC 6749 §6). `None`: more were asked for.
pub fn narrowed(grant: ScopeSet, asked: Option<&str>) -> Option<ScopeSet> {
    let Some(asked) = asked else { return Some(grant) };
    let asked = ScopeSet::parse_strict(asked).ok()?;
    asked.minus(grant).is_empty().then_some(asked)
}

#[cfg(test)]
mod tests;
