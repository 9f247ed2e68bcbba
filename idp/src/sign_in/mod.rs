//! GET, POST /sign-in — account and password (會員登入).
//!
//! [`page`] shows it, [`attempt`] takes and judges a guess, [`begin`] begins the session; [`confirm`] is for other pages that ask for a password. Where the person goes on is not
//! decided here: back to `/connect/authorize/continue`, or home.

pub mod address_limit;
pub mod attempt;
mod begin;
mod captcha;
pub mod confirm;
pub mod counters;
pub mod interaction;
pub mod page;
pub mod problem;
pub mod sent_again;

use crate::answer;
use crate::browser::Cookie;
use crate::captcha::{ANOTHER, Judged, MAIL};
use crate::client_address::ClientAddress;
use crate::language as language_endpoint;
use crate::membership::undo_deletion;
use crate::oauth::authorize::arrival::{deny, revisit};
use crate::pages::{ErrorKind, SignInProblem};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::session;
use crate::to_the_end::to_the_end;
use crate::wiring::{Ctx, SignInCtx};
use attempt::{Guess, Outcome};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use captcha::Tried;
use counters::Counters;
use http::HeaderMap;
use idp_core::people::account::AccountState;
use idp_core::sign_in::interaction::Interaction;
use page::Shown;
use problem::Problem;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// GET /sign-in: at the provider itself, or for a sign-in in progress.
pub async fn get(State(ctx): State<SignInCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let shown = open(&ctx, &headers, &query.unwrap_or_default()).await;
    shown.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// POST /sign-in.
pub async fn post(
    State(ctx): State<SignInCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // On a task of its own: whoever hangs up in the middle of a guess must not keep it from the counter of the address and
    // from the audit, or could lock names without a trace.
    to_the_end(async move {
        let answered = submit(&ctx, &headers, &body, from).await;
        answered.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
    })
    .await
}

async fn open(ctx: &SignInCtx, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = posted_form::query(query.as_bytes())?;
    let interaction = match params.get("interaction") {
        Some(sealed) => revisit(&ctx.base, headers, sealed).await?.0,
        None => interaction::start(None, ctx.base.clock.now()),
    };
    // Whoever is signed in already has nothing to do here, unless a portal asked.
    let now = ctx.base.clock.now();
    if interaction.request.is_none() && session::current(&ctx.base, headers, now).await?.is_some() {
        return Ok(answer::redirect(interaction.own_page()));
    }
    page::show(&ctx.base, headers, &interaction, Shown::default()).await
}

async fn submit(ctx: &SignInCtx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let (interaction, usable) = revisit(base, headers, form.get("interaction").ok_or(ErrorKind::ExpiredPage)?).await?;
    let username = form.get("username").unwrap_or_default().trim().chars().take(64).collect::<String>();
    if let Some(lang) = language_endpoint::asked_by(&form) {
        let headers = &base.cookies.with(headers, Cookie::Language, lang.tag());
        let mut response = match usable {
            true => {
                in_language(Tried { ctx, headers, form: &form, interaction: &interaction, from }, &username).await?
            }
            false => anew(base, headers, interaction, &username).await?,
        };
        base.cookies.set(&mut response, Cookie::Language, lang.tag());
        return Ok(response);
    }
    if !usable {
        return anew(base, headers, interaction, &username).await;
    }
    if form.get("decision") == Some("cancel") {
        return deny(base, headers, interaction.request).await;
    }
    let password = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    let tried = Tried { ctx, headers, form: &form, interaction: &interaction, from };
    let counters = Counters::of(base, headers, &username);
    if matches!(form.get("decision"), Some(ANOTHER | MAIL)) {
        return tried.exchange(&username, counters).await;
    }
    let missing = match (username.is_empty(), password.is_empty()) {
        (true, true) => Some(SignInProblem::MissingBoth),
        (true, false) => Some(SignInProblem::MissingUsername),
        (false, true) => Some(SignInProblem::MissingPassword),
        (false, false) => None,
    };
    if let Some(problem) = missing {
        let captcha = tried.held(counters).await?;
        let shown = Shown { problem: Some(problem), username: &username, status: 422, captcha };
        return page::show(base, headers, &interaction, shown).await;
    }
    let lang = page::language_of(base, headers, &interaction);
    let guess = Guess {
        username: &username,
        password,
        from,
        page: &interaction,
        lang,
        counters,
        proven: false,
        wanted: AccountState::Active,
    };
    judge(tried, guess).await
}

/// The same page in another language, with what was typed, not judged.
async fn in_language(tried: Tried<'_>, username: &str) -> Result<Response, PageNo> {
    let Tried { ctx, headers, interaction, .. } = tried;
    let counters = Counters::of(&ctx.base, headers, username);
    let captcha = tried.held(counters).await?;
    page::show(&ctx.base, headers, interaction, Shown { username, captcha, ..Shown::default() }).await
}

/// The page was open for too long, or its cookie is another one: nothing is looked at. Whoever signed in meanwhile, in
/// another tab, goes on as that person; everybody else is shown the same page anew.
async fn anew(ctx: &Ctx, headers: &HeaderMap, interaction: Interaction, username: &str) -> Result<Response, PageNo> {
    let now = ctx.clock.now();
    let who = session::current(ctx, headers, now).await?;
    if who.is_some_and(|who| who.person.account.eq_ignore_ascii_case(username)) {
        return Ok(interaction::start_again(ctx, headers, &interaction)?);
    }
    let shown = Shown { problem: Some(SignInProblem::Expired), username, ..Shown::default() };
    page::show(ctx, headers, &interaction, shown).await
}

async fn judge(tried: Tried<'_>, guess: Guess<'_>) -> Result<Response, PageNo> {
    let Tried { ctx, headers, interaction, .. } = tried;
    let (username, counters) = (guess.username, guess.counters);
    let mut outcome = attempt::look(ctx, guess.clone()).await?;
    let (mut captcha, mut used_up) = (None, false);
    if matches!(outcome, Outcome::NeedsProof) {
        match tried.judge(counters).await? {
            Judged::Passed => {
                used_up = true;
                outcome = attempt::look(ctx, Guess { proven: true, ..guess }).await?;
            }
            Judged::No(field) | Judged::Again(field) => captcha = Some(field),
        }
    }
    ctx.metrics.guess(outcome.word());
    if let Outcome::Leaving(person) = &outcome {
        return undo_deletion::offer(&ctx.base, headers, interaction, person);
    }
    let Outcome::Right(proven) = outcome else {
        if captcha.is_none() {
            captcha = tried.next(username, counters, used_up).await?;
        }
        let lang = page::language_of(&ctx.base, headers, interaction);
        let problem = Problem::of(&outcome, ctx.base.clock.now(), lang);
        let (status, wait) = captcha.as_ref().map_or((None, None), |field| (field.status(), field.retry_after()));
        let (status, wait) = match problem.words {
            // The field says it.
            None => (status.unwrap_or(problem.status), wait),
            Some(_) => (problem.status, problem.retry_after),
        };
        let shown = Shown { problem: problem.words, username, status, captcha };
        return Ok(retry_after::on(page::show(&ctx.base, headers, interaction, shown).await?, wait));
    };
    begin::session(ctx, headers, interaction, *proven).await
}
