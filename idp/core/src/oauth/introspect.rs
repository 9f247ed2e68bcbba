//! What is said of a token to whoever asks (RFC 7662): who may ask, whether it is worth anything now, and for what.
//!
//! Only the client that a token was issued to may ask about it, and, about access tokens, a resource server that the operator
//! registered for that client. To everybody else a token is none: a client that could ask about any token it finds would learn
//! from it who signed in where (RFC 7662 §4).

use super::access_token::AccessToken;
use super::client_token::ClientToken;
use super::dpop::token_type;
use super::gate::{self, Grant};
use super::refresh_token::RefreshToken;
use super::token::refresh_token::{Verdict, judge as judge_refresh};
use crate::client::{AuthMethod, Client, GrantType};
use crate::identity::subject::subject;
use crate::ids::GrantId;
use crate::lifetimes::Lifetimes;
use crate::people::account::Person;
use crate::scope::{Scope, ScopeSet};
use crate::sign_in::session::Session;
use keys::{MacKey, Sealer, Thumbprint, UnixMillis};
use serde::Serialize;

/// A token of ours, as somebody presents it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An access token.
    Access(AccessToken),
    /// A refresh token.
    Refresh(RefreshToken),
}

impl Token {
    /// Opens it. Each kind opens as itself alone, so that a hint of the kind is not needed (RFC 7662 §2.1). `None`: it is none.
    pub fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        let access = AccessToken::open(sealer, text).map(Self::Access);
        access.or_else(|_| RefreshToken::open(sealer, text).map(Self::Refresh)).ok()
    }

    /// The grant it is a handle to.
    pub fn grant_id(&self) -> &GrantId {
        match self {
            Self::Access(token) => &token.grant_id,
            Self::Refresh(token) => &token.grant_id,
        }
    }
}

/// What is said (RFC 7662 §2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Whether the token is worth something now. If not, nothing else is said.
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// RFC 9470 §6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    /// RFC 9470 §6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    /// RFC 9449 §6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Confirmation {
    jkt: String,
}

/// Who asks, and by what is answered.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The client that asks, authenticated.
    pub asking: &'a Client,
    /// Our issuer.
    pub issuer: &'a str,
    /// The key of subjects.
    pub subjects: &'a MacKey,
    /// When.
    pub now: UnixMillis,
    /// How long things live.
    pub lifetimes: &'a Lifetimes,
}

/// What a token hangs on, as it stands.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// The client that the token was issued to.
    pub issued_to: &'a Client,
    /// Its grant.
    pub grant: &'a Grant,
    /// The session it was given in.
    pub session: &'a Session,
    /// Whose it is.
    pub person: &'a Person,
}

/// Whether a client may ask at all: one that anybody can claim to be may not.
pub fn may_ask(client: &Client) -> bool {
    client.auth_method != AuthMethod::None
}

/// Whether a client may ask about access tokens that were issued to that one.
fn may_ask_about(asking: &Client, issued_to: &Client) -> bool {
    asking.id == issued_to.id || asking.may_introspect.contains(&issued_to.id)
}

/// Judges the token of a client that acts for itself. There is nobody for it to name: no `sub`, and nothing of a person.
pub fn judge_client(token: &ClientToken, question: Question<'_>, issued_to: &Client) -> Answer {
    let Question { asking, now, lifetimes, issuer, .. } = question;
    if !may_ask_about(asking, issued_to) || token.is_over(now, lifetimes) || gate::client_may_have(issued_to).is_err() {
        return Answer::default();
    }
    Answer {
        active: true,
        iss: Some(issuer.to_owned()),
        client_id: Some(issued_to.id.to_string()),
        token_type: Some(token_type(token.key)),
        exp: Some(token.expires_at.seconds()),
        cnf: token.key.map(|key| Confirmation { jkt: key.to_string() }),
        ..Answer::default()
    }
}

/// Judges a token. The verdict is that of the endpoint where it would be used.
pub fn judge(token: &Token, question: Question<'_>, of: Standing<'_>) -> Answer {
    describe(token, question, of).unwrap_or_default()
}

fn describe(token: &Token, question: Question<'_>, of: Standing<'_>) -> Option<Answer> {
    let Question { asking, now, lifetimes, .. } = question;
    gate::grant_may_give(of.issued_to, of.grant, (of.session, of.person), now, lifetimes).ok()?;
    match token {
        Token::Access(access) => {
            if !may_ask_about(asking, of.issued_to) || access.is_over(now, lifetimes) {
                return None;
            }
            let scope = access.scope.and(of.grant.scope).and(of.issued_to.scope);
            Some(Answer {
                token_type: Some(token_type(access.key)),
                ..about(question, of, (scope, access.expires_at, access.key))
            })
        }
        Token::Refresh(refresh) => {
            let presented = (refresh.generation, of.issued_to.rotates_refresh_tokens());
            let verdict = judge_refresh(of.grant, presented, now, lifetimes);
            let usable = matches!(verdict, Verdict::Advance { .. } | Verdict::Keep { .. } | Verdict::Again);
            if asking.id != of.issued_to.id || !usable || !of.issued_to.may_use(GrantType::RefreshToken) {
                return None;
            }
            let end = of.grant.expires_at.min(of.grant.refreshed_at.plus(lifetimes.refresh_idle));
            Some(about(question, of, (of.grant.scope, end, refresh.key)))
        }
    }
}

fn about(
    question: Question<'_>,
    of: Standing<'_>,
    (scope, end, key): (ScopeSet, UnixMillis, Option<Thumbprint>),
) -> Answer {
    // As at UserInfo: without openid nothing is said about the person.
    let says_who = scope.has(Scope::OpenId);
    Answer {
        active: true,
        iss: Some(question.issuer.to_owned()),
        client_id: Some(of.issued_to.id.to_string()),
        token_type: None,
        scope: (!scope.is_empty()).then(|| scope.to_string()),
        // The name by which whoever asks knows the person: it must not learn those that other portals know.
        sub: says_who.then(|| subject(question.subjects, question.asking, &of.person.account_id)),
        exp: Some(end.seconds()),
        auth_time: says_who.then(|| of.grant.auth_time.seconds()),
        acr: says_who.then(|| of.grant.acr.as_str()),
        cnf: key.map(|key| Confirmation { jkt: key.to_string() }),
    }
}
