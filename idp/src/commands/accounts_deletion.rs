//! `idp accounts delete|keep` — 刪除帳號 in place of the person, and undoing it.

use super::accounts::{administered, find, told};
use super::sessions_revoke::{self, Ended};
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::membership::deletion::{self, Asking, NotAsked};
use crate::pages::dates::rfc3339;
use crate::sign_out;
use idp_core::audit::{DeletedBy, EndedBy, Event};
use idp_core::membership::message::Purpose;
use idp_core::people::account::{AccountState, Person};
use idp_store::{Tx, audit, not_activated};
use serde_json::json;
use std::time::Duration;

/// How often it is tried to have what was removed overwritten, while others read the database, and how long after one another.
const OVERWRITES: u8 = 20;
const OVERWRITE_AGAIN: Duration = Duration::from_millis(100);

/// Asks for it in place of the person. Whoever asked for it already keeps the moment, unless it is to be at once.
pub(super) async fn delete(
    context: &Context,
    prepared: &Prepared,
    account: &str,
    at_once: bool,
) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    if person.state == AccountState::NotActivated {
        return discard(context, prepared, person, at_once).await;
    }
    if let (AccountState::Leaving { until }, false) = (person.state, at_once) {
        let words =
            format!("{account} is to be removed already, at {}; --now does not wait for that", rfc3339(until.0));
        return Err(CommandError::refused(words));
    }
    let now = context.clock.now();
    let until = if at_once { now } else { now.plus(context.settings.membership.deletion_waits.0) };
    // At once, there is no time in which it could be undone: the letter when it is done is enough.
    let mails = if at_once { Vec::new() } else { told(prepared, &person, Purpose::DeletionAsked, now).await? };
    let id = person.account_id.clone();
    let asking = Asking { person, until, by: DeletedBy::Operator, mails };
    let unit = move |tx: &mut Tx<'_>| {
        let channels = sign_out::channels(tx.conn())?;
        let asked = deletion::ask(tx, &|client| channels.of(client), &asking, now)?;
        if asked.is_ok() {
            let detail = json!({ "until": until.0 });
            audit::write(tx, administered("accounts.delete", &asking.person.account_id, detail), now, keys::random()?)?;
        }
        Ok(asked)
    };
    let (ended, last) = prepared.db.write(unit).await?.map_err(|why| match why {
        NotAsked::Changed => CommandError::refused(format!("{account} was changed meanwhile; run the same again")),
        NotAsked::LastAdministrator => CommandError::refused(format!(
            "{account} is the last administrator; make somebody else one first: idp accounts grant-role ACCOUNT administrator"
        )),
    })?;
    let mut told = Ended { sessions: ended.sessions, told: ended.told.into_iter().collect() };
    if last.is_some() {
        told = told.plus(sessions_revoke::rest(prepared, Some(id), (last, EndedBy::Deletion), now).await?);
    }
    let told = told.told;
    let text = format!(
        "account {account} is removed at {}, by a node that serves; nothing of it works from now on; {}",
        rfc3339(until.0),
        told.words()
    );
    let document = json!({
        "account": account, "state": "leaving", "removed_at": rfc3339(until.0), "portals_told": told.portals(),
        "logout_tokens": told.tokens,
    });
    context.out.result(&text, &document)
}

/// An application that nobody activated: nobody has used it, so there is nothing to wait for, and its name is free again.
async fn discard(context: &Context, prepared: &Prepared, person: Person, at_once: bool) -> Result<(), CommandError> {
    let account = person.account;
    if !at_once {
        let words = "is not activated yet, and is removed by itself (membership.keep_not_activated); --now removes it";
        return Err(CommandError::refused(format!("{account} {words}")));
    }
    let (id, now) = (person.account_id, context.clock.now());
    let unit = move |tx: &mut Tx<'_>| {
        let removed = not_activated::discard(tx, &id)?;
        if removed {
            audit::write(tx, administered("accounts.delete", &id, json!({ "until": now.0 })), now, keys::random()?)?;
            audit::write(tx, Event::ApplicationDiscarded { account: id.clone() }, now, keys::random()?)?;
        }
        Ok(removed)
    };
    if !prepared.db.write(unit).await? {
        return Err(CommandError::refused(format!("{account} was changed meanwhile; run the same again")));
    }
    prepared.db.removed();
    let overwritten = overwritten(prepared).await;
    let document = json!({
        "account": account, "state": "removed", "removed_at": rfc3339(now.0), "portals_told": 0, "logout_tokens": 0,
        "overwritten": overwritten,
    });
    let log =
        if overwritten { "" } else { "; SQLite's log still holds it, until a node removes something else or starts" };
    context.out.result(&format!("the application {account} is removed; its name is free again{log}"), &document)
}

/// Whether what was removed stands in no log of the database any more. It is removed in any case.
async fn overwritten(prepared: &Prepared) -> bool {
    for _ in 0..OVERWRITES {
        if matches!(prepared.db.forget_removed().await, Ok(true)) {
            return true;
        }
        tokio::time::sleep(OVERWRITE_AGAIN).await;
    }
    false
}

/// Undoes it.
pub(super) async fn keep(context: &Context, prepared: &Prepared, account: &str) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    let AccountState::Leaving { until } = person.state else {
        return Err(CommandError::refused(format!("{account} is not about to be removed")));
    };
    let now = context.clock.now();
    let mails = told(prepared, &person, Purpose::DeletionUndone, now).await?;
    let unit = move |tx: &mut Tx<'_>| {
        let (id, before) = (&person.account_id, (person.security_epoch, until));
        let kept = deletion::undo(tx, (id, before), DeletedBy::Operator, &mails, now)?;
        if kept {
            audit::write(tx, administered("accounts.keep", id, json!({})), now, keys::random()?)?;
        }
        Ok(kept)
    };
    if !prepared.db.write(unit).await? {
        return Err(CommandError::refused(format!("{account} is being removed; it is too late to keep it")));
    }
    context.out.result(&format!("account {account} is active"), &json!({ "account": account, "state": "active" }))
}
