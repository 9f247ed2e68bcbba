//! Asking for another address, having the link sent again, taking it back.

use super::super::current_password::{self, NotConfirmed};
use super::super::member::{Member, is_alive};
use super::{AccountCtx, Addresses, read};
use crate::failure::Failure;
use crate::messages;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use idp_core::audit::Event;
use idp_core::membership::asking::{MAILS, may_ask};
use idp_core::membership::email_key::EmailChange;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::former_email::mailboxes;
use idp_core::membership::member_page::MemberPage;
use idp_core::membership::message::Purpose;
use idp_core::membership::steps;
use idp_core::oauth::params::Params;
use idp_core::people::email_address::EmailAddress;
use idp_core::{AccountId, UnixMillis};
use idp_store::{Conn, Fault, Tx, audit, email_changes};

/// What became of it.
pub(super) enum Asked {
    /// It is done.
    Done,
    /// There is nothing to do any more: confirmed, taken back or replaced in another tab.
    NotNeeded,
    /// A field has to be corrected.
    Wrong(FieldError),
    /// The current password was not confirmed.
    NotConfirmed(NotConfirmed),
    /// Too often: from when on it may be asked for again.
    TooSoon(UnixMillis),
}

/// What is wrong with the address that was typed.
fn judge(member: &Member, email: &str, again: &str) -> Result<EmailAddress, FieldError> {
    if let Some(error) = steps::email_wrong(email, again) {
        return Err(error);
    }
    let malformed = FieldError::new(Field::Email, Wrong::EmailMalformed);
    let email = EmailAddress::parse(email.trim()).ok_or(malformed)?;
    let has = member.person.email.as_deref().filter(|_| member.person.email_verified);
    if has.is_some_and(|has| has.eq_ignore_ascii_case(email.as_str())) {
        return Err(FieldError::new(Field::Email, Wrong::EmailUnchanged));
    }
    Ok(email)
}

/// Asks for another address.
pub(super) async fn ask(
    ctx: &AccountCtx,
    member: &Member,
    (form, page): (&Params<'_>, &MemberPage),
) -> Result<Asked, PageNo> {
    let base = &ctx.base;
    let typed = |field: Field| form.get(field.id()).unwrap_or_default();
    let email = match judge(member, typed(Field::Email), typed(Field::EmailAgain)) {
        Ok(email) => email.as_str().to_owned(),
        Err(error) => return Ok(Asked::Wrong(error)),
    };
    let proven = match current_password::check(ctx, member, (form, page)).await? {
        Ok(proven) => proven,
        Err(not) => return Ok(Asked::NotConfirmed(not)),
    };
    if let Some(refused) = too_many(ctx, member).await? {
        // The password was right, whatever comes of it.
        base.db.write(move |tx| proven.counts(tx)).await?;
        return Ok(refused);
    }
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let (id, sealer) = (member.person.account_id.clone(), &snapshot.sealer);
    let link = messages::mail(sealer, (&id, &email), Purpose::EmailConfirm, member.lang, now)?;
    let former = read(ctx, member).await?.former;
    // Who asks to have the address of before back is not told there that another is asked for.
    let mut to = mailboxes(&member.person, former.as_ref());
    to.retain(|to| *to != email);
    let told = messages::mails(sealer, (&id, &to), Purpose::EmailChangeAsked, member.lang, now)?;
    let (alive, life) = (member.alive(ctx), base.lifetimes.email_link);
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<Asked>, Fault> {
        let Some(today) = proven.counts(tx)? else { return Ok(None) };
        if !is_alive(tx, &alive)? {
            return Ok(None);
        }
        if let Err(until) = soonest(tx.conn(), &today.account_id, now)? {
            return Ok(Some(Asked::TooSoon(until)));
        }
        let security_epoch = today.security_epoch;
        let change = EmailChange { email: email.clone(), security_epoch, asked_at: now, expires_at: now.plus(life) };
        email_changes::put(tx, &today.account_id, &change)?;
        idp_store::messages::withdraw(tx, &today.account_id, Purpose::EmailConfirm, now)?;
        idp_store::messages::add(tx, &link, now)?;
        for told in &told {
            idp_store::messages::add(tx, told, now)?;
        }
        audit::write(tx, Event::EmailChangeAsked { account: today.account_id }, now, keys::random()?)?;
        Ok(Some(Asked::Done))
    };
    let asked = base.db.write(unit).await.map_err(Failure::from)?;
    settle(ctx, member, asked, now).await
}

/// What was counted by [`too_many`] is given back unless a mail goes out.
async fn settle(ctx: &AccountCtx, member: &Member, noted: Option<Asked>, now: UnixMillis) -> Result<Asked, PageNo> {
    if !matches!(noted, Some(Asked::Done)) {
        ctx.membership.limits.mails.give_back(member.from, now).await?;
    }
    ctx.base.message_bell.notify_one();
    // Changed, locked or signed out meanwhile: nothing happened here.
    Ok(noted.ok_or(ErrorKind::ExpiredPage)?)
}

/// Whether a link may be mailed to this account now; otherwise from when on.
fn soonest(conn: &mut Conn, id: &AccountId, now: UnixMillis) -> Result<Result<(), UnixMillis>, Fault> {
    let most = i64::try_from(MAILS.most).unwrap_or(i64::MAX);
    let since = now.minus(MAILS.window);
    let before = idp_store::messages::noted_since(conn, (id, Purpose::EmailConfirm), since, most)?;
    Ok(may_ask(MAILS, &before, now))
}

/// Whether a mail is too many for this account; otherwise it is counted by the address it is asked for from.
async fn too_many(ctx: &AccountCtx, member: &Member) -> Result<Option<Asked>, PageNo> {
    let (now, id) = (ctx.base.clock.now(), member.person.account_id.clone());
    if let Err(until) = ctx.base.db.scan(move |conn| soonest(conn, &id, now)).await? {
        return Ok(Some(Asked::TooSoon(until)));
    }
    if let Err(until) = ctx.membership.limits.mails.take(member.from, now).await? {
        return Ok(Some(Asked::TooSoon(until)));
    }
    Ok(None)
}

/// Has the link sent again.
pub(super) async fn again(ctx: &AccountCtx, member: &Member) -> Result<Asked, PageNo> {
    let base = &ctx.base;
    let Addresses { person, change: Some(change), .. } = read(ctx, member).await? else { return Ok(Asked::NotNeeded) };
    if let Some(refused) = too_many(ctx, member).await? {
        return Ok(refused);
    }
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let id = person.account_id;
    let link = messages::mail(&snapshot.sealer, (&id, &change.email), Purpose::EmailConfirm, member.lang, now)?;
    let alive = member.alive(ctx);
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<Asked>, Fault> {
        if !is_alive(tx, &alive)? {
            return Ok(None);
        }
        if email_changes::find(tx.conn(), &id)?.as_ref() != Some(&change) {
            return Ok(Some(Asked::NotNeeded));
        }
        if let Err(until) = soonest(tx.conn(), &id, now)? {
            return Ok(Some(Asked::TooSoon(until)));
        }
        idp_store::messages::withdraw(tx, &id, Purpose::EmailConfirm, now)?;
        idp_store::messages::add(tx, &link, now)?;
        audit::write(tx, Event::EmailChangeAsked { account: id.clone() }, now, keys::random()?)?;
        Ok(Some(Asked::Done))
    };
    let asked = base.db.write(unit).await.map_err(Failure::from)?;
    settle(ctx, member, asked, now).await
}

/// Takes it back.
pub(super) async fn withdraw(ctx: &AccountCtx, member: &Member) -> Result<Asked, PageNo> {
    let base = &ctx.base;
    let Addresses { person, change: Some(change), .. } = read(ctx, member).await? else { return Ok(Asked::NotNeeded) };
    let (id, now, alive) = (person.account_id, base.clock.now(), member.alive(ctx));
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<Asked>, Fault> {
        if !is_alive(tx, &alive)? {
            return Ok(None);
        }
        if email_changes::remove(tx, &id, &change)? {
            idp_store::messages::withdraw(tx, &id, Purpose::EmailConfirm, now)?;
            audit::write(tx, Event::EmailChangeWithdrawn { account: id.clone() }, now, keys::random()?)?;
        }
        Ok(Some(Asked::Done))
    };
    Ok(base.db.write(unit).await.map_err(Failure::from)?.ok_or(ErrorKind::ExpiredPage)?)
}
