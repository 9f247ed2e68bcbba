//! GET, POST /account/delete — 刪除帳號.
//!
//! What it asks for holds at once: every session and grant of the account ends, its portals are told, and nothing but undoing it works
//! (`membership::undo_deletion`) until a job removes the account (`jobs::deletion`).

use super::member::{Member, is_alive};
use super::{AccountCtx, current_password, used};
use crate::answer;
use crate::browser::Cookie;
use crate::failure::Failure;
use crate::membership::deletion::{self, Asking, NotAsked};
use crate::messages;
use crate::pages::account::{DeletePage, DeleteProblem, DeleteState, Tick};
use crate::pages::dates::moment_text;
use crate::pages::{ErrorKind, SignInProblem};
use crate::refusal::PageNo;
use crate::sign_in::attempt::Proven;
use crate::sign_out::many;
use crate::to_the_end::to_the_end;
use crate::way_back;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use idp_core::UnixMillis;
use idp_core::audit::DeletedBy;
use idp_core::membership::former_email::confirmed_mailboxes;
use idp_core::membership::message::Purpose;
use idp_core::oauth::params::Params;
use idp_store::{Fault, Tx, former_emails};

/// Portals that the page names at most.
const NAMED: usize = 50;
/// What is ticked.
const UNDERSTOOD: &str = "understood";

/// GET /account/delete.
pub async fn get(State(ctx): State<AccountCtx>, member: Member) -> Response {
    let shown = show(&ctx, &member, (None, Tick::Empty, 200)).await;
    shown.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/delete.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    // Whoever hangs up: every session that it ends is told.
    to_the_end(async move {
        submit(&ctx, &member, &body).await.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
    })
    .await
}

fn tick(form: &Params<'_>) -> Tick {
    if form.get(UNDERSTOOD) == Some("yes") { Tick::Ticked } else { Tick::Empty }
}

async fn submit(ctx: &AccountCtx, member: &Member, body: &[u8]) -> Result<Response, PageNo> {
    let posted = member.posted(ctx, body).await?;
    if let Some(lang) = posted.lang {
        let member = &member.reading(ctx, lang);
        let expired = posted.page.is_none().then_some(DeleteProblem::Password(SignInProblem::Expired));
        let status = if expired.is_some() { 400 } else { 200 };
        let shown = show(ctx, member, (expired, tick(&posted.form), status)).await?;
        return Ok(member.remembering(ctx, shown));
    }
    let Some(page) = posted.page else {
        let problem = DeleteProblem::Password(SignInProblem::Expired);
        return show(ctx, member, (Some(problem), tick(&posted.form), 400)).await;
    };
    // Before the password: whoever has to tick shall not have spent an attempt.
    let ticked = tick(&posted.form);
    if ticked != Tick::Ticked {
        let missing = current_password::missing(&posted.form).map(DeleteProblem::Password);
        return show(ctx, member, (missing, Tick::Missing, 422)).await;
    }
    let proven = match current_password::check(ctx, member, (&posted.form, &page)).await? {
        Ok(proven) => proven,
        Err(not) => {
            let problem = DeleteProblem::Password(not.problem.clone());
            return Ok(not.on(show(ctx, member, (Some(problem), ticked, not.status)).await?));
        }
    };
    match ask(ctx, member, proven).await? {
        Ok(until) => {
            let mut response = shown(ctx, member, (DeleteState::Asked, until), (None, Tick::Empty, 200))?;
            ctx.base.cookies.clear(&mut response, Cookie::Session);
            ctx.base.cookies.clear(&mut response, Cookie::Browser);
            way_back::forget(&ctx.base.cookies, &member.headers, &mut response);
            Ok(response)
        }
        Err(NotAsked::LastAdministrator) => {
            show(ctx, member, (Some(DeleteProblem::LastAdministrator), ticked, 409)).await
        }
        // Changed, locked or signed out meanwhile: nothing happened here.
        Err(NotAsked::Changed) => Err(ErrorKind::ExpiredPage.into()),
    }
}

/// Asks for it, if the account is as the current password found it: of two at once, one does. Gives when the account is removed.
async fn ask(ctx: &AccountCtx, member: &Member, proven: Proven) -> Result<Result<UnixMillis, NotAsked>, Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let until = now.plus(ctx.membership.deletion_waits);
    let person = member.person.clone();
    let (id, of) = (person.account_id.clone(), person.account_id.clone());
    let former = base.db.read(move |conn| former_emails::counting(conn, &of, now)).await?;
    let to = confirmed_mailboxes(&person, former.as_ref());
    let mails = messages::mails(&snapshot.sealer, (&id, &to), Purpose::DeletionAsked, member.lang, now)?;
    let asking = Asking { mails, person, until, by: DeletedBy::Person };
    let (channels, alive) = (snapshot.clone(), member.alive(ctx));
    let unit = move |tx: &mut Tx<'_>| -> Result<Result<deletion::Asked, NotAsked>, Fault> {
        match proven.counts(tx)? {
            Some(today) if today.security_epoch == asking.person.security_epoch && is_alive(tx, &alive)? => {
                deletion::ask(tx, &|client| channels.logout_channels(client), &asking, now)
            }
            _ => Ok(Err(NotAsked::Changed)),
        }
    };
    let last = match base.db.write(unit).await? {
        Ok((_, last)) => last,
        Err(not) => return Ok(Err(not)),
    };
    base.message_bell.notify_one();
    many::rest(base, deletion::which(&id), last, now).await?;
    Ok(Ok(until))
}

async fn show(
    ctx: &AccountCtx,
    member: &Member,
    (problem, tick, status): (Option<DeleteProblem>, Tick, u16),
) -> Result<Response, PageNo> {
    let (found, more) = used::page(&ctx.base, &member.person, "", (member.now, NAMED)).await?;
    let snapshot = ctx.base.directory.snapshot();
    let mut portals: Vec<_> = found.iter().map(|(client, _)| used::name(&snapshot, client, member.lang)).collect();
    portals.sort();
    let until = member.now.plus(ctx.membership.deletion_waits);
    let state = DeleteState::Ready { portals, more };
    shown(ctx, member, (state, until), (problem, tick, status))
}

fn shown(
    ctx: &AccountCtx,
    member: &Member,
    (state, until): (DeleteState, UnixMillis),
    (problem, tick, status): (Option<DeleteProblem>, Tick, u16),
) -> Result<Response, PageNo> {
    let (frame, sealed) = (member.frame_of_form(ctx), member.seal_page(ctx, 0)?);
    let page = DeletePage {
        // Nobody is signed in any more.
        frame: if matches!(state, DeleteState::Asked) { frame.signed_in_as(None) } else { frame },
        account: &member.person.account,
        email: member.person.email.as_deref().filter(|_| member.person.email_verified),
        until: &moment_text(until.0, member.lang),
        page: &sealed,
        state,
        problem,
        tick,
    };
    Ok(answer::page(status, page.html()))
}
