use crate::backends::every_database;
use crate::fixtures::{NOW, after, store_account};
use idp_core::audit::Event;
use idp_core::people::account::AccountState;
use idp_core::{AccountId, ClientId, UnixMillis};
use idp_store::audit::Stored;
use idp_store::{Db, Fault, accounts, audit};

fn issued(client: &str) -> Event {
    Event::TokensIssued { account: AccountId::new([1; 16]), client: ClientId::from_trusted(client) }
}

async fn write(db: &Db, client: &'static str, now: UnixMillis, random: u8) {
    db.write(move |tx| audit::write(tx, issued(client), now, [random; 10])).await.unwrap();
}

async fn newest(db: &Db, limit: i64) -> Vec<Stored> {
    db.scan(move |conn| audit::newest(conn, limit)).await.unwrap()
}

#[tokio::test]
async fn an_event_is_written_down_with_whom_it_concerns() {
    every_database(async |db| {
        let failed = Event::SignInFailed { name_digest: "abc".into(), failures: 2 };
        let event = failed.clone();
        db.write(move |tx| audit::write(tx, event.clone(), NOW, [1; 10])).await.unwrap();
        write(&db, "emic", after(1), 2).await;
        let lines = newest(&db, 10).await;
        let concerns: Vec<_> = lines.iter().map(|(_, event, account, client, _)| (event, account, client)).collect();
        let account = Some(AccountId::new([1; 16]).as_str().to_owned());
        assert_eq!(concerns[0], (&"tokens.issued".to_owned(), &account, &Some("emic".to_owned())));
        assert_eq!(concerns[1], (&"sign_in.failed".to_owned(), &None, &None));
        assert_eq!(lines[0].4, None);
        assert_eq!(lines[1].4, failed.into_line().detail);
    })
    .await;
}

#[tokio::test]
async fn the_newest_lines_come_first_and_no_more_than_asked() {
    every_database(async |db| {
        for (client, at, random) in [("second", 2, 0), ("first", 1, 255), ("third", 3, 7)] {
            write(&db, client, after(at), random).await;
        }
        let clients: Vec<_> = newest(&db, 2).await.into_iter().filter_map(|line| line.3).collect();
        assert_eq!(clients, ["third", "second"]);
    })
    .await;
}

#[tokio::test]
async fn an_act_that_failed_leaves_no_line_and_an_act_without_its_line_does_not_happen() {
    every_database(async |db| {
        let failed = db.write(|tx| {
            audit::write(tx, issued("emic"), NOW, [1; 10])?;
            Err::<(), _>(Fault::corrupt("a test"))
        });
        assert!(failed.await.is_err());
        assert_eq!(newest(&db, 10).await, []);

        write(&db, "emic", NOW, 1).await;
        let id = store_account(&db, 1).await;
        let of = id.clone();
        let locked = db.write(move |tx| {
            accounts::set_state(tx, &of, AccountState::Locked, NOW)?;
            audit::write(tx, issued("emic"), NOW, [1; 10]) // an id that is taken
        });
        assert!(locked.await.is_err());
        let person = db.read(move |conn| accounts::find(conn, &id)).await.unwrap().unwrap();
        assert_eq!(person.state, AccountState::Active);
    })
    .await;
}
