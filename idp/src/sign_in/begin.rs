//! Beginning a session after the right password: a new secret, whoever was signed in before, and back to where the person
//! came from.

use super::attempt::Proven;
use super::interaction::client_of;
use crate::answer;
use crate::browser::Cookie;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::session::{SessionSecret, presented};
use crate::sign_out;
use crate::wiring::SignInCtx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::{EndedBy, Event};
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_core::sign_in::session::Session;
use idp_core::{ClientId, Lifetimes, SessionId, UnixMillis};
use idp_store::{Fault, Tx, audit, consents, sessions};
use keys::b64;
use std::sync::Arc;

/// Everything the transaction needs.
struct Plan {
    proven: Proven,
    old_secret: Option<[u8; 32]>,
    new_secret: [u8; 32],
    client: Option<ClientId>,
    lifetimes: Arc<Lifetimes>,
    snapshot: Arc<Snapshot>,
    now: UnixMillis,
}

/// Begins a session and sends the browser on.
///
/// # Errors
/// A failure of ours.
pub async fn session(
    ctx: &SignInCtx,
    headers: &HeaderMap,
    interaction: &Interaction,
    proven: Proven,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let now = base.clock.now();
    let secret = SessionSecret::new()?;
    let (counters, security_epoch) = (proven.counters, proven.login.person.security_epoch);
    let plan = Plan {
        proven,
        old_secret: presented(base, headers),
        new_secret: secret.digest,
        client: client_of(interaction).filter(|id| base.directory.snapshot().client(id).is_some()),
        lifetimes: base.lifetimes.clone(),
        snapshot: base.directory.for_issuing(now)?,
        now,
    };
    // The account changed while the password was compared: nothing begins, and the person tries again.
    let id = base.db.write(move |tx| write(tx, &plan)).await?.ok_or(ErrorKind::ExpiredPage)?;
    base.outbox_bell.notify_one();
    let mut response = send_on(ctx, interaction, (id, secret), now)?;
    counters.remember(base, headers, security_epoch, &mut response)?;
    Ok(response)
}

fn write(tx: &mut Tx<'_>, plan: &Plan) -> Result<Option<SessionId>, Fault> {
    let Plan { proven, now, .. } = plan;
    let Some(today) = proven.counts(tx)? else { return Ok(None) };
    let account = today.account_id.clone();
    let session = replace_session(tx, plan, &account, today.security_epoch)?;
    if let Some(client) = &plan.client {
        // Who typed a name at this portal's request knows as whom they enter it.
        consents::add(tx, (&account, client), ScopeSet::default(), *now)?;
    }
    let event = Event::SignedIn { account, client: plan.client.clone(), acr: session.acr.as_str() };
    audit::write(tx, event, *now, keys::random()?)?;
    Ok(Some(session.id))
}

/// The same person keeps the session's id, so that its portals are still told of its end; another person's session ends
/// here, and its portals are told.
fn replace_session(
    tx: &mut Tx<'_>,
    plan: &Plan,
    account: &idp_core::AccountId,
    security_epoch: i64,
) -> Result<Session, Fault> {
    let now = plan.now;
    let old = match &plan.old_secret {
        Some(digest) => sessions::by_secret(tx.conn(), digest)?,
        None => None,
    };
    let old = old.filter(|(session, person)| session.check(person, now, &plan.lifetimes).is_ok());
    let same =
        old.as_ref().filter(|(session, _)| session.account_id == *account).map(|(session, _)| session.id.clone());
    let session = Session {
        id: match same.clone() {
            Some(id) => id,
            None => SessionId::new(keys::random()?),
        },
        account_id: account.clone(),
        security_epoch,
        auth_time: now,
        acr: Acr::Password,
        last_used_at: now,
        expires_at: now.plus(plan.lifetimes.session),
        ended_at: None,
    };
    if same.is_some() && sessions::renew(tx, &session, &plan.new_secret)? {
        return Ok(session);
    }
    if let Some((other, _)) = old {
        sign_out::end(tx, &|client| plan.snapshot.logout_channels(client), &other, EndedBy::AnotherPerson, now)?;
    }
    sessions::insert(tx, &session, &plan.new_secret)?;
    Ok(session)
}

/// New cookies at the step up: a cookie planted before is worth nothing now. Other tabs find themselves without their
/// cookie and start anew by themselves, signed in.
fn send_on(
    ctx: &SignInCtx,
    interaction: &Interaction,
    (id, secret): (SessionId, SessionSecret),
    now: UnixMillis,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let browser = b64::encode(&keys::random::<16>().map_err(Failure::from)?);
    let to = match &interaction.request {
        None => interaction.own_page().to_owned(),
        Some(_) => {
            let next = Interaction {
                browser: Some(Interaction::browser_digest(&browser)),
                done: Done { signed_in: true, ..Done::default() },
                session: Some(id),
                ..interaction.anew(now)
            };
            let sealed = next.seal(&base.directory.snapshot().sealer).map_err(Failure::from)?;
            format!("/connect/authorize/continue?interaction={sealed}")
        }
    };
    let mut response = answer::redirect(&to);
    base.cookies.set(&mut response, Cookie::Session, &secret.cookie);
    base.cookies.set(&mut response, Cookie::Browser, &browser);
    Ok(response)
}
