//! What nginx says of the requests that passed it.

use std::path::Path;
use std::time::Duration;

/// `log_format` of the lines that [`read`] reads.
pub(super) const FORMAT: &str =
    "$request_method|$uri|$status|$upstream_addr|$upstream_status|$upstream_connect_time|$request_time";

/// A request that was answered, by a node or by nginx itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// What whoever asked was told.
    pub status: u16,
    /// The node that answered, if one did: `ADDRESS:PORT`.
    pub node: String,
    /// Nodes that were reached and did not answer.
    pub broken_off: usize,
    /// Nodes that were asked and not reached.
    pub unreached: usize,
    /// From its first byte to the last of the answer.
    pub took: Duration,
}

/// Every request up to now, in the order of the answers.
pub(super) fn read(file: &Path) -> std::io::Result<Vec<Passed>> {
    Ok(std::fs::read_to_string(file)?.lines().filter_map(passed).collect())
}

fn passed(line: &str) -> Option<Passed> {
    let mut fields = line.split('|');
    let mut next = || fields.next();
    let (method, path) = (next()?.to_owned(), next()?.to_owned());
    let status = next()?.parse().ok()?;
    let (nodes, statuses, connected) = (next()?, next()?, next()?);
    let node = nodes.rsplit(", ").next().unwrap_or_default().to_owned();
    let milliseconds = next()?.replace('.', "").parse().ok()?;
    // One for each node that was asked. A node that ended in the middle counts as 502, one that took too long as 504.
    let tries: Vec<(&str, &str)> = statuses.split(", ").zip(connected.split(", ")).collect();
    let failed = |(status, _): &&(&str, &str)| matches!(*status, "502" | "504");
    let unreached = tries.iter().filter(failed).filter(|(_, connected)| *connected == "-").count();
    let broken_off = tries.iter().filter(failed).count() - unreached;
    Some(Passed { method, path, status, node, broken_off, unreached, took: Duration::from_millis(milliseconds) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_broke_off_is_told_from_one_that_was_not_reached() {
        let read = passed("GET|/connect/authorize|303|[::1]:1, [::1]:2|502, 303|0.000, 0.001|0.012").unwrap();
        assert_eq!((read.status, read.broken_off, read.unreached, read.node.as_str()), (303, 1, 0, "[::1]:2"));
        assert_eq!(read.took, Duration::from_millis(12));
        let read = passed("POST|/connect/token|200|[::1]:1, [::1]:2|502, 200|-, 0.000|1.250").unwrap();
        assert_eq!((read.broken_off, read.unreached, read.took), (0, 1, Duration::from_millis(1250)));
        let read = passed("POST|/connect/token|502|[::1]:1|502|0.000|0.004").unwrap();
        assert_eq!((read.status, read.broken_off), (502, 1));
        assert_eq!(passed("GET|/|200|[::1]:1|200|0.000|0.004").unwrap().broken_off, 0);
    }
}
