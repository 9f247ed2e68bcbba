//! What has to happen before a code is given: sign in, choose, be told, consent, or nothing.
//!
//! Asked at every arrival, from stored state alone: the sign-in page and the consent page never lead to each other, each
//! comes back here.

use super::request::AuthorizationRequest;
use crate::client::Client;
use crate::oauth::error::{OAuthError, OAuthErrorCode};
use crate::oauth::gate::Bound;
use crate::scope::{Scope, ScopeSet};
use crate::sign_in::interaction::Done;
use crate::sign_in::session::Session;
use keys::UnixMillis;

/// What a person agreed to at a portal, as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// The scopes agreed to.
    pub scope: ScopeSet,
    /// When the person was told as whom they enter this portal.
    pub told_at: Option<UnixMillis>,
}

/// What is known of the browser that sent the request.
#[derive(Clone, Copy, Debug)]
pub struct Browser<'a> {
    /// Its session, if it has one that counts.
    pub session: Option<&'a Session>,
    /// What the person agreed to at this portal.
    pub consent: Option<Consent>,
    /// Whether the session is the one `id_token_hint` speaks of; `None` without a hint.
    pub hinted: Option<bool>,
    /// What was done in this sign-in already.
    pub done: Done,
    /// Now.
    pub now: UnixMillis,
}

/// Why the sign-in page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInReason {
    /// Nobody is signed in.
    NoSession,
    /// `prompt=login`, or the last sign-in is older than `max_age`.
    Again,
    /// The portal expects somebody else (`id_token_hint`).
    SomebodyElse,
}

/// Why the person is asked before going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmReason {
    /// First time at this portal through an existing session.
    Introduce,
    /// Scopes to agree to.
    Consent,
    /// `prompt=select_account`.
    SelectAccount,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Show the sign-in page.
    SignIn(SignInReason),
    /// Show as whom the person goes on, and what the portal receives.
    Confirm(ConfirmReason),
    /// Give a code.
    Issue {
        /// With these scopes.
        scope: ScopeSet,
        /// What its grant hangs on.
        bound: Bound,
    },
    /// Say no.
    Refuse(OAuthError),
}

/// Decides the next step.
pub fn next_step(request: &AuthorizationRequest, client: &Client, browser: &Browser<'_>) -> NextStep {
    match wanted_step(request, client, browser) {
        step @ NextStep::Issue { .. } => step,
        step if request.prompt.none => NextStep::Refuse(silent_refusal(&step)),
        step => step,
    }
}

/// OpenID Connect Core 1.0 §3.1.2.6: what would have had to be shown, as an error.
fn silent_refusal(step: &NextStep) -> OAuthError {
    match step {
        NextStep::Confirm(ConfirmReason::Consent) => {
            OAuthError::new(OAuthErrorCode::ConsentRequired, "the person has not agreed to these scopes yet")
        }
        NextStep::Confirm(_) => {
            OAuthError::new(OAuthErrorCode::AccountSelectionRequired, "the person has to choose an account")
        }
        _ => OAuthError::new(OAuthErrorCode::LoginRequired, "the person has to sign in"),
    }
}

fn wanted_step(request: &AuthorizationRequest, client: &Client, browser: &Browser<'_>) -> NextStep {
    let Some(session) = browser.session else { return NextStep::SignIn(SignInReason::NoSession) };
    if !signed_in_recently_enough(request, session, browser) {
        return NextStep::SignIn(SignInReason::Again);
    }
    if browser.hinted == Some(false) {
        return NextStep::SignIn(SignInReason::SomebodyElse);
    }
    if request.prompt.select_account && !browser.done.selected && !browser.done.signed_in {
        return NextStep::Confirm(ConfirmReason::SelectAccount);
    }
    let agreed = browser.consent.unwrap_or_default();
    if must_consent(request, client, browser, agreed) {
        return NextStep::Confirm(ConfirmReason::Consent);
    }
    let Done { signed_in, selected, agreed: just_agreed } = browser.done;
    if agreed.told_at.is_none() && !(signed_in || selected || just_agreed || request.prompt.none) {
        return NextStep::Confirm(ConfirmReason::Introduce);
    }
    issue(request, client, agreed)
}

/// `prompt=login` and `max_age` (OpenID Connect Core 1.0 §3.1.2.1). A sign-in made for this very request satisfies both:
/// `max_age=0` would otherwise never end.
fn signed_in_recently_enough(request: &AuthorizationRequest, session: &Session, browser: &Browser<'_>) -> bool {
    if browser.done.signed_in {
        return true;
    }
    let young = request.max_age.is_none_or(|age| browser.now.since(session.auth_time) <= age && !age.is_zero());
    young && !request.prompt.login
}

fn must_consent(request: &AuthorizationRequest, client: &Client, browser: &Browser<'_>, agreed: Consent) -> bool {
    if browser.done.agreed {
        return false;
    }
    let missing = !request.discloses().without(Scope::OfflineAccess).minus(agreed.scope).is_empty();
    request.prompt.consent || (missing && !client.trusted)
}

/// OpenID Connect Core 1.0 §11: offline access needs consent, unless other conditions permit it: the portal is the
/// operator's own.
fn issue(request: &AuthorizationRequest, client: &Client, agreed: Consent) -> NextStep {
    let granted = request.prompt.consent || agreed.scope.has(Scope::OfflineAccess) || client.trusted;
    let offline = request.scope.has(Scope::OfflineAccess) && granted;
    let scope = if offline { request.scope } else { request.scope.without(Scope::OfflineAccess) };
    NextStep::Issue { scope, bound: if offline { Bound::Offline } else { Bound::ToSession } }
}
