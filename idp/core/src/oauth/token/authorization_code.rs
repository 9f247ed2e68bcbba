//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6, OpenID Connect Core 1.0 §3.1.3.2).

use crate::client::{AuthMethod, Client, GrantType};
use crate::lifetimes::Lifetimes;
use crate::oauth::code::Code;
use crate::oauth::dpop::Holder;
use crate::oauth::error::OAuthError;
use crate::oauth::gate::{Bound, Grant};
use crate::people::account::Person;
use crate::scope::Scope;
use crate::sign_in::session::Session;
use keys::{UnixMillis, same};

/// What a client presents with a code.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The client, authenticated (or public).
    pub client: &'a Client,
    /// `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub code_verifier: Option<&'a str>,
    /// Who proved to hold which key.
    pub holder: Holder,
}

/// What a presented code is worth before the database is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Redeem it.
    Redeem,
    /// The code's own client, authenticated, got the rest wrong: nobody shall have it now.
    Burn(OAuthError),
    /// The code's own client is too late. If the code was redeemed in its time this is a replay, and revokes.
    Late(OAuthError),
    /// From anybody else a code changes nothing, so that a stranger cannot burn it.
    Leave(OAuthError),
}

/// Judges what is presented with a code.
pub fn judge(code: &Code, presented: &Presented<'_>, now: UnixMillis, life: &Lifetimes) -> Verdict {
    let client = presented.client;
    if code.client_id != client.id {
        return Verdict::Leave(OAuthError::invalid_grant("the code belongs to another client"));
    }
    match mismatch(code, presented) {
        // A public client proves nothing by its name: whoever stole a code could burn it.
        Some(error) if client.auth_method == AuthMethod::None => Verdict::Leave(error),
        _ if code.is_over(now, life) => {
            Verdict::Late(OAuthError::invalid_grant("the code is expired, or made by a wrong clock"))
        }
        Some(error) => Verdict::Burn(error),
        None => Verdict::Redeem,
    }
}

fn mismatch(code: &Code, presented: &Presented<'_>) -> Option<OAuthError> {
    let redirect = Code::redirect_digest(presented.redirect_uri.unwrap_or_default());
    if !same(&redirect, &code.redirect_uri) {
        return Some(OAuthError::invalid_grant("redirect_uri is not the one of the authorization request"));
    }
    if !presented.holder.owns(code.key) {
        return Some(OAuthError::invalid_grant(
            "the code is bound to another DPoP key than the proof's, or there is no proof",
        ));
    }
    match (&code.challenge, presented.code_verifier) {
        (Some(challenge), Some(verifier)) if challenge.fits(verifier) => None,
        (Some(_), Some(_)) => Some(OAuthError::invalid_grant("code_verifier does not fit code_challenge")),
        (Some(_), None) => Some(OAuthError::invalid_grant("code_verifier is missing")),
        // RFC 9700 §4.8.2: a verifier without a challenge is a challenge that somebody took out of the request.
        (None, Some(_)) => Some(OAuthError::invalid_grant("code_verifier without code_challenge")),
        (None, None) => None,
    }
}

/// The grant that a redemption writes.
pub fn grant_of(
    code: &Code,
    client: &Client,
    (session, person): (&Session, &Person),
    now: UnixMillis,
    life: &Lifetimes,
) -> Grant {
    let refreshes = client.may_use(GrantType::RefreshToken);
    let bound = if code.scope.has(Scope::OfflineAccess) { Bound::Offline } else { Bound::ToSession };
    let expires_at = match bound {
        Bound::Offline => now.plus(life.refresh),
        Bound::ToSession => session.expires_at.max(now.plus(life.grant_at_least)),
    };
    Grant {
        id: code.grant_id.clone(),
        account_id: person.account_id.clone(),
        session_id: session.id.clone(),
        client_id: client.id.clone(),
        scope: code.scope,
        bound,
        security_epoch: person.security_epoch,
        capacity_epoch: person.capacity_epoch,
        auth_time: code.auth_time,
        acr: code.acr,
        generation: i64::from(refreshes),
        refreshed_at: now,
        expires_at,
        revoked_at: None,
    }
}
