//! GET, POST /reset-password — the link of 忘記密碼. Looking at it changes nothing (mail scanners open links); the form does.
//!
//! Whoever sets another password ends every session of the account; its portals are told, and the person is by mail. Nobody is
//! signed in by it. It is the way out of a lock by wrong passwords, and none out of an administrator's.

use super::{MembershipCtx, messages};
use crate::browser::language;
use crate::failure::Failure;
use crate::pages::membership::{ResetPage, ResetState};
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::sign_out::many;
use crate::text::Language;
use crate::{answer, language as language_endpoint};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::{HeaderValue, RETRY_AFTER};
use idp_core::SessionId;
use idp_core::audit::{EndedBy, Event};
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::message::Purpose;
use idp_core::membership::reset_key::ResetKey;
use idp_core::membership::steps;
use idp_core::people::account::Person;
use idp_core::people::account_name::{AccountName, counter_key};
use idp_store::{Fault, Tx, accounts, audit, password_attempts};
use keys::hmac_sha256;
use zeroize::Zeroizing;

/// GET /reset-password.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let key = params.get("key").ok_or(ErrorKind::NotFound)?;
        let found = find(&ctx, key).await?;
        let state = found.as_ref().map_or(ResetState::Over, |person| ready(person, key));
        show(&ctx, &headers, key, (state, &[]))
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &headers))
}

/// POST /reset-password.
pub async fn post(State(ctx): State<MembershipCtx>, headers: HeaderMap, body: Bytes) -> Response {
    submit(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

fn ready<'a>(person: &'a Person, key: &'a str) -> ResetState<'a> {
    ResetState::Ready { account: &person.account, key, busy: false }
}

/// Whose password a link sets that counts: not over, not used, and mailed to the address that the account has.
async fn find(ctx: &MembershipCtx, sealed: &str) -> Result<Option<Person>, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let Ok(key) = ResetKey::open(&base.directory.snapshot().sealer, sealed) else { return Ok(None) };
    if base.lifetimes.is_over(key.expires_at, base.lifetimes.reset_link, base.clock.now()) {
        return Ok(None);
    }
    let id = key.account.clone();
    let person = base.db.read(move |conn| accounts::find(conn, &id)).await?;
    Ok(person.filter(|person| key.fits(person)))
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let key = form.get("key").ok_or(ErrorKind::BadRequest)?;
    let Some(person) = find(ctx, key).await? else { return show(ctx, headers, key, (ResetState::Over, &[])) };
    let typed = |field: Field| form.get(field.id()).unwrap_or_default();
    let password = Zeroizing::new(typed(Field::Password).to_owned());
    let account = AccountName::parse(&person.account);
    let judged = steps::password(
        &password,
        typed(Field::PasswordAgain),
        account.as_ref(),
        (ctx.policy, |lower: &str| ctx.listed.contains(lower)),
    );
    if let Some(error) = judged {
        return show(ctx, headers, key, (ready(&person, key), &[error]));
    }
    let hash = match ctx.passwords.hash(password).await {
        Err(Failure::Busy) => {
            let state = ResetState::Ready { account: &person.account, key, busy: true };
            let mut response = show(ctx, headers, key, (state, &[]))?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
            return Ok(response);
        }
        hashed => hashed?,
    };
    let lang = language(&base.cookies, headers, None);
    let was_set = set(ctx, &person, hash, lang).await?;
    let state = if was_set { ResetState::Done { account: &person.account } } else { ResetState::Over };
    show(ctx, headers, key, (state, &[]))
}

/// Sets it, if nothing changed since the link was looked at: of two at once, one does.
async fn set(ctx: &MembershipCtx, person: &Person, hash: String, lang: Language) -> Result<bool, Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let name = counter_key(&person.account);
    let name_digest = hmac_sha256(&snapshot.secrets.typed_name, name.as_bytes());
    let to = person.email.as_deref().unwrap_or_default();
    let told = messages::mail(&snapshot.sealer, (&person.account_id, to), Purpose::PasswordChanged, lang, now)?;
    let account = person.account_id.clone();
    let sessions =
        many::Which { account: Some(account.clone()), except: None, after: None, by: EndedBy::PasswordReset };
    let (before, first, channels) = (person.clone(), sessions.clone(), snapshot.clone());
    let unit = move |tx: &mut Tx<'_>| -> Result<(bool, Option<SessionId>), Fault> {
        if !accounts::reset_password(tx, &before, &hash, now)? {
            return Ok((false, None));
        }
        password_attempts::forget(tx, &name_digest)?;
        audit::write(tx, Event::PasswordReset { account: account.clone() }, now, keys::random()?)?;
        idp_store::messages::add(tx, &told, now)?;
        // As a rule these are all: portals hear of it, or nothing happened.
        let (_, last) = many::batch(tx, &|client| channels.logout_channels(client), &first, now)?;
        Ok((true, last))
    };
    let (was_set, last) = base.db.write(unit).await?;
    many::rest(base, sessions, last, now).await?;
    base.message_bell.notify_one();
    Ok(was_set)
}

fn show(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    key: &str,
    (state, errors): (ResetState<'_>, &[FieldError]),
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let here = format!("/reset-password?key={key}");
    let return_to = language_endpoint::seal_return(&base.directory.snapshot().sealer, &here)?;
    let frame = Frame::new(language(&base.cookies, headers, None), &base.provider.brand).returning_to(&return_to);
    let status = match state {
        ResetState::Ready { busy: true, .. } => 503,
        ResetState::Ready { .. } if !errors.is_empty() => 422,
        _ => 200,
    };
    let page = ResetPage { frame, state, errors };
    Ok(answer::choosing(page.has_meter(), status, page.html()))
}
