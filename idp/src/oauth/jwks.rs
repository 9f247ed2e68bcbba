//! GET /.well-known/jwks.json — RFC 7517 §5, OpenID Connect Core 1.0 §10.1.1.
//!
//! `max-age` never reaches beyond the next change of the set, so that a portal that honours it always has the key it
//! needs.

use crate::answer;
use crate::wiring::JobsCtx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;

/// A node that cannot see the database does not know about changes: its answer may be kept this long, in seconds.
const MAX_AGE_WHEN_STALE: u64 = 60;

/// The endpoint.
pub async fn get(State(jobs): State<JobsCtx>) -> Response {
    let now = jobs.base.clock.now();
    let snapshot = jobs.base.directory.snapshot();
    let planned = keys::ring::jwks_max_age(now, snapshot.ring.records(), &jobs.key_policy).as_secs();
    let max_age = if jobs.base.directory.is_stale(now) { planned.min(MAX_AGE_WHEN_STALE) } else { planned };
    answer::public_json(Bytes::from_owner(snapshot.ring.published_json().clone()), max_age)
}
