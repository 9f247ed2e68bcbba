//! GET, POST /reset-password/code — the code of a text message (忘記密碼), typed in the browser that asked for it.
//!
//! Nobody can tell here whether the account exists, has a mobile, or was sent anything: a code can be typed as often, and every wrong
//! one is told alike. A try is taken before anything is compared, so that of many at once no more than those count. Whoever read the
//! right one goes on at `/reset-password`.

use super::MembershipCtx;
use super::reset_password::settled_since;
use crate::browser::{Tie, is_tied, language};
use crate::failure::Failure;
use crate::pages::membership::TextCodePage;
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::{answer, language as language_endpoint};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::AccountId;
use idp_core::audit::Event;
use idp_core::ids::moment_of;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::reset_code::{self, CodePage, DIGITS};
use idp_core::membership::reset_key::{Proofs, ResetKey};
use idp_core::people::account::Person;
use idp_store::{Fault, Tx, accounts, audit, recovery, reset_codes};
use keys::{b64, hmac_sha256};

/// GET /reset-password/code.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let sealed = params.get("asking").ok_or(ErrorKind::NotFound)?;
        let page = resume(&ctx, &headers, sealed).await?;
        let asking = (!is_over(&ctx, &page)).then_some(sealed);
        show(&ctx, &headers, (&page, asking), None)
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &headers))
}

/// POST /reset-password/code.
pub async fn post(State(ctx): State<MembershipCtx>, headers: HeaderMap, body: Bytes) -> Response {
    submit(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// On to the page where the code is typed, for the browser that asked.
///
/// * `asked`: id of the message, and the account name in lower case.
/// * `before`: the sealed key of what was proven before; empty for nothing.
///
/// # Errors
/// When randomness fails.
pub(super) fn to_page(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    (message, name): (&str, &str),
    before: &str,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let browser = Tie::of(&base.cookies, headers)?;
    let page = CodePage {
        message: message.to_owned(),
        name: name.to_owned(),
        browser: browser.digest,
        before: before.to_owned(),
    };
    let sealed = page.seal(&base.directory.snapshot().sealer).map_err(Failure::from)?;
    let mut response = answer::redirect(&format!("/reset-password/code?asking={sealed}"));
    browser.remember(&base.cookies, &mut response);
    Ok(response)
}

/// A page that comes back, in the browser that it was made for.
async fn resume(ctx: &MembershipCtx, headers: &HeaderMap, sealed: &str) -> Result<CodePage, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let page = CodePage::open(&base.directory.snapshot().sealer, sealed).map_err(|_| ErrorKind::ExpiredPage)?;
    if is_tied(&base.cookies, headers, &page.browser) { Ok(page) } else { Err(ErrorKind::ExpiredPage.into()) }
}

fn is_over(ctx: &MembershipCtx, page: &CodePage) -> bool {
    let (base, life) = (&ctx.base, ctx.base.lifetimes.reset_code);
    let until = moment_of(&page.message).map(|noted| noted.plus(life));
    until.is_none_or(|until| base.lifetimes.is_over(until, life, base.clock.now()))
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let sealed = form.get("asking").ok_or(ErrorKind::ExpiredPage)?;
    let page = resume(ctx, headers, sealed).await?;
    if is_over(ctx, &page) {
        return show(ctx, headers, (&page, None), None);
    }
    let typed = form.get(Field::TextCode.id()).unwrap_or_default();
    let Some(code) = reset_code::typed(typed) else {
        let wrong = if typed.trim().is_empty() { Wrong::Missing } else { Wrong::CodeMalformed(DIGITS) };
        return show(ctx, headers, (&page, Some(sealed)), Some(wrong));
    };
    match try_code(ctx, &page, code).await? {
        Tried::Over | Tried::Wrong { left: 0 } => show(ctx, headers, (&page, None), None),
        Tried::Wrong { left } => show(ctx, headers, (&page, Some(sealed)), Some(Wrong::CodeWrong(left))),
        Tried::Right(person) => go_on(ctx, &page, &person).await,
    }
}

/// What became of a try.
enum Tried {
    /// It is the code.
    Right(Box<Person>),
    /// It is not.
    Wrong { left: u32 },
    /// Nothing was compared: none was left, or the code was used.
    Over,
}

async fn try_code(ctx: &MembershipCtx, page: &CodePage, typed: String) -> Result<Tried, Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let key = reset_code::key(&snapshot.secrets.typed_name);
    let name_digest = b64::encode(&hmac_sha256(&snapshot.secrets.typed_name, page.name.as_bytes()));
    let (id, name, since) = (page.message.clone(), page.name.clone(), settled_since(ctx));
    let unit = move |tx: &mut Tx<'_>| -> Result<Tried, Fault> {
        let Some(left) = reset_codes::take_try(tx, &id)? else { return Ok(Tried::Over) };
        let person = accounts::login(tx.conn(), &name)?.map(|login| login.person);
        // Whoever has no account costs the same work.
        let nobody = AccountId::from_trusted(id.as_str());
        let account = person.as_ref().map_or(&nobody, |person| &person.account_id);
        let helps = recovery::settled(tx.conn(), account, since)?;
        let mobile = helps.and_then(|helps| helps.mobile).map(|(_, index)| index);
        let decoy = reset_code::code(&key, &id, (&nobody, 0), &[0; 32]);
        let sent = person.as_ref().zip(mobile).and_then(|(who, mobile)| reset_code::code_for(&key, &id, who, &mobile));
        let same = keys::same(sent.as_ref().unwrap_or(&decoy).as_bytes(), typed.as_bytes());
        let right = same && sent.is_some() && reset_codes::redeem(tx, &id, now)?;
        let event = Event::RecoveryTried { name_digest: name_digest.clone(), proof: "text_code", right };
        audit::write(tx, event, now, keys::random()?)?;
        Ok(person.filter(|_| right).map_or(Tried::Wrong { left }, |person| Tried::Right(Box::new(person))))
    };
    Ok(base.db.write(unit).await?)
}

/// To where another password is chosen, with what is proven by now.
async fn go_on(ctx: &MembershipCtx, page: &CodePage, person: &Person) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let now = base.clock.now();
    let before = super::reset_password::proven(ctx, &page.before, person).await?;
    let until = now.plus(base.lifetimes.reset_code);
    let key = ResetKey::new(person, Proofs::TEXT.and(before), until).ok_or(ErrorKind::ExpiredPage)?;
    let sealed = key.seal(&base.directory.snapshot().sealer).map_err(Failure::from)?;
    Ok(answer::redirect(&format!("/reset-password?key={sealed}")))
}

fn show(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    (page, asking): (&CodePage, Option<&str>),
    wrong: Option<Wrong>,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let here = asking.map_or("/forgot-password".to_owned(), |asking| format!("/reset-password/code?asking={asking}"));
    let return_to = language_endpoint::seal_return(&base.directory.snapshot().sealer, &here)?;
    let frame = Frame::new(language(&base.cookies, headers, None), base.provider.house()).returning_to(&return_to);
    let error = wrong.map(|wrong| FieldError::new(Field::TextCode, wrong));
    let before = Some(page.before.as_str()).filter(|before| !before.is_empty());
    let html = TextCodePage { frame, asking, account: &page.name, before, errors: error.as_slice() }.html();
    Ok(answer::page(if error.is_some() { 422 } else { 200 }, html))
}
