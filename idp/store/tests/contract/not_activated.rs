//! Accounts that nobody activated: when they go, and what goes with them.

use crate::backends::{every_database, every_pair_of_nodes, sqlite};
use crate::fixtures::{NOW, after, equip, new_account, new_message, store_agencies};
use crate::race::{node_of, race, winners};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, SqliteConnection};
use idp_core::AccountId;
use idp_core::people::account::AccountState;
use idp_store::accounts::NewAccount;
use idp_store::deletion::{self, Digests};
use idp_store::not_activated::{self, Over};
use idp_store::{Db, Tx, accounts, messages, migrate};

/// Made before a moment, whenever its link left.
fn made_before(seconds: u64) -> Over {
    Over { made_before: after(seconds), mailed_before: after(1_000_000) }
}

fn waiting(number: u8) -> NewAccount {
    NewAccount { state: AccountState::NotActivated, email_verified: false, ..new_account(number) }
}

async fn found(db: &Db, over: Over) -> Vec<AccountId> {
    db.scan(move |conn| not_activated::over(conn, over, 10)).await.unwrap()
}

async fn remove(db: &Db, id: AccountId, over: Over) -> bool {
    db.write(move |tx| not_activated::remove_over(tx, &id, over)).await.unwrap()
}

#[tokio::test]
async fn an_account_that_was_never_activated_goes_after_its_time_with_all_that_hangs_on_it_and_no_other_does() {
    every_database(async |db| {
        store_agencies(&db).await;
        let (waits, late, active) = (waiting(1), waiting(2), new_account(3));
        let id = waits.id.clone();
        db.write(move |tx| {
            accounts::insert(tx, &waits, NOW)?;
            equip(tx, &waits.id)?;
            messages::add(tx, &new_message(1), NOW)?;
            accounts::insert(tx, &active, NOW)?;
            accounts::insert(tx, &late, after(1))
        })
        .await
        .unwrap();
        assert!(found(&db, made_before(0)).await.is_empty());
        assert_eq!(found(&db, made_before(1)).await, std::slice::from_ref(&id));
        assert!(
            !remove(&db, id.clone(), made_before(0)).await && !remove(&db, new_account(3).id, made_before(1)).await
        );
        assert!(remove(&db, id.clone(), made_before(1)).await && !remove(&db, id.clone(), made_before(1)).await);
        assert_eq!(db.read(move |conn| accounts::find(conn, &id)).await.unwrap(), None);
        assert_eq!(db.scan(messages::depth).await.unwrap().0, 0);
        assert!(db.write(|tx| accounts::insert(tx, &new_account(1), NOW)).await.unwrap(), "its name is free again");
    })
    .await;
}

#[tokio::test]
async fn an_account_stays_until_its_newest_link_is_over() {
    every_database(async |db| {
        let id = waiting(1).id;
        db.write(|tx| accounts::insert(tx, &waiting(1), NOW)).await.unwrap();
        let mailed = async |to: &'static str, at| {
            let id = id.clone();
            db.write(move |tx| not_activated::mailed(tx, &id, to, None, at)).await.unwrap()
        };
        assert!(!mailed("another@example.gov.tw", after(200)).await, "corrected meanwhile");
        assert!(mailed("person1@example.gov.tw", after(100)).await);
        let over = |mailed: u64| Over { made_before: after(50), mailed_before: after(mailed) };
        assert!(found(&db, over(100)).await.is_empty() && !remove(&db, id.clone(), over(100)).await);
        assert_eq!(found(&db, over(101)).await, std::slice::from_ref(&id));
        assert!(remove(&db, id.clone(), over(101)).await);
        assert!(!mailed("person1@example.gov.tw", after(300)).await, "nothing leaves for one that is gone");
        db.write(|tx| accounts::insert(tx, &new_account(2), NOW)).await.unwrap();
        let active = new_account(2).id;
        let unit = move |tx: &mut Tx<'_>| not_activated::mailed(tx, &active, "person2@example.gov.tw", None, after(1));
        assert!(!db.write(unit).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_who_activates_who_discards_and_the_job_one_succeeds() {
    every_pair_of_nodes(async |one, other| {
        for round in 1..=12_u8 {
            let id = waiting(round).id;
            one.write(move |tx| accounts::insert(tx, &waiting(round), NOW)).await.unwrap();
            let done = race(6, |number| {
                let (node, id) = (node_of(number, (&one, &other)), id.clone());
                let email = waiting(round).email.unwrap();
                async move {
                    let unit = move |tx: &mut Tx<'_>| match number % 3 {
                        0 => accounts::activate(tx, &id, &email, NOW),
                        1 => not_activated::discard(tx, &id),
                        _ => not_activated::remove_over(tx, &id, made_before(1)),
                    };
                    node.write(unit).await.unwrap()
                }
            });
            assert_eq!(winners(&done.await), 1);
        }
    })
    .await;
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Rows of each table with a foreign key to accounts, by the catalogue of the database.
fn rows(conn: &mut SqliteConnection) -> Vec<(String, i64)> {
    let sql = r#"SELECT t.name AS table_name, f."from" AS column_name FROM sqlite_master t
        JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND f."table" = 'accounts' ORDER BY t.name"#;
    let tables = diesel::sql_query(sql).load::<Reference>(conn).unwrap();
    let count = |Reference { table_name, column_name }| {
        let sql = format!("SELECT count({column_name}) AS rows FROM {table_name}");
        let counted = diesel::sql_query(sql).get_result::<Count>(conn).unwrap();
        (table_name, counted.rows)
    };
    tables.into_iter().map(count).collect()
}

#[tokio::test]
async fn no_table_that_names_an_account_is_forgotten_by_any_way_of_removing_one() {
    let database = sqlite();
    let db = database.node();
    migrate::run(&db).await.unwrap();
    store_agencies(&db).await;
    let mut catalogue = SqliteConnection::establish(&database.address()).unwrap();
    for (number, way) in ["over", "discard", "left"].into_iter().enumerate() {
        let number = u8::try_from(number + 1).unwrap();
        let new = if way == "left" { new_account(number) } else { waiting(number) };
        let id = new.id.clone();
        db.write(move |tx| {
            accounts::insert(tx, &new, NOW)?;
            equip(tx, &new.id)
        })
        .await
        .unwrap();
        for (table, rows) in rows(&mut catalogue) {
            // These go before, in small steps; whoever did not activate an account has none.
            let before = ["grants", "sessions"].contains(&table.as_str());
            assert_eq!(rows, i64::from(!before), "{table} is new: equip() fills it, remove_with_all() empties it");
        }
        let unit = move |tx: &mut Tx<'_>| match way {
            "over" => not_activated::remove_over(tx, &id, made_before(1)),
            "discard" => not_activated::discard(tx, &id),
            _ => {
                deletion::ask(tx, &id, (1, AccountState::Active), after(1), NOW)?;
                deletion::remove(tx, &id, &Digests::default(), after(1))
            }
        };
        assert!(db.write(unit).await.unwrap(), "{way}");
        assert!(rows(&mut catalogue).iter().all(|(_, rows)| *rows == 0), "{way}");
    }
}
