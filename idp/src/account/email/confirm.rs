//! GET, POST /account/email/confirm — the link that was mailed to the new address. Looking at it changes nothing (mail scanners open
//! links); the button does, and only for whoever is signed in as the one who asked: a mistyped address is somebody else's, and must not
//! become the way into the account.

use super::super::AccountCtx;
use super::super::member::{Member, is_alive};
use crate::answer;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::messages;
use crate::pages::ErrorKind;
use crate::pages::account::{ConfirmPage, ConfirmState};
use crate::posted_form;
use crate::refusal::PageNo;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_core::membership::email_key::{EmailChange, EmailKey};
use idp_core::membership::former_email::mailboxes;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::people::account::Person;
use idp_store::messages::NewMessage;
use idp_store::{Conn, Fault, Tx, accounts, audit, email_changes, former_emails, recovery};
use keys::Sealer;
use url::form_urlencoded;

/// In the query of the address once it was changed: reloading, and reading it in another language, confirms nothing.
const CHANGED: &str = "changed";

/// GET /account/email/confirm.
pub async fn get(State(ctx): State<AccountCtx>, member: Member, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let key = params.get("key").ok_or(ErrorKind::NotFound)?;
        let done = if params.get(CHANGED).is_some() { done(&ctx, &member, key).await? } else { None };
        match done {
            Some(found) => show(&ctx, &member, (key, true), &found),
            None => show(&ctx, &member, (key, false), &find(&ctx, &member, key).await?),
        }
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/email/confirm.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    let taken = submit(&ctx, &member, &body).await;
    taken.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
}

/// Where it stands.
enum Found {
    Ready(Box<(Person, EmailChange)>),
    Done {
        email: String,
        /// Whether it has to settle.
        settles: bool,
    },
    SomebodyElses,
    Over,
}

/// What a link confirms that counts.
async fn find(ctx: &AccountCtx, member: &Member, sealed: &str) -> Result<Found, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let Ok(key) = EmailKey::open(&base.directory.snapshot().sealer, sealed) else { return Ok(Found::Over) };
    if key.account != member.person.account_id {
        return Ok(Found::SomebodyElses);
    }
    let id = key.account.clone();
    let read = move |conn: &mut Conn| Ok::<_, Fault>((accounts::find(conn, &id)?, email_changes::find(conn, &id)?));
    let (Some(person), Some(change)) = base.db.scan(read).await? else { return Ok(Found::Over) };
    let fits = key.fits(&person, &change, base.clock.now());
    Ok(if fits { Found::Ready(Box::new((person, change))) } else { Found::Over })
}

/// Whether the address of a link is that of the account by now.
async fn done(ctx: &AccountCtx, member: &Member, sealed: &str) -> Result<Option<Found>, PageNo> {
    ctx.base.directory.learn_sealing_key(sealed).await?;
    let Ok(key) = EmailKey::open(&ctx.base.directory.snapshot().sealer, sealed) else { return Ok(None) };
    let Some(email) = member.person.email.clone().filter(|_| key.was_confirmed_by(&member.person)) else {
        return Ok(None);
    };
    let (id, now) = (member.person.account_id.clone(), member.now);
    let settles = ctx.base.db.read(move |conn| former_emails::counting(conn, &id, now)).await?.is_some();
    Ok(Some(Found::Done { email, settles }))
}

async fn submit(ctx: &AccountCtx, member: &Member, body: &[u8]) -> Result<Response, PageNo> {
    let posted = member.posted(ctx, body).await?;
    // Of a page that does not count any more, the link still does.
    let key = posted.form.get("key").ok_or(ErrorKind::ExpiredPage)?;
    let found = find(ctx, member, key).await?;
    let found = match (posted.page, found) {
        (Some(_), Found::Ready(ready)) => confirm(ctx, member, *ready).await?,
        (_, found) => found,
    };
    match found {
        Found::Done { .. } => Ok(answer::redirect(&address(key, true))),
        found => show(ctx, member, (key, false), &found),
    }
}

/// Of the page, with its key, whatever that is.
fn address(key: &str, changed: bool) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("key", key);
    if changed {
        query.append_pair(CHANGED, "yes");
    }
    format!("/account/email/confirm?{}", query.finish())
}

/// Makes it the address of the account: of two who press at once, one does.
async fn confirm(ctx: &AccountCtx, member: &Member, (person, change): (Person, EmailChange)) -> Result<Found, PageNo> {
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let id = person.account_id.clone();
    let read = move |conn: &mut Conn| Ok((former_emails::counting(conn, &id, now)?, recovery::find(conn, &id)?));
    let (former, helps) = base.db.scan(read).await?;
    let (alive, email) = (member.alive(ctx), change.email.clone());
    let settles = former.as_ref().and_then(|former| former.email.as_ref()) != Some(&email);
    let mut to = mailboxes(&person, former.as_ref());
    to.retain(|to| *to != email);
    let mobile = helps.and_then(|helps| helps.mobile).filter(|_| ctx.membership.offers_texts);
    let mobile = mobile.map(|(number, _)| number);
    let told = told(&snapshot.sealer, (member, &person), (&to, mobile), now)?;
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<bool>, Fault> {
        if !is_alive(tx, &alive)? {
            return Ok(None);
        }
        if !email_changes::confirm(tx, &person, &change, now)? {
            return Ok(Some(false));
        }
        let account = person.account_id.clone();
        idp_store::messages::withdraw(tx, &account, Purpose::EmailConfirm, now)?;
        for told in &told {
            idp_store::messages::add(tx, told, now)?;
        }
        audit::write(tx, Event::EmailChanged { account }, now, keys::random()?)?;
        Ok(Some(true))
    };
    let confirmed = base.db.write(unit).await.map_err(Failure::from)?;
    base.message_bell.notify_one();
    // Locked or signed out meanwhile: nothing happened.
    Ok(if confirmed.ok_or(ErrorKind::ExpiredPage)? { Found::Done { email, settles } } else { Found::Over })
}

/// By mail, and by text message.
///
/// * `mobile`: the number, sealed.
fn told(
    sealer: &Sealer,
    (member, person): (&Member, &Person),
    (mails, mobile): (&[&str], Option<Vec<u8>>),
    now: UnixMillis,
) -> Result<Vec<NewMessage>, Failure> {
    let id = &person.account_id;
    let number = mobile.map(|number| personal::open_mobile(sealer, id.as_str(), &number)).transpose()?;
    let mailed = mails.iter().map(|to| (Channel::Mail, *to));
    let texted = number.as_deref().map(|number| (Channel::Text, number));
    let note = |(by, to)| messages::message(sealer, (id, to), (by, Purpose::EmailChanged), member.lang, now);
    mailed.chain(texted).map(note).collect()
}

fn show(ctx: &AccountCtx, member: &Member, (key, changed): (&str, bool), found: &Found) -> Result<Response, PageNo> {
    let here = address(key, changed);
    let (return_to, sealed) = (member.return_to_page(ctx, &here)?, member.seal_page(ctx, 0)?);
    let state = match found {
        Found::Ready(ready) => ConfirmState::Ready { email: &ready.1.email, key },
        Found::Done { email, settles } => ConfirmState::Done { email, settles: *settles },
        Found::SomebodyElses => ConfirmState::SomebodyElses,
        Found::Over => ConfirmState::Over,
    };
    let frame = member.frame(ctx, &return_to);
    Ok(answer::page(
        200,
        ConfirmPage { frame, account: &member.person.account, action: &here, page: &sealed, state }.html(),
    ))
}
