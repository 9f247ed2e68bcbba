//! GET /livez, GET /readyz — whether the process lives, and whether it may be given traffic.

use crate::answer;
use crate::wiring::Ctx;
use axum::extract::State;
use axum::response::Response;

/// GET /livez: the process answers.
pub async fn livez() -> Response {
    answer::json(200, r#"{"status":"alive"}"#)
}

/// GET /readyz: keys and clients are known and fresh, and the database answers.
pub async fn readyz(State(ctx): State<Ctx>) -> Response {
    let checked = ctx.directory.check().await;
    match checked {
        Ok(()) => match ctx.ephemeral.problem() {
            None => answer::json(200, r#"{"status":"ready"}"#),
            // No reason to take the node out: every node would go at once, and people can sign in.
            Some(_) => answer::json(200, r#"{"status":"ready","warning":"Redis does not answer; the log says why"}"#),
        },
        Err(failure) if ctx.directory.is_stale(ctx.clock.now()) => {
            failure.log();
            answer::json(503, r#"{"status":"not ready","why":"the database does not answer"}"#)
        }
        Err(_) => answer::json(200, r#"{"status":"ready","warning":"the database did not answer this time"}"#),
    }
}
