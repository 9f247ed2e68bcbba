//! grant_type=refresh_token — RFC 6749 §6, OpenID Connect Core 1.0 §12, RFC 9700 §4.14.2.

use super::Asker;
use crate::directory::Known;
use crate::oauth::issue::{self, Issue, TokenAnswer};
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_core::identity::claims::Beside;
use idp_core::identity::claims_parameter::WantedClaims;
use idp_core::lifetimes::Lifetimes;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::gate::{self, Bound, Grant};
use idp_core::oauth::params::Params;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_core::oauth::token::refresh_token::{Verdict, judge, narrowed};
use idp_core::people::account::Person;
use idp_store::{Fault, Tx, audit, grants};

/// The grant, its person, and the generation to give.
type Refreshed = Result<(Grant, Person, i64), OAuthError>;

/// Uses a refresh token.
///
/// # Errors
/// The protocol's refusals, or a failure of ours.
pub(super) async fn refresh(ctx: &Ctx, asker: &Asker, form: &Params<'_>) -> Result<TokenAnswer, MachineNo> {
    let Asker { known, holder } = asker;
    let now = ctx.clock.now();
    let token = form.require("refresh_token")?;
    ctx.directory.learn_sealing_key(token).await?;
    let snapshot = ctx.directory.for_issuing(now)?;
    let token = RefreshToken::open(&snapshot.sealer, token)
        .map_err(|_| OAuthError::invalid_grant("it is no refresh token of ours"))?;
    // Before the grant is looked at: whoever stole a token and not its key changes nothing.
    if !holder.owns(token.key) {
        return Err(OAuthError::invalid_grant(
            "it is bound to another DPoP key than the proof's, or there is no proof",
        )
        .into());
    }
    let asked_scope = form.get("scope").map(str::to_owned);
    let granted = token.claims;
    let (client, lifetimes, asked) = (known.clone(), ctx.lifetimes.clone(), asked_scope.clone());
    let unit = move |tx: &mut Tx<'_>| advance(tx, &token, &client, (now, &lifetimes), asked.as_deref());
    let (grant, person, generation) = ctx.db.write(unit).await??;
    let scope = narrowed(grant.scope, asked_scope.as_deref()).unwrap_or(grant.scope);
    // Whoever asks for less than the grant holds gets no more than that.
    let claims = if scope == grant.scope { granted } else { WantedClaims::default() };
    let personal = issue::personal(ctx, &grant, claims).await?;
    let (client, grant, person) = (&known.client, &grant, &person);
    let beside = Beside::default();
    let issue = Issue { client, grant, person, scope, claims, personal, nonce: None, generation, beside };
    Ok(issue::tokens(ctx, &*ctx.directory.for_issuing(ctx.clock.now())?, issue, *holder, now)?)
}

fn advance(
    tx: &mut Tx<'_>,
    token: &RefreshToken,
    known: &Known,
    (now, lifetimes): (UnixMillis, &Lifetimes),
    asked_scope: Option<&str>,
) -> Result<Refreshed, Fault> {
    let Some(found) = grants::standing(tx.conn(), &token.grant_id)? else {
        return Ok(Err(OAuthError::invalid_grant("its grant is gone")));
    };
    let (grant, person) = (found.grant, found.person);
    if let Err(refusal) = gate::grant_may_give(&known.client, &grant, (&found.session, &person), now, lifetimes) {
        return Ok(Err(OAuthError::invalid_grant(refusal.detail())));
    }
    if narrowed(grant.scope, asked_scope).is_none() {
        let words = "scope asks for more than the refresh token holds";
        return Ok(Err(OAuthError::new(OAuthErrorCode::InvalidScope, words)));
    }
    let generation = match judge(&grant, (token.generation, known.client.rotates_refresh_tokens()), now, lifetimes) {
        Verdict::Advance { from } if grants::advance(tx, &grant.id, from, now)? => from + 1,
        Verdict::Keep { same } if grants::used(tx, &grant.id, same, now)? => same,
        Verdict::Advance { .. } | Verdict::Keep { .. } => {
            return Ok(Err(OAuthError::invalid_grant("somebody else used it just now")));
        }
        Verdict::Again => return Ok(Ok((grant.clone(), person, grant.generation))),
        Verdict::Reused => return revoke_reused(tx, &grant, now),
        Verdict::Expired => return Ok(Err(OAuthError::invalid_grant("nobody used it for too long"))),
        Verdict::NotOfThisGrant => {
            return Ok(Err(OAuthError::invalid_grant("it was given before the database was restored, or never")));
        }
    };
    if grant.bound == Bound::ToSession {
        issue::note_use(tx, &found.session, now, lifetimes)?;
    }
    let event = Event::TokensRefreshed { account: person.account_id.clone(), client: known.client.id.clone() };
    audit::write(tx, event, now, keys::random()?)?;
    Ok(Ok((grant, person, generation)))
}

/// Somebody has a refresh token that was used before: either the client or a thief. Nobody keeps it.
fn revoke_reused(tx: &mut Tx<'_>, grant: &Grant, now: UnixMillis) -> Result<Refreshed, Fault> {
    if grants::revoke(tx, &grant.id, now)? {
        let event = Event::RefreshReused { account: grant.account_id.clone(), client: grant.client_id.clone() };
        audit::write(tx, event, now, keys::random()?)?;
    }
    Ok(Err(OAuthError::invalid_grant("it was used before")))
}
