use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, fire_agency, new_account, store_agencies};
use crate::race::{node_of, race, winners};
use idp_core::UnixMillis;
use idp_core::identity::capacity::OfficialType;
use idp_core::membership::email_key::EmailChange;
use idp_core::people::account::AccountState;
use idp_store::accounts::{self, SealedPersonal};
use idp_store::records::{self, NewRecord};
use idp_store::recovery::{self, SealedRecovery};
use idp_store::{Fault, Tx, capacities, email_changes, not_activated};

fn new_record(name: &str) -> NewRecord {
    let sealed = SealedPersonal { national_id: Some(vec![1]), national_id_verified: false, claims: Some(vec![2]) };
    NewRecord { name: name.into(), sealed, index: Some([7; 32]) }
}

#[tokio::test]
async fn a_change_counts_for_the_record_it_was_made_of_alone() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let version = records::find(tx.conn(), &id)?.unwrap().version;
            // In the very millisecond: a version is never that of before.
            let first = records::change(tx, (&id, version), &new_record("one"), NOW)?;
            let second = records::change(tx, (&id, version), &new_record("two"), NOW)?;
            let now = records::find(tx.conn(), &id)?.unwrap();
            let stale = records::step(tx, (&id, version), after(1))?;
            let steps = records::step(tx, (&id, now.version), after(1))?;
            accounts::set_personal(tx, &id, &new_record("").sealed, Some([7; 32]))?;
            let late = records::change(tx, (&id, after(1).0), &new_record("three"), after(2))?;
            let end = records::find(tx.conn(), &id)?.unwrap();
            Ok((first, second, now.person.name, now.version > version, stale, steps, late, end.person.name))
        };
        let said = db.write(unit).await.unwrap();
        assert_eq!(said, (true, false, "one".into(), true, false, true, false, "one".into()));
    })
    .await;
}

#[tokio::test]
async fn whatever_is_changed_of_a_record_outdates_what_was_made_of_it() {
    every_database(async |db| {
        store_agencies(&db).await;
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let mut versions = vec![records::find(tx.conn(), &id)?.unwrap().version];
            let mut note = |tx: &mut Tx<'_>| -> Result<(), Fault> {
                versions.push(records::find(tx.conn(), &id)?.unwrap().version);
                Ok(())
            };
            capacities::set(tx, &id, (&fire_agency().oid, OfficialType::CivilServant), NOW)?;
            note(tx)?;
            capacities::end(tx, &id)?;
            note(tx)?;
            recovery::set(tx, &id, &SealedRecovery::default(), NOW)?;
            note(tx)?;
            records::set_name(tx, &id, "林大勇")?;
            note(tx)?;
            let name = records::find(tx.conn(), &id)?.unwrap().person.name;
            Ok((versions, name))
        };
        let (versions, name) = db.write(unit).await.unwrap();
        assert!(versions.is_sorted_by(|before, after| before < after), "{versions:?}");
        assert_eq!(name, "林大勇");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_at_once_one_counts() {
    every_pair_of_nodes(async |one, other| {
        one.write(|tx| accounts::insert(tx, &new_account(1), NOW)).await.unwrap();
        let changed = race(6, |number| {
            let node = node_of(number, (&one, &other));
            let unit = move |tx: &mut Tx<'_>| {
                records::change(tx, (&new_account(1).id, NOW.0), &new_record(&format!("name{number}")), after(1))
            };
            async move { node.write(unit).await.unwrap() }
        })
        .await;
        assert_eq!(winners(&changed), 1);
    })
    .await;
}

#[tokio::test]
async fn a_proven_number_stays_proven_and_is_another_accounts_alone_if_proven_there() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let (one, two) = (new_account(1).id, new_account(2).id);
            for number in [1, 2] {
                accounts::insert(tx, &new_account(number), NOW)?;
            }
            let unproven = new_record("").sealed;
            accounts::set_personal(tx, &one, &unproven, Some([7; 32]))?;
            let before = records::is_proven_for_another(tx, &two, &[7; 32])?;
            accounts::set_personal(
                tx,
                &one,
                &SealedPersonal { national_id_verified: true, ..unproven },
                Some([7; 32]),
            )?;
            let version = records::find(tx.conn(), &one)?.unwrap().version;
            // Whoever read it before it was proven.
            let changed = records::change(tx, (&one, version), &new_record("other"), after(1))?;
            let after_it = records::is_proven_for_another(tx, &two, &[7; 32])?;
            let own = records::is_proven_for_another(tx, &one, &[7; 32])?;
            let others = records::is_proven_for_another(tx, &two, &[8; 32])?;
            Ok((before, changed, after_it, own, others))
        };
        assert_eq!(db.write(unit).await.unwrap(), (false, false, true, false, false));
    })
    .await;
}

/// What `idp accounts set-claims` does in one unit.
fn prove(tx: &mut Tx<'_>, account: u8, index: [u8; 32]) -> Result<bool, Fault> {
    let id = new_account(account).id;
    if records::is_proven_for_another(tx, &id, &index)? {
        return Ok(false);
    }
    let proven = SealedPersonal { national_id_verified: true, ..new_record("").sealed };
    accounts::set_personal(tx, &id, &proven, Some(index))?;
    Ok(true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_accounts_for_which_a_number_is_proven_at_once_one_has_it() {
    every_pair_of_nodes(async |one, other| {
        let all =
            |tx: &mut Tx<'_>| (1..=6).try_for_each(|number| accounts::insert(tx, &new_account(number), NOW).map(drop));
        one.write(all).await.unwrap();
        for round in 0..20 {
            let proven = race(6, |number| {
                let node = node_of(number, (&one, &other));
                let account = u8::try_from(number).unwrap() + 1;
                async move { node.write(move |tx| prove(tx, account, [round; 32])).await.unwrap() }
            })
            .await;
            assert_eq!(winners(&proven), 1, "round {round}");
        }
    })
    .await;
}

fn asked(email: &str, at: UnixMillis) -> EmailChange {
    EmailChange { email: email.into(), security_epoch: 1, asked_at: at, expires_at: after(100) }
}

#[tokio::test]
async fn an_address_that_was_asked_for_is_replaced_confirmed_once_and_forgotten() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let id = new_account(1).id;
            accounts::insert(tx, &new_account(1), NOW)?;
            let person = accounts::find(tx.conn(), &id)?.unwrap();
            let (first, second) = (asked("first@example.tw", NOW), asked("second@example.tw", after(1)));
            email_changes::put(tx, &id, &first)?;
            email_changes::put(tx, &id, &second)?;
            let replaced = email_changes::confirm(tx, &person, &first, after(2))?;
            let confirmed = email_changes::confirm(tx, &person, &second, after(2))?;
            let again = email_changes::confirm(tx, &person, &second, after(2))?;
            let now = accounts::find(tx.conn(), &id)?.unwrap();
            email_changes::put(tx, &id, &asked("third@example.tw", after(3)))?;
            let early = email_changes::forget_expired(tx, after(99))?;
            let forgotten = (early, email_changes::forget_expired(tx, after(100))?);
            Ok((replaced, confirmed, again, now.email, forgotten, email_changes::find(tx.conn(), &id)?))
        };
        let said = db.write(unit).await.unwrap();
        assert_eq!(said, (false, true, false, Some("second@example.tw".into()), (0, 1), None));
    })
    .await;
}

#[tokio::test]
async fn an_address_is_confirmed_only_while_the_account_is_as_it_was() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let mut confirmed = Vec::new();
            for number in 1..=4 {
                let new = new_account(number);
                accounts::insert(tx, &new, NOW)?;
                let person = accounts::find(tx.conn(), &new.id)?.unwrap();
                let change = asked("new@example.tw", NOW);
                email_changes::put(tx, &new.id, &change)?;
                match number {
                    1 => accounts::set_password(tx, &new.id, "other", after(1))?,
                    2 => accounts::set_state(tx, &new.id, AccountState::Locked, after(1))?,
                    3 => assert!(email_changes::remove(tx, &new.id, &change)?),
                    _ => {}
                }
                let done = email_changes::confirm(tx, &person, &change, after(2))?;
                confirmed.push((done, email_changes::find(tx.conn(), &new.id)?.is_some()));
            }
            Ok(confirmed)
        };
        // What is refused changes nothing.
        let said = [(false, true), (false, true), (false, false), (true, false)];
        assert_eq!(db.write(unit).await.unwrap(), said);
    })
    .await;
}

#[tokio::test]
async fn a_removed_account_takes_its_request_along() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let unused = accounts::NewAccount { state: AccountState::NotActivated, ..new_account(1) };
            accounts::insert(tx, &unused, NOW)?;
            email_changes::put(tx, &unused.id, &asked("x@example.tw", NOW))?;
            let removed = not_activated::discard(tx, &unused.id)?;
            Ok((removed, email_changes::find(tx.conn(), &unused.id)?))
        };
        assert_eq!(db.write(unit).await.unwrap(), (true, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_confirm_at_once_one_does() {
    every_pair_of_nodes(async |one, other| {
        let change = asked("new@example.tw", NOW);
        let unit = |tx: &mut Tx<'_>| {
            accounts::insert(tx, &new_account(1), NOW)?;
            email_changes::put(tx, &new_account(1).id, &asked("new@example.tw", NOW))?;
            Ok(accounts::find(tx.conn(), &new_account(1).id)?.unwrap())
        };
        let person = one.write(unit).await.unwrap();
        let pressed = race(6, |number| {
            let (node, person, change) = (node_of(number, (&one, &other)), person.clone(), change.clone());
            async move { node.write(move |tx| email_changes::confirm(tx, &person, &change, after(1))).await.unwrap() }
        })
        .await;
        assert_eq!(winners(&pressed), 1);
    })
    .await;
}
