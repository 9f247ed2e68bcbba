//! Which version of which document a person agreed to, and when.

use crate::conn::on;
use crate::schema::agreements as g;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::{AccountId, UnixMillis};

/// Notes that a person agreed; once is enough.
///
/// # Errors
/// When the database says no.
pub fn add(
    tx: &mut Tx<'_>,
    account: &AccountId,
    (document, version): (&str, &str),
    now: UnixMillis,
) -> Result<(), Fault> {
    let row =
        (g::account_id.eq(account.as_str()), g::document.eq(document), g::version.eq(version), g::agreed_at.eq(now.0));
    on!(tx.0, |c| diesel::insert_into(g::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok(())
}

/// What a person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Which document: `terms`, `privacy`.
    pub document: String,
    /// Which version of it.
    pub version: String,
    /// When.
    pub agreed_at: UnixMillis,
}

/// What a person agreed to: by document, the newest first. A person has as many as there were versions.
///
/// # Errors
/// When the database says no.
pub fn of(conn: &mut Conn, account: &AccountId) -> Result<Vec<Agreement>, Fault> {
    let rows: Vec<(String, String, i64)> = on!(conn, |c| g::table
        .filter(g::account_id.eq(account.as_str()))
        .order((g::document, g::agreed_at.desc()))
        .select((g::document, g::version, g::agreed_at))
        .load(c)?);
    let agreement = |(document, version, at)| Agreement { document, version, agreed_at: UnixMillis(at) };
    Ok(rows.into_iter().map(agreement).collect())
}
