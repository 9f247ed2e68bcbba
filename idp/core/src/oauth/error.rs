//! A protocol refusal. Its code alone decides the HTTP status, so that no endpoint can choose a wrong one.

use std::borrow::Cow;

/// The error codes this provider uses, with where each is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthErrorCode {
    /// RFC 6749 §4.1.2.1, §5.2.
    InvalidRequest,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §4.1.2.1, §5.2.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 7591 §3.2.2.
    UnapprovedSoftwareStatement,
    /// RFC 7009 §2.2.1.
    UnsupportedTokenType,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1, §5.2.
    InvalidScope,
    /// RFC 6749 §4.1.2.1.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2.
    UnmetAuthenticationRequirements,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    AccountSelectionRequired,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    RequestUriNotSupported,
    /// OpenID Connect Core 1.0 §3.1.2.6.
    RegistrationNotSupported,
    /// OpenID Connect Core 1.0 §3.1.2.6, RFC 9101 §6.2.
    InvalidRequestUri,
    /// OpenID Connect Core 1.0 §3.1.2.6, RFC 9101 §6.2.
    InvalidRequestObject,
    /// A request beyond the bounds (RFC 9126 §2.3).
    TooLarge,
    /// More requests than a client may send in a while (RFC 9126 §2.3).
    TooMany,
    /// RFC 7591 §3.2.2.
    InvalidRedirectUri,
    /// RFC 7591 §3.2.2.
    InvalidClientMetadata,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 9449 §5. At a resource it is answered with 401 (§7.1).
    InvalidDpopProof,
    /// RFC 9449 §8. At a resource it is answered with 401 (§9).
    UseDpopNonce,
}

impl OAuthErrorCode {
    /// Every code.
    pub const ALL: [Self; 29] = [
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::UnsupportedResponseType,
        Self::InvalidScope,
        Self::AccessDenied,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::LoginRequired,
        Self::UnmetAuthenticationRequirements,
        Self::ConsentRequired,
        Self::AccountSelectionRequired,
        Self::RequestNotSupported,
        Self::RequestUriNotSupported,
        Self::RegistrationNotSupported,
        Self::InvalidRequestUri,
        Self::InvalidRequestObject,
        Self::TooLarge,
        Self::TooMany,
        Self::InvalidRedirectUri,
        Self::InvalidClientMetadata,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::InvalidDpopProof,
        Self::UseDpopNonce,
        Self::UnsupportedTokenType,
        Self::UnapprovedSoftwareStatement,
    ];

    /// The code on the wire and the status of a direct answer.
    const fn row(self) -> (&'static str, u16) {
        match self {
            Self::InvalidRequest => ("invalid_request", 400),
            Self::InvalidClient => ("invalid_client", 401),
            Self::InvalidGrant => ("invalid_grant", 400),
            Self::UnauthorizedClient => ("unauthorized_client", 400),
            Self::UnsupportedGrantType => ("unsupported_grant_type", 400),
            Self::UnapprovedSoftwareStatement => ("unapproved_software_statement", 400),
            Self::UnsupportedTokenType => ("unsupported_token_type", 400),
            Self::UnsupportedResponseType => ("unsupported_response_type", 400),
            Self::InvalidScope => ("invalid_scope", 400),
            Self::AccessDenied => ("access_denied", 400),
            Self::ServerError => ("server_error", 500),
            Self::TemporarilyUnavailable => ("temporarily_unavailable", 503),
            Self::LoginRequired => ("login_required", 400),
            Self::UnmetAuthenticationRequirements => ("unmet_authentication_requirements", 400),
            Self::ConsentRequired => ("consent_required", 400),
            Self::AccountSelectionRequired => ("account_selection_required", 400),
            Self::RequestNotSupported => ("request_not_supported", 400),
            Self::RequestUriNotSupported => ("request_uri_not_supported", 400),
            Self::RegistrationNotSupported => ("registration_not_supported", 400),
            Self::InvalidRequestUri => ("invalid_request_uri", 400),
            Self::InvalidRequestObject => ("invalid_request_object", 400),
            Self::TooLarge => ("invalid_request", 413),
            Self::TooMany => ("temporarily_unavailable", 429),
            Self::InvalidRedirectUri => ("invalid_redirect_uri", 400),
            Self::InvalidClientMetadata => ("invalid_client_metadata", 400),
            Self::InvalidToken => ("invalid_token", 401),
            Self::InsufficientScope => ("insufficient_scope", 403),
            Self::InvalidDpopProof => ("invalid_dpop_proof", 400),
            Self::UseDpopNonce => ("use_dpop_nonce", 400),
        }
    }

    /// The value of `error`.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status when it is answered directly, not by redirect.
    pub const fn status(self) -> u16 {
        self.row().1
    }
}

/// A refusal in the protocol's words: the code, a public description for the portal's developer (ASCII, RFC 6749 §5.2),
/// and a private detail for the log, which never reaches the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// The code.
    pub code: OAuthErrorCode,
    /// `error_description`.
    pub description: Cow<'static, str>,
    /// For the log alone.
    pub detail: Option<&'static str>,
}

impl OAuthError {
    /// A refusal with its public words.
    pub fn new(code: OAuthErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), detail: None }
    }

    /// The request itself is malformed.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, description)
    }

    /// A code or refresh token that gives nothing. What was wrong with it goes to the log: the answer is the same for
    /// a foreign, an expired and a forged one.
    pub fn invalid_grant(detail: &'static str) -> Self {
        let public = "the code or refresh token is not valid, is expired, was used, or belongs to another client";
        Self { code: OAuthErrorCode::InvalidGrant, description: Cow::Borrowed(public), detail: Some(detail) }
    }

    /// Client authentication failed, whatever the reason.
    pub fn invalid_client(detail: &'static str) -> Self {
        let public = "client authentication failed";
        Self { code: OAuthErrorCode::InvalidClient, description: Cow::Borrowed(public), detail: Some(detail) }
    }

    /// A DPoP proof that is missing or wrong.
    pub fn invalid_dpop_proof(description: &'static str) -> Self {
        Self::new(OAuthErrorCode::InvalidDpopProof, description)
    }

    /// An access token that gives nothing.
    pub fn invalid_token(detail: &'static str) -> Self {
        let public = "the access token is not valid, is expired or was revoked";
        Self { code: OAuthErrorCode::InvalidToken, description: Cow::Borrowed(public), detail: Some(detail) }
    }
}
