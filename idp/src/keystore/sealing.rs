//! The life of sealing keys: next, current, superseded, gone.
//!
//! A new key is stored first and seals only when every node has read it. One that was superseded stays until nothing lives that
//! it sealed: handles out there run out, refresh tokens too, and what is stored is sealed anew ([`super::resealing`]).

use super::secrets::{SEALING_KEY, must_match};
use crate::failure::Failure;
use idp_core::audit::Event;
use idp_core::{Lifetimes, UnixMillis};
use idp_store::sealing_keys::{self, SealingKeyRow};
use idp_store::{Conn, Db, Fault, Tx, audit};
use keys::{MasterKey, SealingKey, SealingKeyId};
use std::sync::Arc;
use std::time::Duration;

/// From storing a key to sealing with it: a node that could not read it for 10 seconds issues nothing.
pub const PUBLISHED_FOR: Duration = Duration::from_secs(15);

/// What is to be done about the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Let this one seal.
    Promote(String),
    /// Make the next one.
    Make,
}

/// What is due. `rotate_every`: how old a key may become; `None`: a new one on command only.
pub fn due(rows: &[SealingKeyRow], now: UnixMillis, rotate_every: Option<Duration>) -> Option<Due> {
    if let Some(next) = rows.iter().find(|row| row.is_next()) {
        let known = now.since(next.created_at) >= PUBLISHED_FOR;
        return known.then(|| Due::Promote(next.id.clone()));
    }
    let current = rows.iter().find(|row| row.is_current)?;
    rotate_every.filter(|every| now.since(current.created_at) >= *every).map(|_| Due::Make)
}

/// Does what is due, if it still is by what the database says.
///
/// # Errors
/// When the database says no, or the master key is not its own.
pub async fn advance(
    db: &Db,
    master: &Arc<MasterKey>,
    now: UnixMillis,
    rotate_every: Option<Duration>,
) -> Result<(), Failure> {
    match due(&db.scan(sealing_keys::all).await?, now, rotate_every) {
        None => Ok(()),
        Some(Due::Make) => make_next(db, master, now).await.map(|_| ()),
        Some(Due::Promote(id)) => {
            let unit = move |tx: &mut Tx<'_>| {
                if sealing_keys::promote(tx, &id, now)? {
                    audit::write(tx, Event::SealingKey { id: id.clone(), change: "current" }, now, keys::random()?)?;
                }
                Ok(())
            };
            Ok(db.write(unit).await?)
        }
    }
}

/// Makes the next key. `None`: one is waiting already.
///
/// # Errors
/// When the database says no, or the master key is not its own.
pub async fn make_next(db: &Db, master: &Arc<MasterKey>, now: UnixMillis) -> Result<Option<String>, Failure> {
    let key = SealingKey::generate()?;
    let (id, wrapped) = (key.id().to_string(), master.wrap(SEALING_KEY, key.secret())?);
    let (named, master) = (id.clone(), master.clone());
    let unit = move |tx: &mut Tx<'_>| {
        must_match(tx.conn(), &master)?;
        let made = sealing_keys::insert_next(tx, &id, &wrapped, now)?;
        if made {
            audit::write(tx, Event::SealingKey { id: id.clone(), change: "next" }, now, keys::random()?)?;
        }
        Ok(made)
    };
    Ok(db.write(unit).await?.then_some(named))
}

/// What still needs a superseded key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Codes, access tokens and pages that it sealed may be out there until then.
    Handles(UnixMillis),
    /// A refresh token that lives may be sealed with it.
    RefreshTokens,
    /// So many stored values are sealed with it.
    Stored(i64),
}

/// What needs a key that was superseded then. `None`: nothing does.
///
/// # Errors
/// When the database cannot be read, or the id is none.
pub fn need(
    conn: &mut Conn,
    (id, superseded_at): (&str, UnixMillis),
    now: UnixMillis,
    lifetimes: &Lifetimes,
) -> Result<Option<Need>, Fault> {
    // Nodes read of a change a moment later, and until then seal with the key of before.
    let last_use = superseded_at.plus(PUBLISHED_FOR);
    let over = last_use.plus(lifetimes.longest_handle());
    if now < over {
        return Ok(Some(Need::Handles(over)));
    }
    // The same token may be given once more within the grace.
    if sealing_keys::refresh_token_of_before(conn, last_use, now)? {
        return Ok(Some(Need::RefreshTokens));
    }
    let id: SealingKeyId = id.parse().map_err(|_| Fault::corrupt("id of a sealing key"))?;
    let stored = sealing_keys::columns_sealed_with(conn, id.0)?;
    Ok((stored > 0).then_some(Need::Stored(stored)))
}

/// Deletes a superseded key that nothing needs. The inner error is what does; `None`: it is no superseded key.
///
/// # Errors
/// When the database says no.
pub async fn retire(
    db: &Db,
    id: &str,
    now: UnixMillis,
    lifetimes: &Arc<Lifetimes>,
) -> Result<Result<(), Option<Need>>, Failure> {
    let (id, lifetimes) = (id.to_owned(), lifetimes.clone());
    let look = move |conn: &mut Conn, id: &str, lifetimes: &Lifetimes| {
        let rows = sealing_keys::all(conn)?;
        let Some(since) = rows.iter().find(|row| row.id == id).and_then(|row| row.superseded_at) else {
            return Ok(Err(None));
        };
        Ok::<_, Fault>(need(conn, (id, since), now, lifetimes)?.map_or(Ok(()), |need| Err(Some(need))))
    };
    // First without the place of a writer: looking takes a while.
    let (named, lives) = (id.clone(), lifetimes.clone());
    if let Err(why) = db.scan(move |conn| look(conn, &named, &lives)).await? {
        return Ok(Err(why));
    }
    let unit = move |tx: &mut Tx<'_>| {
        if let Err(why) = look(tx.conn(), &id, &lifetimes)? {
            return Ok(Err(why));
        }
        sealing_keys::remove(tx, &id)?;
        audit::write(tx, Event::SealingKey { id: id.clone(), change: "retired" }, now, keys::random()?)?;
        Ok(Ok(()))
    };
    Ok(db.write(unit).await?)
}

#[cfg(test)]
mod tests;
