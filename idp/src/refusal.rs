//! How a refusal or a failure is shown: as JSON to a portal's program, as a page to a person.

use crate::answer;
use crate::browser::language;
use crate::failure::Failure;
use crate::metrics::Noted;
use crate::pages::{ErrorKind, ErrorPage, Frame};
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use idp_core::oauth::client_authentication::Credentials;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::params::Params;
use idp_core::shown_text;
use idp_store::Fault;
use serde::Serialize;

/// What a machine endpoint says instead of its answer.
#[derive(Debug)]
pub enum MachineNo {
    /// A refusal of the protocol.
    Refused(OAuthError),
    /// A failure of ours.
    Failed(Failure),
}

impl From<OAuthError> for MachineNo {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl<F: Into<Failure>> From<F> for MachineNo {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Which request was refused, for the log. Read only then.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its path, as routed.
    pub route: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its form, if it has one.
    pub form: &'a [u8],
}

/// The longest `client_id` that is registered has 64 characters.
const LONGEST_CLAIM: usize = 64;
/// All scopes there are fit.
const LONGEST_SCOPE: usize = 200;
/// Our own words, which may name what was sent.
const LONGEST_DETAIL: usize = 300;

/// What somebody sent, as the log may have it: on one line, and no longer than it has to be.
pub fn said(text: &str, longest: usize) -> String {
    shown_text::one_line(&text.chars().take(longest).collect::<String>())
}

impl Asked<'_> {
    /// The one line about a refusal: who claims to have asked where, never a secret, a code or a token.
    pub fn log(&self, error: &OAuthError) {
        let form = Params::parse(self.form).unwrap_or_default();
        let header = self.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let client = Credentials::claimed(header, &form);
        log_refused(self.route, client.as_deref(), &form, error);
    }
}

/// The same where the request is at hand already.
///
/// * `client`: whom it claims to come from.
pub fn log_refused(route: &str, client: Option<&str>, params: &Params<'_>, error: &OAuthError) {
    let client = client.map(|id| said(id, LONGEST_CLAIM));
    let asked_for = error.code == OAuthErrorCode::InvalidScope;
    let scope = params.get("scope").filter(|_| asked_for).map(|scope| said(scope, LONGEST_SCOPE));
    let detail = said(error.detail.unwrap_or(&*error.description), LONGEST_DETAIL);
    tracing::info!(error = error.code.as_str(), detail, route, client, scope, "refused");
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

impl MachineNo {
    /// The error of the protocol, if it is one.
    pub fn code(&self) -> Option<OAuthErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code),
            Self::Failed(_) => None,
        }
    }

    /// The JSON answer (RFC 6749 §5.2).
    pub fn into_response(self, asked: &Asked<'_>) -> Response {
        match self {
            Self::Refused(error) => {
                asked.log(&error);
                let mut response = body(error.code, &error.description);
                if error.code == OAuthErrorCode::InvalidClient {
                    // RFC 6749 §5.2: the scheme that clients may use.
                    response
                        .headers_mut()
                        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"shenfen\""));
                }
                if error.code == OAuthErrorCode::TooMany {
                    // What is counted within a minute is forgotten with it.
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
                }
                Noted::Refused(error.code).on(&mut response);
                response
            }
            Self::Failed(failure) => {
                let incident = failure.log();
                let code = if incident.temporary {
                    OAuthErrorCode::TemporarilyUnavailable
                } else {
                    OAuthErrorCode::ServerError
                };
                let mut response = body(code, &format!("incident {}", incident.code));
                Noted::Failed(failure.kind()).on(&mut response);
                if incident.temporary {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                }
                response
            }
        }
    }
}

fn body(code: OAuthErrorCode, description: &str) -> Response {
    let body = ErrorBody { error: code.as_str(), error_description: description };
    answer::json(code.status(), serde_json::to_vec(&body).unwrap_or_default())
}

/// What a page says instead of its answer.
#[derive(Debug)]
pub enum PageNo {
    /// An explanation, with words for the portal's developer.
    Shown(ErrorKind, Option<String>),
    /// A failure of ours.
    Failed(Failure),
}

impl From<ErrorKind> for PageNo {
    fn from(kind: ErrorKind) -> Self {
        Self::Shown(kind, None)
    }
}

impl<F: Into<Failure>> From<F> for PageNo {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

impl PageNo {
    /// The page, in the person's language.
    pub fn into_response(self, ctx: &Ctx, headers: &HeaderMap) -> Response {
        let frame = frame(ctx, headers);
        match self {
            Self::Shown(kind, details) => {
                let error_code =
                    (kind == ErrorKind::SpentRequest).then_some(OAuthErrorCode::InvalidRequestUri.as_str());
                let page = ErrorPage {
                    error_code,
                    details: details.as_deref(),
                    home_href: Some("/"),
                    ..ErrorPage::of(frame, kind)
                };
                answer::page(status(kind), page.html())
            }
            Self::Failed(failure) => {
                let incident = failure.log();
                let kind = match failure {
                    Failure::Busy | Failure::Fault(Fault::Busy) => ErrorKind::TooBusy,
                    _ if incident.temporary => ErrorKind::NotReady,
                    _ => ErrorKind::Internal,
                };
                let page = ErrorPage { incident: Some(&incident.code), ..ErrorPage::of(frame, kind) };
                let mut response = answer::page(status(kind), page.html());
                Noted::Failed(failure.kind()).on(&mut response);
                if incident.temporary {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                }
                response
            }
        }
    }
}

/// What surrounds an error page: no language switch, since there may be nothing to come back to.
fn frame<'a>(ctx: &'a Ctx, headers: &HeaderMap) -> Frame<'a> {
    Frame::new(language(&ctx.cookies, headers, None), ctx.provider.house())
}

fn status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::UnknownClient
        | ErrorKind::DisabledClient
        | ErrorKind::BadRedirectUri
        | ErrorKind::BadRequest
        | ErrorKind::SpentRequest
        | ErrorKind::ExpiredPage
        | ErrorKind::ApplicationOver => 400,
        ErrorKind::ForeignForm => 403,
        ErrorKind::NotFound => 404,
        ErrorKind::MethodNotAllowed => 405,
        ErrorKind::TooSlow => 408,
        ErrorKind::TooLarge => 413,
        ErrorKind::Internal => 500,
        ErrorKind::TooBusy | ErrorKind::NotReady => 503,
    }
}
