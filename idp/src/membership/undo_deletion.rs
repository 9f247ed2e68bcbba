//! GET, POST /undo-deletion — the button of the page that somebody reaches who signs in while the account is about to be deleted.
//!
//! No session begins before it is pressed: to every other part of the provider such an account gives nothing. Afterwards the person
//! signs in, and goes on to the portal that asked.

use super::deletion;
use crate::browser::language;
use crate::messages;
use crate::oauth::authorize::arrival::revisit;
use crate::pages::dates::moment_text;
use crate::pages::membership::{UndoPage, UndoState};
use crate::pages::{ErrorKind, Frame};
use crate::refusal::PageNo;
use crate::sign_in::interaction::Sealed;
use crate::wiring::Ctx;
use crate::{answer, language as language_endpoint, posted_form};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::DeletedBy;
use idp_core::membership::former_email::confirmed_mailboxes;
use idp_core::membership::message::Purpose;
use idp_core::membership::undo_key::UndoKey;
use idp_core::people::account::{AccountState, Person};
use idp_core::sign_in::interaction::Interaction;
use idp_store::{Conn, Tx, accounts, former_emails};

/// GET /undo-deletion: where a reload or the language switch leads. The page is for who has just typed the password.
pub async fn get() -> Response {
    answer::redirect("/sign-in")
}

/// The page, for somebody who has just typed the right password.
///
/// # Errors
/// A failure of ours.
pub fn offer(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction, person: &Person) -> Result<Response, PageNo> {
    let now = ctx.clock.now();
    let lang = language(&ctx.cookies, headers, None);
    let browser = interaction.browser.ok_or(ErrorKind::ExpiredPage)?;
    let key = UndoKey::new(person, browser, (now.plus(ctx.lifetimes.sign_in_page), now));
    let key = key.map(|key| key.seal(&ctx.directory.snapshot().sealer)).transpose()?;
    let until = match person.state {
        AccountState::Leaving { until } => moment_text(until.0, lang),
        _ => String::new(),
    };
    let account = &person.account;
    let state = match &key {
        Some(key) => UndoState::Ready { account, until: &until, key },
        None => UndoState::TooLate { account },
    };
    show(ctx, headers, interaction, (state, 403))
}

/// POST /undo-deletion.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    submit(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn submit(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let form = posted_form::fields(ctx, headers, body)?;
    let sealed = form.get("key").ok_or(ErrorKind::BadRequest)?;
    let (interaction, usable) = revisit(ctx, headers, form.get("interaction").ok_or(ErrorKind::ExpiredPage)?).await?;
    if !usable {
        // Another browser's page, or an old one.
        return show(ctx, headers, &interaction, (UndoState::Over, 403));
    }
    ctx.directory.learn_sealing_key(sealed).await?;
    let now = ctx.clock.now();
    let snapshot = ctx.directory.for_issuing(now)?;
    let key = UndoKey::open(&snapshot.sealer, sealed).ok();
    let key = key.filter(|key| !ctx.lifetimes.is_over(key.expires_at, ctx.lifetimes.sign_in_page, now));
    let Some(key) = key else { return show(ctx, headers, &interaction, (UndoState::Over, 200)) };
    if interaction.browser != Some(key.browser) {
        // Somebody copied it, beside a sign-in of their own.
        return show(ctx, headers, &interaction, (UndoState::Over, 403));
    }
    let id = key.account.clone();
    let read = move |conn: &mut Conn| Ok((accounts::find(conn, &id)?, former_emails::counting(conn, &id, now)?));
    let (Some(person), former) = ctx.db.scan(read).await? else {
        return show(ctx, headers, &interaction, (UndoState::Over, 200));
    };
    let lang = language(&ctx.cookies, headers, None);
    let to = confirmed_mailboxes(&person, former.as_ref());
    let mails = messages::mails(&snapshot.sealer, (&key.account, &to), Purpose::DeletionUndone, lang, now)?;
    let before = (key.security_epoch, key.until);
    let unit = move |tx: &mut Tx<'_>| deletion::undo(tx, (&key.account, before), DeletedBy::Person, &mails, now);
    let undone = ctx.db.write(unit).await?;
    ctx.message_bell.notify_one();
    let state = if undone { UndoState::Done { account: &person.account } } else { UndoState::Over };
    show(ctx, headers, &interaction, (state, 200))
}

fn show(
    ctx: &Ctx,
    headers: &HeaderMap,
    interaction: &Interaction,
    (state, status): (UndoState<'_>, u16),
) -> Result<Response, PageNo> {
    let sealed = Sealed::for_browser(ctx, headers, &interaction.anew(ctx.clock.now()))?;
    let here = format!("/sign-in?interaction={}", sealed.interaction);
    let return_to = language_endpoint::seal_return(&ctx.directory.snapshot().sealer, &here)?;
    let frame = Frame::new(language(&ctx.cookies, headers, None), ctx.provider.house()).returning_to(&return_to);
    let page = UndoPage { frame, interaction: &sealed.interaction, state };
    let mut response = answer::page(status, page.html());
    sealed.remember(ctx, &mut response);
    Ok(response)
}
