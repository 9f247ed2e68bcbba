use crate::backends::every_database;
use crate::fixtures::{NOW, new_account};
use idp_core::UnixMillis;
use idp_core::membership::email_key::EmailChange;
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::recovery::SETTLES;
use idp_store::accounts::{self, NewAccount};
use idp_store::{Fault, Tx, email_changes, former_emails};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// So many days after the beginning.
fn day(number: u32) -> UnixMillis {
    NOW.plus(DAY * number)
}

/// Asks for an address and confirms it at once.
fn change(tx: &mut Tx<'_>, number: u8, email: &str, now: UnixMillis) -> Result<bool, Fault> {
    let id = new_account(number).id;
    let person = accounts::find(tx.conn(), &id)?.unwrap();
    let expires_at = now.plus(DAY);
    let change = EmailChange { email: email.into(), security_epoch: 1, asked_at: now, expires_at };
    email_changes::put(tx, &id, &change)?;
    email_changes::confirm(tx, &person, &change, now)
}

fn former(email: Option<&str>, changed_at: UnixMillis) -> FormerEmail {
    FormerEmail { email: email.map(str::to_owned), changed_at }
}

const FIRST: &str = "person1@example.gov.tw";

#[tokio::test]
async fn of_many_changes_the_address_before_the_first_counts_until_the_last_has_settled() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let mut seen = vec![former_emails::counting(tx.conn(), &id, NOW)?];
            for (email, at) in [("second@example.tw", day(1)), ("third@example.tw", day(3))] {
                assert!(change(tx, 1, email, at)?);
                seen.push(former_emails::counting(tx.conn(), &id, at)?);
            }
            let settles = day(3).plus(SETTLES);
            seen.push(former_emails::counting(tx.conn(), &id, UnixMillis(settles.0 - 1))?);
            seen.push(former_emails::counting(tx.conn(), &id, settles)?);
            // It has settled, whether anybody swept: from here on it is the one of before.
            assert!(change(tx, 1, "fourth@example.tw", settles)?);
            seen.push(former_emails::counting(tx.conn(), &id, settles)?);
            Ok(seen)
        };
        let seen = db.write(unit).await.unwrap();
        let settles = day(3).plus(SETTLES);
        let expected = [
            None,
            Some(former(Some(FIRST), day(1))),
            Some(former(Some(FIRST), day(3))),
            Some(former(Some(FIRST), day(3))),
            None,
            Some(former(Some("third@example.tw"), settles)),
        ];
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn who_changes_back_to_the_address_that_counts_has_nothing_to_settle() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let mut counts = Vec::new();
            for email in ["second@example.tw", "third@example.tw", "second@example.tw", FIRST] {
                assert!(change(tx, 1, email, day(1))?);
                counts.push(former_emails::counting(tx.conn(), &id, day(1))?.and_then(|former| former.email));
            }
            Ok(counts)
        };
        let first = || Some(FIRST.to_owned());
        assert_eq!(db.write(unit).await.unwrap(), [first(), first(), first(), None]);
    })
    .await;
}

#[tokio::test]
async fn who_had_no_confirmed_address_has_none_that_counts_until_the_new_one_has_settled() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let mut counts = Vec::new();
            for (number, email) in [(1, None), (2, Some("typed@example.tw".to_owned()))] {
                let new = NewAccount { email, email_verified: false, ..new_account(number) };
                accounts::insert(tx, &new, NOW)?;
                assert!(change(tx, number, "new@example.tw", day(1))?);
                counts.push(former_emails::counting(tx.conn(), &new.id, day(2))?);
            }
            Ok(counts)
        };
        let none = || Some(former(None, day(1)));
        assert_eq!(db.write(unit).await.unwrap(), [none(), none()]);
    })
    .await;
}

#[tokio::test]
async fn what_did_not_change_the_address_is_not_noted_and_what_has_settled_is_forgotten() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let before = accounts::find(tx.conn(), &id)?.unwrap();
            let change = EmailChange {
                email: "new@example.tw".into(),
                security_epoch: 1,
                asked_at: NOW,
                expires_at: NOW.plus(DAY),
            };
            email_changes::put(tx, &id, &change)?;
            accounts::set_password(tx, &id, "other", NOW)?;
            let refused = email_changes::confirm(tx, &before, &change, NOW)?;
            let noted = former_emails::counting(tx.conn(), &id, NOW)?.is_some();
            former_emails::note(tx, &before, "new@example.tw", NOW)?;
            let settles = NOW.plus(SETTLES);
            let early = former_emails::forget_settled(tx, UnixMillis(settles.0 - 1))?;
            let forgotten = [former_emails::forget_settled(tx, settles)?, former_emails::forget_settled(tx, settles)?];
            Ok((refused, noted, early, forgotten))
        };
        assert_eq!(db.write(unit).await.unwrap(), (false, false, 0, [1, 0]));
    })
    .await;
}
