//! 機關: the imported list.

use crate::conn::{Backend, on};
use crate::schema::agencies as a;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use diesel::upsert::excluded;
use idp_core::UnixMillis;
use idp_core::identity::agency::{Agency, AgencyOid};

/// Rows in one statement: on PostgreSQL each statement is a way there and back, and the list has thousands.
const AT_ONCE: usize = 500;

/// What becomes of an agency that is known.
macro_rules! take_the_words {
    ($insert:expr) => {
        $insert.on_conflict(a::oid).do_update().set((
            a::name.eq(excluded(a::name)),
            a::org_code.eq(excluded(a::org_code)),
            a::dn.eq(excluded(a::dn)),
            a::zip.eq(excluded(a::zip)),
            a::address.eq(excluded(a::address)),
            a::phone.eq(excluded(a::phone)),
            a::url.eq(excluded(a::url)),
            a::imported_at.eq(excluded(a::imported_at)),
        ))
    };
}

/// Imports a list that names each agency once: new agencies are added, known ones take the list's words, none is taken away (a
/// person may belong to it).
///
/// # Errors
/// When the database says no; nothing is imported then.
pub fn import(tx: &mut Tx<'_>, list: &[Agency], now: UnixMillis) -> Result<(), Fault> {
    let row = |agency: &Agency| {
        (
            a::oid.eq(agency.oid.as_str().to_owned()),
            a::name.eq(agency.name.clone()),
            a::org_code.eq(agency.org_code.clone()),
            a::dn.eq(agency.dn.clone()),
            a::zip.eq(agency.zip.clone()),
            a::address.eq(agency.address.clone()),
            a::phone.eq(agency.phone.clone()),
            a::url.eq(agency.url.clone()),
            a::imported_at.eq(now.0),
        )
    };
    match &mut tx.0.0 {
        // diesel writes no batch with ON CONFLICT for SQLite, and there is no way to save.
        Backend::Sqlite(c) => {
            for agency in list {
                take_the_words!(diesel::insert_into(a::table).values(row(agency))).execute(c)?;
            }
        }
        Backend::Postgres(c) => {
            for some in list.chunks(AT_ONCE) {
                let rows: Vec<_> = some.iter().map(row).collect();
                take_the_words!(diesel::insert_into(a::table).values(rows)).execute(c.as_mut())?;
            }
        }
    }
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
