//! How answers are written: headers that every answer of a kind has, in one place.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    LOCATION, REFERRER_POLICY, REFRESH, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use std::collections::BTreeSet;
use std::time::Duration;

/// The policy of every page: nothing but our own style sheet and pictures. No `form-action`: Chromium applies it to every
/// hop of the redirects that follow a form, those of the portal included.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// That of a page whose fields a script of ours helps with.
const HELPING_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// That of the page that posts an answer to its portal: the one script on it besides. A test holds that the digest is the script's.
const RETURNING_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'sha256-EnPYOQ0/Uu4iIvgmDITJTskVyuz7gBb6s+IZU1dte5o='; \
                                base-uri 'none'; frame-ancestors 'none'";

/// The one script on the page whose frames tell portals of a sign-out. A test holds that the digest is the script's.
const FRAMING_SCRIPT: &str = "sha256-yzVPQutjgG4KHels11uUOdZaWbSK4MbNtf3LHg8gHBg=";

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

fn plain(status: u16, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// JSON that nobody may keep.
pub fn json(status: u16, body: impl Into<Body>) -> Response {
    let mut response = plain(status, body);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// A JWT that nobody may keep (OpenID Connect Core 1.0 §5.3.2).
pub fn jwt(token: String) -> Response {
    let mut response = plain(200, token);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
    response
}

/// Public JSON that may be kept, readable by any page (CORS without credentials).
pub fn public_json(body: impl Into<Body>, max_age_seconds: u64) -> Response {
    let mut response = json(200, body);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(value) = HeaderValue::try_from(format!("public, max-age={max_age_seconds}")) {
        headers.insert(CACHE_CONTROL, value);
    }
    response
}

/// A picture that its address names by its bytes: it never changes, and is nothing but a picture wherever it is opened.
pub fn picture(png: Vec<u8>) -> Response {
    let mut response = plain(200, png);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    response
}

/// A picture that one browser alone was shown the address of, and keeps for so long.
pub fn own_picture(png: Vec<u8>, life: Duration) -> Response {
    let mut response = picture(png);
    if let Ok(value) = HeaderValue::try_from(format!("private, max-age={}", life.as_secs())) {
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    response
}

/// A page.
pub fn page(status: u16, html: String) -> Response {
    let mut response = plain(status, html);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HTML);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    // Not `no-referrer`: browsers would send our own forms with `Origin: null` (Fetch, "append a request Origin header").
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// A page with a form.
///
/// * `script`: the path of the one that helps with its fields, if there is one, so that it may run.
pub fn form_page(script: Option<&str>, status: u16, html: String) -> Response {
    let mut response = page(status, html);
    if script.is_some() {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(HELPING_POLICY));
    }
    response
}

/// A page whose frames tell portals of a sign-out.
///
/// * `origins`: those of the frames, `https://portal.example.gov.tw`.
pub fn framing_page(html: String, origins: &BTreeSet<String>) -> Response {
    let mut response = page(200, html);
    let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src '{FRAMING_SCRIPT}'; frame-src {}; \
         base-uri 'none'; frame-ancestors 'none'",
        origins.join(" ")
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page that is left after so many seconds, with scripts or without.
pub fn refreshed(mut response: Response, seconds: u8, next: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(format!("{seconds}; url={next}")) {
        response.headers_mut().insert(REFRESH, value);
    }
    response
}

/// The page that posts an answer to its portal.
pub fn returning_page(html: String) -> Response {
    let mut response = page(200, html);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(RETURNING_POLICY));
    // Under `same-origin` the form would arrive with `Origin: null`; its portal may look at who sends it.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    response
}

/// Sends the browser elsewhere by GET (RFC 9700 §4.12: 303, so that a password is never sent on).
pub fn redirect(to: &str) -> Response {
    let mut response = plain(303, Body::empty());
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    match HeaderValue::try_from(to) {
        Ok(value) => {
            headers.insert(LOCATION, value);
            response
        }
        // Redirect URIs are checked to be ASCII when they are registered; ours are.
        Err(_) => plain(500, "the address to go to is not one"),
    }
}

/// An empty answer.
pub fn empty(status: u16) -> Response {
    plain(status, Body::empty())
}

/// Whether a request's body is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use super::{FRAMING_SCRIPT, RETURNING_POLICY};
    use crate::pages::end_session::SCRIPT as FRAMING;
    use crate::pages::returning::SCRIPT;
    use base64::Engine;

    #[test]
    fn the_policies_of_pages_with_a_script_name_it() {
        let digest = |script: &str| base64::engine::general_purpose::STANDARD.encode(keys::sha256(script.as_bytes()));
        let returning = digest(SCRIPT);
        assert!(RETURNING_POLICY.contains(&format!("script-src 'sha256-{returning}';")), "{returning}");
        assert_eq!(FRAMING_SCRIPT, format!("sha256-{}", digest(FRAMING)));
    }
}
