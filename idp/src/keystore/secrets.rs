//! What the master key wraps beside the signing keys: keyed digests that must never change, and the sealing keys.

use crate::failure::Failure;
use idp_core::UnixMillis;
use idp_store::secrets::MASTER_CHECK;
use idp_store::{Conn, Db, Fault};
use keys::{MacKey, MasterKey, Purpose, Sealer, SealingKey};
use std::sync::Arc;
use zeroize::Zeroizing;

pub(super) const MAC_KEY: Purpose = Purpose::new("mac_key");
pub(super) const SEALING_KEY: Purpose = Purpose::new("sealing_key");

/// The keyed digests, by what they are for.
pub struct Secrets {
    /// Pairwise subjects.
    pub subject: MacKey,
    /// `sid`.
    pub sid: MacKey,
    /// Names in wrong-password counters and audit lines.
    pub typed_name: MacKey,
    /// Blind index of national IDs.
    pub national_id: MacKey,
}

const NAMES: [&str; 4] = ["subject", "sid", "typed_name", "national_id"];

/// Whether the database was set up with a master key, and whether with this one. `None`: never set up.
///
/// # Errors
/// When the database cannot be read.
pub async fn matches_database(db: &Db, master: &MasterKey) -> Result<Option<bool>, Failure> {
    let check = stored_check(db).await?;
    Ok(check.map(|value| master.matches_check_value(&value)))
}

/// The check value of the master key the database was set up with.
///
/// # Errors
/// When the database cannot be read.
pub async fn stored_check(db: &Db) -> Result<Option<Vec<u8>>, Failure> {
    Ok(db.scan(check).await?)
}

/// The same, inside a unit.
///
/// # Errors
/// When the database cannot be read.
pub fn check(conn: &mut Conn) -> Result<Option<Vec<u8>>, Fault> {
    let all = idp_store::secrets::all(conn)?;
    Ok(all.into_iter().find(|(name, _)| name == MASTER_CHECK).map(|(_, value)| value))
}

/// Asked in every transaction that stores what this master key wrapped: another program may have changed the database's.
///
/// # Errors
/// When it is not the database's master key any more.
pub fn must_match(conn: &mut Conn, master: &MasterKey) -> Result<(), Fault> {
    match check(conn)? {
        Some(check) if !master.matches_check_value(&check) => {
            Err(Fault::Keys("the master key of the database was changed meanwhile".into()))
        }
        _ => Ok(()),
    }
}

/// Makes what is missing: check value, digests, a sealing key. Several programs may do so at once; the first one's stay.
///
/// # Errors
/// When the database says no.
pub async fn ensure(db: &Db, master: &Arc<MasterKey>, now: UnixMillis) -> Result<(), Failure> {
    let mut fresh = vec![(MASTER_CHECK, master.check_value().to_vec())];
    for name in NAMES {
        fresh.push((name, master.wrap(MAC_KEY, &keys::random::<32>()?)?));
    }
    let sealing = SealingKey::generate()?;
    let id = sealing.id().to_string();
    let wrapped = master.wrap(SEALING_KEY, sealing.secret())?;
    let master = master.clone();
    db.write(move |tx| {
        must_match(tx.conn(), &master)?;
        for (name, value) in &fresh {
            idp_store::secrets::insert(tx, name, value)?;
        }
        if idp_store::sealing_keys::all(tx.conn())?.is_empty() {
            idp_store::sealing_keys::insert_current(tx, &id, &wrapped, now)?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

/// Reads and unwraps the digests and the sealing keys.
///
/// # Errors
/// When the database cannot be read, or one is missing or does not unwrap.
pub fn read(conn: &mut Conn, master: &MasterKey) -> Result<(Secrets, Sealer), Fault> {
    let by_master = |purpose, _: &str, wrapped: &[u8]| master.unwrap(purpose, wrapped).map_err(Fault::from);
    read_with(conn, &by_master)
}

/// The same, with another way to unwrap: by purpose, name and wrapped value.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    conn: &mut Conn,
    unwrap: &impl Fn(Purpose, &str, &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault>,
) -> Result<(Secrets, Sealer), Fault> {
    let stored = idp_store::secrets::all(conn)?;
    let mac = |name: &str| {
        let found = stored.iter().find(|(stored, _)| stored == name);
        let (_, wrapped) = found.ok_or_else(|| Fault::Keys(format!("the key {name} is missing")))?;
        Ok::<_, Fault>(MacKey::new(&bytes_32(&unwrap(MAC_KEY, name, wrapped)?)?))
    };
    let secrets = Secrets {
        subject: mac("subject")?,
        sid: mac("sid")?,
        typed_name: mac("typed_name")?,
        national_id: mac("national_id")?,
    };
    let mut current = None;
    let mut others = Vec::new();
    for row in idp_store::sealing_keys::all(conn)? {
        let id = row.id.parse().map_err(|_| Fault::corrupt("id of a sealing key"))?;
        let key = SealingKey::new(id, bytes_32(&unwrap(SEALING_KEY, &row.id, &row.wrapped)?)?);
        if row.is_current {
            current = Some(key);
        } else {
            others.push(key);
        }
    }
    let current = current.ok_or_else(|| Fault::Keys("there is no current sealing key".into()))?;
    Ok((secrets, Sealer::new(current, others)))
}

fn bytes_32(bytes: &[u8]) -> Result<[u8; 32], Fault> {
    bytes.try_into().map_err(|_| Fault::Keys("a wrapped key is not 32 bytes".into()))
}
