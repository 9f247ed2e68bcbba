//! Changing the master key: every wrapped key and the check value in one transaction, so that either the old file works or the
//! new one.

use super::secrets::{MAC_KEY, SEALING_KEY, must_match};
use super::signing_ring::PRIVATE_KEY;
use crate::failure::Failure;
use idp_core::UnixMillis;
use idp_core::audit::{About, Event, Operator};
use idp_store::secrets::MASTER_CHECK;
use idp_store::{Db, Fault, Tx, audit, directory_version, sealing_keys, secrets, signing_keys};
use keys::{MasterKey, Purpose};
use std::sync::Arc;

/// Wraps everything with `new` that `old` wrapped. How many keys there are.
///
/// # Errors
/// When the database says no, `old` is not its master key, or a key does not unwrap; nothing is changed then.
pub async fn change(
    db: &Db,
    old: &Arc<MasterKey>,
    new: &Arc<MasterKey>,
    (operator, now): (Operator, UnixMillis),
) -> Result<usize, Failure> {
    let (old, new) = (old.clone(), new.clone());
    Ok(db.write(move |tx| rewrap(tx, (&old, &new), (&operator, now))).await?)
}

fn rewrap(
    tx: &mut Tx<'_>,
    (old, new): (&MasterKey, &MasterKey),
    (operator, now): (&Operator, UnixMillis),
) -> Result<usize, Fault> {
    must_match(tx.conn(), old)?;
    let anew = |purpose: Purpose, wrapped: &[u8]| new.wrap(purpose, &old.unwrap(purpose, wrapped)?);
    let mut count = 0;
    for (name, wrapped) in secrets::all(tx.conn())? {
        if name == MASTER_CHECK {
            secrets::replace(tx, &name, &new.check_value())?;
        } else {
            secrets::replace(tx, &name, &anew(MAC_KEY, &wrapped)?)?;
            count += 1;
        }
    }
    for row in sealing_keys::all(tx.conn())? {
        sealing_keys::rewrap(tx, &row.id, &anew(SEALING_KEY, &row.wrapped)?)?;
        count += 1;
    }
    for key in signing_keys::all(tx.conn())? {
        if let Some(wrapped) = key.private_wrapped {
            signing_keys::rewrap(tx, &key.record.kid, &anew(PRIVATE_KEY, &wrapped)?)?;
            count += 1;
        }
    }
    directory_version::raise(tx)?;
    let event = Event::Administered {
        act: "keys.change_master",
        about: About::Other("master key".into()),
        operator: operator.clone(),
        detail: serde_json::json!({ "keys": count }),
    };
    audit::write(tx, event, now, keys::random()?)?;
    Ok(count)
}

#[cfg(test)]
mod tests;
