//! Logos of clients: each try is one node's, a picture is kept once and goes with the last who has it.

use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_client};
use crate::race::{node_of, race, winners};
use idp_core::client::logo::PictureName;
use idp_core::{ClientId, UnixMillis};
use idp_store::client_logos::{self, ClientLogo, Outcome};
use idp_store::{Db, clients, directory_version};

const URI: &str = "https://portal.example.gov.tw/logo.png";

fn id(client: &str) -> ClientId {
    ClientId::from_trusted(client)
}

async fn client_with_logo(db: &Db, client: &'static str) -> ClientLogo {
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        assert!(clients::insert(tx, &new_client(client), NOW)?);
        client_logos::add(tx, &id(client), URI, NOW)
    };
    db.write(unit).await.unwrap();
    logo(db, client).await.unwrap()
}

async fn logo(db: &Db, client: &'static str) -> Option<ClientLogo> {
    let all = db.scan(move |conn| client_logos::of_client(conn, &id(client))).await.unwrap();
    assert!(all.len() < 2, "{all:?}");
    all.into_iter().next()
}

async fn due(db: &Db, now: UnixMillis) -> Vec<ClientLogo> {
    db.scan(move |conn| client_logos::due(conn, now, 10)).await.unwrap()
}

async fn take(db: &Db, logo: &ClientLogo, until: UnixMillis) -> bool {
    let logo = logo.clone();
    db.write(move |tx| client_logos::take(tx, &logo, until)).await.unwrap()
}

/// Takes a try and settles it at once.
async fn tried(db: &Db, logo: &ClientLogo, outcome: Outcome, now: UnixMillis) -> bool {
    let until = now.plus(std::time::Duration::from_secs(60));
    assert!(take(db, logo, until).await);
    let logo = logo.clone();
    db.write(move |tx| client_logos::settle(tx, (&logo, until), &outcome, now)).await.unwrap()
}

async fn picture(db: &Db, png: &[u8]) -> Option<Vec<u8>> {
    let name = PictureName::of(png);
    db.read(move |conn| client_logos::picture(conn, &name)).await.unwrap()
}

async fn version(db: &Db) -> i64 {
    db.read(directory_version::current).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_race_for_a_try_one_has_it_until_its_time_is_over() {
    every_pair_of_nodes(async |one, other| {
        let new = client_with_logo(&one, "emic").await;
        assert_eq!((new.picture.clone(), new.failures, new.next_try_at), (None, 0, Some(NOW)));
        assert_eq!(due(&other, NOW).await, std::slice::from_ref(&new));
        let taken = race(20, |number| {
            let (node, new) = (node_of(number, (&one, &other)), new.clone());
            async move { take(&node, &new, after(60)).await }
        })
        .await;
        assert_eq!(winners(&taken), 1);
        assert!(due(&other, after(59)).await.is_empty());
        let again = due(&other, after(60)).await;
        assert!(take(&other, &again[0], after(120)).await);
        let late = one.write(move |tx| {
            let found = Outcome::Fetched(b"late".to_vec());
            client_logos::settle(tx, (&new, after(60)), &found, after(61))
        });
        assert!(!late.await.unwrap(), "another tries by now");
        assert_eq!(picture(&one, b"late").await, None);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_noted_once_and_tells_every_node() {
    every_database(async |db| {
        let new = client_with_logo(&db, "emic").await;
        let before = version(&db).await;
        db.write(|tx| client_logos::add(tx, &id("emic"), URI, after(9))).await.unwrap();
        assert_eq!((logo(&db, "emic").await, version(&db).await), (Some(new.clone()), before));
        assert!(tried(&db, &new, Outcome::Fetched(b"png".to_vec()), after(1)).await);
        assert_eq!(version(&db).await, before + 1, "a picture is seen by every node");
        let shown = logo(&db, "emic").await.unwrap();
        assert_eq!((shown.picture, shown.next_try_at), (Some(PictureName::of(b"png")), None));
        assert_eq!(shown.tried_at, Some(after(1)));
        assert_eq!(db.scan(client_logos::all).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn failures_are_kept_in_words_tried_again_later_and_given_up_in_the_end() {
    every_database(async |db| {
        client_with_logo(&db, "emic").await;
        let mut pauses = Vec::new();
        let mut now = NOW;
        while let Some(next) = logo(&db, "emic").await.unwrap().next_try_at {
            assert!(due(&db, UnixMillis(next.0 - 1)).await.is_empty());
            pauses.push(next.since(now));
            now = next;
            let failed = due(&db, now).await.remove(0);
            assert!(tried(&db, &failed, Outcome::Failed(format!("no. {}", failed.failures)), now).await);
        }
        let given_up = logo(&db, "emic").await.unwrap();
        assert_eq!((given_up.failures, given_up.problem.as_deref()), (8, Some("no. 7")));
        assert_eq!(pauses.len(), 8);
        assert!(pauses.is_sorted_by(|one, next| one < next), "{pauses:?}");
        assert!(due(&db, UnixMillis(i64::MAX)).await.is_empty());
        // Until somebody asks for it.
        db.write(move |tx| client_logos::again(tx, &id("emic"), now)).await.unwrap();
        let again = due(&db, now).await.remove(0);
        assert_eq!(again.failures, 0);
        assert!(tried(&db, &again, Outcome::Fetched(b"png".to_vec()), now).await);
        assert_eq!(logo(&db, "emic").await.unwrap().problem, None);
    })
    .await;
}

#[tokio::test]
async fn a_picture_stays_as_long_as_anybody_has_it() {
    every_database(async |db| {
        for client in ["emic", "elearn", "third"] {
            let new = client_with_logo(&db, client).await;
            assert!(tried(&db, &new, Outcome::Fetched(b"same".to_vec()), NOW).await);
        }
        // One has another by now, one has none, one is gone.
        db.write(|tx| client_logos::again(tx, &id("emic"), NOW)).await.unwrap();
        let again = logo(&db, "emic").await.unwrap();
        assert_eq!(again.picture, Some(PictureName::of(b"same")), "shown until there is another");
        assert!(tried(&db, &again, Outcome::Fetched(b"new".to_vec()), NOW).await);
        db.write(|tx| client_logos::remove(tx, &id("elearn"), URI)).await.unwrap();
        assert_eq!(logo(&db, "elearn").await, None);
        assert_eq!(picture(&db, b"same").await.as_deref(), Some(&b"same"[..]), "the third has it");
        assert!(db.write(|tx| clients::remove(tx, &id("third"))).await.unwrap());
        assert_eq!(picture(&db, b"same").await, None);
        assert_eq!(picture(&db, b"new").await.as_deref(), Some(&b"new"[..]));
        // The same picture once more: it must not go as the one of before.
        db.write(|tx| client_logos::again(tx, &id("emic"), NOW)).await.unwrap();
        let again = logo(&db, "emic").await.unwrap();
        assert!(tried(&db, &again, Outcome::Fetched(b"new".to_vec()), NOW).await);
        assert_eq!(picture(&db, b"new").await.as_deref(), Some(&b"new"[..]));
    })
    .await;
}

#[tokio::test]
async fn what_was_fetched_for_a_client_that_is_gone_is_kept_nowhere() {
    every_database(async |db| {
        let new = client_with_logo(&db, "emic").await;
        assert!(take(&db, &new, after(60)).await);
        assert!(db.write(|tx| clients::remove(tx, &id("emic"))).await.unwrap());
        let late = db.write(move |tx| {
            let found = Outcome::Fetched(b"png".to_vec());
            client_logos::settle(tx, (&new, after(60)), &found, after(1))
        });
        assert!(!late.await.unwrap());
        assert_eq!(picture(&db, b"png").await, None);
    })
    .await;
}
