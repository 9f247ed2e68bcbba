//! How long each part of a key's life must last.

use std::time::Duration;

use crate::Algorithm;

/// How long a change may take to reach every node: they check every second, and a node that cannot check for this long
/// issues nothing.
pub const PROPAGATION: Duration = Duration::from_secs(10);

/// The settings the life cycle depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The longest a relying party may cache the JWKS.
    pub jwks_max_age: Duration,
    /// The longest life of anything signed: ID token, JWT access token, logout token.
    pub longest_token: Duration,
    /// How far clocks may be apart.
    pub clock_skew: Duration,
    /// How long a key signs before the next one takes over by itself; `None`: only on command.
    pub rotate_every: Option<Duration>,
    /// The algorithms there is always a ring for. One of another algorithm begins when an administrator makes its first
    /// key, is rotated like these while it has a key that signs, and ends when that one is retired.
    pub algorithms: Vec<Algorithm>,
}

impl Policy {
    /// How long a key is published before it may sign: by then no cache of a time before it is still in use.
    pub fn publish_lead(&self) -> Duration {
        self.jwks_max_age.saturating_add(PROPAGATION).saturating_add(self.clock_skew)
    }

    /// How long a key is published before every node that issues has read it: one that could not, issues nothing.
    pub fn read_lead(&self) -> Duration {
        PROPAGATION.saturating_add(self.clock_skew)
    }

    /// How long a key stays published after it signed: a node may have used it for [`PROPAGATION`] longer, and what it
    /// signed lives for the longest token.
    pub fn keep_after(&self) -> Duration {
        PROPAGATION.saturating_add(self.longest_token).saturating_add(self.clock_skew)
    }

    /// The interval of automatic rotation, never shorter than a key must be published.
    pub(super) fn rotation_interval(&self) -> Option<Duration> {
        self.rotate_every.map(|interval| interval.max(self.publish_lead()))
    }
}
