//! GET, POST /activate — the link of the 帳號確認信. Looking at it changes nothing (mail scanners open links); the button does.

use super::MembershipCtx;
use crate::browser::language;
use crate::pages::membership::{ActivatePage, ActivateState};
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::{answer, language as language_endpoint};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::Event;
use idp_core::membership::activation_key::ActivationKey;
use idp_core::people::account::{AccountState, Person};
use idp_store::{Fault, Tx, accounts, audit};

/// GET /activate.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let sealed = params.get("key").ok_or(ErrorKind::NotFound)?;
        let found = find(&ctx, sealed).await?;
        show(&ctx, &headers, sealed, found.as_ref().map_or(Stands::Over, |(_, person)| Stands::of(person)))
    };
    shown.await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// POST /activate.
pub async fn post(State(ctx): State<MembershipCtx>, headers: HeaderMap, body: Bytes) -> Response {
    submit(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// Where it stands, with the account name.
enum Stands {
    Ready(String),
    Done(String),
    Already(String),
    Over,
}

impl Stands {
    fn of(person: &Person) -> Self {
        match person.state {
            AccountState::NotActivated => Self::Ready(person.account.clone()),
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

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let sealed = form.get("key").ok_or(ErrorKind::BadRequest)?;
    let Some((_, person)) = find(ctx, sealed).await? else { return show(ctx, headers, sealed, Stands::Over) };
    let Stands::Ready(account) = Stands::of(&person) else { return show(ctx, headers, sealed, Stands::of(&person)) };
    let now = base.clock.now();
    base.directory.for_issuing(now)?;
    let (id, email) = (person.account_id, person.email.unwrap_or_default());
    let unit = move |tx: &mut Tx<'_>| -> Result<bool, Fault> {
        let activated = accounts::activate(tx, &id, &email, now)?;
        if activated {
            audit::write(tx, Event::AccountActivated { account: id.clone() }, now, keys::random()?)?;
        }
        Ok(activated)
    };
    let activated = base.db.write(unit).await?;
    show(ctx, headers, sealed, if activated { Stands::Done(account) } else { Stands::Already(account) })
}

fn show(ctx: &MembershipCtx, headers: &HeaderMap, key: &str, stands: Stands) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let lang = language(&base.cookies, headers, None);
    let return_to = language_endpoint::seal_return(&base.directory.snapshot().sealer, &format!("/activate?key={key}"))?;
    let state = match &stands {
        Stands::Ready(account) => ActivateState::Ready { account, key },
        Stands::Done(account) => ActivateState::Done { account },
        Stands::Already(account) => ActivateState::Already { account },
        Stands::Over => ActivateState::Over,
    };
    let frame = Frame::new(lang, &base.provider.brand).returning_to(&return_to);
    Ok(answer::page(200, ActivatePage { frame, state }.html()))
}
