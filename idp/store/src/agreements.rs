//! Which version of which document a person agreed to, and when.

use crate::conn::on;
use crate::schema::agreements as g;
use crate::{Fault, Tx};
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
