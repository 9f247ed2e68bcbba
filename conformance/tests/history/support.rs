//! A provider with people and portals, on SQLite.

use conformance::history::check::{Violation, check};
use conformance::history::event::{Event, operations};
use conformance::history::run::{Plan, limits, report, settings, settle};
use conformance::servers::idp_node::IdpNode;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// How late a switched client may be known, on one node whose database is there.
pub const LAG: Duration = Duration::from_secs(3);

pub struct World {
    pub folder: TempDir,
    pub node: IdpNode,
    pub plan: Plan,
}

impl World {
    /// A running provider and its people.
    pub async fn new(people: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut node = node_in(folder.path());
        let plan = settle(&node, folder.path(), people).await.unwrap();
        node.start_ready().await.unwrap();
        Self { folder, node, plan }
    }
}

fn node_in(folder: &Path) -> IdpNode {
    let url = format!("sqlite:{}", folder.join("idp.db").display());
    IdpNode::new(&settings(folder, &url), folder.join("log")).unwrap()
}

/// What the checker says of a history. The report is shown if the test fails.
pub fn judge(events: &[Event]) -> Vec<Violation> {
    let operations = operations(events);
    let violations = check(&operations, &limits(LAG));
    println!("{}", report(events, &operations, &violations));
    violations
}
