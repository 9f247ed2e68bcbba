//! Accounts that somebody applied for and nobody activated yet: how long they stay, and their removal.

use crate::conn::on;
use crate::deletion::remove_with_all;
use crate::schema::accounts as a;
use crate::{Conn, Fault, Tx};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use idp_core::people::account::AccountState;
use idp_core::{AccountId, UnixMillis};

/// Which of them go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over {
    /// Those made before this moment,
    pub made_before: UnixMillis,
    /// if no link was mailed to them since this one: whoever got one is told how long it works.
    pub mailed_before: UnixMillis,
}

/// In the statement, not bound to it: the index `accounts_not_activated` is of these alone, and SQLite would not use it.
const NOT_ACTIVATED: &str = "accounts.state = 'not_activated'";

/// Those of `$over`. No column says when the newest link left; [`mailed`] changes the account instead.
macro_rules! over {
    ($over:expr) => {
        a::table
            .filter(sql::<Bool>(NOT_ACTIVATED))
            .filter(a::created_at.lt($over.made_before.0))
            .filter(a::updated_at.lt($over.mailed_before.0))
    };
}

/// A link to activate it is about to leave: the account stays until that is over. `false`: there is nothing to activate by it any more,
/// or it was applied for too long ago.
///
/// * `email`: where it goes.
/// * `since`: applied for after this moment; `None`: at any.
///
/// # Errors
/// When the database says no.
pub fn mailed(
    tx: &mut Tx<'_>,
    id: &AccountId,
    email: &str,
    since: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<bool, Fault> {
    let which = a::table
        .filter(a::id.eq(id.as_str()))
        .filter(a::state.eq(AccountState::NotActivated.as_str()))
        .filter(a::created_at.gt(since.map_or(i64::MIN, |since| since.0)))
        .filter(a::email.eq(email));
    Ok(on!(tx.0, |c| diesel::update(which).set(a::updated_at.eq(now.0)).execute(c)?) == 1)
}

/// Those that go, the oldest first, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn over(conn: &mut Conn, over: Over, limit: i64) -> Result<Vec<AccountId>, Fault> {
    let query = over!(over).order(a::created_at).limit(limit).select(a::id);
    let ids: Vec<String> = on!(conn, |c| query.get_results(c)?);
    Ok(ids.into_iter().map(AccountId::from_trusted).collect())
}

/// Removes one that goes, with all that hangs on it. `false`: it was activated by now, has another link, or is gone.
///
/// # Errors
/// When the database says no.
pub fn remove_over(tx: &mut Tx<'_>, id: &AccountId, over: Over) -> Result<bool, Fault> {
    let which = over!(over).filter(a::id.eq(id.as_str()));
    let goes: bool = on!(tx.0, |c| diesel::select(diesel::dsl::exists(which)).get_result(c)?);
    if goes {
        remove_with_all(tx, id.as_str())?;
    }
    Ok(goes)
}

/// Removes one however young it is, with all that hangs on it. `false`: it was activated by now, or is gone.
///
/// # Errors
/// When the database says no.
pub fn discard(tx: &mut Tx<'_>, id: &AccountId) -> Result<bool, Fault> {
    let which = a::table.filter(a::id.eq(id.as_str())).filter(a::state.eq(AccountState::NotActivated.as_str()));
    let goes: bool = on!(tx.0, |c| diesel::select(diesel::dsl::exists(which)).get_result(c)?);
    if goes {
        remove_with_all(tx, id.as_str())?;
    }
    Ok(goes)
}
