//! Changing the ring of signing keys: a plan or a command decides, new keys are made outside the transaction, and what was
//! decided is decided again inside it.

use super::secrets::must_match;
use crate::failure::Failure;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_store::signing_keys::StoredKey;
use idp_store::{Db, Fault};
use keys::ring::{apply, keys_needed};
use keys::{
    Algorithm, KeyRing, Kid, MasterKey, Policy, PublicJwk, Purpose, RingRefusal, SigningKey, SigningKeyRecord, Step,
};
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

pub(super) const PRIVATE_KEY: Purpose = Purpose::new("signing_key");

/// What a plan or a command makes of the records: the steps, and its answer to whoever asked.
pub type Decision<T> = Result<(Vec<Step>, T), RingRefusal>;

/// A new key: its public half, and the private half wrapped.
type FreshKey = (PublicJwk, Vec<u8>);

/// Decides, makes the keys that are needed, and carries it out. Deciding happens in the transaction; if the records moved
/// meanwhile so that more keys are needed, it begins anew.
///
/// # Errors
/// When the database or the making of keys fails. The inner error is the ring's refusal.
pub async fn change<T, F>(
    db: &Db,
    master: &Arc<MasterKey>,
    policy: &Policy,
    now: UnixMillis,
    decide: F,
) -> Result<Result<T, RingRefusal>, Failure>
where
    T: Clone + Send + 'static,
    F: Fn(&[SigningKeyRecord]) -> Decision<T> + Clone + Send + 'static,
{
    for _ in 0..3 {
        let records = records(&db.scan(idp_store::signing_keys::all).await?);
        let steps = match decide(&records) {
            Ok((steps, answer)) if steps.is_empty() => return Ok(Ok(answer)),
            Ok((steps, _)) => steps,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let fresh = Arc::new(make(master, keys_needed(&steps)).await?);
        let (policy, decide, wrapping) = (policy.clone(), decide.clone(), master.clone());
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            must_match(tx.conn(), &wrapping)?;
            carry_out(tx, &decide, (&policy, now), &fresh)
        };
        let done = db.write(unit).await?;
        match done {
            Err(RingRefusal::KeyWanted { .. }) => {}
            other => return Ok(other),
        }
    }
    Err(Failure::Other("the signing keys were changed by somebody else, again and again".into()))
}

fn carry_out<T>(
    tx: &mut idp_store::Tx<'_>,
    decide: &impl Fn(&[SigningKeyRecord]) -> Decision<T>,
    (policy, now): (&Policy, UnixMillis),
    fresh: &[FreshKey],
) -> Result<Result<T, RingRefusal>, Fault> {
    let before = records(&idp_store::signing_keys::all(tx.conn())?);
    let (steps, answer) = match decide(&before) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut public: Vec<_> = fresh.iter().map(|(jwk, _)| jwk.clone()).collect();
    let after = match apply(now, &before, policy, &steps, &mut public) {
        Ok(after) => after,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let private: HashMap<Kid, Vec<u8>> =
        fresh.iter().map(|(jwk, wrapped)| (jwk.thumbprint(), wrapped.clone())).collect();
    idp_store::signing_keys::replace(tx, &before, &after, &private)?;
    for record in keys::ring::changed(&before, &after) {
        let event = Event::SigningKey { kid: record.kid.as_str().to_owned(), change: record.state.name() };
        idp_store::audit::write(tx, event, now, keys::random()?)?;
    }
    Ok(Ok(answer))
}

/// Generates keys on a thread that may block: an RSA key takes a second or two.
async fn make(master: &Arc<MasterKey>, wanted: Vec<Algorithm>) -> Result<Vec<FreshKey>, Failure> {
    let master = master.clone();
    let made = tokio::task::spawn_blocking(move || {
        let one = |algorithm: Algorithm| {
            let private = keys::generate(algorithm)?;
            let public = SigningKey::parse(algorithm, private.as_bytes())?.public_jwk();
            Ok((public, master.wrap(PRIVATE_KEY, private.as_bytes())?))
        };
        wanted.into_iter().map(one).collect::<Result<Vec<_>, keys::KeyError>>()
    });
    Ok(made.await.map_err(|_| Failure::Other("making keys panicked".into()))??)
}

/// The records alone.
pub fn records(stored: &[StoredKey]) -> Vec<SigningKeyRecord> {
    stored.iter().map(|key| key.record.clone()).collect()
}

/// Parses every private half, once, for memory.
///
/// # Errors
/// When one does not unwrap or parse.
pub fn parse(
    stored: Vec<StoredKey>,
    unwrap: &impl Fn(Purpose, &str, &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault>,
) -> Result<KeyRing, Fault> {
    let mut private = Vec::new();
    for StoredKey { record, private_wrapped } in &stored {
        if let Some(wrapped) = private_wrapped {
            let der = unwrap(PRIVATE_KEY, record.kid.as_str(), wrapped)?;
            private.push(SigningKey::from_pkcs8(record.kid.clone(), record.algorithm, &der)?);
        }
    }
    let records = stored.into_iter().map(|key| key.record).collect();
    Ok(KeyRing::new(records, private)?)
}
