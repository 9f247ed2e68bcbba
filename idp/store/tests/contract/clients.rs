use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_client};
use crate::race::{node_of, race, winners};
use idp_core::ClientId;
use idp_store::clients::StoredClient;
use idp_store::{Db, clients, directory_version};

async fn insert(db: &Db, stored: StoredClient) -> bool {
    db.write(move |tx| clients::insert(tx, &stored, NOW)).await.unwrap()
}

async fn find(db: &Db, id: &str) -> Option<StoredClient> {
    let id = ClientId::from_trusted(id);
    db.read(move |conn| clients::find(conn, &id)).await.unwrap()
}

async fn version(db: &Db) -> i64 {
    db.read(directory_version::current).await.unwrap()
}

#[tokio::test]
async fn a_client_is_read_as_it_was_registered() {
    every_database(async |db| {
        let stored = new_client("emic");
        assert!(insert(&db, stored.clone()).await);
        assert!(insert(&db, new_client("elearn")).await);
        let found = find(&db, "emic").await.unwrap();
        assert_eq!(found.client, stored.client);
        assert_eq!(found.secrets_sealed, stored.secrets_sealed);
        assert!(find(&db, "nobody").await.is_none());
        let all = db.scan(clients::all).await.unwrap();
        let ids: Vec<_> = all.readable.iter().map(|stored| stored.client.id.as_str()).collect();
        assert_eq!(ids, ["elearn", "emic"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_registrations_of_one_id_the_first_stays_and_the_others_change_nothing() {
    every_pair_of_nodes(async |one, other| {
        let before = version(&one).await;
        let inserted = race(20, |number| {
            let node = node_of(number, (&one, &other));
            let mut stored = new_client("emic");
            stored.secrets_sealed = vec![u8::try_from(number).unwrap()];
            async move { insert(&node, stored).await }
        })
        .await;
        assert_eq!(winners(&inserted), 1);
        let winner = inserted.iter().position(|won| *won).unwrap();
        assert_eq!(find(&one, "emic").await.unwrap().secrets_sealed, [u8::try_from(winner).unwrap()]);
        assert_eq!(version(&one).await, before + 1, "one change, one reason to read anew");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_stored_and_tells_every_node_to_read_anew() {
    every_pair_of_nodes(async |one, other| {
        assert!(insert(&one, new_client("emic")).await);
        let before = version(&other).await;
        let mut changed = new_client("emic");
        changed.client.disabled = true;
        changed.secrets_sealed = vec![9];
        assert!(one.write(move |tx| clients::update(tx, &new_client("emic"), &changed, after(1))).await.unwrap());
        assert!(version(&other).await > before);
        let found = find(&other, "emic").await.unwrap();
        assert!(found.client.disabled);
        assert_eq!(found.secrets_sealed, [9]);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_gone_cannot_be_changed() {
    every_database(async |db| {
        let before = version(&db).await;
        let gone = db.write(|tx| clients::update(tx, &new_client("emic"), &new_client("emic"), NOW)).await;
        assert_eq!(gone, Ok(false));
        assert!(find(&db, "emic").await.is_none());
        assert_eq!(version(&db).await, before);
    })
    .await;
}

#[tokio::test]
async fn who_decided_by_what_is_no_longer_so_changes_nothing() {
    every_pair_of_nodes(async |one, other| {
        assert!(insert(&one, new_client("emic")).await);
        let mut disabled = new_client("emic");
        disabled.client.disabled = true;
        assert!(other.write(move |tx| clients::update(tx, &new_client("emic"), &disabled, after(1))).await.unwrap());
        let before = version(&one).await;
        let mut renamed = new_client("emic");
        renamed.client.name = "EMIC".into();
        assert_eq!(one.write(move |tx| clients::update(tx, &new_client("emic"), &renamed, after(2))).await, Ok(false));
        assert!(find(&one, "emic").await.unwrap().client.disabled, "still switched off");
        assert_eq!(version(&one).await, before);
    })
    .await;
}
