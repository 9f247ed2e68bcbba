use crate::backends::every_database;
use crate::fixtures::{NOW, after, new_account};
use idp_core::UnixMillis;
use idp_core::membership::recovery::{CountsFrom, SETTLES};
use idp_store::recovery::{self, SealedRecovery};
use idp_store::{Tx, accounts, sealing_keys};

fn sealed_by(key: u8, what: &str) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, key];
    bytes.extend(what.as_bytes());
    bytes
}

fn whole(key: u8) -> SealedRecovery {
    SealedRecovery {
        hint: Some((sealed_by(key, "question"), "$argon2id$".into())),
        mobile: Some((sealed_by(key, "mobile"), [7; 32])),
    }
}

#[tokio::test]
async fn what_helps_is_kept_and_replaced() {
    every_database(async |db| {
        let (person, nobody) = (new_account(1), new_account(2));
        let id = person.id.clone();
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            accounts::insert(tx, &person, NOW)?;
            recovery::set(tx, &person.id, &whole(1), NOW)?;
            let first = recovery::find(tx.conn(), &person.id)?;
            let mobile_alone = SealedRecovery { hint: None, ..whole(2) };
            recovery::set(tx, &person.id, &mobile_alone, after(1))?;
            Ok((first, recovery::find(tx.conn(), &person.id)?))
        };
        let (first, second) = db.write(unit).await.unwrap();
        assert_eq!(first, Some(whole(1)));
        assert_eq!(second, Some(SealedRecovery { hint: None, ..whole(2) }));
        assert_eq!(db.read(move |conn| recovery::find(conn, &nobody.id)).await.unwrap(), None);
        assert!(db.write(move |tx| recovery::set(tx, &new_account(3).id, &whole(1), NOW)).await.is_err(), "of nobody");
        assert!(db.read(move |conn| recovery::find(conn, &id)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn what_another_key_sealed_is_found_and_replaced_unless_it_changed_meanwhile() {
    every_database(async |db| {
        let unit = |tx: &mut idp_store::Tx<'_>| {
            for (number, key) in [(1, 1), (2, 1), (3, 2)] {
                accounts::insert(tx, &new_account(number), NOW)?;
                recovery::set(tx, &new_account(number).id, &whole(key), NOW)?;
            }
            // A question alone, and nothing at all.
            accounts::insert(tx, &new_account(4), NOW)?;
            recovery::set(tx, &new_account(4).id, &SealedRecovery { mobile: None, ..whole(1) }, NOW)?;
            accounts::insert(tx, &new_account(5), NOW)?;
            recovery::set(tx, &new_account(5).id, &SealedRecovery::default(), NOW)?;
            let count = |tx: &mut idp_store::Tx<'_>, key| sealing_keys::columns_sealed_with(tx.conn(), [0, 0, 0, key]);
            let before = (count(tx, 1)?, count(tx, 2)?);
            let stale = recovery::stale(tx.conn(), [0, 0, 0, 2], "", 10)?;
            let page = recovery::stale(tx.conn(), [0, 0, 0, 2], &stale[0].id, 1)?;
            let after_it: Vec<_> = page.iter().map(|row| row.id.clone()).collect();
            let mut written = Vec::new();
            for row in &stale {
                let anew: Vec<_> = row.sealed.iter().map(|one| one.as_ref().map(|_| sealed_by(2, "anew"))).collect();
                written.push(recovery::reseal(tx, row, &anew)?);
                written.push(recovery::reseal(tx, row, &anew)?);
            }
            let kept = recovery::find(tx.conn(), &new_account(1).id)?;
            Ok((before, stale.len(), after_it == [stale[1].id.clone()], written, (count(tx, 1)?, count(tx, 2)?), kept))
        };
        let (before, stale, pages, written, after, kept) = db.write(unit).await.unwrap();
        assert_eq!((before, stale, pages), ((5, 2), 3, true));
        assert_eq!(written, [true, false, true, false, true, false]);
        assert_eq!(after, (0, 7));
        let (hint, mobile) = (kept.clone().unwrap().hint.unwrap(), kept.unwrap().mobile.unwrap());
        assert_eq!((hint.1.as_str(), mobile.1), ("$argon2id$", [7; 32]), "the rest stays");
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_counts_from_its_time_on_and_what_the_account_began_with_at_once() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let none = recovery::settled(tx.conn(), &id, NOW)?.is_some();
            recovery::set(tx, &id, &whole(1), NOW)?;
            let at_once = recovery::settled(tx.conn(), &id, UnixMillis(0))? == Some(whole(1));
            recovery::set(tx, &id, &another(), after(10))?;
            let before = UnixMillis(after(10).0 - 1);
            let early = recovery::settled(tx.conn(), &id, before)? != Some(SealedRecovery::default());
            let later = recovery::settled(tx.conn(), &id, after(10))? == Some(another());
            let forgotten = [recovery::forget_hint(tx, &id)?, recovery::forget_hint(tx, &id)?];
            let mobile = recovery::settled(tx.conn(), &id, after(10))?.unwrap();
            let kept = recovery::remove_unsettled(tx, &id, after(10))?;
            let removed = [recovery::remove_unsettled(tx, &id, before)?, recovery::remove_unsettled(tx, &id, before)?];
            let gone = recovery::find(tx.conn(), &id)? == Some(SealedRecovery::default());
            Ok(([none, at_once, early, later], forgotten, (mobile.hint, mobile.mobile), (kept, removed), gone))
        };
        let said = db.write(unit).await.unwrap();
        let removed = (false, [true, false]);
        let expected = ([false, true, false, true], [true, false], (None, another().mobile), removed, true);
        assert_eq!(said, expected);
    })
    .await;
}

#[test]
fn no_log_can_print_the_hash_of_an_answer() {
    let printed = format!("{:?}", whole(1));
    assert!(printed.contains("SealedRecovery") && !printed.contains("argon2"), "{printed}");
}

/// Another question with its answer, and another mobile.
fn another() -> SealedRecovery {
    SealedRecovery {
        hint: Some((sealed_by(1, "another question"), "$argon2id$another".into())),
        mobile: Some((sealed_by(1, "another mobile"), [8; 32])),
    }
}

#[tokio::test]
async fn each_part_settles_by_itself_and_what_did_not_change_keeps_counting() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            recovery::set(tx, &id, &whole(1), NOW)?;
            // Sealed anew by the page that saves it, and the same.
            let mobile_alone = SealedRecovery { mobile: another().mobile, ..whole(2) };
            recovery::set(tx, &id, &mobile_alone, after(10))?;
            let since = UnixMillis(after(10).0 - 1);
            let first = (recovery::settled(tx.conn(), &id, since)?, recovery::counts_from(tx.conn(), &id, after(11))?);
            let both = SealedRecovery { hint: another().hint, ..mobile_alone };
            recovery::set(tx, &id, &both, after(20))?;
            let second = (
                recovery::settled(tx.conn(), &id, after(10))?,
                recovery::counts_from(tx.conn(), &id, after(10).plus(SETTLES))?,
            );
            let removed = recovery::remove_unsettled(tx, &id, after(10))?;
            Ok((first, second, removed, recovery::find(tx.conn(), &id)?))
        };
        let (first, second, removed, kept) = db.write(unit).await.unwrap();
        let from = |at: UnixMillis| Some(at.plus(SETTLES));
        let hint_alone = SealedRecovery { mobile: None, ..whole(2) };
        assert_eq!(first, (Some(hint_alone), CountsFrom { hint: None, mobile: from(after(10)) }));
        let mobile_alone = Some(SealedRecovery { hint: None, ..another() });
        assert_eq!(second, (mobile_alone.clone(), CountsFrom { hint: from(after(20)), mobile: None }));
        assert_eq!((removed, kept), (true, mobile_alone), "what counts stays");
    })
    .await;
}
