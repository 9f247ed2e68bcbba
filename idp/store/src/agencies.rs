//! 機關: the imported list.

use crate::conn::on;
use crate::schema::agencies as a;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use diesel::upsert::excluded;
use idp_core::UnixMillis;
use idp_core::identity::agency::{Agency, AgencyOid};

/// Imports a list: new agencies are added, known ones take the list's words, none is taken away (a person may belong to
/// it). One statement a row: diesel writes no batch with ON CONFLICT for SQLite, and an import is rare.
///
/// # Errors
/// When the database says no; nothing is imported then.
pub fn import(tx: &mut Tx<'_>, list: &[Agency], now: UnixMillis) -> Result<(), Fault> {
    on!(tx.0, |c| {
        for agency in list {
            diesel::insert_into(a::table)
                .values((
                    a::oid.eq(agency.oid.as_str()),
                    a::name.eq(&agency.name),
                    a::org_code.eq(&agency.org_code),
                    a::dn.eq(&agency.dn),
                    a::zip.eq(&agency.zip),
                    a::address.eq(&agency.address),
                    a::phone.eq(&agency.phone),
                    a::url.eq(&agency.url),
                    a::imported_at.eq(now.0),
                ))
                .on_conflict(a::oid)
                .do_update()
                .set((
                    a::name.eq(excluded(a::name)),
                    a::org_code.eq(excluded(a::org_code)),
                    a::dn.eq(excluded(a::dn)),
                    a::zip.eq(excluded(a::zip)),
                    a::address.eq(excluded(a::address)),
                    a::phone.eq(excluded(a::phone)),
                    a::url.eq(excluded(a::url)),
                    a::imported_at.eq(excluded(a::imported_at)),
                ))
                .execute(c)?;
        }
    });
    Ok(())
}

/// The name of an agency. `None`: the list does not have it.
///
/// # Errors
/// When the database cannot be read.
pub fn name(conn: &mut Conn, oid: &AgencyOid) -> Result<Option<String>, Fault> {
    Ok(on!(conn, |c| a::table.filter(a::oid.eq(oid.as_str())).select(a::name).get_result(c).optional()?))
}

/// How many there are.
///
/// # Errors
/// When the database cannot be read.
pub fn count(conn: &mut Conn) -> Result<i64, Fault> {
    Ok(on!(conn, |c| a::table.count().get_result(c)?))
}
