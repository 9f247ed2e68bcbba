//! A fault, where it stops: logged once with an incident code, which the person or the portal's developer also sees.

use crate::directory::WrongClock;
use idp_store::Fault;

/// A failure of ours while answering a request.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Of the store or the keys.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// Of an outside library, in words for the log.
    #[error("{0}")]
    Other(String),
    /// The node has not been able to check keys and clients for a while: it issues nothing.
    #[error("the directory could not be checked for too long")]
    NotReady,
    /// Another release contracted the schema under the running program: it issues nothing.
    #[error(
        "the database's schema does not serve this program any more; replace this node by one of the newer release"
    )]
    Outdated,
    /// The node's clock and the database's are too far apart: it issues nothing.
    #[error("{0}")]
    WrongClock(WrongClock),
    /// Too much is asked of us right now.
    #[error("too many sign-ins at once")]
    Busy,
}

impl From<keys::KeyError> for Failure {
    fn from(error: keys::KeyError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Other(format!("JSON: {error}"))
    }
}

/// A failure that was logged.
#[derive(Clone, Debug)]
pub struct Incident {
    /// What the log line carries, too.
    pub code: String,
    /// Whether trying again later helps.
    pub temporary: bool,
}

impl Failure {
    /// One word for it, for those who count.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.kind(),
            Self::Other(_) => "other",
            Self::NotReady => "not_ready",
            Self::Outdated => "outdated",
            Self::WrongClock(_) => "wrong_clock",
            Self::Busy => "busy",
        }
    }

    /// Logs the failure, once, and names it.
    pub fn log(&self) -> Incident {
        let random = keys::random::<5>().map_or_else(|_| "no-randomness".into(), |bytes| hex(&bytes));
        let temporary = matches!(
            self,
            Self::NotReady
                | Self::Outdated
                | Self::WrongClock(_)
                | Self::Busy
                | Self::Fault(Fault::Busy | Fault::Unavailable(_))
        );
        if temporary {
            tracing::warn!(incident = %random, why = %self, "refused for now");
        } else {
            tracing::error!(incident = %random, why = %self, "failed");
        }
        Incident { code: random, temporary }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
