//! Sessions and grants as an operator pages through them and ends them.

use crate::backends::every_database;
use crate::fixtures::{NOW, after, new_grant, new_session, secret, store_account};
use idp_core::oauth::gate::Grant;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, GrantId, SessionId, UnixMillis};
use idp_store::{Db, grants, sessions};

/// The session of a number, begun then by the account of another.
fn session(number: u8, account: u8, at: UnixMillis) -> Session {
    Session { id: SessionId::new([number; 16]), auth_time: at, ..new_session(account) }
}

/// Accounts 1 and 2; sessions 1 to 5, of which 2 and 3 began at the same moment and 4 is of account 2.
async fn store_sessions(db: &Db) {
    store_account(db, 1).await;
    store_account(db, 2).await;
    for (number, account, second) in [(1, 1, 50), (2, 1, 20), (3, 1, 20), (4, 2, 30), (5, 1, 10)] {
        let row = session(number, account, after(second));
        db.write(move |tx| sessions::insert(tx, &row, &secret(number))).await.unwrap();
    }
}

fn ids(numbers: &[u8]) -> Vec<SessionId> {
    numbers.iter().map(|number| SessionId::new([*number; 16])).collect()
}

async fn page(db: &Db, wanted: sessions::list::Wanted, from: Option<&Session>, limit: i64) -> Vec<Session> {
    let from = from.cloned();
    let unit = move |conn: &mut idp_store::Conn| {
        sessions::list::page(conn, &wanted, from.as_ref().map(|last| (last.auth_time, &last.id)), limit)
    };
    db.scan(unit).await.unwrap().into_iter().map(|(session, _)| session).collect()
}

#[tokio::test]
async fn pages_of_sessions_hold_each_once_the_newest_first() {
    every_database(async |db| {
        store_sessions(&db).await;
        // Pages of three end between two that began at the same moment.
        for limit in 1..=3 {
            let (mut seen, mut last) = (Vec::new(), None);
            loop {
                let found = page(&db, sessions::list::Wanted::default(), last.as_ref(), limit).await;
                assert!(found.len() <= usize::try_from(limit).unwrap());
                let Some(newest) = found.last() else { break };
                last = Some(newest.clone());
                seen.extend(found.into_iter().map(|session| session.id));
            }
            assert_eq!(seen, ids(&[1, 4, 3, 2, 5]), "pages of {limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_are_found_by_account_and_by_whether_they_are_over() {
    every_database(async |db| {
        store_sessions(&db).await;
        let account = Some(AccountId::new([1; 16]));
        db.write(|tx| sessions::end(tx, &SessionId::new([2; 16]), after(60))).await.unwrap();
        let of = sessions::list::Wanted { account: account.clone(), not_over_at: None };
        let found = page(&db, of.clone(), None, 10).await;
        assert_eq!(found.iter().map(|session| session.id.clone()).collect::<Vec<_>>(), ids(&[1, 3, 2, 5]));
        let end = new_session(1).expires_at;
        for (at, expected) in [(UnixMillis(end.0 - 1), &[1, 3, 5][..]), (end, &[])] {
            let alive = sessions::list::Wanted { not_over_at: Some(at), ..of.clone() };
            let found = page(&db, alive, None, 10).await;
            assert_eq!(found.iter().map(|session| session.id.clone()).collect::<Vec<_>>(), ids(expected));
            let account = account.clone();
            let unit = move |conn: &mut idp_store::Conn| {
                let first = sessions::list::to_end(conn, account.as_ref(), None, (at, 2))?;
                let rest = sessions::list::to_end(conn, account.as_ref(), first.last().map(|last| &last.id), (at, 2))?;
                Ok([first, rest].concat())
            };
            let to_end = db.scan(unit).await.unwrap();
            assert_eq!(to_end.iter().map(|session| session.id.clone()).collect::<Vec<_>>(), ids(expected));
        }
        let everybody = db.scan(|conn| sessions::list::to_end(conn, None, None, (NOW, 10))).await.unwrap();
        assert_eq!(everybody.len(), 4);
    })
    .await;
}

fn grant(code: u8, session: u8, account: u8, client: &str) -> Grant {
    Grant {
        id: GrantId::new(after(u64::from(code)), [code; 10]),
        session_id: SessionId::new([session; 16]),
        ..new_grant(account, code, client)
    }
}

#[tokio::test]
async fn pages_of_grants_hold_each_once_the_newest_first_by_account_and_client() {
    every_database(async |db| {
        store_sessions(&db).await;
        let all = [grant(1, 1, 1, "emic"), grant(2, 4, 2, "emic"), grant(3, 2, 1, "elearn"), grant(4, 1, 1, "emic")];
        for grant in all.clone() {
            assert!(db.write(move |tx| grants::insert(tx, &grant)).await.unwrap());
        }
        let id = all[3].id.clone();
        db.write(move |tx| grants::revoke(tx, &id, after(60))).await.unwrap();
        let account = Some(AccountId::new([1; 16]));
        let emic = Some(ClientId::from_trusted("emic"));
        let end = all[0].expires_at;
        let wanted = |account, client, not_over_at| grants::list::Wanted { account, client, not_over_at };
        for (wanted, expected) in [
            (wanted(None, None, None), &[4, 3, 2, 1][..]),
            (wanted(account.clone(), None, None), &[4, 3, 1]),
            (wanted(account.clone(), emic.clone(), None), &[4, 1]),
            (wanted(account.clone(), emic.clone(), Some(UnixMillis(end.0 - 1))), &[1]),
            (wanted(None, emic, Some(UnixMillis(end.0 - 1))), &[2, 1]),
            (wanted(None, None, Some(end)), &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(|code| all[code - 1].id.clone()).collect();
            let unit = move |conn: &mut idp_store::Conn| {
                let mut pages: Vec<grants::list::Listed> = Vec::new();
                let mut turned: Vec<Grant> = Vec::new();
                for _ in 0..4 {
                    let last = pages.last().map(|(grant, ..)| grant.id.clone());
                    pages.extend(grants::list::page(conn, &wanted, last.as_ref(), 1)?);
                    let last = turned.last().map(|grant| grant.id.clone());
                    turned.extend(grants::list::to_revoke(conn, &wanted, last.as_ref(), 1)?);
                }
                Ok((pages, turned))
            };
            let (pages, turned) = db.scan(unit).await.unwrap();
            assert_eq!(pages.iter().map(|(grant, ..)| grant.id.clone()).collect::<Vec<_>>(), expected);
            let turned: Vec<_> = turned.into_iter().rev().map(|grant| grant.id).collect();
            assert_eq!(turned, expected);
        }
    })
    .await;
}
