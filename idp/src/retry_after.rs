//! `Retry-After` (RFC 9110 §10.2.3): how long whoever is told to wait waits.

use axum::response::Response;
use http::header::{HeaderValue, RETRY_AFTER};
use idp_core::UnixMillis;

/// To whoever comes while all hashing threads are taken: in so many seconds there is room as a rule.
pub const BUSY: u64 = 2;

/// Whole seconds until a moment, rounded up, so that whoever comes then does not come too early; 1 at least.
pub fn seconds(until: UnixMillis, now: UnixMillis) -> u64 {
    let wait = until.since(now);
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// The answer with the header, if there is something to wait for.
#[must_use]
pub fn on(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::seconds;
    use idp_core::UnixMillis;

    #[test]
    fn a_part_of_a_second_counts_as_a_whole_one() {
        let until = |millis: i64| seconds(UnixMillis(1_000_000 + millis), UnixMillis(1_000_000));
        assert_eq!([until(59_001), until(59_000), until(1), until(0), until(-5)], [60, 59, 1, 1, 1]);
    }
}
