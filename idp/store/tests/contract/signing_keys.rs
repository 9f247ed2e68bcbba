use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after};
use crate::race::{node_of, race};
use idp_store::signing_keys::{self, StoredKey};
use idp_store::{Db, Fault, directory_version};
use keys::{Algorithm, KeyState, Kid, SigningKey, SigningKeyRecord};
use std::collections::HashMap;

const NEXT: KeyState = KeyState::Next { published_at: NOW, ready_at: NOW, activate_at: None };
const ACTIVE: KeyState = KeyState::Active { since: NOW };

fn new_record(state: KeyState) -> SigningKeyRecord {
    let private = keys::generate(Algorithm::Es256).unwrap();
    let public_jwk = SigningKey::parse(Algorithm::Es256, private.as_bytes()).unwrap().public_jwk();
    SigningKeyRecord { kid: public_jwk.thumbprint(), algorithm: Algorithm::Es256, state, public_jwk, created_at: NOW }
}

fn in_state(record: &SigningKeyRecord, state: KeyState) -> SigningKeyRecord {
    SigningKeyRecord { state, ..record.clone() }
}

fn private_halves(records: &[SigningKeyRecord]) -> HashMap<Kid, Vec<u8>> {
    records.iter().map(|record| (record.kid.clone(), record.kid.as_str().as_bytes().to_vec())).collect()
}

async fn replace(db: &Db, before: &[SigningKeyRecord], after: &[SigningKeyRecord]) -> Result<(), Fault> {
    let (before, after) = (before.to_vec(), after.to_vec());
    let fresh = private_halves(&after);
    db.write(move |tx| signing_keys::replace(tx, &before, &after, &fresh)).await
}

async fn all(db: &Db) -> Vec<StoredKey> {
    db.scan(signing_keys::all).await.unwrap()
}

async fn states(db: &Db) -> HashMap<Kid, KeyState> {
    all(db).await.into_iter().map(|key| (key.record.kid, key.record.state)).collect()
}

#[tokio::test]
async fn a_key_is_read_as_it_was_written_in_every_state_and_without_private_half_once_it_is_not_published() {
    every_database(async |db| {
        let mut record = new_record(NEXT);
        let kid = record.kid.clone();
        replace(&db, &[], std::slice::from_ref(&record)).await.unwrap();
        for state in [
            KeyState::Next { published_at: NOW, ready_at: after(10), activate_at: Some(after(20)) },
            KeyState::Active { since: after(20) },
            KeyState::Retiring { since: after(30), remove_at: after(40) },
            KeyState::Retired { since: after(40) },
            KeyState::Compromised { since: after(50) },
        ] {
            let changed = in_state(&record, state);
            replace(&db, &[record], std::slice::from_ref(&changed)).await.unwrap();
            record = changed;
            let stored = all(&db).await;
            assert_eq!(stored.len(), 1);
            assert_eq!(stored[0].record, record);
            let expected = state.keeps_private_half().then(|| kid.as_str().as_bytes().to_vec());
            assert_eq!(stored[0].private_wrapped, expected, "{state:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_of_keys_tells_every_node_to_read_anew() {
    every_pair_of_nodes(async |one, other| {
        let before = other.read(directory_version::current).await.unwrap();
        replace(&one, &[], &[new_record(NEXT)]).await.unwrap();
        assert!(other.read(directory_version::current).await.unwrap() > before);
    })
    .await;
}

#[tokio::test]
async fn a_new_key_without_its_private_half_is_not_stored_nor_anything_beside_it() {
    every_database(async |db| {
        let records = [new_record(NEXT), new_record(NEXT)];
        let fresh = private_halves(&records[..1]);
        let stored = db.write(move |tx| signing_keys::replace(tx, &[], &records, &fresh)).await;
        assert!(matches!(stored, Err(Fault::Keys(_))));
        assert!(all(&db).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_key_takes_over_in_one_step_in_whatever_order_the_records_stand() {
    every_database(async |db| {
        let before = [new_record(NEXT), new_record(ACTIVE)];
        replace(&db, &[], &before).await.unwrap();
        let retiring = KeyState::Retiring { since: after(1), remove_at: after(2) };
        let changed = [in_state(&before[0], ACTIVE), in_state(&before[1], retiring)];
        replace(&db, &before, &changed).await.unwrap();
        let states = states(&db).await;
        assert_eq!((states[&before[0].kid], states[&before[1].kid]), (ACTIVE, retiring));
    })
    .await;
}

#[tokio::test]
async fn two_keys_of_one_algorithm_never_sign_at_once() {
    every_database(async |db| {
        let first = new_record(ACTIVE);
        replace(&db, &[], std::slice::from_ref(&first)).await.unwrap();
        assert!(matches!(replace(&db, &[], &[new_record(ACTIVE)]).await, Err(Fault::Database(_))));
        assert_eq!(states(&db).await, HashMap::from([(first.kid, ACTIVE)]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_nodes_that_let_different_keys_sign_at_once_one_has_its_way() {
    every_pair_of_nodes(async |one, other| {
        let signing = new_record(ACTIVE);
        let waiting: Vec<_> = (0..8).map(|_| new_record(NEXT)).collect();
        let before: Vec<_> = std::iter::once(signing.clone()).chain(waiting.clone()).collect();
        replace(&one, &[], &before).await.unwrap();
        let retiring = in_state(&signing, KeyState::Retiring { since: after(1), remove_at: after(2) });
        let replaced = race(waiting.len(), |number| {
            let (node, before) = (node_of(number, (&one, &other)), before.clone());
            let mut changed = before.clone();
            changed[0] = retiring.clone();
            changed[number + 1] = in_state(&before[number + 1], KeyState::Active { since: after(1) });
            async move { replace(&node, &before, &changed).await }
        })
        .await;
        assert_eq!(replaced.iter().filter(|result| result.is_ok()).count(), 1);
        let winner = replaced.iter().position(Result::is_ok).unwrap();
        let active: Vec<_> = states(&other).await.into_iter().filter(|(_, state)| state.is_active()).collect();
        assert_eq!(active, [(waiting[winner].kid.clone(), KeyState::Active { since: after(1) })]);
    })
    .await;
}
