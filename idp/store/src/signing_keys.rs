//! Signing keys: the record of their life cycle, and the private half wrapped by the master key.

use crate::conn::on;
use crate::schema::signing_keys as k;
use crate::{Conn, Fault, Tx, directory_version};
use diesel::prelude::*;
use idp_core::UnixMillis;
use keys::{Algorithm, KeyState, Kid, SigningKeyRecord};
use std::collections::HashMap;

/// A signing key as stored.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// The record.
    pub record: SigningKeyRecord,
    /// PKCS#8, wrapped; gone once the key is retired.
    pub private_wrapped: Option<Vec<u8>>,
}

#[derive(Queryable)]
struct Row {
    kid: String,
    algorithm: String,
    state: String,
    state_at: i64,
    ready_at: Option<i64>,
    due_at: Option<i64>,
    public_jwk: String,
    private_wrapped: Option<Vec<u8>>,
    created_at: i64,
}

/// A state as its four columns.
type StateColumns = (&'static str, i64, Option<i64>, Option<i64>);

fn columns_of(state: &KeyState) -> StateColumns {
    let name = state.name();
    match *state {
        KeyState::Next { published_at, ready_at, activate_at } => {
            (name, published_at.0, Some(ready_at.0), activate_at.map(|at| at.0))
        }
        KeyState::Active { since } | KeyState::Retired { since } | KeyState::Compromised { since } => {
            (name, since.0, None, None)
        }
        KeyState::Retiring { since, remove_at } => (name, since.0, None, Some(remove_at.0)),
    }
}

impl Row {
    fn state(&self) -> Option<KeyState> {
        let since = UnixMillis(self.state_at);
        match (self.state.as_str(), self.ready_at, self.due_at) {
            ("next", Some(ready_at), due_at) => Some(KeyState::Next {
                published_at: since,
                ready_at: UnixMillis(ready_at),
                activate_at: due_at.map(UnixMillis),
            }),
            ("active", ..) => Some(KeyState::Active { since }),
            ("retiring", _, Some(remove_at)) => Some(KeyState::Retiring { since, remove_at: UnixMillis(remove_at) }),
            ("retired", ..) => Some(KeyState::Retired { since }),
            ("compromised", ..) => Some(KeyState::Compromised { since }),
            _ => None,
        }
    }

    fn parse(self) -> Result<StoredKey, Fault> {
        let state = self.state().ok_or_else(|| Fault::corrupt("state of a signing key"))?;
        let algorithm: Algorithm = self.algorithm.parse().map_err(|_| Fault::corrupt("algorithm of a signing key"))?;
        let public_jwk: keys::PublicJwk = serde_json::from_str(&self.public_jwk)?;
        let kid = public_jwk.thumbprint();
        if kid.as_str() != self.kid {
            return Err(Fault::corrupt("kid of a signing key is not its thumbprint"));
        }
        let created_at = UnixMillis(self.created_at);
        let record = SigningKeyRecord { kid, algorithm, state, public_jwk, created_at };
        Ok(StoredKey { record, private_wrapped: self.private_wrapped })
    }
}

/// Every key, oldest first.
///
/// # Errors
/// When the database cannot be read, or a row makes no sense.
pub fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, Fault> {
    let rows: Vec<Row> = on!(conn, |c| k::table.order((k::created_at, k::kid)).get_results(c)?);
    rows.into_iter().map(Row::parse).collect()
}

/// Writes what a plan or command made of the records: new ones with their private half, changed states, and no private
/// half any more for keys that are not published.
///
/// * `fresh`: private halves of the new ones, wrapped.
///
/// # Errors
/// When the database says no.
pub fn replace(
    tx: &mut Tx<'_>,
    before: &[SigningKeyRecord],
    after: &[SigningKeyRecord],
    fresh: &HashMap<Kid, Vec<u8>>,
) -> Result<(), Fault> {
    let old: HashMap<&Kid, &SigningKeyRecord> = before.iter().map(|record| (&record.kid, record)).collect();
    let mut changed: Vec<_> = after.iter().filter(|record| old.get(&record.kid) != Some(record)).collect();
    // A key leaves the place of the active one before another takes it: one is active at a time, which an index holds.
    changed.sort_by_key(|record| record.state.is_active());
    for record in changed {
        if old.contains_key(&record.kid) {
            set_state(tx, record)?;
        } else {
            let private =
                fresh.get(&record.kid).ok_or_else(|| Fault::Keys("a new key lacks its private half".into()))?;
            insert(tx, record, private)?;
        }
    }
    directory_version::raise(tx)
}

/// Replaces the wrapping of a private half.
///
/// # Errors
/// When the database says no.
pub fn rewrap(tx: &mut Tx<'_>, kid: &Kid, wrapped: &[u8]) -> Result<(), Fault> {
    let which = k::table.filter(k::kid.eq(kid.as_str())).filter(k::private_wrapped.is_not_null());
    on!(tx.0, |c| diesel::update(which).set(k::private_wrapped.eq(wrapped)).execute(c)?);
    Ok(())
}

fn insert(tx: &mut Tx<'_>, record: &SigningKeyRecord, private_wrapped: &[u8]) -> Result<(), Fault> {
    let (state, state_at, ready_at, due_at) = columns_of(&record.state);
    let row = (
        k::kid.eq(record.kid.as_str()),
        k::algorithm.eq(record.algorithm.as_str()),
        (k::state.eq(state), k::state_at.eq(state_at), k::ready_at.eq(ready_at), k::due_at.eq(due_at)),
        k::public_jwk.eq(serde_json::to_string(&record.public_jwk)?),
        k::private_wrapped.eq(private_wrapped),
        k::created_at.eq(record.created_at.0),
    );
    on!(tx.0, |c| diesel::insert_into(k::table).values(row).execute(c)?);
    Ok(())
}

fn set_state(tx: &mut Tx<'_>, record: &SigningKeyRecord) -> Result<(), Fault> {
    let (state, state_at, ready_at, due_at) = columns_of(&record.state);
    let columns = (k::state.eq(state), k::state_at.eq(state_at), k::ready_at.eq(ready_at), k::due_at.eq(due_at));
    let which = k::table.filter(k::kid.eq(record.kid.as_str()));
    on!(tx.0, |c| diesel::update(which).set(columns).execute(c)?);
    if !record.state.keeps_private_half() {
        let nothing: Option<Vec<u8>> = None;
        on!(tx.0, |c| diesel::update(which).set(k::private_wrapped.eq(nothing)).execute(c)?);
    }
    Ok(())
}
