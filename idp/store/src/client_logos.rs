//! Logos of clients: what became of each address, and the pictures that people are shown.
//!
//! A picture is kept once, whoever uses it, and goes with the last who does.

use crate::conn::on;
use crate::schema::{client_logos as l, pictures as p};
use crate::{Conn, Fault, Tx, directory_version};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use idp_core::client::logo::{PictureName, pause_after};
use idp_core::{ClientId, UnixMillis};

/// An address at which a client has a logo, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLogo {
    /// Whose.
    pub client_id: ClientId,
    /// Where it is.
    pub uri: String,
    /// Our copy, once there is one.
    pub picture: Option<PictureName>,
    /// Tries that failed in a row.
    pub failures: u32,
    /// When it is fetched; `None`: it was, or was given up.
    pub next_try_at: Option<UnixMillis>,
    /// When it was tried last.
    pub tried_at: Option<UnixMillis>,
    /// Why the last try failed, in words.
    pub problem: Option<String>,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A picture: PNG, made by us.
    Fetched(Vec<u8>),
    /// None, and why.
    Failed(String),
    /// It could not be tried now; that is no failure.
    NotNow,
}

type Row = (String, String, Option<String>, i64, Option<i64>, Option<i64>, Option<String>);

fn parse((client_id, uri, picture, failures, next_try_at, tried_at, problem): Row) -> Result<ClientLogo, Fault> {
    let name = |text: String| PictureName::parse(&text).ok_or_else(|| Fault::corrupt("client_logos.picture"));
    Ok(ClientLogo {
        client_id: ClientId::from_trusted(client_id),
        uri,
        picture: picture.map(name).transpose()?,
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        next_try_at: next_try_at.map(UnixMillis),
        tried_at: tried_at.map(UnixMillis),
        problem,
    })
}

/// Every logo there is.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<ClientLogo>, Fault> {
    let rows: Vec<Row> = on!(conn, |c| l::table.order((l::client_id, l::uri)).get_results(c)?);
    rows.into_iter().map(parse).collect()
}

/// Those of a client.
///
/// # Errors
/// When the database cannot be read.
pub fn of_client(conn: &mut Conn, client: &ClientId) -> Result<Vec<ClientLogo>, Fault> {
    let query = l::table.filter(l::client_id.eq(client.as_str())).order(l::uri);
    let rows: Vec<Row> = on!(conn, |c| query.get_results(c)?);
    rows.into_iter().map(parse).collect()
}

/// Those whose time has come, the longest due first, so many at most.
///
/// # Errors
/// When the database cannot be read.
pub fn due(conn: &mut Conn, now: UnixMillis, most: i64) -> Result<Vec<ClientLogo>, Fault> {
    let query = l::table.filter(l::next_try_at.le(now.0)).order(l::next_try_at).limit(most);
    let rows: Vec<Row> = on!(conn, |c| query.get_results(c)?);
    rows.into_iter().map(parse).collect()
}

/// A picture, as PNG.
///
/// # Errors
/// When the database cannot be read.
pub fn picture(conn: &mut Conn, name: &PictureName) -> Result<Option<Vec<u8>>, Fault> {
    let query = p::table.filter(p::name.eq(name.as_str())).select(p::png);
    Ok(on!(conn, |c| query.get_result(c).optional()?))
}

/// Notes that a client has a logo at an address. Nothing changes if that is known.
///
/// # Errors
/// When the database says no.
pub fn add(tx: &mut Tx<'_>, client: &ClientId, uri: &str, now: UnixMillis) -> Result<(), Fault> {
    let row = (l::client_id.eq(client.as_str()), l::uri.eq(uri), l::failures.eq(0), l::next_try_at.eq(now.0));
    if on!(tx.0, |c| diesel::insert_into(l::table).values(row).on_conflict_do_nothing().execute(c)?) == 1 {
        directory_version::raise(tx)?;
    }
    Ok(())
}

/// Takes the next try of a logo: nobody else tries before `until`. `false`: somebody has it, or it is gone.
///
/// # Errors
/// When the database says no.
pub fn take(tx: &mut Tx<'_>, due: &ClientLogo, until: UnixMillis) -> Result<bool, Fault> {
    let Some(at) = due.next_try_at else { return Ok(false) };
    let which = l::table
        .filter(l::client_id.eq(due.client_id.as_str()))
        .filter(l::uri.eq(&due.uri))
        .filter(l::next_try_at.eq(at.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(l::next_try_at.eq(until.0)).execute(c)?) == 1)
}

/// Notes what came of a try that was taken until then. `false`: the client has that logo no more, or somebody else tries by now.
///
/// # Errors
/// When the database says no.
pub fn settle(
    tx: &mut Tx<'_>,
    (taken, until): (&ClientLogo, UnixMillis),
    outcome: &Outcome,
    now: UnixMillis,
) -> Result<bool, Fault> {
    let ours = l::table
        .filter(l::client_id.eq(taken.client_id.as_str()))
        .filter(l::uri.eq(&taken.uri))
        .filter(l::next_try_at.eq(until.0));
    match outcome {
        Outcome::Fetched(png) => {
            let name = PictureName::of(png);
            let picture = (p::name.eq(name.as_str()), p::png.eq(png));
            on!(tx.0, |c| diesel::insert_into(p::table).values(picture).on_conflict_do_nothing().execute(c)?);
            let row = (
                l::picture.eq(Some(name.as_str())),
                l::failures.eq(0),
                l::next_try_at.eq(None::<i64>),
                l::tried_at.eq(Some(now.0)),
                l::problem.eq(None::<String>),
            );
            let settled = on!(tx.0, |c| diesel::update(ours).set(row).execute(c)?) == 1;
            remove_unused(tx, taken.picture.as_ref())?;
            remove_unused(tx, Some(&name))?;
            if settled {
                directory_version::raise(tx)?;
            }
            Ok(settled)
        }
        Outcome::Failed(why) => {
            let failures = taken.failures.saturating_add(1);
            let row = (
                l::failures.eq(i64::from(failures)),
                l::next_try_at.eq(pause_after(failures).map(|pause| now.plus(pause).0)),
                l::tried_at.eq(Some(now.0)),
                l::problem.eq(Some(why)),
            );
            Ok(on!(tx.0, |c| diesel::update(ours).set(row).execute(c)?) == 1)
        }
        // When the turn that was taken is over.
        Outcome::NotNow => Ok(true),
    }
}

/// Has the logos of a client fetched again, now. What is shown stays until then.
///
/// # Errors
/// When the database says no.
pub fn again(tx: &mut Tx<'_>, client: &ClientId, now: UnixMillis) -> Result<(), Fault> {
    let row = (l::failures.eq(0), l::next_try_at.eq(Some(now.0)));
    on!(tx.0, |c| diesel::update(l::table.filter(l::client_id.eq(client.as_str()))).set(row).execute(c)?);
    Ok(())
}

/// Forgets a logo, and the picture if nobody else uses it.
///
/// # Errors
/// When the database says no.
pub fn remove(tx: &mut Tx<'_>, client: &ClientId, uri: &str) -> Result<(), Fault> {
    let gone = of_client(tx.conn(), client)?.into_iter().find(|logo| logo.uri == uri);
    let Some(gone) = gone else { return Ok(()) };
    let which = l::table.filter(l::client_id.eq(client.as_str())).filter(l::uri.eq(uri));
    on!(tx.0, |c| diesel::delete(which).execute(c)?);
    remove_unused(tx, gone.picture.as_ref())?;
    directory_version::raise(tx)
}

/// The same for every logo of a client that goes itself.
pub(crate) fn remove_all(tx: &mut Tx<'_>, client: &ClientId) -> Result<(), Fault> {
    let gone = of_client(tx.conn(), client)?;
    on!(tx.0, |c| diesel::delete(l::table.filter(l::client_id.eq(client.as_str()))).execute(c)?);
    gone.iter().try_for_each(|logo| remove_unused(tx, logo.picture.as_ref()))
}

fn remove_unused(tx: &mut Tx<'_>, name: Option<&PictureName>) -> Result<(), Fault> {
    let Some(name) = name.map(PictureName::as_str) else { return Ok(()) };
    let used = exists(l::table.filter(l::picture.eq(name)));
    on!(tx.0, |c| diesel::delete(p::table.filter(p::name.eq(name)).filter(not(used))).execute(c)?);
    Ok(())
}
