use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_session, secret, store_account, store_session};
use crate::race::{node_of, race, winners};
use idp_core::oauth::authorize::prompt::Consent;
use idp_core::people::account::{AccountState, Person};
use idp_core::scope::ScopeSet;
use idp_core::sign_in::session::{Session, SessionOver};
use idp_core::{ClientId, Lifetimes, SessionId};
use idp_store::{Db, accounts, consents, sessions};

async fn by_secret(db: &Db, number: u8) -> Option<(Session, Person)> {
    db.read(move |conn| sessions::by_secret(conn, &secret(number))).await.unwrap()
}

#[tokio::test]
async fn a_session_is_found_by_the_digest_of_its_secret_and_by_its_id_with_its_person() {
    every_database(async |db| {
        let stored = store_session(&db, 1).await;
        let (session, person) = by_secret(&db, 1).await.unwrap();
        assert_eq!(session, stored);
        assert_eq!(person.account_id, stored.account_id);
        let by_id = db.read(move |conn| sessions::find(conn, &stored.id)).await.unwrap();
        assert_eq!(by_id, Some((session, person)));
    })
    .await;
}

#[tokio::test]
async fn an_arrival_at_a_portal_finds_what_the_person_agreed_to_there_and_nowhere_else() {
    every_database(async |db| {
        let stored = store_session(&db, 1).await;
        let (account, scope) = (stored.account_id.clone(), ScopeSet::parse_known("openid email"));
        let emic = ClientId::from_trusted("emic");
        db.write(move |tx| consents::add(tx, (&account, &emic), scope, NOW)).await.unwrap();
        let at = async |client: &'static str| {
            let client = ClientId::from_trusted(client);
            db.read(move |conn| sessions::by_secret_at(conn, &secret(1), &client)).await.unwrap().unwrap()
        };
        let (session, person) = by_secret(&db, 1).await.unwrap();
        let agreed = Consent { scope, told_at: Some(NOW) };
        assert_eq!(at("emic").await, (session.clone(), person.clone(), Some(agreed)));
        assert_eq!(at("elearn").await, (session, person, None));
        let nobody = db.read(|conn| sessions::by_secret_at(conn, &secret(2), &ClientId::from_trusted("emic"))).await;
        assert_eq!(nobody, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_nobody_has_finds_nobody() {
    every_database(async |db| {
        store_session(&db, 1).await;
        assert_eq!(by_secret(&db, 2).await, None);
        let unknown = SessionId::new([2; 16]);
        assert_eq!(db.read(move |conn| sessions::find(conn, &unknown)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn no_two_sessions_share_a_secret_and_none_belongs_to_nobody() {
    every_database(async |db| {
        store_session(&db, 1).await;
        assert!(db.write(|tx| sessions::insert(tx, &new_session(2), &secret(2))).await.is_err());
        store_account(&db, 2).await;
        assert!(db.write(|tx| sessions::insert(tx, &new_session(2), &secret(1))).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_keeps_the_session_and_makes_the_old_cookie_worthless() {
    every_database(async |db| {
        let stored = store_session(&db, 1).await;
        let renewed = Session {
            security_epoch: 2,
            auth_time: after(60),
            last_used_at: after(60),
            expires_at: after(90_000),
            ..stored
        };
        let row = renewed.clone();
        assert!(db.write(move |tx| sessions::renew(tx, &row, &secret(7))).await.unwrap());
        assert_eq!(by_secret(&db, 1).await, None);
        assert_eq!(by_secret(&db, 7).await.unwrap().0, renewed);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ended_cannot_be_renewed() {
    every_database(async |db| {
        let stored = store_session(&db, 1).await;
        let id = stored.id.clone();
        assert!(db.write(move |tx| sessions::end(tx, &id, after(1))).await.unwrap());
        assert!(!db.write(move |tx| sessions::renew(tx, &stored, &secret(7))).await.unwrap());
        assert_eq!(by_secret(&db, 7).await, None);
        assert_eq!(by_secret(&db, 1).await.unwrap().0.ended_at, Some(after(1)));
    })
    .await;
}

#[tokio::test]
async fn the_last_use_never_goes_back() {
    every_database(async |db| {
        let id = store_session(&db, 1).await.id;
        for (touched, kept) in [(after(300), after(300)), (after(200), after(300)), (NOW, after(300))] {
            let id = id.clone();
            db.write(move |tx| sessions::touch(tx, &id, touched)).await.unwrap();
            assert_eq!(by_secret(&db, 1).await.unwrap().0.last_used_at, kept);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_sign_outs_at_once_one_ends_the_session() {
    every_pair_of_nodes(async |one, other| {
        let id = store_session(&one, 1).await.id;
        let ended = race(50, |number| {
            let (node, id) = (node_of(number, (&one, &other)), id.clone());
            let at = after(u64::try_from(number).unwrap());
            async move { node.write(move |tx| sessions::end(tx, &id, at)).await.unwrap() }
        })
        .await;
        assert_eq!(winners(&ended), 1);
        let winner = u64::try_from(ended.iter().position(|won| *won).unwrap()).unwrap();
        assert_eq!(by_secret(&other, 1).await.unwrap().0.ended_at, Some(after(winner)));
    })
    .await;
}

#[tokio::test]
async fn a_lock_on_one_node_is_seen_by_the_next_read_on_another() {
    every_pair_of_nodes(async |one, other| {
        let stored = store_session(&one, 1).await;
        let check = |(session, person): (Session, Person)| session.check(&person, NOW, &Lifetimes::default());
        assert_eq!(check(by_secret(&other, 1).await.unwrap()), Ok(()));
        let of = stored.account_id;
        one.write(move |tx| accounts::set_state(tx, &of, AccountState::Locked, NOW)).await.unwrap();
        assert_eq!(check(by_secret(&other, 1).await.unwrap()), Err(SessionOver::EpochChanged));
    })
    .await;
}
