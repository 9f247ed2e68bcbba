//! How long an answer may be kept: RFC 9111 §5.2.2, as a private cache reads it.

use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;

/// RFC 9111 §1.2.2: what a number too large to hold counts as.
const LONGEST_SECONDS: u64 = 1 << 31;

/// The shortest time any `Cache-Control` directive states. Zero for `no-store` and `no-cache`, and for a `max-age` that
/// is no number (§4.2.1: treat as stale). `None` if there is no such directive. `Age` and `Expires` are not read.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(directive_seconds)
        .min()
        .map(Duration::from_secs)
}

fn directive_seconds(directive: &str) -> Option<u64> {
    let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
    match name.trim().to_ascii_lowercase().as_str() {
        "max-age" => Some(delta_seconds(argument.trim().trim_matches('"'))),
        "no-store" | "no-cache" => Some(0),
        _ => None,
    }
}

fn delta_seconds(text: &str) -> u64 {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    // Only digits: `parse` can fail by overflow alone.
    text.parse().unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS)
}
