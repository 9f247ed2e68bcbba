//! A provider with people and portals, on SQLite.

use conformance::history::check::{Violation, check};
use conformance::history::event::{Event, operations};
use conformance::history::run::{Plan, limits, report, settings, settle};
use conformance::servers::idp_node::IdpNode;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// How late a switched client may be known, on one node whose database is there.
const LAG: Duration = Duration::from_secs(3);
/// People in every database. A test takes as many as it needs.
const PEOPLE: usize = 16;

/// A database with people and portals, made once and copied.
static SETTLED: OnceCell<(TempDir, Plan)> = OnceCell::const_new();

pub struct World {
    pub folder: TempDir,
    pub node: IdpNode,
    pub plan: Plan,
}

impl World {
    /// A running provider and so many people.
    pub async fn new(people: usize) -> Self {
        let (settled, plan) = SETTLED.get_or_init(settle_once).await;
        let folder = tempfile::tempdir().unwrap();
        for name in ["idp.db", "idp.db-wal", "idp.master-key"] {
            // A command that ended may have left its last words in the log beside the database.
            let from = settled.path().join(name);
            if from.exists() {
                std::fs::copy(from, folder.path().join(name)).unwrap();
            }
        }
        let mut node = node_in(folder.path());
        let mut plan = plan.clone();
        plan.people.truncate(people);
        plan.entrances = vec![node.base()];
        plan.issuer = node.issuer().to_owned();
        plan.commands = Some(node.commands());
        node.start_ready().await.unwrap();
        Self { folder, node, plan }
    }
}

async fn settle_once() -> (TempDir, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let plan = settle(&node_in(folder.path()), folder.path(), PEOPLE).await.unwrap();
    (folder, plan)
}

fn node_in(folder: &Path) -> IdpNode {
    let url = format!("sqlite:{}", folder.join("idp.db").display());
    IdpNode::new(&settings(folder, &url), folder.join("log")).unwrap()
}

/// What the checker says of a history on one node whose database is there.
pub fn judge(events: &[Event]) -> Vec<Violation> {
    judge_with(events, LAG)
}

/// What the checker says of a history. The report is shown if the test fails.
pub fn judge_with(events: &[Event], directory_lag: Duration) -> Vec<Violation> {
    let operations = operations(events);
    let violations = check(&operations, &limits(directory_lag));
    println!("{}", report(events, &operations, &violations));
    violations
}
