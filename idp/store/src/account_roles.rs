//! Roles of accounts.

use crate::conn::on;
use crate::schema::account_roles as r;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::AccountId;

/// The roles of an account, by name.
///
/// # Errors
/// When the database cannot be read.
pub fn of(conn: &mut Conn, id: &AccountId) -> Result<Vec<String>, Fault> {
    let query = r::table.filter(r::account_id.eq(id.as_str())).select(r::role).order(r::role);
    Ok(on!(conn, |c| query.get_results(c)?))
}

/// Gives an account a role. `false`: it had it.
///
/// # Errors
/// When the database says no.
pub fn grant(tx: &mut Tx<'_>, id: &AccountId, role: &str) -> Result<bool, Fault> {
    let row = (r::account_id.eq(id.as_str()), r::role.eq(role));
    Ok(on!(tx.0, |c| diesel::insert_into(r::table).values(row).on_conflict_do_nothing().execute(c)?) == 1)
}

/// Takes a role from an account. `false`: it had none such.
///
/// # Errors
/// When the database says no.
pub fn revoke(tx: &mut Tx<'_>, id: &AccountId, role: &str) -> Result<bool, Fault> {
    let which = r::table.filter(r::account_id.eq(id.as_str())).filter(r::role.eq(role));
    Ok(on!(tx.0, |c| diesel::delete(which).execute(c)?) == 1)
}
