//! Clients that register themselves, and what lets them.

use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_client, new_registered, new_token, store_account};
use crate::race::{node_of, race, winners};
use idp_core::scope::ScopeSet;
use idp_core::{ClientId, UnixMillis};
use idp_store::{Db, clients, consents, directory_version, registration_tokens, registrations};

async fn register(db: &Db, client: &str, token: Option<&str>) {
    let (stored, registered) = (new_client(client), new_registered(client, token));
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        assert!(clients::insert(tx, &stored, NOW)?);
        registrations::insert(tx, &registered)
    };
    db.write(unit).await.unwrap();
}

async fn spend(db: &Db, id: &'static str, now: UnixMillis) -> bool {
    db.write(move |tx| registration_tokens::spend(tx, id, now)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_race_for_the_last_uses_of_a_token_only_so_many_get_one() {
    every_pair_of_nodes(async |one, other| {
        one.write(|tx| registration_tokens::insert(tx, &new_token("door", 3))).await.unwrap();
        let spent = race(20, |number| {
            let node = node_of(number, (&one, &other));
            async move { spend(&node, "door", NOW).await }
        })
        .await;
        assert_eq!(winners(&spent), 3);
        let all = one.scan(registration_tokens::all).await.unwrap();
        assert_eq!((all.len(), all[0].used, all[0].is_good(NOW)), (1, 3, false));
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_over_or_taken_back_registers_nobody() {
    every_database(async |db| {
        for id in ["old", "revoked", "good"] {
            db.write(move |tx| registration_tokens::insert(tx, &new_token(id, 1))).await.unwrap();
        }
        assert!(db.write(|tx| registration_tokens::revoke(tx, "revoked", NOW)).await.unwrap());
        assert!(!db.write(|tx| registration_tokens::revoke(tx, "revoked", NOW)).await.unwrap(), "once is enough");
        assert!(!spend(&db, "revoked", NOW).await);
        assert!(!spend(&db, "old", after(3_600)).await);
        assert!(!spend(&db, "nobody", NOW).await);
        assert!(spend(&db, "good", after(3_599)).await);
        let digest = new_token("revoked", 1).digest;
        let found = db.read(move |conn| registration_tokens::find(conn, &digest)).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.revoked_at, found.is_good(NOW)), ("revoked", Some(NOW), false));
        assert_eq!(db.read(|conn| registration_tokens::find(conn, &[1; 32])).await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn a_client_is_removed_with_all_that_hangs_on_its_name_and_nothing_of_its_neighbours() {
    every_database(async |db| {
        let person = store_account(&db, 1).await;
        for client in ["one", "two"] {
            register(&db, client, None).await;
            let person = person.clone();
            let unit = move |tx: &mut idp_store::Tx<'_>| {
                let id = ClientId::from_trusted(client);
                consents::add(tx, (&person, &id), ScopeSet::parse_known("openid"), NOW)
            };
            db.write(unit).await.unwrap();
        }
        let before = db.read(directory_version::current).await.unwrap();
        let one = || ClientId::from_trusted("one");
        assert!(db.write(move |tx| clients::remove(tx, &one())).await.unwrap());
        assert!(!db.write(move |tx| clients::remove(tx, &one())).await.unwrap());
        assert_eq!(db.read(directory_version::current).await.unwrap(), before + 1);
        assert!(db.read(move |conn| registrations::find(conn, &one())).await.unwrap().is_none());
        let two = ClientId::from_trusted("two");
        assert_eq!(db.scan(registrations::origins).await.unwrap(), [(two, registrations::Origin::Anybody)]);
        let one = one();
        // Whoever gets that name later begins anew.
        let scope = db.read(move |conn| consents::find(conn, &person, &one)).await.unwrap();
        assert!(scope.is_none(), "{scope:?}");
    })
    .await;
}

#[tokio::test]
async fn unused_are_old_clients_of_open_registration_that_nobody_entered() {
    every_database(async |db| {
        let person = store_account(&db, 1).await;
        register(&db, "by-token", Some("door")).await;
        for client in ["entered", "never", "never-either"] {
            register(&db, client, None).await;
        }
        db.write(|tx| clients::insert(tx, &new_client("emic"), NOW)).await.unwrap();
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            let id = ClientId::from_trusted("entered");
            consents::add(tx, (&person, &id), ScopeSet::parse_known("openid"), NOW)
        };
        db.write(unit).await.unwrap();
        assert_eq!(db.read(registrations::count_open).await, Ok(3));
        let unused = async |before, most| {
            let ids = db.scan(move |conn| registrations::unused(conn, before, most)).await.unwrap();
            ids.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(unused(after(1), 10).await, ["never", "never-either"]);
        assert_eq!(unused(after(1), 1).await, ["never"]);
        assert!(unused(NOW, 10).await.is_empty(), "not that old");
    })
    .await;
}
