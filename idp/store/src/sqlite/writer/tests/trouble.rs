//! Bad days of the disk: what was answered stands, what was not is not there, and the next day is a good one.

use super::*;
use std::fs;
use std::time::Duration;

fn is_unavailable<T: std::fmt::Debug>(out: &Result<T, Fault>, why: &str) -> bool {
    matches!(out, Err(Fault::Unavailable(words)) if words.contains(why))
}

/// A unit that needs room.
fn insert_much(name: &'static str) -> Unit {
    Box::new(move |tx| secrets::insert(tx, name, &[7; 300_000]))
}

/// How many pages the file may have; SQLite says of one more what it says of a full disk.
fn room(pages: u32) -> Unit {
    Box::new(move |tx| batch(tx.conn(), &format!("PRAGMA max_page_count = {pages}")).map(|()| true))
}

#[tokio::test]
async fn on_a_full_disk_a_unit_falls_whole_the_others_are_answered_honestly_and_room_heals_it() {
    for large_first in [true, false] {
        let file = File::new().await;
        // Less than there is means: not one more.
        file.write(room(1)).await.unwrap();
        let units = if large_first {
            [insert_much("large"), insert("a"), insert("b")]
        } else {
            [insert("a"), insert_much("large"), insert("b")]
        };
        let hold = file.hold().await;
        let mut waiting = Vec::new();
        for unit in units {
            waiting.push(file.queue(unit).await);
        }
        let held = hold.release().await;
        let answers = answers(waiting).await;
        let large = if large_first { 0 } else { 1 };
        assert!(is_unavailable(&answers[large], "full"), "{answers:?}");
        // Whoever was told «yes» finds it; whoever was not, does not.
        let names = if large_first { ["large", "a", "b"] } else { ["a", "large", "b"] };
        let told = names.iter().zip(&answers).filter(|(_, answer)| **answer == Ok(true)).map(|(name, _)| *name);
        let mut told: Vec<String> = told.chain((held == Ok(true)).then_some("held")).map(str::to_owned).collect();
        told.sort();
        assert_eq!(file.stored(), told, "{answers:?} {held:?}");
        for answer in answers.iter().filter(|answer| answer.is_err()) {
            assert!(is_unavailable(answer, "full"), "nobody hears of anything but the full disk: {answer:?}");
        }
        file.write(room(1_000_000)).await.unwrap();
        assert_eq!(file.write(insert_much("large")).await, Ok(true));
        assert_eq!(file.write(insert("after")).await, Ok(true));
    }
}

#[tokio::test]
async fn when_the_folder_is_gone_nothing_is_promised_until_it_is_back() {
    let file = File::new().await;
    assert_eq!(file.write(insert("before")).await, Ok(true));
    assert_eq!(file.stored(), ["before"]);
    let folder = file.path.parent().unwrap();
    let elsewhere = folder.with_extension("elsewhere");
    fs::rename(folder, &elsewhere).unwrap();
    // The open files could be written: nobody would find them again.
    assert!(is_unavailable(&file.write(insert("lost")).await, "not there"));
    assert_eq!(file.stored(), ["before"], "a reader that has the file open reads on");
    let sqlite = file.sqlite.clone();
    let new_reader = std::thread::spawn(move || sqlite.read(secrets::all)).join().unwrap();
    assert!(is_unavailable(&new_reader, "not there"), "{new_reader:?}");
    fs::rename(&elsewhere, folder).unwrap();
    assert_eq!(file.write(insert("after")).await, Ok(true));
    assert_eq!(file.stored(), ["after", "before"]);
}

#[tokio::test]
async fn another_file_in_its_place_is_not_taken_for_it() {
    for name in ["idp.db", "idp.db-wal"] {
        let file = File::new().await;
        let path = file.path.with_file_name(name);
        let aside = file.path.with_file_name("aside");
        fs::rename(&path, &aside).unwrap();
        assert!(is_unavailable(&file.write(insert("lost")).await, "not there"), "{name}");
        fs::copy(&aside, &path).unwrap();
        assert!(is_unavailable(&file.write(insert("lost")).await, "not the file that was opened"), "{name}");
        fs::rename(&aside, &path).unwrap();
        assert_eq!(file.write(insert("after")).await, Ok(true), "{name}");
        assert_eq!(file.stored(), ["after"]);
    }
}

#[tokio::test]
async fn what_waits_behind_somebody_elses_lock_hears_of_it_together_and_then_goes_on() {
    let file = File::new().await;
    file.sqlite.write(|tx| batch(tx.conn(), "PRAGMA busy_timeout = 400")).await.unwrap();
    let mut somebody = connect(&file.path).unwrap();
    batch(&mut somebody, "BEGIN IMMEDIATE").unwrap();
    let mut waiting = Vec::new();
    for number in 0..20 {
        waiting.push(file.queue(insert(format!("{number}"))).await);
    }
    let patience = tokio::time::timeout(Duration::from_secs(4), answers(waiting)).await;
    for answer in patience.expect("one wait for all, not one after the other") {
        assert!(is_unavailable(&answer, "locked"), "{answer:?}");
    }
    assert_eq!(file.stored(), Vec::<String>::new(), "reads go on");
    batch(&mut somebody, "ROLLBACK").unwrap();
    assert_eq!(file.write(insert("after")).await, Ok(true));
    assert_eq!(file.stored(), ["after"]);
}

#[tokio::test]
async fn a_damaged_file_is_an_incident_and_does_not_ask_to_come_back() {
    let file = File::new().await;
    file.write(insert("before")).await.unwrap();
    file.sqlite.write(|tx| batch(tx.conn(), "COMMIT; PRAGMA wal_checkpoint(TRUNCATE); BEGIN")).await.unwrap();
    let mut bytes = fs::read(&file.path).unwrap();
    // The first page says what there is, the others hold it.
    bytes[4096..].fill(0xff);
    fs::write(&file.path, bytes).unwrap();
    let sqlite = file.sqlite.clone();
    let read = std::thread::spawn(move || sqlite.read(secrets::all)).join().unwrap();
    assert!(matches!(&read, Err(Fault::Database(words)) if words.contains("malformed")), "{read:?}");
}
