//! How somebody comes by each error: the table behind [`super::errors`].

use conformance::{Portal, ProofKey, Request};
use idp_core::oauth::error::OAuthErrorCode;

/// Who is at the browser.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Stranger,
    SignedIn,
}

/// How a client comes by an error.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// By a request at the authorization endpoint of a client.
    Authorize(&'static str, Who, fn(Request) -> Request),
    /// The same, where the person says no at the sign-in page.
    Cancelled,
    /// By this form at an endpoint, with a right secret.
    Form(&'static str, &'static [(&'static str, &'static str)]),
    /// With a DPoP proof in need of this.
    Proof(fn(&Proven<'_>) -> String),
    /// At registration.
    Registration(&'static str),
    /// At UserInfo.
    UserInfo(Token),
    /// An assertion that this provider, having just begun, cannot judge.
    TooEarly,
    /// A token of the client's own is given back.
    OwnTokenRevoked,
    /// More pushes than a minute has.
    PushedTooMuch,
    /// A `request_uri` that was never given out.
    SpentPush,
    /// Nothing brings it about as things are, or it is the subject of the tests of failures.
    Nowhere,
}

#[derive(Clone, Copy)]
pub(super) enum Token {
    Garbage,
    WithoutOpenId,
}

pub(super) struct Proven<'a> {
    pub portal: &'a Portal,
    pub key: &'a ProofKey,
}

pub(super) const TOKEN: &str = "/connect/token";

/// An error that is new does not compile before it stands here.
pub(super) fn ways(code: OAuthErrorCode) -> Vec<Way> {
    use OAuthErrorCode as E;
    use Way::{Authorize, Form, Nowhere, Proof, Registration};
    let code_grant = &[("grant_type", "authorization_code"), ("code", "garbage")];
    match code {
        E::InvalidRequest => vec![
            Authorize("all", Who::SignedIn, |it| it.with("max_age", "soon")),
            Authorize("all", Who::SignedIn, |it| it.with("id_token_hint", "garbage")),
            Form(TOKEN, &[]),
            Form("/connect/revoke", &[]),
            Form("/connect/introspect", &[]),
            Form("/connect/par", &[("response_type", "code")]),
            Registration("[]"),
        ],
        E::InvalidClient => vec![Form(TOKEN, &[("client_secret", "x"), ("client_id", "nobody")])],
        E::InvalidGrant => vec![Form(TOKEN, code_grant)],
        E::UnauthorizedClient => vec![
            Authorize("little", Who::SignedIn, |it| it.with("response_type", "code id_token")),
            Form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", "garbage"), ("client_id", "little")]),
        ],
        E::UnsupportedGrantType => vec![Form(TOKEN, &[("grant_type", "password")])],
        E::UnsupportedResponseType => vec![Authorize("all", Who::SignedIn, |it| it.with("response_type", "device"))],
        E::InvalidScope => vec![
            Authorize("all", Who::SignedIn, |it| it.scope("profile")),
            Authorize("little", Who::SignedIn, |it| it.scope("openid uid")),
        ],
        E::AccessDenied => vec![Way::Cancelled],
        E::TemporarilyUnavailable => vec![Way::TooEarly],
        E::LoginRequired => vec![
            Authorize("all", Who::Stranger, |it| it.with("prompt", "none")),
            Authorize("all", Who::SignedIn, |it| it.with("prompt", "none").with("max_age", "0")),
        ],
        E::UnmetAuthenticationRequirements => vec![Authorize("all", Who::SignedIn, |it| {
            it.with("claims", r#"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#)
        })],
        E::ConsentRequired => {
            vec![Authorize("asks", Who::SignedIn, |it| it.scope("openid email").with("prompt", "none"))]
        }
        E::RequestUriNotSupported => {
            vec![Authorize("all", Who::SignedIn, |it| it.with("request_uri", "https://all.example/object"))]
        }
        E::RegistrationNotSupported => vec![Authorize("all", Who::SignedIn, |it| it.with("registration", "{}"))],
        E::InvalidRequestUri => vec![Way::SpentPush],
        E::InvalidRequestObject => vec![Authorize("all", Who::SignedIn, |it| it.with("request", "e30.e30."))],
        E::UnsupportedTokenType => vec![Way::OwnTokenRevoked],
        E::TooMany => vec![Way::PushedTooMuch],
        E::InvalidRedirectUri => {
            vec![Registration(r#"{"redirect_uris":["http://portal.example/"]}"#)]
        }
        E::UnapprovedSoftwareStatement => {
            vec![Registration(r#"{"redirect_uris":["https://portal.example/"],"software_statement":"a.b.c"}"#)]
        }
        E::InvalidClientMetadata => {
            vec![Registration(r#"{"redirect_uris":["https://portal.example/"],"jwks_uri":"ftp://x"}"#)]
        }
        E::InvalidToken => vec![Way::UserInfo(Token::Garbage)],
        E::InsufficientScope => vec![Way::UserInfo(Token::WithoutOpenId)],
        E::InvalidDpopProof => vec![Proof(|_| "garbage".into())],
        E::UseDpopNonce => vec![Proof(|it| it.key.sign(&it.portal.proof(it.key, "POST", TOKEN)))],
        // Tested where bodies are bounded, and where databases fail. No prompt leaves an account to choose without a page, and a
        // request object is read before anything could be said of the parameter.
        E::TooLarge | E::ServerError | E::AccountSelectionRequired | E::RequestNotSupported => vec![Nowhere],
    }
}
