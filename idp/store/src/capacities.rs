//! Official capacities (公務身分): which agency a person serves, and as what. Who has none is 自然人.

use crate::conn::on;
use crate::schema::{accounts as a, capacities as k};
use crate::{Fault, Tx, records};
use diesel::prelude::*;
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::OfficialType;
use idp_core::{AccountId, UnixMillis};

/// Gives an account an official capacity, or changes it (conversion, transfer): the next token carries it.
///
/// # Errors
/// When the database says no; among others when the agency is not in the list.
pub fn set(
    tx: &mut Tx<'_>,
    id: &AccountId,
    (agency, kind): (&AgencyOid, OfficialType),
    now: UnixMillis,
) -> Result<(), Fault> {
    let columns = (k::agency_oid.eq(agency.as_str()), k::official_type.eq(kind.as_str()), k::since.eq(now.0));
    let row = (k::account_id.eq(id.as_str()), columns);
    on!(tx.0, |c| diesel::insert_into(k::table)
        .values(row)
        .on_conflict(k::account_id)
        .do_update()
        .set(columns)
        .execute(c)?);
    records::raise(tx, id)
}

/// Ends an official capacity and raises its epoch: grants that speak of it end. `false`: there was none.
///
/// # Errors
/// When the database says no.
pub fn end(tx: &mut Tx<'_>, id: &AccountId) -> Result<bool, Fault> {
    let ended = on!(tx.0, |c| diesel::delete(k::table.filter(k::account_id.eq(id.as_str()))).execute(c)?) == 1;
    if ended {
        let which = a::table.filter(a::id.eq(id.as_str()));
        on!(tx.0, |c| diesel::update(which).set(a::capacity_epoch.eq(a::capacity_epoch + 1)).execute(c)?);
        records::raise(tx, id)?;
    }
    Ok(ended)
}
