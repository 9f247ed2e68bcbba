//! What the authorization endpoint issues itself: a code, and in the implicit and hybrid flow tokens — OpenID Connect Core 1.0
//! §3.2.2.5, §3.3.2.5.
//!
//! A code alone is sealed, and nothing is written. Tokens write their grant here, in one transaction through the gate; a code
//! beside them belongs to that grant, which awaits its redemption.

use super::arrival::Visit;
use crate::directory::Known;
use crate::failure::Failure;
use crate::oauth::issue::{self, Issue};
use crate::wiring::Ctx;
use idp_core::identity::claims::Beside;
use idp_core::lifetimes::Lifetimes;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::authorize::ResponseType;
use idp_core::oauth::code::{Code, Nonce};
use idp_core::oauth::dpop::Holder;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::gate::{self, AWAITS_CODE, Grant};
use idp_core::oauth::token::authorization_code::grant_of;
use idp_core::people::account::Person;
use idp_core::scope::ScopeSet;
use idp_core::{GrantId, UnixMillis};
use idp_store::{Fault, Tx, grants, sessions};

/// Names and values of the answer, without `state` and `iss`.
pub(super) type Pairs = Vec<(&'static str, String)>;

/// Issues what the request asked for.
///
/// * `nonce`: where the code finds it.
///
/// # Errors
/// A failure of ours. The inner error: the session ended meanwhile.
pub(super) async fn issue(
    ctx: &Ctx,
    visit: &Visit,
    scope: ScopeSet,
    nonce: Nonce,
) -> Result<Result<Pairs, OAuthError>, Failure> {
    let now = ctx.clock.now();
    let kind = visit.request.response_type;
    let code = code(ctx, visit, (scope, nonce), now)?;
    let sealed = match kind.gives_code() {
        true => Some(code.seal(&ctx.directory.for_issuing(now)?.sealer)?),
        false => None,
    };
    if !kind.gives_tokens() {
        return Ok(Ok(sealed.into_iter().map(|code| ("code", code)).collect()));
    }
    // Whoever has the access token, or, bound by `dpop_jkt`, whoever proves that key with each use.
    let holder = match kind.gives_access_token() {
        true => match Holder::of(&visit.known.client, visit.request.dpop_key) {
            Ok(holder) => Some(holder),
            Err(refusal) => return Ok(Err(refusal)),
        },
        false => None,
    };
    let (known, lifetimes) = (visit.known.clone(), ctx.lifetimes.clone());
    let unit = move |tx: &mut Tx<'_>| write_grant(tx, &code, (&known, kind), (now, &lifetimes));
    match ctx.db.write(unit).await? {
        Ok((grant, person)) => Ok(Ok(tokens(ctx, visit, (&grant, &person), (sealed, holder)).await?)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn code(ctx: &Ctx, visit: &Visit, (scope, nonce): (ScopeSet, Nonce), now: UnixMillis) -> Result<Code, Failure> {
    let who = visit.who.as_ref().ok_or_else(|| Failure::Other("a code without a session".into()))?;
    let client = &visit.known.client;
    gate::session_may_give(client, &who.session, &who.person, now, &ctx.lifetimes)
        .map_err(|refusal| Failure::Other(refusal.detail().into()))?;
    Ok(Code {
        grant_id: GrantId::new(now, keys::random()?),
        session_id: who.session.id.clone(),
        client_id: client.id.clone(),
        redirect_uri: Code::redirect_digest(visit.address.redirect_uri()),
        challenge: visit.request.challenge,
        nonce,
        scope,
        claims: visit.request.claims,
        key: visit.request.dpop_key,
        auth_time: who.session.auth_time,
        acr: who.session.acr,
        expires_at: now.plus(client.code_life(ctx.lifetimes.code)),
    })
}

/// What the gate judges is read again in here: the session may have ended since the request arrived.
fn write_grant(
    tx: &mut Tx<'_>,
    code: &Code,
    (known, kind): (&Known, ResponseType),
    (now, lifetimes): (UnixMillis, &Lifetimes),
) -> Result<Result<(Grant, Person), OAuthError>, Fault> {
    let over = |detail| {
        let words = "the session ended meanwhile; the person has to sign in";
        OAuthError { detail: Some(detail), ..OAuthError::new(OAuthErrorCode::LoginRequired, words) }
    };
    let Some((session, person, withdrawn_at)) = sessions::find_at(tx.conn(), &code.session_id, &known.client.id)?
    else {
        return Ok(Err(over("the session is gone")));
    };
    let moments = (code.grant_id.issued_at(), withdrawn_at);
    if let Err(refusal) = gate::code_may_give(&known.client, (&session, &person), moments, now, lifetimes) {
        return Ok(Err(over(refusal.detail())));
    }
    // Refresh tokens come with the code alone.
    let generation = if kind.gives_code() { AWAITS_CODE } else { 0 };
    let grant = Grant { generation, ..grant_of(code, &known.client, (&session, &person), now, lifetimes) };
    if !grants::insert(tx, &grant)? {
        return Err(Fault::corrupt("the id of a grant that was made just now"));
    }
    issue::note_issued(tx, &known.client, &person, now)?;
    issue::note_use(tx, &session, now, lifetimes)?;
    Ok(Ok((grant, person)))
}

/// After the commit, as at the token endpoint.
async fn tokens(
    ctx: &Ctx,
    visit: &Visit,
    (grant, person): (&Grant, &Person),
    (code, holder): (Option<String>, Option<Holder>),
) -> Result<Pairs, Failure> {
    let (kind, client, claims) = (visit.request.response_type, &visit.known.client, visit.request.claims);
    let alone = kind == ResponseType::IdToken;
    let personal = match alone {
        true => issue::personal_of(ctx, grant, grant.scope.or(claims.id_token.scopes())).await?,
        false => issue::personal(ctx, grant, claims).await?,
    };
    let now = ctx.clock.now();
    let snapshot = ctx.directory.for_issuing(now)?;
    let life = ctx.lifetimes.access_token;
    let expires_at = now.plus(life);
    let key = holder.and_then(Holder::key);
    let access = AccessToken { grant_id: grant.id.clone(), expires_at, scope: grant.scope, claims, key };
    let access = match holder {
        Some(holder) => Some((access.seal(&snapshot.sealer)?, holder.token_type())),
        None => None,
    };
    let half_hash = |value: &str| client.id_token_signed_response_alg.half_hash(value);
    let beside = Beside {
        at_hash: access.as_ref().map(|(access, _)| half_hash(access)),
        c_hash: code.as_deref().map(half_hash),
        s_hash: visit.address.state().map(half_hash),
        nothing: alone,
    };
    let nonce = visit.request.nonce.clone();
    let issued = Issue { client, grant, person, scope: grant.scope, claims, personal, nonce, generation: 0, beside };
    let mut pairs: Pairs = code.into_iter().map(|code| ("code", code)).collect();
    if let Some((access, token_type)) = access {
        pairs.push(("access_token", access));
        pairs.push(("token_type", token_type.into()));
        pairs.push(("expires_in", life.as_secs().to_string()));
        pairs.push(("scope", grant.scope.to_string()));
    }
    if kind.gives_id_token() {
        pairs.push(("id_token", issue::id_token(ctx, &snapshot, issued, now)?));
    }
    Ok(pairs)
}
