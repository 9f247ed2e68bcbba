//! A restore: whole or not at all, into an empty place, and what of before it still works.

use super::{
    AS_MOVED, AS_RESCUED, back_up, lines_without_the_last, master, restore, rows, set_up, signed_anew,
    something_everywhere,
};
use crate::backends::every_way;
use crate::fixtures::{NOW, new_grant, new_message, new_session, store_agencies, store_grant};
use idp_core::UnixMillis;
use idp_store::backup::{self, Restore};
use idp_store::messages::{self, Outcome, State};
use idp_store::migrate::{self, Fit};
use idp_store::{Db, Tx, clock, directory_version, grants, sealing_keys, secrets, sessions};
use std::io::{BufReader, Read};

/// Reads so many bytes, and then no more.
struct Breaking<'a>(&'a [u8], usize);

impl Read for Breaking<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(self.1);
        let length = Read::read(&mut self.0, into.get_mut(..most).unwrap())?;
        self.1 -= length;
        if length == 0 { Err(std::io::Error::other("the disk is gone")) } else { Ok(length) }
    }
}

#[tokio::test]
async fn a_restore_that_fails_half_way_leaves_nothing() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        something_everywhere(&source).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        for part in [3, 50, 97, 100] {
            let (bytes, at) = (bytes.clone(), bytes.len() * part / 100 - 1);
            let unit = move |tx: &mut idp_store::Tx<'_>| {
                backup::restore(tx, BufReader::new(Breaking(&bytes, at)), &master(), &AS_MOVED)
            };
            assert!(target.fill(unit).await.is_err(), "{part} %");
            assert_eq!(migrate::fit(&target).await, Ok(Fit::Empty), "{part} %: something stayed");
            assert_eq!(target.scan(backup::holds_nothing).await, Ok(Ok(())));
        }
        // A file that was sound when it was looked at, and is another one now.
        let mut lines = lines_without_the_last(&bytes);
        let account = lines.iter().position(|line| line.contains("number0007")).unwrap();
        lines[account] = lines[account].replace("number0007", "number0008");
        assert!(restore(&target, &signed_anew(&lines), AS_MOVED).await.is_err(), "an account name twice");
        assert_eq!(migrate::fit(&target).await, Ok(Fit::Empty));
        restore(&target, &bytes, AS_MOVED).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_place_with_anything_in_it_stays_as_it_is() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        migrate::run(&target).await.unwrap();
        store_agencies(&target).await;
        assert_eq!(target.scan(backup::holds_nothing).await, Ok(Err("agencies")));
        let refused = restore(&target, &bytes, AS_MOVED).await.unwrap_err();
        assert!(refused.to_string().contains("not empty"), "{refused}");
        assert!(target.scan(secrets::all).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_schema_without_rows_is_an_empty_place() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        store_grant(&source, 1).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        migrate::run(&target).await.unwrap();
        restore(&target, &bytes, AS_MOVED).await.unwrap();
        assert_eq!(rows(&back_up(&target).await.1)["grants"].len(), 1);
    })
    .await;
}

async fn generation(db: &Db) -> i64 {
    let id = new_grant(1, 1, "emic").id;
    db.read(move |conn| grants::standing(conn, &id)).await.unwrap().unwrap().grant.generation
}

#[tokio::test]
async fn time_that_is_lost_makes_no_code_and_no_refresh_token_work_twice() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        store_grant(&source, 1).await;
        assert_eq!(source.read(directory_version::codes_from).await, Ok(UnixMillis(0)));
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        let done = restore(&target, &bytes, AS_RESCUED).await.unwrap();
        assert_eq!((done.refresh_tokens_ended, done.sessions_ended), (1, 0));
        assert_eq!(generation(&target).await, 0, "a refresh token of before goes on");
        assert!(codes_from(&target).await >= AS_RESCUED.now, "a code of a moment ago works again");
        let version = target.read(directory_version::current).await.unwrap();
        assert!(version >= AS_RESCUED.now.0, "a node may have seen this number before: {version}");
    })
    .await;
}

#[tokio::test]
async fn time_that_is_lost_sends_no_mail_again() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        let unit = |tx: &mut Tx<'_>| {
            for number in [1, 2, 3] {
                messages::add(tx, &new_message(number), NOW)?;
            }
            messages::settle(tx, (&new_message(3).id, 1), &Outcome::Sent("250 ok".into()), NOW)
        };
        source.write(unit).await.unwrap();
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        let done = restore(&target, &bytes, AS_RESCUED).await.unwrap();
        assert_eq!(done.messages_given_up, 2);
        assert_eq!(target.scan(messages::depth).await.unwrap().0, 0, "they left after the backup");
        let listed = target.scan(|conn| messages::of(conn, &[new_message(1).account], 9)).await.unwrap();
        let became: Vec<_> = listed.iter().map(|one| (one.standing.state, one.standing.detail.as_deref())).collect();
        let given_up = (State::NotSent { at: AS_RESCUED.now }, Some("restored from a backup"));
        assert_eq!(became, [(State::Sent { at: NOW }, Some("250 ok")), given_up, given_up]);
        let kept = &rows(&back_up(&target).await.1)["messages"];
        assert!(kept.iter().all(|row| !row.contains("010101")), "to whom is forgotten: {kept:?}");
    })
    .await;
}

#[tokio::test]
async fn after_a_move_what_waited_is_sent() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        source.write(|tx| messages::add(tx, &new_message(1), NOW)).await.unwrap();
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        assert_eq!(restore(&target, &bytes, AS_MOVED).await.unwrap().messages_given_up, 0);
        assert_eq!(target.scan(messages::depth).await.unwrap().0, 1);
    })
    .await;
}

/// The moment before which codes are refused. No later than the latest of the clocks there are.
async fn codes_from(db: &Db) -> UnixMillis {
    let there = db.read(clock::of_the_database).await.unwrap();
    let from = db.read(directory_version::codes_from).await.unwrap();
    assert!(from <= there.unwrap_or(AS_MOVED.now).max(AS_MOVED.now), "codes of after the restore are refused");
    from
}

#[tokio::test]
async fn a_clock_that_is_late_lets_no_code_of_before_the_backup_work_again() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        let (header, bytes) = back_up(&source).await;
        let target = to.node();
        let late = Restore { now: UnixMillis(header.created_at - 30_000), ..AS_RESCUED };
        restore(&target, &bytes, late).await.unwrap();
        assert!(codes_from(&target).await.0 >= header.created_at);
    })
    .await;
}

#[tokio::test]
async fn after_a_move_refresh_tokens_go_on_and_codes_do_not() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        store_grant(&source, 1).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        let ending = Restore { end_sessions: true, ..AS_MOVED };
        let done = restore(&target, &bytes, ending).await.unwrap();
        assert_eq!((done.refresh_tokens_ended, done.sessions_ended), (0, 1));
        assert_eq!(generation(&target).await, 1);
        assert!(codes_from(&target).await >= AS_MOVED.now);
        let (session, _) = target.read(|conn| sessions::find(conn, &new_session(1).id)).await.unwrap().unwrap();
        assert_eq!(session.ended_at, Some(AS_MOVED.now));
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_filled_in_as_it_was_and_then_migrated() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        source.write(|tx| sealing_keys::insert_current(tx, "00000001", b"wrapped", NOW)).await.unwrap();
        let (_, bytes) = back_up(&source).await;
        let mut lines = lines_without_the_last(&bytes);
        let schema = format!("\"schema\":{}", migrate::SCHEMA_VERSION);
        lines[0] = lines[0].replace(&schema, "\"schema\":1").replace(",[\"superseded_at\",\"integer\"]", "");
        let key = lines.iter().position(|line| line.starts_with("[\"00000001\"")).unwrap();
        lines[key] = lines[key].replace(",null]", "]");
        let target = to.node();
        restore(&target, &signed_anew(&lines), AS_MOVED).await.unwrap();
        assert_eq!(migrate::fit(&target).await, Ok(Fit::Serves));
        assert_eq!(rows(&back_up(&target).await.1)["sealing_keys"], rows(&bytes)["sealing_keys"]);
    })
    .await;
}
