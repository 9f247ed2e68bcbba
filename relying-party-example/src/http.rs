//! The portal's one outbound HTTP client: bounded in time and size, follows no redirects, trusts the system's roots and
//! at most one more. All requests to the provider go through it, the `openidconnect` crate's too.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;
use openidconnect::http::{HeaderMap, header};
use openidconnect::url::Url;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;

const LARGEST_ANSWER: usize = 256 * 1024;

#[derive(Clone)]
pub(crate) struct Http(reqwest::Client);

/// The provider did not answer, or not in a way that can be used. The text is for the log.
#[derive(Debug)]
pub(crate) struct Unreachable(pub(crate) String);

impl std::error::Error for Unreachable {}
impl Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Http {
    /// `extra_ca`: PEM of one more authority to trust, for test systems.
    #[expect(clippy::disallowed_methods, reason = "this example stands alone; this is its one outbound client")]
    pub(crate) fn new(extra_ca: Option<&[u8]>) -> Result<Self, String> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(5));
        if let Some(pem) = extra_ca {
            for authority in reqwest::Certificate::from_pem_bundle(pem).map_err(|error| error.to_string())? {
                builder = builder.add_root_certificate(authority);
            }
        }
        builder.build().map(Self).map_err(|error| error.to_string())
    }

    /// Fetches a JSON document, and says for how long it may be kept (RFC 9111 §5.2.2.1).
    pub(crate) async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<(T, TimeDelta), Unreachable> {
        let failed = |error: &dyn Display| Unreachable(format!("GET {url}: {error}"));
        let request = openidconnect::http::Request::get(url.as_str())
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| failed(&error))?;
        let answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(failed(&answer.status()));
        }
        let keep = max_age(answer.headers());
        serde_json::from_slice(answer.body()).map(|value| (value, keep)).map_err(|error| failed(&error))
    }

    /// A status of 5xx counts as no answer: whatever the body says, the request may be tried again.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let address = request.uri().clone();
        let failed = |error: &dyn Display| Unreachable(format!("{address}: {error}"));
        let request = reqwest::Request::try_from(request).map_err(|error| failed(&error))?;
        let mut answer = self.0.execute(request).await.map_err(|error| failed(&with_sources(&error)))?;
        if answer.status().is_server_error() {
            return Err(failed(&answer.status()));
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| failed(&with_sources(&error)))? {
            if body.len() + part.len() > LARGEST_ANSWER {
                return Err(failed(&"the answer is too large"));
            }
            body.extend_from_slice(&part);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreachable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Between one second and a day; five minutes if the provider does not say.
fn max_age(headers: &HeaderMap) -> TimeDelta {
    let told = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).and_then(|value| {
        value.split(',').find_map(|directive| match directive.trim().split_once('=') {
            Some((name, seconds)) if name.eq_ignore_ascii_case("max-age") => seconds.trim_matches('"').parse().ok(),
            None if directive.trim().eq_ignore_ascii_case("no-store") => Some(0),
            _ => None,
        })
    });
    TimeDelta::seconds(told.unwrap_or(300_i64).clamp(1, 86_400))
}

/// `reqwest` keeps the cause («connection refused») in the chain behind its own words.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use openidconnect::http::HeaderValue;

    use super::*;

    #[test]
    fn a_document_is_kept_as_long_as_the_provider_says() {
        let keep = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
            max_age(&headers).num_seconds()
        };
        assert_eq!(keep("public, max-age=60"), 60);
        assert_eq!(keep("Max-Age=\"60\""), 60);
        assert_eq!(keep("no-store"), 1);
        assert_eq!(keep("max-age=99999999"), 86_400);
        assert_eq!(keep("public"), 300);
        assert_eq!(max_age(&HeaderMap::new()).num_seconds(), 300);
    }
}
