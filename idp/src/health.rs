//! GET /livez, GET /readyz — whether the process lives, and whether it may be given traffic.

use crate::answer;
use crate::failure::Failure;
use crate::wiring::HealthCtx;
use axum::extract::State;
use axum::response::Response;
use idp_core::UnixMillis;
use idp_store::Fault;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether the program was told to stop. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on it wants no new traffic.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// For the database, when it is asked whether this node is ready.
const DEADLINE: Duration = Duration::from_secs(1);
const NO_ANSWER: &str = "the database did not answer within a second";

impl HealthCtx {
    /// What `/readyz` says, by what is known already: the database, looked at every second, is not asked again.
    pub fn is_ready(&self, now: UnixMillis) -> bool {
        let directory = &self.base.directory;
        !self.draining.0.load(Ordering::Relaxed) && directory.for_issuing(now).is_ok()
    }
}

/// The node goes on with the keys it has; it makes none, and could not start again.
const WAITS_FOR_MASTER_KEY: &str = r#"{"status":"ready","warning":"the master key of the database was changed: put the new file in the place of keys.master_key_file"}"#;

/// GET /livez: the process answers.
pub async fn livez() -> Response {
    answer::json(200, r#"{"status":"alive"}"#)
}

/// GET /readyz: keys and clients are known and fresh, the schema serves this program, the database answered within the last
/// ten seconds, its clock and ours agree, and nobody told the program to stop. Without Redis it is ready, with a warning.
pub async fn readyz(State(ctx): State<HealthCtx>) -> Response {
    if ctx.draining.0.load(Ordering::Relaxed) {
        return answer::json(503, r#"{"status":"not ready","why":"it is stopping"}"#);
    }
    let directory = &ctx.base.directory;
    if directory.is_outdated() {
        return answer::json(503, r#"{"status":"not ready","why":"the schema does not serve this program any more"}"#);
    }
    // A database that hangs shall not make this hang: whoever asks for readiness often waits no longer than a second or two.
    let checked = tokio::time::timeout(DEADLINE, directory.check()).await;
    let checked = checked.unwrap_or_else(|_| Err(Fault::Unavailable(NO_ANSWER.into()).into()));
    let wrong_clock = directory.wrong_clock();
    match checked {
        Ok(()) if let Some(wrong) = wrong_clock => {
            let document = serde_json::json!({ "status": "not ready", "why": wrong.to_string() });
            answer::json(503, document.to_string())
        }
        Ok(()) if !directory.snapshot().master_key_fits => answer::json(200, WAITS_FOR_MASTER_KEY),
        Ok(()) => match ctx.base.ephemeral.problem() {
            None => answer::json(200, r#"{"status":"ready"}"#),
            // No reason to take the node out: every node would go at once, and people can sign in.
            Some(_) => answer::json(200, r#"{"status":"ready","warning":"Redis does not answer; the log says why"}"#),
        },
        Err(failure) if directory.is_stale(ctx.base.clock.now()) => {
            failure.log();
            let why = match failure {
                Failure::Fault(Fault::Keys(_)) => {
                    r#"{"status":"not ready","why":"a key of the database cannot be read; the log says why"}"#
                }
                _ => r#"{"status":"not ready","why":"the database does not answer"}"#,
            };
            answer::json(503, why)
        }
        Err(_) => answer::json(200, r#"{"status":"ready","warning":"the database did not answer this time"}"#),
    }
}
