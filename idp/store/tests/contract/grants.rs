use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_grant, new_session, secret, store_grant, store_session};
use crate::race::{node_of, race, winners};
use idp_core::oauth::gate::{AWAITS_CODE, Bound, Grant};
use idp_core::scope::ScopeSet;
use idp_core::sign_in::session::Session;
use idp_core::{ClientId, GrantId, SessionId};
use idp_store::accounts::SealedPersonal;
use idp_store::grants::Standing;
use idp_store::{Db, Tx, accounts, grants, sessions};

async fn standing(db: &Db, id: &GrantId) -> Option<Standing> {
    let id = id.clone();
    db.read(move |conn| grants::standing(conn, &id)).await.unwrap()
}

async fn insert(db: &Db, grant: Grant) -> bool {
    db.write(move |tx| grants::insert(tx, &grant)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_parallel_redemptions_of_a_code_one_wins() {
    every_pair_of_nodes(async |one, other| {
        store_session(&one, 1).await;
        let redeemed = race(50, |number| {
            let node = node_of(number, (&one, &other));
            let grant = Grant { refreshed_at: after(u64::try_from(number).unwrap()), ..new_grant(1, 1, "emic") };
            async move { insert(&node, grant).await }
        })
        .await;
        assert_eq!(winners(&redeemed), 1);
        let winner = u64::try_from(redeemed.iter().position(|won| *won).unwrap()).unwrap();
        let stored = standing(&other, &new_grant(1, 1, "emic").id).await.unwrap();
        assert_eq!(stored.grant.refreshed_at, after(winner), "the row is the winner's");
    })
    .await;
}

#[tokio::test]
async fn a_replay_leaves_the_first_grant_as_it_is() {
    every_database(async |db| {
        let first = store_grant(&db, 1).await;
        let replay = Grant { generation: 9, client_id: ClientId::from_trusted("thief"), ..first.clone() };
        assert!(!insert(&db, replay).await);
        assert_eq!(standing(&db, &first.id).await.unwrap().grant, first);
    })
    .await;
}

#[tokio::test]
async fn a_burnt_code_and_an_offline_grant_are_read_as_they_were_written() {
    every_database(async |db| {
        store_session(&db, 1).await;
        let burnt = Grant { revoked_at: Some(NOW), generation: 0, ..new_grant(1, 1, "emic") };
        let scope = ScopeSet::parse_strict("openid uid offline_access").unwrap();
        let offline = Grant { bound: Bound::Offline, scope, capacity_epoch: 4, ..new_grant(1, 2, "elearn") };
        for grant in [burnt, offline] {
            assert!(insert(&db, grant.clone()).await);
            assert_eq!(standing(&db, &grant.id).await.unwrap().grant, grant);
        }
    })
    .await;
}

#[tokio::test]
async fn a_grant_needs_its_session() {
    every_database(async |db| {
        store_session(&db, 1).await;
        let grant = Grant { session_id: SessionId::new([9; 16]), ..new_grant(1, 1, "emic") };
        let id = grant.id.clone();
        assert!(db.write(move |tx| grants::insert(tx, &grant)).await.is_err());
        assert!(standing(&db, &id).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn what_the_gate_judges_is_read_together() {
    every_database(async |db| {
        let grant = store_grant(&db, 1).await;
        let (account, session) = (grant.account_id.clone(), grant.session_id.clone());
        let sealed = SealedPersonal { national_id: Some(vec![0, 255, 7]), national_id_verified: true, claims: None };
        db.write(move |tx| {
            accounts::set_personal(tx, &account, &sealed, None)?;
            sessions::end(tx, &session, after(5))
        })
        .await
        .unwrap();
        let read = standing(&db, &grant.id).await.unwrap();
        assert_eq!(read.session.ended_at, Some(after(5)));
        assert_eq!(read.person.account, "Person0001");
        assert_eq!((read.personal.national_id, read.personal.claims), (Some(vec![0, 255, 7]), None));
        assert!(read.personal.national_id_verified);
        assert!(standing(&db, &GrantId::new(NOW, [9; 10])).await.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_a_refresh_token_at_once_one_advances_it() {
    every_pair_of_nodes(async |one, other| {
        let id = store_grant(&one, 1).await.id;
        for from in 1..=3 {
            let advanced = race(50, |number| {
                let (node, id) = (node_of(number, (&one, &other)), id.clone());
                async move { node.write(move |tx| grants::advance(tx, &id, from, after(9))).await.unwrap() }
            });
            assert_eq!(winners(&advanced.await), 1);
            let grant = standing(&other, &id).await.unwrap().grant;
            assert_eq!((grant.generation, grant.refreshed_at), (from + 1, after(9)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_revoked_grant_does_not_advance() {
    every_database(async |db| {
        let id = store_grant(&db, 1).await.id;
        let of = id.clone();
        assert!(db.write(move |tx| grants::revoke(tx, &of, after(1))).await.unwrap());
        let of = id.clone();
        assert!(!db.write(move |tx| grants::advance(tx, &of, 1, after(2))).await.unwrap());
        assert_eq!(standing(&db, &id).await.unwrap().grant.generation, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_revocations_at_once_one_counts() {
    every_pair_of_nodes(async |one, other| {
        let id = store_grant(&one, 1).await.id;
        let revoked = race(50, |number| {
            let (node, id) = (node_of(number, (&one, &other)), id.clone());
            async move { node.write(move |tx| grants::revoke(tx, &id, after(1))).await.unwrap() }
        });
        assert_eq!(winners(&revoked.await), 1);
        let unknown = GrantId::new(NOW, [9; 10]);
        assert!(!one.write(move |tx| grants::revoke(tx, &unknown, NOW)).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_of_a_code_that_its_grant_awaits_one_wins() {
    every_pair_of_nodes(async |one, other| {
        store_session(&one, 1).await;
        let awaiting = Grant { generation: AWAITS_CODE, ..new_grant(1, 1, "emic") };
        let id = awaiting.id.clone();
        assert!(insert(&one, awaiting).await);
        let redeemed = race(50, |number| {
            let (node, id) = (node_of(number, (&one, &other)), id.clone());
            async move { node.write(move |tx| grants::redeem(tx, &id, 1, after(3))).await.unwrap() }
        });
        assert_eq!(winners(&redeemed.await), 1);
        let grant = standing(&other, &id).await.unwrap().grant;
        assert_eq!((grant.generation, grant.refreshed_at, grant.revoked_at), (1, after(3), None));
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_awaits_its_code_is_told_from_one_that_was_redeemed() {
    every_database(async |db| {
        store_session(&db, 1).await;
        let awaiting = Grant { generation: AWAITS_CODE, ..new_grant(1, 1, "emic") };
        let redeemed = Grant { generation: 0, ..new_grant(1, 2, "emic") };
        for grant in [&awaiting, &redeemed] {
            assert!(insert(&db, grant.clone()).await);
        }
        let (one, two) = (awaiting.id.clone(), redeemed.id.clone());
        let unit = move |tx: &mut Tx<'_>| {
            let late = (grants::revoke_redeemed(tx, &one, after(1))?, grants::revoke_awaiting(tx, &two, after(1))?);
            let again = (grants::redeem(tx, &two, 1, after(1))?, grants::revoke_redeemed(tx, &two, after(2))?);
            let burnt = (grants::revoke_awaiting(tx, &one, after(3))?, grants::redeem(tx, &one, 1, after(4))?);
            Ok((late, again, burnt))
        };
        assert_eq!(db.write(unit).await.unwrap(), ((false, false), (false, true), (true, false)));
        assert_eq!(standing(&db, &awaiting.id).await.unwrap().grant.revoked_at, Some(after(3)));
        assert_eq!(standing(&db, &redeemed.id).await.unwrap().grant.revoked_at, Some(after(2)));
    })
    .await;
}

#[tokio::test]
async fn sign_out_knows_each_portal_of_the_session_once() {
    every_database(async |db| {
        store_session(&db, 1).await;
        store_session(&db, 2).await;
        let grants = [(1, 1, "emic"), (1, 2, "elearn"), (1, 3, "emic"), (2, 4, "tax")];
        for (session, code, client) in grants {
            assert!(insert(&db, new_grant(session, code, client)).await);
        }
        let session = SessionId::new([1; 16]);
        let clients = db.read(move |conn| grants::clients_of_session(conn, &session)).await.unwrap();
        assert_eq!(clients, ["elearn", "emic"].map(ClientId::from_trusted));
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_capacity_reaches_the_living_grants_that_speak_of_it() {
    every_database(async |db| {
        store_session(&db, 1).await;
        store_session(&db, 2).await;
        let over = Session { account_id: new_session(1).account_id, ..new_session(3) };
        let unit = move |tx: &mut Tx<'_>| {
            sessions::insert(tx, &over, &secret(3))?;
            sessions::end(tx, &over.id, NOW)
        };
        assert!(db.write(unit).await.unwrap());
        let without = ScopeSet::parse_strict("openid email").unwrap();
        let revoked = Some(NOW);
        for grant in [
            new_grant(1, 1, "emic"),
            new_grant(1, 2, "emic"),
            Grant { scope: without, ..new_grant(1, 3, "mail") },
            Grant { revoked_at: revoked, ..new_grant(1, 4, "gone") },
            new_grant(2, 5, "elearn"),
            Grant { account_id: new_grant(1, 1, "emic").account_id, ..new_grant(3, 6, "told") },
        ] {
            assert!(insert(&db, grant).await);
        }
        let account = new_grant(1, 1, "emic").account_id;
        let told = db.scan(move |conn| grants::of_account_with_identity(conn, &account)).await.unwrap();
        assert_eq!(told, [(ClientId::from_trusted("emic"), SessionId::new([1; 16]))]);
    })
    .await;
}
