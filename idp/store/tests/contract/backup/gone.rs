//! A database with something everywhere, from which one person is removed: what a backup of it still holds.

use super::{back_up, rows, set_up, something_everywhere};
use crate::backends::every_new_database;
use crate::fixtures::{NOW, after, new_account, new_message};
use idp_core::people::account::AccountState;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_core::{AccountId, ClientId};
use idp_store::backup::Header;
use idp_store::deletion::{self, Digests};
use idp_store::messages::NewMessage;
use idp_store::outbox::{self, Channel, Notice};
use idp_store::{Db, accounts, audit, messages, password_attempts, reset_codes};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

fn digests() -> Digests {
    Digests {
        former: [201; 32],
        attempts: [202; 32],
        answers: [203; 32],
        typed_name: "digest-of-the-name".into(),
        typed_address: Some("digest-of-the-address".into()),
    }
}

/// The blind index of the person's 救援手機.
const MOBILE: [u8; 32] = [255; 32];

/// What the database says of the person beside the rows under their id.
async fn under_digests(db: &Db) {
    let id = new_account(1).id;
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        for counter in [digests().attempts, digests().answers, [204; 32]] {
            password_attempts::take(tx, &counter, NOW, &AttemptPolicy::default())?.unwrap();
        }
        for (number, about) in [(10, "digest-of-the-name"), (11, "digest-of-the-address"), (12, "somebody-else")] {
            let asked = NewMessage { account: AccountId::from_trusted(about), ..new_message(number) };
            messages::add(tx, &asked, NOW)?;
            messages::settle(tx, (&asked.id, 0), &messages::Outcome::Sent("250".into()), NOW)?;
        }
        let texted = idp_core::ids::time_ordered(NOW, [76; 10]);
        reset_codes::add(tx, &texted)?;
        assert!(reset_codes::send_to(tx, (&texted, &id), &MOBILE, NOW)?);
        // Told, and still to be told.
        let waiting = Notice {
            id: idp_core::ids::time_ordered(NOW, [77; 10]),
            client: ClientId::from_trusted("weather"),
            channel: Channel::Back,
        };
        outbox::add_logouts(tx, &[waiting], &id, &crate::fixtures::new_session(1).id, NOW)?;
        audit::write(tx, idp_core::audit::Event::AccountActivated { account: id.clone() }, NOW, [3; 10])
    };
    db.write(unit).await.unwrap();
}

async fn remove(db: &Db) {
    let id = new_account(1).id;
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let person = accounts::find(tx.conn(), &id)?.unwrap();
        assert!(deletion::ask(tx, &id, (person.security_epoch, AccountState::Active), after(60), NOW)?);
        assert_eq!(deletion::remove_dead(tx, &id, after(59), 100)?, 0, "too early");
        assert!(!deletion::remove(tx, &id, &digests(), after(60))?, "its sessions go first");
        while deletion::remove_dead(tx, &id, after(60), 1)? > 0 {}
        assert!(deletion::remove(tx, &id, &digests(), after(60))?);
        assert!(!deletion::remove(tx, &id, &digests(), after(60))?, "twice");
        Ok(())
    };
    db.write(unit).await.unwrap();
}

/// The tables that have a column for an account.
fn of_accounts(header: &Header) -> BTreeSet<String> {
    let header = serde_json::to_value(header).unwrap();
    let tables = header["tables"].as_array().unwrap().iter();
    let whose = |table: &&Value| table["columns"].to_string().contains("\"account_id\"");
    tables.filter(whose).map(|table| table["name"].as_str().unwrap().to_owned()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn of_a_person_who_left_nothing_stays_in_any_table_but_what_is_documented() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        something_everywhere(&db).await;
        under_digests(&db).await;
        let (header, bytes) = back_up(&db).await;
        let before = rows(&bytes);
        let id = new_account(1).id;
        let about = |row: &String| row.contains(id.as_str());
        let filled = before.iter().filter(|(_, rows)| rows.iter().any(about)).map(|(table, _)| table.clone());
        let expected = of_accounts(&header).into_iter().chain(["accounts".to_owned()]);
        // Every table that has a column for an account is tried, or nothing is shown here.
        assert_eq!(filled.collect::<BTreeSet<_>>(), expected.collect());
        remove(&db).await;
        let after = rows(&back_up(&db).await.1);
        let texts = ["erson0001", "王小明1", "person1@example", "digest-of"];
        let counted = [hex(&digests().attempts), hex(&digests().answers)];
        let of_counter = |row: &String| counted.iter().any(|digest| row.contains(digest));
        let texted =
            |rows: &HashMap<String, Vec<String>>| rows["reset_codes"].iter().any(|row| row.contains(&hex(&MOBILE)));
        assert!(texted(&before) && !texted(&after));
        for (table, row) in after.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table, row))) {
            assert!(!texts.iter().any(|text| row.contains(text)) && !of_counter(row), "{table}: {row}");
        }
        // Nobody else lost anything; of this person ids alone stay: of what happened, and of whom it is still to be told.
        for (table, rows) in before {
            let stays = |row: &String| match table.as_str() {
                "audit" => true,
                "outbox" => !about(row) || row.contains("null"),
                "password_attempts" => !of_counter(row),
                _ => !about(row) && !row.contains("digest-of"),
            };
            let mut kept: BTreeSet<_> = rows.into_iter().filter(stays).collect();
            if table == "reset_codes" {
                kept = kept.into_iter().map(|row| row.replace(&format!("\"{}\"", hex(&MOBILE)), "null")).collect();
            }
            if table == "former_accounts" {
                kept.insert(format!("[\"{}\"]", hex(&digests().former)));
            }
            assert_eq!(kept, after[&table].iter().cloned().collect(), "{table}");
        }
    })
    .await;
}
