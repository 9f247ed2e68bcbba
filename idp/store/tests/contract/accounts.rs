use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, fire_agency, new_account, school_agency, store_account, store_agencies};
use crate::race::{node_of, race, winners};
use idp_core::AccountId;
use idp_core::identity::capacity::{Capacity, OfficialType};
use idp_core::people::account::{AccountState, Person};
use idp_core::people::account_name::AccountName;
use idp_store::accounts::NewAccount;
use idp_store::{Db, Fault, Tx, account_roles, accounts, capacities};

async fn person(db: &Db, id: &AccountId) -> Person {
    let id = id.clone();
    db.read(move |conn| accounts::find(conn, &id)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_new_account_is_found_by_its_id_and_by_its_name() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        let found = person(&db, &id).await;
        let expected = Person {
            account_id: id,
            account: "Person0001".into(),
            name: "王小明1".into(),
            email: Some("person1@example.gov.tw".into()),
            email_verified: true,
            state: AccountState::Active,
            security_epoch: 1,
            capacity_epoch: 1,
            capacity: None,
        };
        assert_eq!(found, expected);
        let login = db.read(|conn| accounts::login(conn, "person0001")).await.unwrap().unwrap();
        assert_eq!(login.person, expected);
        assert_eq!(login.password_hash, "$argon2id$1");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_account_is_nobody_and_no_fault() {
    every_database(async |db| {
        store_account(&db, 1).await;
        let id = AccountId::new([9; 16]);
        assert!(db.read(move |conn| accounts::find(conn, &id)).await.unwrap().is_none());
        assert!(db.read(|conn| accounts::login(conn, "person0009")).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn whatever_somebody_types_as_a_name_is_nobody_and_no_fault() {
    every_database(async |db| {
        store_account(&db, 1).await;
        for typed in ["person0001\0", "\0", "", "person0001 ", "person0001%", "'; --", "\u{202e}1000nosrep", "\u{ffff}"]
        {
            let found = db.read(move |conn| accounts::login(conn, typed)).await;
            assert!(found.unwrap().is_none(), "{typed:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_and_whoever_has_it_keeps_it() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        let account = AccountName::parse("PERSON0001").unwrap();
        let other = NewAccount { account, ..new_account(2) };
        assert!(!db.write(move |tx| accounts::insert(tx, &other, NOW)).await.unwrap());
        assert_eq!(person(&db, &id).await.account, "Person0001");
        let second = AccountId::new([2; 16]);
        assert!(db.read(move |conn| accounts::find(conn, &second)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_register_the_same_name_at_once_one_gets_it() {
    every_pair_of_nodes(async |one, other| {
        let registered = race(50, |number| {
            let node = node_of(number, (&one, &other));
            let id = AccountId::new([u8::try_from(number).unwrap(); 16]);
            async move {
                node.write(move |tx| accounts::insert(tx, &NewAccount { id: id.clone(), ..new_account(1) }, NOW))
                    .await
                    .unwrap()
            }
        });
        assert_eq!(winners(&registered.await), 1);
    })
    .await;
}

#[tokio::test]
async fn locking_raises_the_security_epoch_and_unlocking_does_not() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        for (state, epoch) in [(AccountState::Locked, 2), (AccountState::Active, 2), (AccountState::NotActivated, 3)] {
            let of = id.clone();
            db.write(move |tx| accounts::set_state(tx, &of, state, after(1))).await.unwrap();
            let found = person(&db, &id).await;
            assert_eq!((found.state, found.security_epoch), (state, epoch));
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_password_hash_ends_nothing() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        let before = person(&db, &id).await;
        db.write(move |tx| accounts::rehash(tx, &id, "$argon2id$stronger")).await.unwrap();
        let login = db.read(|conn| accounts::login(conn, "person0001")).await.unwrap().unwrap();
        assert_eq!(login.password_hash, "$argon2id$stronger");
        assert_eq!(login.person, before);
    })
    .await;
}

#[tokio::test]
async fn another_password_raises_the_security_epoch() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        let of = id.clone();
        db.write(move |tx| accounts::set_password(tx, &of, "$argon2id$other", after(1))).await.unwrap();
        let login = db.read(|conn| accounts::login(conn, "person0001")).await.unwrap().unwrap();
        assert_eq!((login.password_hash.as_str(), login.person.security_epoch), ("$argon2id$other", 2));
    })
    .await;
}

#[tokio::test]
async fn a_capacity_shows_the_agencys_name_and_a_transfer_replaces_it_without_ending_grants() {
    every_database(async |db| {
        store_agencies(&db).await;
        let id = store_account(&db, 1).await;
        let steps = [(fire_agency(), OfficialType::CivilServant), (school_agency(), OfficialType::Educator)];
        for (agency, official_type) in steps {
            let (of, oid) = (id.clone(), agency.oid.clone());
            db.write(move |tx| capacities::set(tx, &of, (&oid, official_type), NOW)).await.unwrap();
            let found = person(&db, &id).await;
            let capacity = Capacity { agency_oid: agency.oid, agency_name: agency.name, official_type };
            assert_eq!(found.capacity, Some(capacity));
            assert_eq!(found.capacity_epoch, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn an_agency_that_is_not_in_the_list_gives_nobody_a_capacity() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        let of = id.clone();
        let oid = fire_agency().oid;
        let given = db.write(move |tx| capacities::set(tx, &of, (&oid, OfficialType::Educator), NOW)).await;
        assert!(matches!(given, Err(Fault::Database(_))));
        assert_eq!(person(&db, &id).await.capacity, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_capacity_ends_once_and_raises_its_epoch_once() {
    every_pair_of_nodes(async |one, other| {
        store_agencies(&one).await;
        let id = store_account(&one, 1).await;
        let (of, oid) = (id.clone(), fire_agency().oid);
        one.write(move |tx| capacities::set(tx, &of, (&oid, OfficialType::Educator), NOW)).await.unwrap();
        let ended = race(50, |number| {
            let (node, id) = (node_of(number, (&one, &other)), id.clone());
            async move { node.write(move |tx| capacities::end(tx, &id)).await.unwrap() }
        });
        assert_eq!(winners(&ended.await), 1);
        let found = person(&other, &id).await;
        assert_eq!((found.capacity, found.capacity_epoch, found.security_epoch), (None, 2, 1));
    })
    .await;
}

#[tokio::test]
async fn a_role_is_granted_once_and_to_somebody() {
    every_database(async |db| {
        let id = store_account(&db, 1).await;
        for (role, new) in [("reviewer", true), ("key_admin", true), ("reviewer", false)] {
            let of = id.clone();
            assert_eq!(db.write(move |tx| account_roles::grant(tx, &of, role)).await.unwrap(), new);
        }
        assert_eq!(db.read(move |conn| account_roles::of(conn, &id)).await.unwrap(), ["key_admin", "reviewer"]);
        let nobody = AccountId::new([9; 16]);
        assert!(db.write(move |tx| account_roles::grant(tx, &nobody, "reviewer")).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn an_account_is_activated_once_and_only_for_the_address_it_has() {
    every_pair_of_nodes(async |one, other| {
        let new = NewAccount { state: AccountState::NotActivated, email_verified: false, ..new_account(1) };
        let (id, email) = (new.id.clone(), new.email.clone().unwrap());
        one.write(move |tx| accounts::insert(tx, &new, NOW)).await.unwrap();
        let activate = |node: Db, email: String| {
            let id = id.clone();
            async move { node.write(move |tx| accounts::activate(tx, &id, &email, NOW)).await.unwrap() }
        };
        assert!(!activate(one.clone(), "other@example.gov.tw".into()).await);
        let corrected = "right@example.gov.tw";
        let this = id.clone();
        assert!(one.write(move |tx| accounts::correct_email(tx, &this, corrected, NOW)).await.unwrap());
        assert!(!activate(one.clone(), email).await);
        let won = race(6, |number| activate(node_of(number, (&one, &other)), corrected.into())).await;
        assert_eq!(winners(&won), 1);
        let this = id.clone();
        let person = one.read(move |conn| accounts::find(conn, &this)).await.unwrap().unwrap();
        assert_eq!((person.state, person.email_verified), (AccountState::Active, true));
        let this = id.clone();
        assert!(!one.write(move |tx| accounts::correct_email(tx, &this, "x@example.gov.tw", NOW)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn of_many_who_reset_a_password_by_links_of_one_moment_one_does() {
    every_pair_of_nodes(async |one, other| {
        let before = person(&one, &store_account(&one, 1).await).await;
        let reset = |node: Db, number: usize, person: Person| async move {
            let unit =
                move |tx: &mut Tx<'_>| accounts::reset_password(tx, &person, &format!("$new${number}"), after(1));
            node.write(unit).await.unwrap()
        };
        let changed = [
            Person { email: Some("before@example.gov.tw".into()), ..before.clone() },
            Person { email: None, ..before.clone() },
            Person { security_epoch: before.security_epoch - 1, ..before.clone() },
        ];
        for person in changed {
            assert!(!reset(one.clone(), 9, person.clone()).await, "{person:?}");
        }
        let won = race(6, |number| reset(node_of(number, (&one, &other)), number, before.clone())).await;
        assert_eq!(winners(&won), 1);
        let winner = won.iter().position(|won| *won).unwrap();
        let login = one.read(|conn| accounts::login(conn, "person0001")).await.unwrap().unwrap();
        assert_eq!(login.password_hash, format!("$new${winner}"));
        assert_eq!(login.person.security_epoch, before.security_epoch + 1);
        let id = before.account_id.clone();
        one.write(move |tx| accounts::set_state(tx, &id, AccountState::Locked, after(2))).await.unwrap();
        let locked = person(&one, &before.account_id).await;
        assert!(!reset(one.clone(), 9, locked).await, "an administrator's lock stays");
    })
    .await;
}

#[tokio::test]
async fn accounts_are_found_by_their_confirmed_address_whatever_its_case() {
    every_database(async |db| {
        for (number, email, email_verified) in [
            (1, "Su@example.tw", true),
            (2, "su@EXAMPLE.tw", true),
            (3, "su@example.tw", false),
            (4, "sux@example.tw", true),
        ] {
            let new = NewAccount { email: Some(email.into()), email_verified, ..new_account(number) };
            assert!(db.write(move |tx| accounts::insert(tx, &new, NOW)).await.unwrap());
        }
        let names = async |email: &'static str, most| {
            let people = db.scan(move |conn| accounts::with_email(conn, email, most)).await.unwrap();
            people.into_iter().map(|person| person.account).collect::<Vec<_>>()
        };
        assert_eq!(names("SU@example.tw", 10).await, ["Person0001", "Person0002"]);
        assert_eq!(names("su@example.tw", 1).await, ["Person0001"]);
        for nobody in ["nobody@example.tw", "s_@example.tw", "%@example.tw", "su\0@example.tw", ""] {
            assert_eq!(names(nobody, 10).await, [""; 0], "{nobody}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_log_can_print_a_password_hash() {
    let new = format!("{:?}", new_account(1));
    assert!(new.contains("NewAccount") && !new.contains("argon2") && !new.contains("王小明"), "{new}");
    every_database(async |db| {
        store_account(&db, 1).await;
        let login = db.read(|conn| accounts::login(conn, "person0001")).await.unwrap().unwrap();
        let printed = format!("{login:?}");
        assert!(printed.contains("Login") && !printed.contains("argon2"), "{printed}");
    })
    .await;
}
