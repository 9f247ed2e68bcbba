//! GET, POST /account/portals — 我使用的網站: what each receives, and withdrawal.
//!
//! Withdrawing ends everything the person gave the portal: what they agreed to, grants with their refresh and access tokens, a code on its
//! way. The portal is told, and asks anew when it is entered next.

use super::AccountCtx;
use super::member::Member;
use super::used::{self, Use};
use crate::failure::Failure;
use crate::pages::account::{PortalShown, PortalsPage, PortalsState};
use crate::pages::dates::day_of;
use crate::pages::{ErrorKind, SignInProblem};
use crate::refusal::PageNo;
use crate::{answer, client_logo, posted_form, sign_out};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use idp_core::ClientId;
use idp_core::audit::Event;
use idp_core::oauth::params::Params;
use idp_store::grants::of_account;
use idp_store::{Fault, Tx, accounts, audit, consents, sessions};

/// Portals that a page shows at most.
const SHOWN: usize = 50;
/// Sessions of which a portal is told at most: the writer is not held for long. Its tokens end in any case.
const TOLD: i64 = 100;
/// In the query once one was withdrawn from: which. Reloading changes nothing.
const DONE: &str = "withdrawn";
/// In the query: the portal that the page before ended with.
const AFTER: &str = "after";

/// GET /account/portals.
pub async fn get(State(ctx): State<AccountCtx>, member: Member, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let client = |name| params.get(name).and_then(ClientId::parse);
        show(&ctx, &member, client(AFTER).as_ref(), (client(DONE).as_ref(), None, 200)).await
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/portals: once to be asked, and again with `decision=withdraw`.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    submit(&ctx, &member, &body).await.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
}

async fn submit(ctx: &AccountCtx, member: &Member, body: &[u8]) -> Result<Response, PageNo> {
    let posted = member.posted(ctx, body).await?;
    if posted.page.is_none() {
        return show(ctx, member, None, (None, Some(SignInProblem::Expired), 400)).await;
    }
    let client = chosen(&posted.form).ok_or(ErrorKind::BadRequest)?;
    if posted.form.get("decision") != Some("withdraw") {
        return ask(ctx, member, &client).await;
    }
    withdraw(ctx, member, client.clone()).await?;
    Ok(answer::redirect(&format!("/account/portals?{DONE}={client}")))
}

fn chosen(form: &Params<'_>) -> Option<ClientId> {
    form.get("portal").and_then(ClientId::parse)
}

/// Whether they mean it, with what it ends.
async fn ask(ctx: &AccountCtx, member: &Member, client: &ClientId) -> Result<Response, PageNo> {
    let name = used::name(&ctx.base.directory.snapshot(), client, member.lang);
    let state = PortalsState::Sure { id: client.as_str(), name: &name };
    render(ctx, member, state, (None, 200))
}

/// Ends all of it in one transaction. What was never given is no error: nothing changes, and nobody learns what there is.
async fn withdraw(ctx: &AccountCtx, member: &Member, client: ClientId) -> Result<(), Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let channels = base.directory.for_issuing(now)?.logout_channels(&client);
    let (id, session) = (member.person.account_id.clone(), member.session.id.clone());
    let idle_from = now.minus(base.lifetimes.session_idle);
    let unit = move |tx: &mut Tx<'_>| -> Result<(), Fault> {
        let Some(person) = accounts::find(tx.conn(), &id)? else { return Ok(()) };
        let here = sessions::find(tx.conn(), &session)?.filter(|(session, _)| session.ended_at.is_none());
        // Signed out, locked or about to leave since: nothing lives that could end.
        if here.is_none_or(|(session, _)| session.security_epoch != person.security_epoch) {
            return Ok(());
        }
        let reached = of_account::sessions_at(tx.conn(), (&person, &client), (now, idle_from), TOLD)?;
        let grants = of_account::revoke(tx, &id, &client, now)?;
        if grants == 0 && consents::find(tx.conn(), &id, &client)?.is_none() {
            return Ok(());
        }
        consents::withdraw(tx, (&id, &client), now)?;
        for session in reached.iter().filter(|_| channels.back) {
            sign_out::tell(tx, &client, (&id, session), now)?;
        }
        let event = Event::Withdrawn { account: id.clone(), client: client.clone(), grants };
        audit::write(tx, event, now, keys::random()?)
    };
    base.db.write(unit).await?;
    base.outbox_bell.notify_one();
    Ok(())
}

async fn show(
    ctx: &AccountCtx,
    member: &Member,
    after: Option<&ClientId>,
    (done, problem, status): (Option<&ClientId>, Option<SignInProblem>, u16),
) -> Result<Response, PageNo> {
    let (snapshot, lang) = (ctx.base.directory.snapshot(), member.lang);
    let from = after.map_or("", ClientId::as_str);
    let (found, more) = used::page(&ctx.base, &member.person, from, (member.now, SHOWN)).await?;
    let next = found.last().filter(|_| more).map(|(client, _)| format!("/account/portals?{AFTER}={client}"));
    let mut portals: Vec<_> = found.iter().map(|(client, used)| shown(ctx, member, client, used)).collect();
    portals.sort_by(|one, other| other.order.cmp(&one.order).then_with(|| one.name.cmp(&other.name)));
    // Whoever follows a link that says so of a portal in use is told nothing.
    let done = done.filter(|done| snapshot.client(done).is_some() && found.iter().all(|(client, _)| client != *done));
    let done = done.map(|client| used::name(&snapshot, client, lang));
    let state = PortalsState::Listed { portals, next, done, is_first: after.is_none() };
    render(ctx, member, state, (problem, status))
}

fn shown(ctx: &AccountCtx, member: &Member, client: &ClientId, used: &Use) -> PortalShown {
    let (snapshot, lang) = (ctx.base.directory.snapshot(), member.lang);
    let known = snapshot.client(client);
    PortalShown {
        id: client.as_str().to_owned(),
        name: used::name(&snapshot, client, lang),
        hosts: known.map(|known| known.client.hosts().join("、")).unwrap_or_default(),
        logo: known.and_then(|known| known.logo.picture(lang)).map(client_logo::address),
        is_ours: known.is_some_and(|known| known.client.trusted),
        since: used.since.map(|at| day_of(at.0, lang)),
        last_used: used.last_used.map(|at| day_of(at.0, lang)),
        receives: used.receives(known.map(|known| &known.client), &member.person, lang),
        while_away: used.while_away,
        order: used.last_used.max(used.since),
    }
}

fn render(
    ctx: &AccountCtx,
    member: &Member,
    state: PortalsState<'_>,
    (problem, status): (Option<SignInProblem>, u16),
) -> Result<Response, PageNo> {
    let (return_to, sealed) = (member.return_to(ctx)?, member.seal_page(ctx, 0)?);
    let page = PortalsPage { frame: member.frame(ctx, &return_to), page: &sealed, state, problem };
    Ok(answer::page(status, page.html()))
}
