//! Why a mail or a text message did not leave.

use std::time::Duration;

/// Why. The words are for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The other side will never take it.
    #[error("refused: {0}")]
    Refused(String),
    /// It may pass: no connection, a slow or busy server.
    #[error("{0}")]
    Later(String),
    /// The other side says when to try again (RFC 9110 §10.2.3).
    #[error("{0}; again after {after:?}", after = .1)]
    NotBefore(String, Duration),
}
