use super::{NotChanged, change};
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_core::{AccountId, UnixMillis};
use idp_store::accounts::NewAccount;
use idp_store::{Db, DbUrl, Tx, accounts, migrate};

const NOW: UnixMillis = UnixMillis(1_000);
const LEAVING: AccountState = AccountState::Leaving { until: UnixMillis(9_000) };

/// Changes an account that is so by now, whatever it was when it was found. Gives what is said of it, and how it is then.
async fn changed(db: &Db, is: AccountState, wanted: AccountState) -> (String, Option<AccountState>) {
    let id = AccountId::new([1; 16]);
    let unit = move |tx: &mut Tx<'_>| {
        accounts::set_state(tx, &id, is, NOW)?;
        let said = match change(tx, (&id, &[1; 32]), wanted, NOW)? {
            Ok(before) => format!("was {}", before.as_str()),
            Err(NotChanged::Gone) => "gone".to_owned(),
            Err(NotChanged::NotActivated) => "not activated".to_owned(),
            Err(NotChanged::Leaving { until }) => format!("leaves at {}", until.0),
        };
        Ok((said, accounts::state(tx.conn(), &id)?))
    };
    db.write(unit).await.unwrap()
}

#[tokio::test]
async fn a_lock_and_its_end_are_judged_by_what_the_account_is_when_they_are_written() {
    use AccountState::{Active, Locked, NotActivated};
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::Sqlite(folder.path().join("idp.db"))).unwrap();
    migrate::run(&db).await.unwrap();
    assert_eq!(changed(&db, Active, Locked).await, ("gone".to_owned(), None));
    let new = NewAccount {
        id: AccountId::new([1; 16]),
        account: AccountName::parse("fireman0119").unwrap(),
        name: "林大勇".to_owned(),
        email: None,
        email_verified: false,
        state: Active,
        password_hash: String::new(),
        name_digest: [1; 32],
    };
    assert!(db.write(move |tx| accounts::insert(tx, &new, NOW)).await.unwrap());
    for (is, wanted, said, then) in [
        (Active, Locked, "was active", Locked),
        (Locked, Locked, "was locked", Locked),
        (LEAVING, Locked, "was leaving", Locked),
        (NotActivated, Locked, "not activated", NotActivated),
        (Active, Active, "was active", Active),
        (Locked, Active, "was locked", Active),
        (LEAVING, Active, "leaves at 9000", LEAVING),
        (NotActivated, Active, "not activated", NotActivated),
    ] {
        assert_eq!(changed(&db, is, wanted).await, (said.to_owned(), Some(then)), "{is:?}, {wanted:?}");
    }
}
