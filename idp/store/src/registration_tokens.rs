//! Initial access tokens (RFC 7591 §3): what lets somebody register clients, as a digest, so many times and so long.

use crate::conn::on;
use crate::schema::registration_tokens as t;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::UnixMillis;
use idp_core::client::Profile;

/// An initial access token, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationToken {
    /// What it is called by; not secret.
    pub id: String,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// For whom it was made, in the operator's words.
    pub note: String,
    /// The profile of the clients that it registers.
    pub profile: Profile,
    /// How many clients it can register.
    pub uses: i64,
    /// How many it has.
    pub used: i64,
    /// When it was made.
    pub created_at: UnixMillis,
    /// From when on it is worth nothing.
    pub expires_at: UnixMillis,
    /// When it was taken back.
    pub revoked_at: Option<UnixMillis>,
}

impl RegistrationToken {
    /// Whether it registers another client.
    pub fn is_good(&self, now: UnixMillis) -> bool {
        self.revoked_at.is_none() && self.used < self.uses && now < self.expires_at
    }
}

type Row = (String, Vec<u8>, String, String, i64, i64, i64, i64, Option<i64>);

fn parse((id, digest, note, profile, uses, used, created, expires, revoked): Row) -> Result<RegistrationToken, Fault> {
    Ok(RegistrationToken {
        id,
        digest,
        note,
        profile: Profile::parse(&profile).ok_or_else(|| Fault::corrupt("profile of an initial access token"))?,
        uses,
        used,
        created_at: UnixMillis(created),
        expires_at: UnixMillis(expires),
        revoked_at: revoked.map(UnixMillis),
    })
}

/// Stores a new one.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, token: &RegistrationToken) -> Result<(), Fault> {
    let row = (
        t::id.eq(&token.id),
        t::digest.eq(&token.digest),
        t::note.eq(&token.note),
        t::profile.eq(token.profile.as_str()),
        t::uses.eq(token.uses),
        t::used.eq(token.used),
        t::created_at.eq(token.created_at.0),
        t::expires_at.eq(token.expires_at.0),
        t::revoked_at.eq(token.revoked_at.map(|at| at.0)),
    );
    on!(tx.0, |c| diesel::insert_into(t::table).values(row).execute(c)?);
    Ok(())
}

/// All of them, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<RegistrationToken>, Fault> {
    let rows: Vec<Row> = on!(conn, |c| t::table.order((t::created_at.desc(), t::id)).get_results(c)?);
    rows.into_iter().map(parse).collect()
}

/// The one whose token has this digest.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, digest: &[u8]) -> Result<Option<RegistrationToken>, Fault> {
    let row: Option<Row> = on!(conn, |c| t::table.filter(t::digest.eq(digest)).get_result(c).optional()?);
    row.map(parse).transpose()
}

/// Takes one of its uses. `false`: there is none left, or it is over.
///
/// # Errors
/// When the database says no.
pub fn spend(tx: &mut Tx<'_>, id: &str, now: UnixMillis) -> Result<bool, Fault> {
    let good = t::table
        .filter(t::id.eq(id))
        .filter(t::used.lt(t::uses))
        .filter(t::expires_at.gt(now.0))
        .filter(t::revoked_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(good).set(t::used.eq(t::used + 1)).execute(c)?) == 1)
}

/// Takes one back. `false`: there is none of that id, or it was taken back before.
///
/// # Errors
/// When the database says no.
pub fn revoke(tx: &mut Tx<'_>, id: &str, now: UnixMillis) -> Result<bool, Fault> {
    let which = t::table.filter(t::id.eq(id)).filter(t::revoked_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(which).set(t::revoked_at.eq(now.0)).execute(c)?) == 1)
}
