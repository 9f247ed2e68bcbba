//! 刪除帳號: asked for, undone, carried out; each once, whoever does it at the same time.

use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_account, new_grant, new_session, secret, store_account, store_grant};
use crate::race::{node_of, race, winners};
use idp_core::people::account::{AccountState, Person};
use idp_core::people::account_name::AccountName;
use idp_core::{AccountId, ClientId};
use idp_store::accounts::NewAccount;
use idp_store::deletion::{self, Digests};
use idp_store::{Db, Fault, Tx, account_roles, accounts, agreements, grants, sessions};

const ACTIVE: AccountState = AccountState::Active;

async fn person(db: &Db, id: &AccountId) -> Option<Person> {
    let id = id.clone();
    db.read(move |conn| accounts::find(conn, &id)).await.unwrap()
}

async fn ask(db: &Db, id: &AccountId, epoch: i64) -> bool {
    let id = id.clone();
    db.write(move |tx| deletion::ask(tx, &id, (epoch, ACTIVE), after(100), NOW)).await.unwrap()
}

fn digests(number: u8) -> Digests {
    Digests { former: [number; 32], ..Digests::default() }
}

#[tokio::test]
async fn what_is_asked_for_ends_the_epoch_and_can_be_undone_until_its_moment() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        assert!(!ask(&db, &id, 2).await, "the account is not as it was read");
        assert!(ask(&db, &id, 1).await);
        let leaving = person(&db, &id).await.unwrap();
        assert_eq!((leaving.state, leaving.security_epoch), (AccountState::Leaving { until: after(100) }, 2));
        assert!(!ask(&db, &id, 2).await, "it is not active any more");
        for (before, at, undone) in [
            ((1, after(100)), after(1), false),
            ((2, after(99)), after(1), false),
            ((2, after(100)), after(100), false),
            ((2, after(100)), after(99), true),
            ((2, after(100)), after(99), false),
        ] {
            let of = id.clone();
            assert_eq!(db.write(move |tx| deletion::undo(tx, &of, before, at)).await, Ok(undone), "{before:?}");
        }
        let kept = person(&db, &id).await.unwrap();
        assert_eq!((kept.state, kept.security_epoch), (ACTIVE, 2), "what ended does not come back");
        assert!(db.read(|conn| deletion::due(conn, after(1_000), 9)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_lock_stops_it_and_nothing_else_can_make_a_leaving_account_active() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        assert!(ask(&db, &id, 1).await);
        let of = id.clone();
        db.write(move |tx| accounts::set_state(tx, &of, AccountState::Locked, NOW)).await.unwrap();
        assert_eq!(person(&db, &id).await.unwrap().state, AccountState::Locked);
        assert!(db.read(|conn| deletion::due(conn, after(1_000), 9)).await.unwrap().is_empty());
        let of = id.clone();
        let remove = move |tx: &mut Tx<'_>| deletion::remove(tx, &of, &digests(1), after(1_000));
        assert!(!db.write(remove).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_name_of_an_account_that_is_gone_is_never_given_again() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        assert!(ask(&db, &id, 1).await);
        let gone = id.clone();
        let remove = move |tx: &mut Tx<'_>| deletion::remove(tx, &gone, &digests(1), after(100));
        assert!(db.write(remove).await.unwrap());
        assert_eq!(person(&db, &id).await, None);
        assert!(db.read(|conn| accounts::is_taken(conn, "person0001", &[1; 32])).await.unwrap());
        let again = NewAccount { id: AccountId::new([9; 16]), ..new_account(1) };
        assert!(!db.write(move |tx| accounts::insert(tx, &again, NOW)).await.unwrap());
        let other = NewAccount { account: AccountName::parse("another1").unwrap(), ..new_account(2) };
        assert!(db.write(move |tx| accounts::insert(tx, &other, NOW)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_hangs_on_an_account_goes_in_steps_and_whoever_is_interrupted_goes_on() {
    every_database(async |db| {
        let id = store_grant(&db, 1).await.account_id;
        let unit = |tx: &mut Tx<'_>| {
            grants::insert(tx, &new_grant(1, 4, "weather"))?;
            grants::insert(tx, &new_grant(1, 5, "weather"))
        };
        db.write(unit).await.unwrap();
        store_grant(&db, 2).await;
        assert!(ask(&db, &id, 1).await);
        let mut steps = Vec::new();
        for _ in 0..4 {
            let of = id.clone();
            let early = of.clone();
            assert_eq!(db.write(move |tx| deletion::remove_dead(tx, &early, after(99), 2)).await, Ok(0), "too early");
            steps.push(db.write(move |tx| deletion::remove_dead(tx, &of, after(100), 2)).await.unwrap());
        }
        assert_eq!(steps, [2, 1, 1, 0], "three grants, a session");
        let of = id.clone();
        assert!(db.write(move |tx| deletion::remove(tx, &of, &digests(1), after(100))).await.unwrap());
        let other = new_session(2).id;
        assert!(db.read(move |conn| sessions::find(conn, &other)).await.unwrap().is_some(), "nobody else's");
        let other = new_grant(2, 2, "emic").id;
        assert!(db.read(move |conn| grants::standing(conn, &other)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_fails_in_the_middle_of_the_removal_removes_nothing() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        let of = id.clone();
        db.write(move |tx| agreements::add(tx, &of, ("terms", "1"), NOW)).await.unwrap();
        assert!(ask(&db, &id, 1).await);
        let of = id.clone();
        let broken = move |tx: &mut Tx<'_>| -> Result<(), Fault> {
            assert!(deletion::remove(tx, &of, &digests(1), after(100))?);
            Err(Fault::corrupt("the power"))
        };
        assert!(db.write(broken).await.is_err());
        assert!(person(&db, &id).await.is_some());
        assert!(!db.read(|conn| accounts::is_taken(conn, "nobody", &[1; 32])).await.unwrap());
        assert_eq!(db.read(|conn| deletion::due(conn, after(100), 9)).await.unwrap().len(), 1, "and it is tried again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_jobs_that_remove_and_a_person_who_undoes_at_once_one_succeeds() {
    every_pair_of_nodes(async |one, other| {
        for round in 1..=12_u8 {
            let id = store_account(&one, round).await;
            assert!(ask(&one, &id, 1).await);
            // Clocks of two nodes: to one the moment has come, to the other it has not.
            let done = race(6, |number| {
                let (node, id) = (node_of(number, (&one, &other)), id.clone());
                async move {
                    let unit = move |tx: &mut Tx<'_>| match number % 3 {
                        0 => deletion::undo(tx, &id, (2, after(100)), after(99)),
                        _ => deletion::remove(tx, &id, &digests(round), after(100)),
                    };
                    node.write(unit).await.unwrap()
                }
            });
            assert_eq!(winners(&done.await), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_leave_at_once_one_stays() {
    every_pair_of_nodes(async |one, other| {
        for round in 0..6_u8 {
            let pair = [store_account(&one, 2 * round + 1).await, store_account(&one, 2 * round + 2).await];
            for id in pair.clone() {
                one.write(move |tx| account_roles::grant(tx, &id, "administrator")).await.unwrap();
            }
            let left = race(2, |number| {
                let (node, id) = (node_of(number, (&one, &other)), pair[number].clone());
                async move {
                    let unit = move |tx: &mut Tx<'_>| {
                        if !deletion::others_with_role(tx.conn(), &id, "administrator")? {
                            return Ok(false);
                        }
                        deletion::ask(tx, &id, (1, ACTIVE), after(100), NOW)
                    };
                    node.write(unit).await.unwrap()
                }
            });
            assert_eq!(winners(&left.await), 1);
            for id in pair {
                one.write(move |tx| account_roles::revoke(tx, &id, "administrator")).await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_may_still_set_another_password_by_a_mailed_link() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        assert!(ask(&db, &id, 1).await);
        let leaving = person(&db, &id).await.unwrap();
        let before = leaving.clone();
        assert!(db.write(move |tx| accounts::reset_password(tx, &before, "$argon2id$new", NOW)).await.unwrap());
        let now = person(&db, &id).await.unwrap();
        assert_eq!((now.state, now.security_epoch), (leaving.state, 3), "and leaves as before");
        let of = id.clone();
        db.write(move |tx| accounts::set_state(tx, &of, AccountState::Locked, NOW)).await.unwrap();
        let locked = person(&db, &id).await.unwrap();
        assert!(!db.write(move |tx| accounts::reset_password(tx, &locked, "$argon2id$x", NOW)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_stands_for_another_session_finds_when_a_portal_was_withdrawn_from() {
    every_database(async |db| {
        let id = store_grant(&db, 1).await.account_id;
        let at = async |client: &'static str| {
            let (session, client) = (new_session(1).id, ClientId::from_trusted(client));
            let found = db.read(move |conn| sessions::find_at(conn, &session, &client)).await.unwrap();
            found.map(|(_, _, withdrawn)| withdrawn).unwrap()
        };
        assert_eq!(at("emic").await, None);
        let of = id.clone();
        let withdraw =
            move |tx: &mut Tx<'_>| idp_store::consents::withdraw(tx, (&of, &ClientId::from_trusted("emic")), after(5));
        db.write(withdraw).await.unwrap();
        assert_eq!((at("emic").await, at("weather").await), (Some(after(5)), None));
        assert!(db.read(|conn| sessions::by_secret(conn, &secret(1))).await.unwrap().is_some());
    })
    .await;
}
