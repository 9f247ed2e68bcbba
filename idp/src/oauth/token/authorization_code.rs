//! grant_type=authorization_code — RFC 6749 §4.1.3, OpenID Connect Core 1.0 §3.1.3.
//!
//! The one writing transaction of a sign-in. Inserting the grant under the code's id is the gate of single use; a second
//! redemption finds it taken and revokes what the first one gave. Where tokens came from the authorization endpoint beside the
//! code, the grant is there and awaits its code: taking it from that state is the gate.

use super::Asker;
use crate::directory::Known;
use crate::oauth::issue::{self, Issue, TokenAnswer};
use crate::oauth::long_nonce;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_core::client::GrantType;
use idp_core::identity::claims::Beside;
use idp_core::lifetimes::Lifetimes;
use idp_core::oauth::code::{Code, Nonce};
use idp_core::oauth::error::OAuthError;
use idp_core::oauth::gate::{self, AWAITS_CODE, GateRefusal, Grant};
use idp_core::oauth::params::Params;
use idp_core::oauth::token::authorization_code::{Presented, Verdict, grant_of, judge};
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use idp_store::{Fault, Tx, audit, grants, sessions};

/// A redemption in its transaction: a refusal commits.
type Redeemed = Result<(Grant, Person), OAuthError>;

/// Redeems a code.
///
/// # Errors
/// The protocol's refusals, or a failure of ours.
pub(super) async fn redeem(ctx: &Ctx, asker: &Asker, form: &Params<'_>) -> Result<TokenAnswer, MachineNo> {
    let Asker { known, holder } = asker;
    let now = ctx.clock.now();
    let code = form.require("code")?;
    ctx.directory.learn_sealing_key(code).await?;
    let snapshot = ctx.directory.for_issuing(now)?;
    let code = Code::open(&snapshot.sealer, code).map_err(|_| OAuthError::invalid_grant("it is no code of ours"))?;
    // Whether it was redeemed since the backup, nobody knows any more.
    if code.grant_id.issued_at() < snapshot.codes_from {
        return Err(OAuthError::invalid_grant("it was issued before the database was restored").into());
    }
    let presented = Presented {
        client: &known.client,
        redirect_uri: form.get("redirect_uri"),
        code_verifier: form.get("code_verifier"),
        holder: *holder,
    };
    let verdict = judge(&code, &presented, now, &ctx.lifetimes);
    // Before anything is written: a code whose nonce cannot be asked for now stays good.
    let nonce = match &verdict {
        Verdict::Leave(error) => return Err(error.clone().into()),
        Verdict::Redeem => stored_nonce(ctx, &code, now).await?,
        Verdict::Burn(_) | Verdict::Late(_) => None,
    };
    let (client, lifetimes) = (known.clone(), ctx.lifetimes.clone());
    let claims = code.claims;
    let unit = move |tx: &mut Tx<'_>| match &verdict {
        Verdict::Redeem => write_grant(tx, &code, &client, (now, &lifetimes)),
        Verdict::Burn(error) => burn(tx, &code, &client, (now, &lifetimes), error.clone()),
        Verdict::Late(error) => {
            revoke_replayed(tx, &code, &client, now)?;
            Ok(Err(error.clone()))
        }
        Verdict::Leave(error) => Ok(Err(error.clone())),
    };
    let (grant, person) = ctx.db.write(unit).await??;
    let (scope, generation) = (grant.scope, grant.generation);
    let personal = issue::personal(ctx, &grant, claims).await?;
    let (client, grant, person) = (&known.client, &grant, &person);
    let beside = Beside::default();
    let issue = Issue { client, grant, person, scope, claims, personal, nonce, generation, beside };
    Ok(issue::tokens(ctx, &*ctx.directory.for_issuing(ctx.clock.now())?, issue, *holder, now)?)
}

async fn stored_nonce(ctx: &Ctx, code: &Code, now: UnixMillis) -> Result<Option<String>, MachineNo> {
    match &code.nonce {
        Nonce::None => Ok(None),
        Nonce::Inside(nonce) => Ok(Some(nonce.clone())),
        Nonce::Stored(name) => {
            let stored = long_nonce::get(ctx, name, now).await?;
            Ok(Some(stored.ok_or_else(|| OAuthError::invalid_grant("its nonce is gone"))?))
        }
    }
}

fn write_grant(
    tx: &mut Tx<'_>,
    code: &Code,
    known: &Known,
    (now, lifetimes): (UnixMillis, &Lifetimes),
) -> Result<Redeemed, Fault> {
    let Some((session, person, withdrawn_at)) = sessions::find_at(tx.conn(), &code.session_id, &known.client.id)?
    else {
        return Ok(Err(OAuthError::invalid_grant("its session is gone")));
    };
    let mut grant = grant_of(code, &known.client, (&session, &person), now, lifetimes);
    let moments = (code.grant_id.issued_at(), withdrawn_at);
    let judged = gate::code_may_give(&known.client, (&session, &person), moments, now, lifetimes);
    if judged.is_err() {
        grant.revoked_at = Some(now);
    }
    if !grants::insert(tx, &grant)? {
        return redeem_hybrid(tx, (code, judged), known, (now, lifetimes));
    }
    if let Err(refusal) = judged {
        return Ok(Err(OAuthError::invalid_grant(refusal.detail())));
    }
    issue::note_issued(tx, &known.client, &person, now)?;
    issue::note_use(tx, &session, now, lifetimes)?;
    Ok(Ok((grant, person)))
}

/// There is a grant: it awaits this code (OpenID Connect Core 1.0 §3.3), or the code was redeemed before.
fn redeem_hybrid(
    tx: &mut Tx<'_>,
    (code, session): (&Code, Result<(), GateRefusal>),
    known: &Known,
    (now, lifetimes): (UnixMillis, &Lifetimes),
) -> Result<Redeemed, Fault> {
    let found = grants::standing(tx.conn(), &code.grant_id)?;
    let Some(found) = found.filter(|found| found.grant.generation == AWAITS_CODE) else {
        return replayed(tx, code, known, now);
    };
    let (grant, person) = (found.grant, found.person);
    let stands = gate::grant_may_give(&known.client, &grant, (&found.session, &person), now, lifetimes);
    if let Err(refusal) = session.and(stands) {
        grants::revoke(tx, &code.grant_id, now)?;
        return Ok(Err(OAuthError::invalid_grant(refusal.detail())));
    }
    let generation = i64::from(known.client.may_use(GrantType::RefreshToken));
    if !grants::redeem(tx, &code.grant_id, generation, now)? {
        return replayed(tx, code, known, now);
    }
    issue::note_issued(tx, &known.client, &person, now)?;
    Ok(Ok((Grant { generation, refreshed_at: now, ..grant }, person)))
}

/// The code's own client got the rest wrong: the grant is written as revoked, so that nobody has the code any more.
fn burn(
    tx: &mut Tx<'_>,
    code: &Code,
    known: &Known,
    (now, lifetimes): (UnixMillis, &Lifetimes),
    error: OAuthError,
) -> Result<Redeemed, Fault> {
    let found: Option<(Session, Person)> = sessions::find(tx.conn(), &code.session_id)?;
    if let Some((session, person)) = found {
        let mut grant = grant_of(code, &known.client, (&session, &person), now, lifetimes);
        grant.revoked_at = Some(now);
        // One that awaits its code gives what came with it no more either.
        if !grants::insert(tx, &grant)? && !grants::revoke_awaiting(tx, &code.grant_id, now)? {
            return replayed(tx, code, known, now);
        }
        let reason = error.detail.unwrap_or("mismatch");
        audit::write(tx, Event::CodeRefused { client: known.client.id.clone(), reason }, now, keys::random()?)?;
    }
    Ok(Err(error))
}

/// The code was redeemed before.
fn replayed(tx: &mut Tx<'_>, code: &Code, known: &Known, now: UnixMillis) -> Result<Redeemed, Fault> {
    revoke_replayed(tx, code, known, now)?;
    Ok(Err(OAuthError::invalid_grant("it was redeemed before")))
}

/// RFC 6749 §4.1.2: a code used twice revokes what was issued for it, however late.
fn revoke_replayed(tx: &mut Tx<'_>, code: &Code, known: &Known, now: UnixMillis) -> Result<(), Fault> {
    // Only the first replay changes anything: a flood of them writes no rows.
    if grants::revoke_redeemed(tx, &code.grant_id, now)? {
        let event = Event::CodeRefused { client: known.client.id.clone(), reason: "used twice" };
        audit::write(tx, event, now, keys::random()?)?;
    }
    Ok(())
}
