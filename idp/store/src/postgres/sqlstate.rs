//! What PostgreSQL's error codes mean here: which are tried again, which pass without us, after which a connection is kept.

use crate::Fault;

/// Five letters and digits, as in <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SqlState(pub(super) [u8; 5]);

impl SqlState {
    /// The code as text.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("?????")
    }

    /// What diesel made of the error, in the fault that it really is.
    pub(super) fn judge(self, fault: Fault) -> Fault {
        match fault {
            Fault::Database(why) if self.is_for_now() => {
                Fault::Unavailable(format!("PostgreSQL: {why} ({})", self.as_str()))
            }
            Fault::Database(why) => Fault::Database(format!("{why} ({})", self.as_str())),
            other => other,
        }
    }

    /// A read that was stopped by the end of its connection may run on another.
    pub(super) fn lets_a_read_run_again(self) -> bool {
        self.ends_the_connection() || self.is_of_a_lost_statement()
    }

    /// The unit collided with another: nothing of it stands, and it may run again.
    pub(super) fn is_collision(self) -> bool {
        matches!(self.as_str(), "40001" | "40P01")
    }

    /// The server stops, was stopped, or ends this connection.
    pub(super) fn ends_the_connection(self) -> bool {
        matches!(self.as_str(), "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "08003" | "08006")
    }

    /// Statements are prepared once for a connection; after a migration, or behind a proxy that mixes connections, the
    /// server may not take one any more.
    fn is_of_a_lost_statement(self) -> bool {
        matches!(self.as_str(), "0A000" | "26000")
    }

    /// Something that may pass without us: no room (53), stopped by an operator (57), unreachable parts (08), the system
    /// beneath (58), locks that others hold, a server that only reads, a right that the role was not given.
    fn is_for_now(self) -> bool {
        let state = self.as_str();
        matches!(state.get(..2), Some("08" | "53" | "57" | "58"))
            || matches!(state, "25006" | "42501" | "55P03" | "25P03")
    }

    /// A complaint about the statement, not about the connection: it can be used again.
    pub(super) fn is_ordinary(self) -> bool {
        matches!(self.as_str().get(..2), Some("22" | "23" | "40" | "42" | "P0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(code: &[u8; 5]) -> Fault {
        SqlState(*code).judge(Fault::Database("words".into()))
    }

    #[test]
    fn what_passes_without_us_is_unavailable_and_what_does_not_is_an_incident() {
        for code in [b"53100", b"53300", b"57P01", b"08006", b"58030", b"25006", b"42501", b"55P03"] {
            assert!(matches!(judged(code), Fault::Unavailable(why) if why.contains(SqlState(*code).as_str())));
        }
        for code in [b"42601", b"42P01", b"23505", b"22021", b"XX001"] {
            assert!(matches!(judged(code), Fault::Database(why) if why.contains(SqlState(*code).as_str())));
        }
        assert_eq!(SqlState(*b"53100").judge(Fault::Busy), Fault::Busy);
    }

    #[test]
    fn collisions_alone_run_again_and_a_read_after_the_end_of_its_connection() {
        let codes = [b"40001", b"40P01", b"40002", b"57P01", b"26000", b"53300"].map(|code| SqlState(*code));
        assert_eq!(codes.map(SqlState::is_collision), [true, true, false, false, false, false]);
        assert_eq!(codes.map(SqlState::lets_a_read_run_again), [false, false, false, true, true, false]);
    }
}
