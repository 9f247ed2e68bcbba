use crate::backends::every_database;
use crate::fixtures::{NOW, after, new_account};
use idp_core::UnixMillis;
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
            let at_once = recovery::settled(tx.conn(), &id, UnixMillis(0))?.is_some();
            recovery::set(tx, &id, &whole(1), after(10))?;
            let early = recovery::settled(tx.conn(), &id, UnixMillis(after(10).0 - 1))?.is_some();
            let later = recovery::settled(tx.conn(), &id, after(10))? == recovery::find(tx.conn(), &id)?;
            let forgotten = [recovery::forget_hint(tx, &id)?, recovery::forget_hint(tx, &id)?];
            let mobile = recovery::settled(tx.conn(), &id, after(10))?.unwrap();
            let removed = [recovery::remove(tx, &id)?, recovery::remove(tx, &id)?];
            let gone = recovery::find(tx.conn(), &id)?.is_none();
            Ok(([none, at_once, early, later], forgotten, (mobile.hint, mobile.mobile), removed, gone))
        };
        let said = db.write(unit).await.unwrap();
        let expected = ([false, true, false, true], [true, false], (None, whole(1).mobile), [true, false], true);
        assert_eq!(said, expected);
    })
    .await;
}

#[test]
fn no_log_can_print_the_hash_of_an_answer() {
    let printed = format!("{:?}", whole(1));
    assert!(printed.contains("SealedRecovery") && !printed.contains("argon2"), "{printed}");
}
