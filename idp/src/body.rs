//! Bodies arrive whole and in time, before a handler is called: whoever lets one trickle gets 408, and on HTTP/1 loses the
//! connection.

use crate::server::arrival;
use crate::server::connection_limits::Places;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::time::Duration;

/// How long a body may take, and how long it may be.
#[derive(Clone)]
pub struct BodyLimit {
    /// From the head to the last byte.
    pub time: Duration,
    /// In bytes.
    pub length: usize,
    /// When these are few, there is less time.
    pub places: Places,
}

/// Why a body is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWhole {
    /// Longer than allowed.
    TooLong,
    /// Not all of it came in time.
    TooSlow,
    /// It ended before it was whole, or made no sense.
    BrokenOff,
}

/// Reads the body, and gives the request with it.
///
/// # Errors
/// [`NotWhole`], and what else there is of the request.
pub async fn whole(request: Request, limit: &BodyLimit) -> Result<Request, Box<(NotWhole, Parts)>> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    if body.size_hint().lower() > u64::try_from(limit.length).unwrap_or(u64::MAX) {
        return Err(Box::new((NotWhole::TooLong, parts)));
    }
    let why = match arrival(Limited::new(body, limit.length).collect(), limit.time, &limit.places).await {
        Some(Ok(collected)) => return Ok(Request::from_parts(parts, Body::from(collected.to_bytes()))),
        Some(Err(why)) if why.is::<LengthLimitError>() => NotWhole::TooLong,
        Some(Err(_)) => NotWhole::BrokenOff,
        None => NotWhole::TooSlow,
    };
    Err(Box::new((why, parts)))
}
