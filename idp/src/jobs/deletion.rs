//! Removes the accounts of who left (刪除帳號), when their time has come: what hangs on an account in small steps, then the account with
//! everything that says whose it was, in one transaction with the audit line and the last mail. Interrupted, it goes on where it ended.

use crate::failure::Failure;
use crate::keystore::personal;
use crate::membership::deletion as leaving;
use crate::membership::reset_password::answers_counter;
use crate::messages;
use crate::text::Language;
use crate::wiring::JobsCtx;
use idp_core::audit::Event;
use idp_core::membership::asking::Help;
use idp_core::membership::former_email::confirmed_mailboxes;
use idp_core::membership::message::Purpose;
use idp_core::people::account_name::counter_key;
use idp_core::{AccountId, UnixMillis};
use idp_store::deletion::{self, Digests, Due};
use idp_store::messages::NewMessage;
use idp_store::{Conn, Tx, accounts, audit, former_emails};
use keys::{b64, hmac_sha256};
use std::time::Duration;
use tokio::sync::watch;

/// Accounts that are looked for at once.
const AT_ONCE: i64 = 100;
/// Rows removed in one transaction at most: a few milliseconds of the only writer.
const BATCH: i64 = 500;
/// The writer is everybody else's for so long after each.
const REST: Duration = Duration::from_millis(20);

/// Ends the sessions that are left of those who leave: whoever asked for it was interrupted between the batches. The portals are told
/// soon, and not when the account goes, when the sessions are too old.
///
/// # Errors
/// The first failure.
pub(super) async fn end_sessions(ctx: &JobsCtx, now: UnixMillis) -> Result<(), Failure> {
    let mut failed = None;
    for id in ctx.base.db.scan(move |conn| deletion::in_session(conn, now, AT_ONCE)).await? {
        if let Err(failure) = end_sessions_of(ctx, &id, now).await {
            failed = failed.or(Some(failure));
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn end_sessions_of(ctx: &JobsCtx, id: &AccountId, now: UnixMillis) -> Result<(), Failure> {
    let snapshot = ctx.base.directory.snapshot();
    let mut after = None;
    loop {
        let (id, channels) = (id.clone(), snapshot.clone());
        let unit = move |tx: &mut Tx<'_>| {
            leaving::end_sessions(tx, &|of| channels.logout_channels(of), (&id, after.as_ref()), now)
        };
        after = ctx.base.db.write(unit).await?;
        if after.is_none() {
            break;
        }
        tokio::time::sleep(REST).await;
    }
    ctx.base.outbox_bell.notify_one();
    Ok(())
}

/// Removes what is due.
///
/// # Errors
/// The first failure. One account that cannot be removed keeps no other from it.
pub(super) async fn remove_due(ctx: &JobsCtx, stopped: &watch::Receiver<bool>, now: UnixMillis) -> Result<(), Failure> {
    let due = ctx.base.db.scan(move |conn| deletion::due(conn, now, AT_ONCE)).await?;
    let (mut removed, mut failed) = (0_usize, None);
    for account in due {
        if *stopped.borrow() {
            break;
        }
        match remove(ctx, stopped, &account, now).await {
            Ok(gone) => removed += usize::from(gone),
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    if removed > 0 {
        ctx.base.message_bell.notify_one();
        ctx.base.db.removed();
        tracing::info!(accounts = removed, "accounts were removed as their people had asked");
    }
    failed.map_or(Ok(()), Err)
}

async fn remove(ctx: &JobsCtx, stopped: &watch::Receiver<bool>, due: &Due, now: UnixMillis) -> Result<bool, Failure> {
    let db = &ctx.base.db;
    // Of who was to leave at once: they are told before what says which they are goes.
    end_sessions_of(ctx, &due.id(), now).await?;
    loop {
        let id = due.id();
        if db.write(move |tx| deletion::remove_dead(tx, &id, now, BATCH)).await? == 0 {
            break;
        }
        tokio::time::sleep(REST).await;
        if *stopped.borrow() {
            return Ok(false);
        }
    }
    let (id, digests) = (due.id(), digests(ctx, due));
    let mails = last_mails(ctx, due, now).await?;
    let unit = move |tx: &mut Tx<'_>| {
        if !deletion::remove(tx, &id, &digests, now)? {
            return Ok(false);
        }
        for mail in &mails {
            idp_store::messages::add(tx, mail, now)?;
        }
        audit::write(tx, Event::AccountDeleted { account: id.clone() }, now, keys::random()?)?;
        Ok(true)
    };
    Ok(db.write(unit).await?)
}

/// What the person is told when the account is gone.
async fn last_mails(ctx: &JobsCtx, due: &Due, now: UnixMillis) -> Result<Vec<NewMessage>, Failure> {
    let id = due.id();
    let read = move |conn: &mut Conn| {
        let lang = idp_store::messages::language(conn, &id, Purpose::DeletionAsked)?;
        Ok((accounts::find(conn, &id)?, former_emails::counting(conn, &id, now)?, lang))
    };
    let (Some(person), former, lang) = ctx.base.db.scan(read).await? else { return Ok(Vec::new()) };
    let lang = lang.as_deref().and_then(Language::from_tag).unwrap_or_default();
    let (sealer, to) = (&ctx.base.directory.snapshot().sealer, confirmed_mailboxes(&person, former.as_ref()));
    let mails = messages::mails(sealer, (&person.account_id, &to), Purpose::AccountDeleted, lang, now)?;
    // About nobody: once they are delivered, nothing leads from them to what else is kept.
    let about_nobody = |mail: NewMessage| NewMessage { account: AccountId::from_trusted(mail.id.as_str()), ..mail };
    Ok(mails.into_iter().map(about_nobody).collect())
}

/// What stands in the database under a digest of what the person is called.
fn digests(ctx: &JobsCtx, due: &Due) -> Digests {
    let key = &ctx.base.directory.snapshot().secrets.typed_name;
    let name = &due.account_key;
    let typed = |typed: String| b64::encode(&hmac_sha256(key, typed.as_bytes()));
    Digests {
        former: personal::name_digest(key, name),
        attempts: hmac_sha256(key, counter_key(name).as_bytes()),
        answers: answers_counter(key, &due.id()),
        typed_name: typed(Help::Password.key(name).unwrap_or_default()),
        typed_address: due.email.as_deref().and_then(|email| Help::Account.key(email).ok()).map(typed),
    }
}
