//! Another e-mail address that a person asked for and has not confirmed: one at a time, and the newest counts.

use crate::conn::on;
use crate::schema::{accounts as a, email_changes as e};
use crate::{Conn, Fault, Tx, former_emails};
use diesel::prelude::*;
use idp_core::membership::email_key::EmailChange;
use idp_core::people::account::{AccountState, Person};
use idp_core::{AccountId, UnixMillis};

/// Notes one, in place of what was asked for before.
///
/// # Errors
/// When the database says no.
pub fn put(tx: &mut Tx<'_>, account: &AccountId, new: &EmailChange) -> Result<(), Fault> {
    let columns = (
        e::email.eq(&new.email),
        e::security_epoch.eq(new.security_epoch),
        e::asked_at.eq(new.asked_at.0),
        e::expires_at.eq(new.expires_at.0),
    );
    let row = (e::account_id.eq(account.as_str()), columns);
    on!(tx.0, |c| diesel::insert_into(e::table)
        .values(row)
        .on_conflict(e::account_id)
        .do_update()
        .set(columns)
        .execute(c)?);
    Ok(())
}

/// What an account asked for, if anything.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: &AccountId) -> Result<Option<EmailChange>, Fault> {
    let columns = (e::email, e::security_epoch, e::asked_at, e::expires_at);
    let query = e::table.filter(e::account_id.eq(account.as_str())).select(columns);
    let row: Option<(String, i64, i64, i64)> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(row.map(|(email, security_epoch, asked_at, expires_at)| EmailChange {
        email,
        security_epoch,
        asked_at: UnixMillis(asked_at),
        expires_at: UnixMillis(expires_at),
    }))
}

/// Takes it back. `false`: there is none such.
///
/// # Errors
/// When the database says no.
pub fn remove(tx: &mut Tx<'_>, account: &AccountId, change: &EmailChange) -> Result<bool, Fault> {
    let which = e::table
        .filter(e::account_id.eq(account.as_str()))
        .filter(e::email.eq(&change.email))
        .filter(e::asked_at.eq(change.asked_at.0));
    Ok(on!(tx.0, |c| diesel::delete(which).execute(c)?) == 1)
}

/// Makes it the address of the account, confirmed, and forgets that it was asked for: only while the account can be used and is as it
/// was when the link was looked at. The address of before counts for 忘記密碼 until it has settled ([`former_emails`]). `false`: nothing
/// changed.
///
/// * `person`: as the link found them.
///
/// # Errors
/// When the database says no.
pub fn confirm(tx: &mut Tx<'_>, person: &Person, change: &EmailChange, now: UnixMillis) -> Result<bool, Fault> {
    let id = &person.account_id;
    if find(tx.conn(), id)?.as_ref() != Some(change) {
        return Ok(false);
    }
    let same = a::table
        .filter(a::id.eq(id.as_str()))
        .filter(a::security_epoch.eq(change.security_epoch))
        .filter(a::state.eq(AccountState::Active.as_str()));
    let row = (a::email.eq(&change.email), a::email_verified.eq(true), a::updated_at.eq(now.0));
    // The account first: what is refused changes nothing, and of two who press the button at once one finds the old address.
    let changed = match &person.email {
        Some(before) => on!(tx.0, |c| diesel::update(same.filter(a::email.eq(before))).set(row).execute(c)?),
        None => on!(tx.0, |c| diesel::update(same.filter(a::email.is_null())).set(row).execute(c)?),
    };
    if changed != 1 {
        return Ok(false);
    }
    // Taken back or replaced since it was looked at: whoever did that comes first.
    if !remove(tx, id, change)? {
        return Err(Fault::Busy);
    }
    former_emails::note(tx, person, &change.email, now)?;
    Ok(true)
}

/// Forgets what was not confirmed in time. Gives how much.
///
/// # Errors
/// When the database says no.
pub fn forget_expired(tx: &mut Tx<'_>, now: UnixMillis) -> Result<usize, Fault> {
    Ok(on!(tx.0, |c| diesel::delete(e::table.filter(e::expires_at.le(now.0))).execute(c)?))
}
