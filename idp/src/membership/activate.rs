//! GET, POST /activate — the link of the 帳號確認信. Looking at it changes nothing (mail scanners open links); the form does.
//!
//! It asks for the account's password: whoever applies with somebody else's address must not have them vouch for the account by a
//! click. Whoever reads the mail can do away with the application instead, and its name is free again.

use super::MembershipCtx;
use crate::browser::language;
use crate::client_address::ClientAddress;
use crate::pages::membership::{ActivatePage, ActivateState, DISCARD};
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::sign_in::attempt::Proven;
use crate::sign_in::confirm::{self, FIELD, NotConfirmed, Typed};
use crate::to_the_end::to_the_end;
use crate::{answer, language as language_endpoint, way_back};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::Event;
use idp_core::membership::activation_key::ActivationKey;
use idp_core::people::account::{AccountState, Person};
use idp_store::{Fault, Tx, accounts, audit, not_activated};
use std::net::IpAddr;

/// GET /activate.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let sealed = params.get("key").ok_or(ErrorKind::NotFound)?;
        let found = find(&ctx, sealed).await?;
        show(&ctx, &headers, sealed, &Stands::of(found.as_ref()))
    };
    shown.await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// POST /activate.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Whoever hangs up: a right password is no failure.
    to_the_end(async move {
        submit(&ctx, &headers, &body, from).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
    })
    .await
}

/// Where it stands, with the account name.
enum Stands {
    Ready(String, Option<NotConfirmed>),
    Done(String),
    Discarded(String),
    Already(String),
    Over,
}

impl Stands {
    fn of(found: Option<&(ActivationKey, Person)>) -> Self {
        let Some((_, person)) = found else { return Self::Over };
        match person.state {
            AccountState::NotActivated => Self::Ready(person.account.clone(), None),
            AccountState::Active => Self::Already(person.account.clone()),
            // Signing in says what to do; the link is good for nothing.
            AccountState::Locked | AccountState::Leaving { .. } => Self::Over,
        }
    }
}

/// The account of a link that counts: not over, and mailed to the address that the account has.
async fn find(ctx: &MembershipCtx, sealed: &str) -> Result<Option<(ActivationKey, Person)>, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let Ok(key) = ActivationKey::open(&base.directory.snapshot().sealer, sealed) else { return Ok(None) };
    if key.expires_at <= base.clock.now() {
        return Ok(None);
    }
    let id = key.account.clone();
    let person = base.db.read(move |conn| accounts::find(conn, &id)).await?;
    Ok(person.filter(|person| key.was_mailed_to(person.email.as_deref())).map(|person| (key, person)))
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let sealed = form.get("key").ok_or(ErrorKind::BadRequest)?;
    let found = find(ctx, sealed).await?;
    let Some((key, person)) = found.as_ref().filter(|(_, person)| person.state == AccountState::NotActivated) else {
        return show(ctx, headers, sealed, &Stands::of(found.as_ref()));
    };
    let account = person.account.clone();
    let done = match form.get("decision") {
        Some(DISCARD) => discard(ctx, key.clone()).await?.then_some(Stands::Discarded(account)),
        Some(_) => return Err(ErrorKind::BadRequest.into()),
        None => {
            let typed = Typed {
                password: form.get(FIELD).unwrap_or_default(),
                from,
                headers,
                lang: language(&base.cookies, headers, None),
                page: sealed,
                shown_at: key.expires_at.minus(base.lifetimes.activation_link),
            };
            match confirm::check(&ctx.sign_in, person, typed).await? {
                Ok(proven) => activate(ctx, key.clone(), proven).await?.then_some(Stands::Done(account)),
                Err(not) => {
                    // Another press of the button may have come first.
                    return match Stands::of(find(ctx, sealed).await?.as_ref()) {
                        Stands::Ready(account, _) => show(ctx, headers, sealed, &Stands::Ready(account, Some(not))),
                        other => show(ctx, headers, sealed, &other),
                    };
                }
            }
        }
    };
    match done {
        Some(done) => show(ctx, headers, sealed, &done),
        None => show(ctx, headers, sealed, &Stands::of(find(ctx, sealed).await?.as_ref())),
    }
}

/// Of two at once, one does.
async fn activate(ctx: &MembershipCtx, key: ActivationKey, proven: Proven) -> Result<bool, PageNo> {
    let base = &ctx.base;
    let now = base.clock.now();
    base.directory.for_issuing(now)?;
    let unit = move |tx: &mut Tx<'_>| -> Result<bool, Fault> {
        let Some(person) = proven.counts(tx)?.filter(|person| key.was_mailed_to(person.email.as_deref())) else {
            return Ok(false);
        };
        let account = person.account_id;
        if !accounts::activate(tx, &account, person.email.as_deref().unwrap_or_default(), now)? {
            return Ok(false);
        }
        audit::write(tx, Event::AccountActivated { account }, now, keys::random()?)?;
        Ok(true)
    };
    Ok(base.db.write(unit).await?)
}

/// Only while nobody has used the account, and has this address.
async fn discard(ctx: &MembershipCtx, key: ActivationKey) -> Result<bool, PageNo> {
    let now = ctx.base.clock.now();
    ctx.base.directory.for_issuing(now)?;
    let unit = move |tx: &mut Tx<'_>| -> Result<bool, Fault> {
        let person = accounts::find(tx.conn(), &key.account)?;
        if !person.is_some_and(|person| key.was_mailed_to(person.email.as_deref())) {
            return Ok(false);
        }
        let account = key.account.clone();
        let removed = not_activated::discard(tx, &account)?;
        if removed {
            audit::write(tx, Event::ApplicationDiscarded { account }, now, keys::random()?)?;
        }
        Ok(removed)
    };
    let removed = ctx.base.db.write(unit).await?;
    if removed {
        ctx.base.db.removed();
    }
    Ok(removed)
}

fn show(ctx: &MembershipCtx, headers: &HeaderMap, key: &str, stands: &Stands) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let lang = language(&base.cookies, headers, None);
    let return_to =
        language_endpoint::seal_return(&base.directory.snapshot().sealer, &posted_form::with_key("/activate", key))?;
    let not = if let Stands::Ready(_, not) = stands { not.as_ref() } else { None };
    let state = match stands {
        Stands::Ready(account, _) => ActivateState::Ready { account, key, problem: not.map(|not| &not.problem) },
        Stands::Done(account) => ActivateState::Done { account },
        Stands::Discarded(account) => ActivateState::Discarded { account },
        Stands::Already(account) => ActivateState::Already { account },
        Stands::Over => ActivateState::Over,
    };
    let way_back = way_back::find(base, headers, lang);
    let frame = Frame::new(lang, base.provider.house()).returning_to(&return_to).leading_back(way_back.as_ref());
    let page = answer::page(not.map_or(200, |not| not.status), ActivatePage { frame, state }.html());
    Ok(match not {
        Some(not) => not.on(page),
        None => page,
    })
}
