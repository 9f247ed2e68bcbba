use crate::backends::every_database;
use crate::fixtures::{NOW, after, store_account};
use idp_core::audit::Event;
use idp_core::people::account::AccountState;
use idp_core::{AccountId, ClientId, UnixMillis};
use idp_store::audit::{Stored, Wanted};
use idp_store::{Db, Fault, accounts, audit};

fn issued(client: &str) -> Event {
    Event::TokensIssued { account: AccountId::new([1; 16]), client: ClientId::from_trusted(client) }
}

async fn write(db: &Db, client: &'static str, now: UnixMillis, random: u8) {
    db.write(move |tx| audit::write(tx, issued(client), now, [random; 10])).await.unwrap();
}

async fn newest(db: &Db, limit: i64) -> Vec<Stored> {
    db.scan(move |conn| audit::newest(conn, &Wanted::default(), None, (limit, 100))).await.unwrap().lines
}

#[tokio::test]
async fn an_event_is_written_down_with_whom_it_concerns() {
    every_database(async |db| {
        let failed = Event::SignInFailed { name_digest: "abc".into(), client: None, failures: 2 };
        let event = failed.clone();
        db.write(move |tx| audit::write(tx, event.clone(), NOW, [1; 10])).await.unwrap();
        write(&db, "emic", after(1), 2).await;
        let lines = newest(&db, 10).await;
        let concerns: Vec<_> = lines.iter().map(|line| (line.event.as_str(), &line.account_id, &line.client)).collect();
        let account = Some(AccountId::new([1; 16]).as_str().to_owned());
        assert_eq!(concerns[0], ("tokens.issued", &account, &Some("emic".to_owned())));
        assert_eq!(concerns[1], ("sign_in.failed", &None, &None));
        assert_eq!((&lines[0].detail, lines[0].at()), (&None, after(1)));
        assert_eq!((&lines[1].detail, lines[1].at()), (&failed.into_line().detail, NOW));
        assert_eq!(lines[0].account, None, "there is no such account");
        store_account(&db, 1).await;
        assert_eq!(newest(&db, 1).await[0].account.as_deref(), Some("Person0001"));
    })
    .await;
}

#[tokio::test]
async fn the_newest_lines_come_first_and_no_more_than_asked() {
    every_database(async |db| {
        for (client, at, random) in [("second", 2, 0), ("first", 1, 255), ("third", 3, 7)] {
            write(&db, client, after(at), random).await;
        }
        let clients: Vec<_> = newest(&db, 2).await.into_iter().filter_map(|line| line.client).collect();
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

/// The random halves of an id of one millisecond, in their order.
const HALVES: [u8; 4] = [0xfb, 0xd3, 0, 0xff];

#[tokio::test]
async fn pages_hold_each_line_once_in_either_order_also_within_a_millisecond() {
    every_database(async |db| {
        for random in HALVES {
            write(&db, "emic", NOW, random).await;
            write(&db, "emic", after(1), random).await;
        }
        let pages = |newest_first: bool| {
            let unit = move |conn: &mut idp_store::Conn| {
                let mut all = Vec::<Stored>::new();
                for _ in 0..4 {
                    let last = all.last().map(|line| line.id.clone());
                    let page = if newest_first { audit::newest } else { audit::oldest };
                    all.extend(page(conn, &Wanted::default(), last.as_deref(), (3, 100))?.lines);
                }
                Ok(all)
            };
            db.scan(unit)
        };
        let (mut newest, oldest) = (pages(true).await.unwrap(), pages(false).await.unwrap());
        assert_eq!(oldest.len(), 8);
        newest.reverse();
        assert_eq!(newest, oldest);
        assert!(oldest.is_sorted_by_key(Stored::at));
    })
    .await;
}

#[tokio::test]
async fn lines_are_found_by_whom_they_concern_by_what_happened_and_by_time() {
    every_database(async |db| {
        for random in HALVES {
            write(&db, "emic", NOW, random).await;
        }
        write(&db, "elearn", after(1), 1).await;
        let (account, client) = (AccountId::new([2; 16]), ClientId::from_trusted("emic"));
        let other = Event::TokensRefreshed { account: account.clone(), client: client.clone() };
        db.write(move |tx| audit::write(tx, other.clone(), after(2), [1; 10])).await.unwrap();
        let guessed = |name: &str| Event::SignInFailed { name_digest: name.into(), client: None, failures: 1 };
        let (theirs, others) = (guessed("dGhlaXJz_-1"), guessed("b3RoZXJz_-1"));
        db.write(move |tx| audit::write(tx, theirs.clone(), after(3), [1; 10])).await.unwrap();
        db.write(move |tx| audit::write(tx, others.clone(), after(3), [2; 10])).await.unwrap();
        let nothing = Wanted::default;
        for (wanted, found) in [
            (nothing(), 8),
            (Wanted { account: Some((account, "dGhlaXJz_-1".into())), ..nothing() }, 2),
            (Wanted { client: Some(client), ..nothing() }, 5),
            (Wanted { event: Some("tokens.issued".into()), ..nothing() }, 5),
            (Wanted { since: Some(NOW), ..nothing() }, 8),
            (Wanted { since: Some(UnixMillis(NOW.0 + 1)), ..nothing() }, 4),
            (Wanted { until: Some(NOW), ..nothing() }, 0),
            (Wanted { until: Some(UnixMillis(NOW.0 + 1)), ..nothing() }, 4),
            (Wanted { since: Some(after(1)), until: Some(after(2)), ..nothing() }, 1),
        ] {
            let asked = wanted.clone();
            let unit = move |conn: &mut idp_store::Conn| {
                let newest = audit::newest(conn, &asked, None, (100, 100))?.lines.len();
                Ok((newest, audit::oldest(conn, &asked, None, (100, 100))?.lines.len()))
            };
            assert_eq!(db.scan(unit).await.unwrap(), (found, found), "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn looking_for_a_rare_line_ends_after_a_stretch_and_goes_on_from_there() {
    every_database(async |db| {
        // Wanted are those of emic: the second and the sixth.
        for second in 1..=7 {
            write(&db, if second % 4 == 2 { "emic" } else { "elearn" }, after(second), 1).await;
        }
        let wanted =
            Wanted { client: Some(ClientId::from_trusted("emic")), since: Some(after(2)), ..Wanted::default() };
        for (newest_first, limit, expected) in [
            (false, 5, &[(&[2][..], true), (&[6], true), (&[], false)][..]),
            (true, 5, &[(&[6][..], true), (&[2], true), (&[], false)]),
            (false, 1, &[(&[2], true), (&[], true), (&[6], true), (&[], false)]),
        ] {
            let mut after_this = None::<String>;
            for (found, goes_on) in expected {
                let (wanted, from) = (wanted.clone(), after_this.clone());
                let page = if newest_first { audit::newest } else { audit::oldest };
                let unit = move |conn: &mut idp_store::Conn| page(conn, &wanted, from.as_deref(), (limit, 3));
                let page = db.scan(unit).await.unwrap();
                let seconds: Vec<_> = page.lines.iter().map(|line| (line.at().0 - NOW.0) / 1000).collect();
                assert_eq!(seconds, found.to_vec(), "{newest_first}, {limit}");
                assert_eq!(page.end.is_some(), *goes_on, "{newest_first}, {limit}, {found:?}");
                after_this = page.end;
            }
        }
    })
    .await;
}
