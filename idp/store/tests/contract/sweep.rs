//! What is removed and what stays, to the millisecond.

use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_grant, new_session, secret, store_account, store_session};
use crate::race::{node_of, race};
use idp_core::audit::Event;
use idp_core::ids::time_ordered;
use idp_core::oauth::gate::Grant;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, GrantId, SessionId, UnixMillis};
use idp_store::outbox::{Channel, Notice, Outcome};
use idp_store::sweep::{AUDIT, GRANTS, OUTBOX, PASSWORD_ATTEMPTS, SESSIONS, Sweep};
use idp_store::{Db, Fault, audit, grants, outbox, password_attempts, sessions};

/// `None`: too much waits for the database; ask again, as everybody does.
fn done<T>(result: Result<T, Fault>) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(Fault::Busy | Fault::Unavailable(_)) => None,
        Err(fault) => unreachable!("{fault}"),
    }
}

/// Walks through a table once as the job does, with a small stretch. Gives how many rows were removed.
async fn walk<K>(db: &Db, sweep: &'static Sweep<K>, before: UnixMillis) -> usize
where
    K: Clone + Default + Send + Sync + 'static,
{
    let (mut from, mut removed) = (K::default(), 0);
    loop {
        let last = from.clone();
        let found = loop {
            let last = last.clone();
            if let Some(found) = done(db.scan(move |conn| sweep.find(conn, &last, before, 2)).await) {
                break found;
            }
        };
        assert!(found.old.len() <= 2, "no more is found than was looked at");
        let old = found.old;
        removed += loop {
            let old = old.clone();
            if let Some(removed) = done(db.write(move |tx| sweep.remove(tx, &old, before)).await) {
                break removed;
            }
        };
        match found.end {
            Some(end) => from = end,
            None => return removed,
        }
    }
}

const fn later(moment: UnixMillis, millis: i64) -> UnixMillis {
    UnixMillis(moment.0 + millis)
}

async fn put_session(db: &Db, session: Session, number: u8) {
    loop {
        let session = session.clone();
        if done(db.write(move |tx| sessions::insert(tx, &session, &secret(number))).await).is_some() {
            return;
        }
    }
}

async fn has_session(db: &Db, number: u8) -> bool {
    let id = SessionId::new([number; 16]);
    db.read(move |conn| sessions::find(conn, &id)).await.unwrap().is_some()
}

async fn has_grant(db: &Db, grant: &Grant) -> bool {
    let id = grant.id.clone();
    db.read(move |conn| grants::standing(conn, &id)).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_goes_when_it_was_over_and_not_a_millisecond_earlier() {
    every_database(async |db| {
        let by_age = store_session(&db, 1).await;
        let ended = Session { expires_at: after(999_999), ..store_session(&db, 2).await };
        let row = ended.clone();
        db.write(move |tx| {
            assert!(sessions::renew(tx, &row, &secret(2))?);
            sessions::end(tx, &row.id, after(50))
        })
        .await
        .unwrap();
        assert_eq!(walk(&db, &SESSIONS, after(50)).await, 0);
        assert_eq!(walk(&db, &SESSIONS, later(after(50), 1)).await, 1, "the one that was signed out");
        assert_eq!((has_session(&db, 1).await, has_session(&db, 2).await), (true, false));
        assert_eq!(walk(&db, &SESSIONS, by_age.expires_at).await, 0);
        assert_eq!(walk(&db, &SESSIONS, later(by_age.expires_at, 1)).await, 1);
        assert!(!has_session(&db, 1).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_stays_as_long_as_a_grant_names_it() {
    every_database(async |db| {
        let session = store_session(&db, 1).await;
        let offline = Grant { expires_at: after(10_000_000), ..new_grant(1, 1, "emic") };
        let row = offline.clone();
        assert!(db.write(move |tx| grants::insert(tx, &row)).await.unwrap());
        let late = later(session.expires_at, 1_000);
        assert_eq!(walk(&db, &SESSIONS, late).await, 0);
        assert_eq!(walk(&db, &GRANTS, late).await, 0, "what was given for longer stays");
        assert!(has_grant(&db, &offline).await);
        let end = later(offline.expires_at, 1);
        assert_eq!((walk(&db, &GRANTS, end).await, walk(&db, &SESSIONS, end).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_grant_goes_when_it_was_too_old_and_not_a_millisecond_earlier() {
    every_database(async |db| {
        let session = store_session(&db, 1).await;
        let id = session.id.clone();
        db.write(move |tx| sessions::end(tx, &id, after(1))).await.unwrap();
        let grant = Grant { expires_at: after(100), ..new_grant(1, 1, "emic") };
        let row = grant.clone();
        db.write(move |tx| grants::insert(tx, &row)).await.unwrap();
        assert_eq!(walk(&db, &GRANTS, grant.expires_at).await, 0);
        assert_eq!(walk(&db, &GRANTS, later(grant.expires_at, 1)).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_grant_of_a_session_that_lives_stays_so_that_a_sign_out_can_tell_its_portal() {
    every_database(async |db| {
        let session = store_session(&db, 1).await;
        let grant = Grant { expires_at: after(100), ..new_grant(1, 1, "emic") };
        let row = grant.clone();
        db.write(move |tx| grants::insert(tx, &row)).await.unwrap();
        assert_eq!(walk(&db, &GRANTS, after(200)).await, 0);
        // Signed in again: the same session lives on.
        let renewed = Session { auth_time: after(300), expires_at: after(200_000), ..session.clone() };
        db.write(move |tx| sessions::renew(tx, &renewed, &secret(9))).await.unwrap();
        assert_eq!(walk(&db, &GRANTS, later(session.expires_at, 1)).await, 0);
        let id = session.id.clone();
        let told = db.read(move |conn| grants::clients_of_session(conn, &id)).await.unwrap();
        assert_eq!(told, [ClientId::from_trusted("emic")]);
        let id = session.id;
        db.write(move |tx| sessions::end(tx, &id, after(90_000))).await.unwrap();
        assert_eq!(walk(&db, &GRANTS, later(after(90_000), 1)).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_code_whose_time_is_not_long_over_finds_its_grant_however_short_that_lived() {
    every_database(async |db| {
        let session = store_session(&db, 1).await;
        let id = session.id.clone();
        db.write(move |tx| sessions::end(tx, &id, NOW)).await.unwrap();
        // A code of a moment ago, whose grant was over at once: burnt, or made with a lifetime of nothing.
        let code = GrantId::new(after(500), [1; 10]);
        let burnt = Grant { id: code, expires_at: after(1), revoked_at: Some(NOW), ..new_grant(1, 1, "emic") };
        let row = burnt.clone();
        db.write(move |tx| grants::insert(tx, &row)).await.unwrap();
        assert_eq!(walk(&db, &GRANTS, after(500)).await, 0);
        let replay = burnt.clone();
        assert!(!db.write(move |tx| grants::insert(tx, &replay)).await.unwrap(), "used before");
        assert_eq!(walk(&db, &GRANTS, later(after(500), 1)).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_revoked_stays_known_until_it_would_have_been_too_old() {
    every_database(async |db| {
        let session = store_session(&db, 1).await;
        let id = session.id.clone();
        db.write(move |tx| sessions::end(tx, &id, NOW)).await.unwrap();
        let revoked = Grant { revoked_at: Some(NOW), expires_at: after(5_000), ..new_grant(1, 1, "emic") };
        let row = revoked.clone();
        db.write(move |tx| grants::insert(tx, &row)).await.unwrap();
        assert_eq!(walk(&db, &GRANTS, after(4_999)).await, 0);
        assert!(has_grant(&db, &revoked).await);
    })
    .await;
}

async fn write_line(db: &Db, at: UnixMillis, random: u8) {
    let event = Event::TokensIssued { account: AccountId::new([1; 16]), client: ClientId::from_trusted("emic") };
    db.write(move |tx| audit::write(tx, event.clone(), at, [random; 10])).await.unwrap();
}

#[tokio::test]
async fn audit_lines_go_after_their_time_and_not_a_millisecond_earlier() {
    every_database(async |db| {
        // Random halves that sort before and behind all others of their millisecond.
        for (at, random) in [(NOW, 0xfb), (NOW, 0), (NOW, 0xff), (later(NOW, 1), 0xfb), (later(NOW, 1), 0)] {
            write_line(&db, at, random).await;
        }
        assert_eq!(walk(&db, &AUDIT, NOW).await, 0);
        assert_eq!(walk(&db, &AUDIT, later(NOW, 1)).await, 3);
        assert_eq!(walk(&db, &AUDIT, later(NOW, 2)).await, 2);
    })
    .await;
}

#[tokio::test]
async fn of_the_outbox_only_what_was_finished_goes() {
    every_database(async |db| {
        let session = new_session(1);
        let ids: Vec<_> = (1..=3).map(|number| time_ordered(NOW, [number; 10])).collect();
        let rows: Vec<_> = ids
            .iter()
            .map(|id| Notice { id: id.clone(), client: ClientId::from_trusted("emic"), channel: Channel::Back })
            .collect();
        db.write(move |tx| outbox::add_logouts(tx, &rows, &session.account_id, &session.id, NOW)).await.unwrap();
        for (id, at) in [(ids[0].clone(), after(10)), (ids[1].clone(), after(20))] {
            let finished = Outcome::Finished("delivered".into());
            db.write(move |tx| outbox::settle(tx, (&id, 1), &finished, at)).await.unwrap();
        }
        assert_eq!(walk(&db, &OUTBOX, after(10)).await, 0);
        assert_eq!(walk(&db, &OUTBOX, after(20)).await, 1);
        assert_eq!(walk(&db, &OUTBOX, after(9_999)).await, 1);
        let left = db.scan(|conn| outbox::due(conn, &[], after(9_999), 10)).await.unwrap();
        assert_eq!(left.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[2]], "what waits, waits");
    })
    .await;
}

async fn guess(db: &Db, name: u8, at: UnixMillis) -> bool {
    let unit =
        move |tx: &mut idp_store::Tx<'_>| password_attempts::take(tx, &[name; 32], at, &AttemptPolicy::default());
    db.write(unit).await.unwrap().is_ok()
}

#[tokio::test]
async fn invented_names_are_swept_and_fresh_ones_stay() {
    every_database(async |db| {
        assert!(guess(&db, 1, NOW).await);
        assert!(guess(&db, 2, after(60)).await);
        assert_eq!(walk(&db, &PASSWORD_ATTEMPTS, NOW).await, 0);
        assert_eq!(walk(&db, &PASSWORD_ATTEMPTS, after(60)).await, 1);
        assert!(guess(&db, 1, after(61)).await);
        assert!(!guess(&db, 2, after(61)).await, "it still counts");
    })
    .await;
}

#[tokio::test]
async fn of_a_flood_of_invented_names_the_last_ones_stay() {
    every_database(async |db| {
        for (name, second) in [(4, 0), (3, 1), (2, 2), (1, 3)] {
            assert!(guess(&db, name, after(second)).await);
        }
        let behind = |most| db.scan(move |conn| password_attempts::last_guess_behind(conn, most));
        assert_eq!(behind(4).await.unwrap(), None);
        assert_eq!(behind(2).await.unwrap(), Some(after(1)));
        assert_eq!(walk(&db, &PASSWORD_ATTEMPTS, later(after(1), 1)).await, 2);
        assert!(!guess(&db, 1, after(4)).await, "the last ones still count");
        assert!(guess(&db, 4, after(4)).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_sweep_at_once_remove_each_row_once_while_others_write() {
    every_pair_of_nodes(async |one, other| {
        store_account(&one, 1).await;
        for number in 1..=40 {
            let ended_at = None;
            let id = SessionId::new([number; 16]);
            put_session(&one, Session { id, expires_at: after(1), ended_at, ..new_session(1) }, number).await;
        }
        let removed = race(8, |number| {
            let node = node_of(number, (&one, &other));
            async move {
                if number < 4 {
                    return walk(&node, &SESSIONS, after(5)).await;
                }
                let number = 100 + u8::try_from(number).unwrap();
                put_session(&node, Session { id: SessionId::new([number; 16]), ..new_session(1) }, number).await;
                0
            }
        })
        .await;
        assert_eq!(removed.iter().sum::<usize>(), 40);
        for number in 104..108 {
            assert!(has_session(&other, number).await, "whoever signed in meanwhile stays");
        }
    })
    .await;
}
