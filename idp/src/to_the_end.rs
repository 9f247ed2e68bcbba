//! Answering on a task of its own: whoever hangs up in the middle keeps nothing from being counted, written down or ended.

use crate::answer;
use axum::response::Response;
use std::panic::resume_unwind;

/// Gives what the work answers. It goes on when nobody waits for it any more.
pub async fn to_the_end(work: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(work).await {
        Ok(response) => response,
        // Nobody else ends the task.
        Err(why) => why.try_into_panic().map_or_else(|_| answer::empty(503), |why| resume_unwind(why)),
    }
}
