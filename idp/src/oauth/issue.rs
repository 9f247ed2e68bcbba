//! Writing the tokens that a grant gives: sealed handles, and the ID token signed after the commit.

use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::oauth::userinfo;
use crate::wiring::Ctx;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_core::client::Client;
use idp_core::identity::claims::{self, Beside, Disclosed, Parties, SignedIn};
use idp_core::identity::claims_parameter::WantedClaims;
use idp_core::identity::subject::{session_at_client, subject};
use idp_core::lifetimes::Lifetimes;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::dpop::Holder;
use idp_core::oauth::gate::Grant;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_core::people::account::{Person, Personal};
use idp_core::scope::{Scope, ScopeSet};
use idp_core::sign_in::session::Session;
use idp_store::{Fault, Tx, audit, sessions};
use serde::Serialize;
use std::time::Duration;

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3).
#[derive(Serialize)]
pub struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

impl TokenAnswer {
    /// A token of a client's own, about nobody (RFC 6749 §4.4.3).
    pub fn of_client(access_token: String, token_type: &'static str, life: Duration) -> Self {
        let expires_in = life.as_secs();
        Self { access_token, token_type, expires_in, refresh_token: None, id_token: None, scope: String::new() }
    }
}

/// What is issued: to whom, about whom, how much of the grant.
pub struct Issue<'a> {
    /// The client.
    pub client: &'a Client,
    /// The grant as it stands after the transaction.
    pub grant: &'a Grant,
    /// Whose it is, as of now.
    pub person: &'a Person,
    /// The scopes of these tokens: the grant's, or fewer.
    pub scope: ScopeSet,
    /// Claims granted one by one.
    pub claims: WantedClaims,
    /// What those in the ID token need ([`personal`]).
    pub personal: Personal,
    /// `nonce`; none at a refresh (OpenID Connect Core 1.0 §12.2).
    pub nonce: Option<String>,
    /// The generation of the refresh token to give; 0: none.
    pub generation: i64,
    /// What the ID token is bound to.
    pub beside: Beside,
}

/// Notes, in the transaction of the grant, that its tokens are issued.
///
/// # Errors
/// When the database says no.
pub fn note_issued(tx: &mut Tx<'_>, client: &Client, person: &Person, now: UnixMillis) -> Result<(), Fault> {
    let event = Event::TokensIssued { account: person.account_id.clone(), client: client.id.clone() };
    audit::write(tx, event, now, keys::random()?)
}

/// Notes in the same transaction that the session was used, if that was not written for a while.
///
/// # Errors
/// When the database says no.
pub fn note_use(tx: &mut Tx<'_>, session: &Session, now: UnixMillis, lifetimes: &Lifetimes) -> Result<(), Fault> {
    if session.wants_touch(now, lifetimes) { sessions::touch(tx, &session.id, now) } else { Ok(()) }
}

/// The sealed data that claims in the ID token need; nothing is read when none was asked for.
///
/// # Errors
/// When it cannot be read.
pub async fn personal(ctx: &Ctx, grant: &Grant, claims: WantedClaims) -> Result<Personal, Failure> {
    match claims.id_token.is_empty() {
        true => Ok(Personal::default()),
        false => personal_of(ctx, grant, claims.id_token.scopes()).await,
    }
}

/// The sealed data that these scopes need.
///
/// # Errors
/// When it cannot be read.
pub async fn personal_of(ctx: &Ctx, grant: &Grant, scopes: ScopeSet) -> Result<Personal, Failure> {
    let id = grant.id.clone();
    let found = ctx.db.read(move |conn| idp_store::grants::standing(conn, &id)).await?;
    let Some(found) = found else { return Ok(Personal::default()) };
    let account = found.person.account_id.as_str();
    userinfo::open_personal(&ctx.directory.snapshot(), account, &found.personal, scopes)
}

/// Writes the tokens.
///
/// * `holder`: whom they belong to.
///
/// `snapshot` is asked for after the transaction ([`Directory::for_issuing`](crate::directory::Directory)): that may
/// have taken seconds, in which a key was found to be compromised.
///
/// # Errors
/// When sealing or signing fails.
pub fn tokens(
    ctx: &Ctx,
    snapshot: &Snapshot,
    issue: Issue<'_>,
    holder: Holder,
    now: UnixMillis,
) -> Result<TokenAnswer, Failure> {
    let (scope, grant_id) = (issue.scope, issue.grant.id.clone());
    let life = ctx.lifetimes.access_token;
    let claims = issue.claims;
    let access =
        AccessToken { grant_id: grant_id.clone(), expires_at: now.plus(life), scope, claims, key: holder.key() };
    let refresh = match issue.generation {
        0 => None,
        generation => Some(
            RefreshToken { grant_id, generation, claims, key: holder.refresh_key(issue.client) }
                .seal(&snapshot.sealer)?,
        ),
    };
    // A refresh may ask for less than openid (RFC 6749 §6): then nothing is said about the person.
    let id_token = if scope.has(Scope::OpenId) { Some(id_token(ctx, snapshot, issue, now)?) } else { None };
    Ok(TokenAnswer {
        access_token: access.seal(&snapshot.sealer)?,
        token_type: holder.token_type(),
        expires_in: life.as_secs(),
        refresh_token: refresh,
        id_token,
        scope: scope.to_string(),
    })
}

/// The ID token alone.
///
/// # Errors
/// When signing fails.
pub fn id_token(ctx: &Ctx, snapshot: &Snapshot, issue: Issue<'_>, now: UnixMillis) -> Result<String, Failure> {
    let Issue { client, grant, person, scope, nonce, .. } = issue;
    let claims = issue.claims.within(client.scope).id_token;
    let about = Disclosed { person, personal: &issue.personal, scope, claims };
    let parties = Parties {
        issuer: &ctx.provider.issuer_url,
        client_id: client.id.as_str(),
        subject: subject(&snapshot.secrets.subject, client, &person.account_id),
        nonce,
    };
    let signed_in = SignedIn {
        auth_time: grant.auth_time,
        acr: grant.acr,
        // Also of a grant that outlives its session: the portal is told when that session ends.
        sid: client.learns_sessions().then(|| session_at_client(&snapshot.secrets.sid, &grant.session_id, &client.id)),
    };
    let payload = claims::id_token(parties, signed_in, (&about, issue.beside), now, ctx.lifetimes.id_token)?;
    let algorithm = client.id_token_signed_response_alg;
    Ok(snapshot.signing_key(client, algorithm, now.plus(ctx.lifetimes.id_token))?.sign(None, &payload)?)
}
