use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_session};
use crate::race::{node_of, race};
use idp_core::ids::time_ordered;
use idp_core::{ClientId, UnixMillis};
use idp_store::outbox::{Channel, DELIVERED, Delivery, Notice, Outcome, State, Waiting};
use idp_store::{Db, outbox};

fn row_id(number: u8) -> String {
    time_ordered(NOW, [number; 10])
}

fn notice(number: u8, portal: &str, channel: Channel) -> Notice {
    Notice { id: row_id(number), client: ClientId::from_trusted(portal), channel }
}

/// Notes a logout for each of `portal1`, `portal2`, … and gives the ids of their rows.
async fn add(db: &Db, portals: u8) -> Vec<String> {
    let rows: Vec<_> = (1..=portals).map(|number| notice(number, &format!("portal{number}"), Channel::Back)).collect();
    let ids = rows.iter().map(|notice| notice.id.clone()).collect();
    let session = new_session(1);
    db.write(move |tx| outbox::add_logouts(tx, &rows, &session.account_id, &session.id, NOW)).await.unwrap();
    ids
}

async fn due(db: &Db, now: UnixMillis) -> Vec<Waiting> {
    db.scan(move |conn| outbox::due(conn, &[], now, 100)).await.unwrap()
}

async fn lease(db: &Db, ids: &[String], now: UnixMillis) -> Vec<String> {
    let ids = ids.to_vec();
    let until = UnixMillis(now.0 + 30_000);
    db.write(move |tx| outbox::lease(tx, &ids, now, until)).await.unwrap()
}

async fn settle(db: &Db, (id, attempt): (&str, i64), outcome: Outcome, now: UnixMillis) {
    let id = id.to_owned();
    db.write(move |tx| outbox::settle(tx, (&id, attempt), &outcome, now)).await.unwrap();
}

fn retry_at(at: UnixMillis) -> Outcome {
    Outcome::Retry(at, "503".into())
}

fn delivered() -> Outcome {
    Outcome::Finished(DELIVERED.into())
}

#[tokio::test]
async fn a_logout_waits_with_all_that_its_token_needs() {
    every_database(async |db| {
        let ids = add(&db, 2).await;
        let waiting = due(&db, NOW).await;
        assert_eq!(waiting.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), ids);
        let session = new_session(1);
        assert_eq!(waiting[1].client_id(), ClientId::from_trusted("portal2"));
        assert_eq!(waiting[1].account_id(), session.account_id);
        assert_eq!(waiting[1].session_id(), Some(session.id));
        assert_eq!(waiting[1].attempts, 0);
        assert_eq!(due(&db, UnixMillis(NOW.0 - 1)).await, []);
        let oldest = db.scan(|conn| outbox::due(conn, &[], NOW, 1)).await.unwrap();
        assert_eq!(oldest.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[0]]);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_reached_no_portal_notes_nothing() {
    every_database(async |db| {
        add(&db, 0).await;
        assert_eq!(due(&db, NOW).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_jobs_of_two_nodes_one_gets_each_row() {
    every_pair_of_nodes(async |one, other| {
        let ids = add(&one, 20).await;
        let got = race(12, |number| {
            let (node, mut ids) = (node_of(number, (&one, &other)), ids.clone());
            ids.rotate_left(number);
            async move { lease(&node, &ids[..10], NOW).await }
        })
        .await;
        let mut leased: Vec<_> = got.into_iter().flatten().collect();
        leased.sort();
        assert_eq!(leased, ids, "every row once");
        assert_eq!(due(&other, NOW).await, []);
    })
    .await;
}

#[tokio::test]
async fn the_rows_of_a_node_that_died_are_taken_again_when_its_lease_is_over() {
    every_pair_of_nodes(async |one, other| {
        let ids = add(&one, 1).await;
        assert_eq!(lease(&one, &ids, NOW).await, ids);
        assert_eq!(lease(&other, &ids, after(29)).await, Vec::<String>::new());
        assert_eq!(due(&other, after(30)).await[0].attempts, 1);
        assert_eq!(lease(&other, &ids, after(30)).await, ids);
        assert_eq!(due(&one, after(90)).await[0].attempts, 2);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_an_account_is_known_and_not_what_is_being_told_or_was() {
    every_database(async |db| {
        let ids = add(&db, 4).await;
        assert_eq!(lease(&db, &ids[..2], NOW).await.len(), 2);
        settle(&db, (&ids[1], 1), delivered(), after(1)).await;
        lease(&db, &ids[2..3], NOW).await;
        settle(&db, (&ids[2], 1), retry_at(after(3_600)), after(1)).await;
        let session = new_session(1);
        let account = session.account_id.clone();
        let waiting = db.scan(move |conn| outbox::waiting_of_account(conn, &account, after(1))).await.unwrap();
        let pair = |portal: &str| (ClientId::from_trusted(portal), session.id.clone());
        assert_eq!(waiting, [pair("portal3"), pair("portal4")].into(), "one is put off, one was never tried");
        let stranger = idp_core::AccountId::new([9; 16]);
        let none = db.scan(move |conn| outbox::waiting_of_account(conn, &stranger, after(1))).await.unwrap();
        assert!(none.is_empty(), "of another account");
    })
    .await;
}

#[tokio::test]
async fn what_was_put_off_for_one_client_is_brought_forward_and_what_is_due_sooner_stays() {
    every_database(async |db| {
        let ids = add(&db, 3).await;
        lease(&db, &ids[..2], NOW).await;
        for id in &ids[..2] {
            settle(&db, (id, 1), retry_at(after(21_600)), after(1)).await;
        }
        let bring = async |portal: &str| {
            let client = ClientId::from_trusted(portal);
            db.write(move |tx| outbox::bring_forward(tx, &client, after(10))).await.unwrap()
        };
        assert_eq!(bring("portal1").await, 1);
        assert_eq!(bring("portal3").await, 0, "it is due already");
        let due_at = async |now| due(&db, now).await.into_iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(due_at(after(9)).await, [ids[2].clone()]);
        assert_eq!(due_at(after(10)).await, [ids[2].clone(), ids[0].clone()]);
        lease(&db, &ids[..1], after(10)).await;
        settle(&db, (&ids[0], 2), delivered(), after(11)).await;
        assert_eq!(bring("portal1").await, 0, "delivered is delivered");
    })
    .await;
}

#[tokio::test]
async fn what_was_delivered_is_never_sent_again() {
    every_pair_of_nodes(async |one, other| {
        let ids = add(&one, 1).await;
        assert_eq!(lease(&one, &ids, NOW).await, ids);
        settle(&one, (&ids[0], 1), delivered(), after(1)).await;
        assert_eq!(due(&other, after(3_600)).await, []);
        assert_eq!(lease(&other, &ids, after(3_600)).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_late_word_from_a_slow_node_does_not_revive_what_was_delivered() {
    every_pair_of_nodes(async |slow, quick| {
        let ids = add(&slow, 1).await;
        assert_eq!(lease(&slow, &ids, NOW).await, ids);
        assert_eq!(lease(&quick, &ids, after(30)).await, ids);
        settle(&quick, (&ids[0], 2), delivered(), after(31)).await;
        settle(&slow, (&ids[0], 1), retry_at(after(40)), after(32)).await;
        assert_eq!(due(&quick, after(3_600)).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_when_it_said_and_not_before() {
    every_pair_of_nodes(async |one, other| {
        let ids = add(&one, 1).await;
        assert_eq!(lease(&one, &ids, NOW).await, ids);
        settle(&one, (&ids[0], 1), retry_at(after(60)), after(1)).await;
        assert_eq!(due(&other, after(59)).await, []);
        // A node that had read the row while it was due may not take it either.
        assert_eq!(lease(&other, &ids, after(59)).await, Vec::<String>::new());
        assert_eq!(due(&other, after(60)).await.len(), 1);
        assert_eq!(lease(&other, &ids, after(60)).await, ids);
    })
    .await;
}

#[tokio::test]
async fn a_node_whose_lease_is_over_does_not_free_what_another_delivers() {
    every_pair_of_nodes(async |slow, quick| {
        let ids = add(&slow, 1).await;
        assert_eq!(lease(&slow, &ids, NOW).await.len(), 1);
        assert_eq!(lease(&quick, &ids, after(30)).await.len(), 1);
        settle(&slow, (&ids[0], 1), retry_at(after(31)), after(31)).await;
        assert!(due(&quick, after(32)).await.is_empty(), "it is being delivered");
    })
    .await;
}

#[tokio::test]
async fn a_portal_that_has_enough_under_way_is_passed_over() {
    every_database(async |db| {
        let ids = add(&db, 2).await;
        let busy = [ClientId::from_trusted("portal1")];
        let waiting = db.scan(move |conn| outbox::due(conn, &busy, NOW, 100)).await.unwrap();
        assert_eq!(waiting.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[1]]);
    })
    .await;
}

#[tokio::test]
async fn what_became_of_each_delivery_to_a_portal_is_told_the_newest_first() {
    every_database(async |db| {
        let row = |number: u8| notice(number, if number == 5 { "other" } else { "portal" }, Channel::Back);
        let rows: Vec<_> = (1..=5).map(row).collect();
        let session = new_session(1);
        let id = session.id.clone();
        db.write(move |tx| outbox::add_logouts(tx, &rows, &session.account_id, &session.id, NOW)).await.unwrap();
        let ids: Vec<_> = (1..=3).map(row_id).collect();
        assert_eq!(lease(&db, &ids, NOW).await.len(), 3);
        settle(&db, (&ids[0], 1), delivered(), after(1)).await;
        settle(&db, (&ids[1], 1), Outcome::Finished("given up: 503".into()), after(2)).await;
        settle(&db, (&ids[2], 1), retry_at(after(60)), after(3)).await;
        assert_eq!(lease(&db, &[row_id(5)], NOW).await.len(), 1);
        let of = async |client: &str, limit| {
            let client = ClientId::from_trusted(client);
            db.scan(move |conn| outbox::of_client(conn, &client, after(29), limit)).await.unwrap()
        };
        let one = |attempts, outcome: Option<&str>, state| Delivery {
            session_id: Some(id.as_str().to_owned()),
            attempts,
            outcome: outcome.map(str::to_owned),
            state,
        };
        let all = [
            one(0, None, State::Waiting { next: NOW }),
            one(1, Some("503"), State::Waiting { next: after(60) }),
            one(1, Some("given up: 503"), State::NotDelivered { at: after(2) }),
            one(1, Some(DELIVERED), State::Delivered { at: after(1) }),
        ];
        assert_eq!(of("portal", 10).await, all);
        assert_eq!(of("portal", 2).await, all[..2]);
        assert_eq!(of("other", 10).await, [one(1, None, State::UnderWay)]);
        assert_eq!(of("nobody", 10).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_no_token_tells_is_on_record_and_never_due() {
    every_database(async |db| {
        let channels = [Channel::Front, Channel::Front, Channel::NoBrowser, Channel::Neither];
        let rows: Vec<_> = (1..).zip(channels).map(|(number, channel)| notice(number, "portal", channel)).collect();
        let session = new_session(1);
        db.write(move |tx| outbox::add_logouts(tx, &rows, &session.account_id, &session.id, NOW)).await.unwrap();
        assert_eq!(due(&db, after(60)).await, []);
        assert_eq!(db.read(outbox::depth).await.unwrap(), (0, None));
        // The browser says that it loaded one of them; about the others it has nothing to say.
        let loaded = [row_id(2), row_id(3), row_id(4)];
        db.write(move |tx| outbox::answered(tx, &loaded)).await.unwrap();
        let ids: Vec<_> = (1..=5).map(row_id).collect();
        let found = db.read(move |conn| outbox::of_rows(conn, &ids, after(60))).await.unwrap();
        assert_eq!(found.len(), 4);
        let state = |number| found[&row_id(number)].state;
        assert_eq!(
            [state(1), state(2), state(3), state(4)],
            [
                State::Sent { at: NOW },
                State::Answered { at: NOW },
                State::NotDelivered { at: NOW },
                State::NotSupported { at: NOW }
            ]
        );
    })
    .await;
}
