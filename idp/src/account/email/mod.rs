//! GET, POST /account/email — another e-mail address. It counts once its link was followed ([`confirm`]), and the old one does until then;
//! for 忘記密碼 it counts once it has settled, and the old one does until then (`idp_core::membership::former_email`).
//!
//! Asking needs the current password. The new address is mailed the link, the old one what to do for whoever did not ask, and so is the
//! one before that while it counts. Nobody is told whether somebody else has an address.

mod ask;
pub mod confirm;

use super::member::Member;
use super::{AccountCtx, current_password};
use crate::answer;
use crate::messages;
use crate::pages::account::{EmailPage, EmailWaits};
use crate::pages::{ErrorKind, SignInProblem};
use crate::refusal::PageNo;
use crate::retry_after;
use crate::to_the_end::to_the_end;
use ask::{Asked, again, ask, withdraw};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use idp_core::UnixMillis;
use idp_core::membership::email_key::EmailChange;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::message::Purpose;
use idp_core::people::account::Person;
use idp_store::messages::Standing;
use idp_store::{Conn, Fault, accounts, email_changes, former_emails};

const PATH: &str = "/account/email";

/// GET /account/email.
pub async fn get(State(ctx): State<AccountCtx>, member: Member) -> Response {
    let shown = show(&ctx, &member, Shown::default()).await;
    shown.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/email.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    // Whoever hangs up: a right password is no failure.
    to_the_end(async move {
        let taken = submit(&ctx, &member, &body).await;
        taken.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
    })
    .await
}

async fn submit(ctx: &AccountCtx, member: &Member, body: &[u8]) -> Result<Response, PageNo> {
    let posted = member.posted(ctx, body).await?;
    let form = &posted.form;
    let typed = |field: Field| form.get(field.id()).unwrap_or_default().to_owned();
    let typed = (typed(Field::Email), typed(Field::EmailAgain));
    if let Some(lang) = posted.lang {
        let member = &member.reading(ctx, lang);
        let problem = posted.page.is_none().then_some((SignInProblem::Expired, 400));
        let shown = show(ctx, member, Shown { typed, problem, ..Shown::default() }).await?;
        return Ok(member.remembering(ctx, shown));
    }
    let Some(page) = posted.page else {
        return show(ctx, member, Shown { typed, problem: Some((SignInProblem::Expired, 400)), ..Shown::default() })
            .await;
    };
    let asked = match form.get("decision") {
        None => ask(ctx, member, (form, &page)).await?,
        Some("again") => again(ctx, member).await?,
        Some("withdraw") => withdraw(ctx, member).await?,
        Some(_) => return Err(ErrorKind::BadRequest.into()),
    };
    let now = ctx.base.clock.now();
    match asked {
        Asked::Done | Asked::NotNeeded => Ok(answer::redirect(PATH)),
        Asked::Wrong(error) => {
            let problem = current_password::missing(form).map(|problem| (problem, 422));
            show(ctx, member, Shown { typed, errors: vec![error], problem, ..Shown::default() }).await
        }
        Asked::NotConfirmed(not) => {
            let problem = Some((not.problem.clone(), not.status));
            Ok(not.on(show(ctx, member, Shown { typed, problem, ..Shown::default() }).await?))
        }
        Asked::TooSoon(until) => {
            let response = show(ctx, member, Shown { typed, too_soon: Some(until), ..Shown::default() }).await?;
            Ok(retry_after::on(response, Some(retry_after::seconds(until, now))))
        }
    }
}

/// An account and its addresses.
pub(super) struct Addresses {
    person: Person,
    /// The address of before, if that of the account has not settled.
    former: Option<FormerEmail>,
    /// Another that was asked for, if it can still be confirmed.
    change: Option<EmailChange>,
    /// What became of the mail about it.
    newest: Option<Standing>,
}

async fn read(ctx: &AccountCtx, member: &Member) -> Result<Addresses, PageNo> {
    let (id, now) = (member.person.account_id.clone(), member.now);
    let read = move |conn: &mut Conn| {
        let Some(person) = accounts::find(conn, &id)? else { return Ok(None) };
        let change = email_changes::find(conn, &id)?.filter(|change| change.stands(&person, now));
        let former = former_emails::counting(conn, &id, now)?;
        let newest = idp_store::messages::newest(conn, &id, Purpose::EmailConfirm)?;
        Ok::<_, Fault>(Some(Addresses { person, former, change, newest }))
    };
    Ok(ctx.base.db.scan(read).await?.ok_or(ErrorKind::ExpiredPage)?)
}

/// What the page shows beside what is kept.
#[derive(Default)]
struct Shown {
    typed: (String, String),
    errors: Vec<FieldError>,
    problem: Option<(SignInProblem, u16)>,
    too_soon: Option<UnixMillis>,
}

async fn show(ctx: &AccountCtx, member: &Member, shown: Shown) -> Result<Response, PageNo> {
    let Addresses { person, former, change, newest } = read(ctx, member).await?;
    let sealed = member.seal_page(ctx, 0)?;
    let state = messages::mail_state(newest.as_ref(), (member.now, member.lang));
    let waits =
        change.as_ref().map(|change| EmailWaits { email: &change.email, until: change.expires_at, mail: state });
    let page = EmailPage {
        frame: member.frame_of_form(ctx),
        page: &sealed,
        email: person.email.as_deref(),
        is_confirmed: person.email_verified,
        former: former.as_ref(),
        waits,
        typed: (&shown.typed.0, &shown.typed.1),
        errors: &shown.errors,
        problem: shown.problem.as_ref().map(|(problem, _)| problem),
        too_soon: shown.too_soon.map(|until| (until, member.now)),
    };
    let status = match (&shown.problem, shown.too_soon) {
        (Some((_, status)), _) => *status,
        (None, Some(_)) => 429,
        (None, None) if !shown.errors.is_empty() => 422,
        (None, None) => 200,
    };
    Ok(answer::page(status, page.html()))
}
