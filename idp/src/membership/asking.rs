//! Asking for help by mail or text message: 忘記密碼, 忘記帳號, 重寄確認信.
//!
//! Nobody looks here whether somebody has the name or address that was typed: a message is noted, alike for all, and a job looks that up
//! when it leaves (`jobs::asked`). So every answer is the same, and takes the same work.

mod captcha;

use super::{MembershipCtx, reset_code};
use crate::browser::{Cookie, Tie, language};
use crate::captcha::{ANOTHER, WITHOUT};
use crate::failure::Failure;
use crate::messages;
use crate::pages::dates::again_text;
use crate::pages::membership::{AskPage, AskProblem, BY_MAIL, BY_TEXT};
use crate::pages::{CaptchaField, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::text::Language;
use crate::{answer, language as language_endpoint, retry_after};
use axum::body::Bytes;
use axum::response::Response;
use captcha::Proof;
use http::HeaderMap;
use idp_core::audit::Event;
use idp_core::membership::asking::{Help, may_ask};
use idp_core::membership::field::{Field, FieldError};
use idp_core::{AccountId, UnixMillis};
use idp_store::{Fault, Tx, audit, reset_codes};
use keys::{b64, hmac_sha256};
use std::net::IpAddr;

/// In the query of a page's address once something was asked for: reloading asks for nothing.
const ASKED: &str = "asked";

/// The page: the form, or what happens now.
pub fn open(ctx: &MembershipCtx, headers: &HeaderMap, help: Help, query: Option<String>) -> Response {
    let query = query.unwrap_or_default();
    let shown = || {
        let params = posted_form::query(query.as_bytes())?;
        let asked = params.get(ASKED).is_some();
        let browser = Tie::of(&ctx.base.cookies, headers)?;
        let captcha = if asked { None } else { captcha::fresh(ctx, help, &browser)? };
        show(ctx, (headers, &browser), help, &Shown { asked, captcha, ..Shown::default() })
    };
    shown().unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, headers))
}

/// What was typed.
pub async fn take(ctx: &MembershipCtx, from: IpAddr, (headers, body): (HeaderMap, Bytes), help: Help) -> Response {
    let taken = submit(ctx, from, (&headers, &body), help).await;
    taken.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

async fn submit(
    ctx: &MembershipCtx,
    from: IpAddr,
    (headers, body): (&HeaderMap, &[u8]),
    help: Help,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let browser = Tie::of(&base.cookies, headers)?;
    let by = (headers, &browser);
    // Without the picture nothing goes out but mail, which costs nothing.
    let unseen = form.get("decision") == Some(WITHOUT);
    let help = match form.get(Field::Way.id()) {
        Some(BY_TEXT) if !unseen && help == Help::Password && ctx.offers_texts => Help::PasswordByText,
        _ => help,
    };
    let typed = form.get(help.field().id()).unwrap_or_default().trim();
    if let Some(lang) = language_endpoint::asked_by(&form) {
        let headers = &base.cookies.with(headers, Cookie::Language, lang.tag());
        let captcha = captcha::kept(ctx, help, (&form, &browser)).await?;
        let mut response = show(ctx, (headers, &browser), help, &Shown { typed, captcha, ..Shown::default() })?;
        base.cookies.set(&mut response, Cookie::Language, lang.tag());
        return Ok(response);
    }
    let exchanged = form.get("decision") == Some(ANOTHER);
    let key = match help.key(typed) {
        Ok(key) => key,
        Err(error) => {
            let captcha = match exchanged {
                true => captcha::fresh(ctx, help, &browser)?,
                false => captcha::kept(ctx, help, (&form, &browser)).await?,
            };
            let error = (!exchanged).then_some(error);
            return show(ctx, by, help, &Shown { typed, error, captcha, ..Shown::default() });
        }
    };
    let (now, lang) = (base.clock.now(), language(&base.cookies, headers, None));
    let too_often = |until: UnixMillis, problem: fn(String) -> AskProblem| {
        let (problem, captcha) = (problem(again_text(until.0, now.0, lang)), captcha::fresh(ctx, help, &browser)?);
        let shown = Shown { typed, problem: Some(problem), captcha, ..Shown::default() };
        Ok(retry_after::on(show(ctx, by, help, &shown)?, Some(retry_after::seconds(until, now))))
    };
    match captcha::judge(ctx, help, (&form, &browser), from).await? {
        Proof::Given => {}
        Proof::TooMany(until) => return too_often(until, AskProblem::TooManyFromAddress),
        Proof::Not(field) => {
            return show(ctx, by, help, &Shown { typed, captcha: Some(field), ..Shown::default() });
        }
    }
    if let Err(until) = ctx.limits.mails.take(from, now).await? {
        captcha::give_back(ctx, &form, from).await?;
        return too_often(until, AskProblem::TooManyFromAddress);
    }
    let noted = note(ctx, help, (typed, &key), lang).await?;
    if noted.is_err() {
        // Nothing goes out: whoever asks again and again keeps nobody else at that address from mail.
        ctx.limits.mails.give_back(from, now).await?;
        captcha::give_back(ctx, &form, from).await?;
    }
    match (noted, help) {
        (Err(until), Help::PasswordByText) => too_often(until, AskProblem::TextTooSoon),
        (Err(until), _) => too_often(until, AskProblem::TooSoon),
        (Ok(message), Help::PasswordByText) => reset_code::to_page(ctx, headers, (&message, &key), ""),
        (Ok(_), _) => Ok(answer::redirect(&format!("{}?{ASKED}=yes", super::path(help)))),
    }
}

/// Notes the message, whether anybody will get it or not. Gives its id. Refused: until when.
///
/// * `typed`: as it was typed, and in lower case.
///
/// # Errors
/// A failure of ours.
pub(super) async fn note(
    ctx: &MembershipCtx,
    help: Help,
    (typed, key): (&str, &str),
    lang: Language,
) -> Result<Result<String, UnixMillis>, Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let name_digest = b64::encode(&hmac_sha256(&snapshot.secrets.typed_name, key.as_bytes()));
    let about = AccountId::from_trusted(name_digest.clone());
    let kind = (help.channel(), help.purpose());
    let message = messages::message(&snapshot.sealer, (&about, typed), kind, lang, now)?;
    let unit = move |tx: &mut Tx<'_>| -> Result<Result<String, UnixMillis>, Fault> {
        let limit = help.limit();
        let most = i64::try_from(limit.most).unwrap_or(i64::MAX);
        let since = now.minus(limit.window);
        let before = idp_store::messages::noted_since(tx.conn(), (&about, help.purpose()), since, most)?;
        if let Err(until) = may_ask(limit, &before, now) {
            return Ok(Err(until));
        }
        idp_store::messages::add(tx, &message, now)?;
        if help == Help::PasswordByText {
            reset_codes::add(tx, &message.id)?;
        }
        let event = Event::RecoveryAsked { name_digest: name_digest.clone(), what: help.as_str() };
        audit::write(tx, event, now, keys::random()?)?;
        Ok(Ok(message.id.clone()))
    };
    let noted = base.db.write(unit).await?;
    base.message_bell.notify_one();
    Ok(noted)
}

/// What the page shows.
#[derive(Default)]
struct Shown<'a> {
    asked: bool,
    typed: &'a str,
    error: Option<FieldError>,
    problem: Option<AskProblem>,
    captcha: Option<CaptchaField>,
}

fn show(
    ctx: &MembershipCtx,
    (headers, browser): (&HeaderMap, &Tie),
    help: Help,
    shown: &Shown<'_>,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let frame = Frame::new(language(&base.cookies, headers, None), base.provider.house());
    let here = || {
        let here = format!("{}?{ASKED}=yes", super::path(help));
        language_endpoint::seal_return(&base.directory.snapshot().sealer, &here)
    };
    // The form has the language switch.
    let return_to = shown.asked.then(here).transpose()?;
    let (help, way) = match help {
        Help::PasswordByText => (Help::Password, BY_TEXT),
        help => (help, BY_MAIL),
    };
    let page = AskPage {
        frame: Frame { return_to: return_to.as_deref(), ..frame },
        help,
        action: super::path(help),
        asked: shown.asked,
        way: (help == Help::Password && ctx.offers_texts).then_some(way),
        typed: shown.typed,
        errors: shown.error.as_slice(),
        problem: shown.problem.as_ref(),
        captcha: shown.captcha.as_ref(),
    };
    let misread = shown.captcha.as_ref().and_then(CaptchaField::status);
    let status = match (&shown.problem, shown.error) {
        (Some(_), _) => 429,
        (None, Some(_)) => 422,
        (None, None) => misread.unwrap_or(200),
    };
    let wait = shown.captcha.as_ref().and_then(CaptchaField::retry_after);
    let mut response = retry_after::on(answer::page(status, page.html()), wait);
    browser.remember(&base.cookies, &mut response);
    Ok(response)
}
