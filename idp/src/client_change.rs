//! Changing a client's record, wherever it is changed from: the record, the audit line, what waits for the portal, in one
//! transaction.

use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_core::client::difference;
use idp_store::clients::StoredClient;
use idp_store::{Fault, Tx, audit, clients, outbox};
use serde_json::{Map, Value};

/// What changed, field by field. A client's record holds no secret; of the secrets it is said that they changed.
///
/// # Errors
/// Never in practice: serialisation of plain values.
pub fn changed(before: &StoredClient, after: &StoredClient) -> Result<Map<String, Value>, serde_json::Error> {
    let mut all = difference(&before.client, &after.client)?;
    if before.secrets_sealed != after.secrets_sealed {
        all.insert("secret".into(), "replaced".into());
    }
    Ok(all)
}

/// Writes what was decided by `before`. `false`: somebody changed the client meanwhile, and nothing is written.
///
/// # Errors
/// When the database says no.
pub fn write(
    tx: &mut Tx<'_>,
    (before, after): (&StoredClient, &StoredClient),
    event: Event,
    now: UnixMillis,
) -> Result<bool, Fault> {
    if !clients::update(tx, before, after, now)? {
        return Ok(false);
    }
    audit::write(tx, event, now, keys::random()?)?;
    if before.client.backchannel_logout_uri != after.client.backchannel_logout_uri {
        outbox::bring_forward(tx, &after.client.id, now.plus(outbox::KNOWN_EVERYWHERE))?;
    }
    Ok(true)
}
