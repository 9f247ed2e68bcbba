//! The address that an account had before it was changed, while the new one settles (`idp_core::membership::former_email`).

use crate::conn::on;
use crate::schema::former_emails as f;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::recovery::SETTLES;
use idp_core::people::account::Person;
use idp_core::{AccountId, UnixMillis};

/// The address of before, if that of the account has not settled.
///
/// # Errors
/// When the database cannot be read.
pub fn counting(conn: &mut Conn, account: &AccountId, now: UnixMillis) -> Result<Option<FormerEmail>, Fault> {
    let query = f::table
        .filter(f::account_id.eq(account.as_str()))
        .filter(f::changed_at.gt(now.minus(SETTLES).0))
        .select((f::email, f::changed_at));
    let row: Option<(Option<String>, i64)> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(row.map(|(email, changed_at)| FormerEmail { email, changed_at: UnixMillis(changed_at) }))
}

/// Notes that an account gets another address. Of many changes the address before the first counts, until the last has settled; back at
/// that one, nothing has to settle.
///
/// * `before`: as the account was.
///
/// # Errors
/// When the database says no.
pub fn note(tx: &mut Tx<'_>, before: &Person, new: &str, now: UnixMillis) -> Result<(), Fault> {
    let id = &before.account_id;
    let counts = match counting(tx.conn(), id, now)? {
        Some(former) => former.email,
        None => before.email.clone().filter(|_| before.email_verified),
    };
    if counts.as_deref() == Some(new) {
        on!(tx.0, |c| diesel::delete(f::table.filter(f::account_id.eq(id.as_str()))).execute(c)?);
        return Ok(());
    }
    let columns = (f::email.eq(&counts), f::changed_at.eq(now.0));
    let row = (f::account_id.eq(id.as_str()), columns);
    on!(tx.0, |c| diesel::insert_into(f::table)
        .values(row)
        .on_conflict(f::account_id)
        .do_update()
        .set(columns)
        .execute(c)?);
    Ok(())
}

/// Forgets those whose new address has settled. Gives how many.
///
/// # Errors
/// When the database says no.
pub fn forget_settled(tx: &mut Tx<'_>, now: UnixMillis) -> Result<usize, Fault> {
    let settled = f::table.filter(f::changed_at.le(now.minus(SETTLES).0));
    Ok(on!(tx.0, |c| diesel::delete(settled).execute(c)?))
}
