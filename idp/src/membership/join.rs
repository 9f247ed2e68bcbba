//! GET, POST /join — 加入會員 (manual of the account service, 會員註冊 Step 1 to 5).
//!
//! Each step is judged, sealed with those before it, and sent on by a redirect: reloading sends nothing twice, and back goes back.
//! The last makes the account ([`super::create`]). Each step is in `join/steps.rs`, what it shows in `join/shown.rs`.

mod captcha;
mod shown;
mod steps;

use super::MembershipCtx;
use super::create::{self, Made};
use super::sent::BEFORE;
use crate::browser::{Cookie, Tie, language};
use crate::captcha::{ANOTHER, MAIL};
use crate::client_address::ClientAddress;
use crate::failure::Failure;
use crate::pages::membership::ChoicePage;
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::{answer, language as language_endpoint};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::AccountId;
use idp_core::membership::application::{Application, Kind};
use idp_core::membership::steps::Step;
use idp_core::sign_in::interaction::Interaction;
use shown::{Shown, show};
use std::net::IpAddr;
use steps::Sent;

/// GET /join: the choice; with `kind` the first step; with `application` the step it has come to.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let shown = open(&ctx, &headers, &query.unwrap_or_default()).await;
    shown.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// POST /join.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let taken = submit(&ctx, &headers, &body, from).await;
    taken.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

async fn open(ctx: &MembershipCtx, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = posted_form::query(query.as_bytes())?;
    if let Some(sealed) = params.get("application") {
        let application = resume(ctx, headers, sealed).await?;
        if let Some(made) = create::made(ctx, &application).await? {
            let of_this = made.of_this && application.due() == Step::Confirm;
            return Ok(to_waiting(&Made { of_this, ..made }));
        }
        let lang = language(&ctx.base.cookies, headers, None);
        return show(ctx, headers, &application, Shown::stored(&application, lang));
    }
    match params.get("kind") {
        Some(kind) => begin(ctx, headers, Kind::parse(kind).ok_or(ErrorKind::NotFound)?),
        None => {
            let lang = language(&ctx.base.cookies, headers, None);
            let return_to = language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, "/join")?;
            let frame = Frame::new(lang, ctx.base.provider.house()).returning_to(&return_to);
            Ok(answer::page(200, ChoicePage { frame }.html()))
        }
    }
}

/// Begins an application, for the browser that asks.
fn begin(ctx: &MembershipCtx, headers: &HeaderMap, kind: Kind) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let browser = Tie::of(&base.cookies, headers)?;
    let id = AccountId::new(keys::random().map_err(Failure::from)?);
    let application = Application::begin(id, kind, browser.digest, base.clock.now());
    let lang = language(&base.cookies, headers, None);
    let mut response = show(ctx, headers, &application, Shown::stored(&application, lang))?;
    browser.remember(&base.cookies, &mut response);
    Ok(response)
}

/// An application that comes back.
async fn resume(ctx: &MembershipCtx, headers: &HeaderMap, sealed: &str) -> Result<Application, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let application = Application::open(&base.directory.snapshot().sealer, sealed);
    let application = application.map_err(|_| ErrorKind::ApplicationOver)?;
    let browser = base.cookies.get(headers, Cookie::Browser).map(Interaction::browser_digest);
    let usable = browser.is_some_and(|browser| application.belongs_to(&browser))
        && !application.is_expired(base.clock.now(), &base.lifetimes);
    if usable { Ok(application) } else { Err(ErrorKind::ApplicationOver.into()) }
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let sealed = form.get("application").ok_or(ErrorKind::ApplicationOver)?;
    let application = resume(ctx, headers, sealed).await?;
    let here = application.due();
    // Whoever goes on in another tab after the last step changes nothing any more, and shall not believe otherwise. The last step, sent
    // twice, is sent once.
    if let Some(made) = create::made(ctx, &application).await? {
        let of_this = made.of_this && here == Step::Confirm && form.get("decision").is_none();
        return Ok(to_waiting(&Made { of_this, ..made }));
    }
    if let Some(lang) = language_endpoint::asked_by(&form) {
        let headers = &base.cookies.with(headers, Cookie::Language, lang.tag());
        let shown = match here {
            Step::Confirm => captcha::kept(ctx, &application, Sent { form: &form, headers, from }).await?,
            _ => Shown::typed(here, &form),
        };
        let mut response = show(ctx, headers, &application, shown)?;
        base.cookies.set(&mut response, Cookie::Language, lang.tag());
        return Ok(response);
    }
    match form.get("decision") {
        None => steps::take(ctx, application, Sent { form: &form, headers, from }).await,
        Some(ANOTHER | MAIL) if here == Step::Confirm && ctx.sign_in.captcha.on_membership => {
            captcha::exchange(ctx, &application, Sent { form: &form, headers, from }).await
        }
        Some("back") => {
            let step = here.previous().unwrap_or(here);
            go_on(ctx, &Application { step, ..shown::keep(application, &form, language(&base.cookies, headers, None)) })
        }
        Some("skip") => go_on(ctx, &steps::skip(application).ok_or(ErrorKind::BadRequest)?),
        Some(step) => {
            let step = Step::parse(step).filter(|step| step.number() < here.number());
            go_on(ctx, &Application { step: step.ok_or(ErrorKind::BadRequest)?, ..application })
        }
    }
}

/// On to the page of the step that comes now.
fn go_on(ctx: &MembershipCtx, application: &Application) -> Result<Response, PageNo> {
    let sealed = application.seal(&ctx.base.directory.snapshot().sealer, ctx.base.clock.now());
    Ok(answer::redirect(&format!("/join?application={}", sealed.map_err(Failure::from)?)))
}

/// To the page that waits for the mail, which says so if the account was not made of what is typed here.
fn to_waiting(made: &Made) -> Response {
    let before = if made.of_this { String::new() } else { format!("&{BEFORE}=yes") };
    answer::redirect(&format!("/join/sent?waiting={}{before}", made.waiting))
}
