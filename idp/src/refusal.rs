//! How a refusal or a failure is shown: as JSON to a portal's program, as a page to a person.

use crate::answer;
use crate::browser::language;
use crate::failure::Failure;
use crate::metrics::Noted;
use crate::pages::{ErrorKind, ErrorPage, Frame};
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
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

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

impl MachineNo {
    /// The JSON answer (RFC 6749 §5.2).
    pub fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => {
                tracing::info!(error = error.code.as_str(), detail = error.detail, "refused");
                let mut response = body(error.code, &error.description);
                if error.code == OAuthErrorCode::InvalidClient {
                    // RFC 6749 §5.2: the scheme that clients may use.
                    response
                        .headers_mut()
                        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"shenfen\""));
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
                let page =
                    ErrorPage { details: details.as_deref(), home_href: Some("/"), ..ErrorPage::of(frame, kind) };
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
    Frame::new(language(&ctx.cookies, headers, None), &ctx.provider.brand)
}

fn status(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::UnknownClient
        | ErrorKind::DisabledClient
        | ErrorKind::BadRedirectUri
        | ErrorKind::BadRequest
        | ErrorKind::ExpiredPage => 400,
        ErrorKind::ForeignForm => 403,
        ErrorKind::NotFound => 404,
        ErrorKind::MethodNotAllowed => 405,
        ErrorKind::TooSlow => 408,
        ErrorKind::TooLarge => 413,
        ErrorKind::Internal => 500,
        ErrorKind::TooBusy | ErrorKind::NotReady => 503,
    }
}
