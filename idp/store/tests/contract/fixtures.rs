//! People, sessions, grants and portals to test with, told apart by a number.

use idp_core::client::Profile;
use idp_core::client::registration::{Registration, register};
use idp_core::identity::agency::{Agency, AgencyOid};
use idp_core::identity::capacity::OfficialType;
use idp_core::ids::time_ordered;
use idp_core::membership::email_key::EmailChange;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::oauth::gate::{Bound, Grant};
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, GrantId, SessionId, UnixMillis};
use idp_store::accounts::NewAccount;
use idp_store::clients::StoredClient;
use idp_store::messages::NewMessage;
use idp_store::recovery::{self, SealedRecovery};
use idp_store::registration_tokens::RegistrationToken;
use idp_store::registrations::Registered;
use idp_store::{
    Db, Fault, Tx, account_roles, accounts, agencies, agreements, capacities, consents, email_changes, former_emails,
    grants, sessions,
};
use std::time::Duration;

/// When the tests begin.
pub(crate) const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

/// So many seconds after the beginning.
pub(crate) fn after(seconds: u64) -> UnixMillis {
    NOW.plus(Duration::from_secs(seconds))
}

/// An active account called `person0001` and so on.
pub(crate) fn new_account(number: u8) -> NewAccount {
    NewAccount {
        id: AccountId::new([number; 16]),
        account: AccountName::parse(&format!("Person{number:04}")).unwrap(),
        name: format!("王小明{number}"),
        email: Some(format!("person{number}@example.gov.tw")),
        email_verified: true,
        state: AccountState::Active,
        password_hash: format!("$argon2id${number}"),
        name_digest: [number; 32],
    }
}

/// A mail to the first account.
pub(crate) fn new_message(number: u8) -> NewMessage {
    NewMessage {
        id: time_ordered(NOW, [number; 10]),
        channel: Channel::Mail,
        purpose: Purpose::Activation,
        account: new_account(1).id,
        language: "zh-Hant-TW",
        recipient_sealed: vec![number; 40],
        content_sealed: Some(vec![number; 8]),
    }
}

/// The digest of a session's secret.
pub(crate) const fn secret(number: u8) -> [u8; 32] {
    [number; 32]
}

/// A session of the account of the same number, as it is when it begins.
pub(crate) fn new_session(number: u8) -> Session {
    Session {
        id: SessionId::new([number; 16]),
        account_id: AccountId::new([number; 16]),
        security_epoch: 1,
        auth_time: NOW,
        acr: Acr::Password,
        last_used_at: NOW,
        expires_at: after(24 * 60 * 60),
        ended_at: None,
    }
}

/// A grant for `client`, given in the session of the same number. `code`: tells the codes of a session apart.
pub(crate) fn new_grant(number: u8, code: u8, client: &str) -> Grant {
    let session = new_session(number);
    Grant {
        id: GrantId::new(NOW, [code; 10]),
        account_id: session.account_id,
        session_id: session.id,
        client_id: ClientId::from_trusted(client),
        scope: ScopeSet::parse_strict("openid identity").unwrap(),
        bound: Bound::ToSession,
        security_epoch: 1,
        capacity_epoch: 1,
        auth_time: NOW,
        acr: Acr::Password,
        generation: 1,
        refreshed_at: NOW,
        expires_at: after(24 * 60 * 60),
        revoked_at: None,
    }
}

/// A portal.
pub(crate) fn new_client(id: &str) -> StoredClient {
    let asked = Registration::of(id, format!("入口網 {id}"), "https://portal.example.gov.tw/callback");
    let client = register(Registration { scope: "openid identity".into(), ..asked });
    StoredClient { client: client.unwrap(), secrets_sealed: vec![1, 2, 3] }
}

/// An initial access token that registers so many clients within an hour.
pub(crate) fn new_token(id: &str, uses: i64) -> RegistrationToken {
    RegistrationToken {
        id: id.to_owned(),
        digest: keys::sha256(id.as_bytes()).to_vec(),
        note: format!("for {id}"),
        profile: Profile::Standard,
        uses,
        used: 0,
        created_at: NOW,
        expires_at: after(3_600),
        revoked_at: None,
    }
}

/// How a client registered itself: by that token, or in open registration.
pub(crate) fn new_registered(client: &str, token: Option<&str>) -> Registered {
    Registered {
        client_id: ClientId::from_trusted(client),
        access_digest: vec![7; 32],
        registration_token: token.map(str::to_owned),
        registered_at: NOW,
    }
}

/// 內政部消防署.
pub(crate) fn fire_agency() -> Agency {
    agency("2.16.886.101.20003.20001.20003", "內政部消防署")
}

/// 教育部國民及學前教育署.
pub(crate) fn school_agency() -> Agency {
    agency("2.16.886.101.20003.20005.20097", "教育部國民及學前教育署")
}

fn agency(oid: &str, name: &str) -> Agency {
    Agency {
        oid: AgencyOid::parse(oid).unwrap(),
        name: name.to_owned(),
        org_code: Some("A01".into()),
        dn: None,
        zip: Some("231".into()),
        address: None,
        phone: None,
        url: None,
    }
}

/// Stores an account.
pub(crate) async fn store_account(db: &Db, number: u8) -> AccountId {
    assert!(db.write(move |tx| accounts::insert(tx, &new_account(number), NOW)).await.unwrap());
    AccountId::new([number; 16])
}

/// Stores an account and a session of it.
pub(crate) async fn store_session(db: &Db, number: u8) -> Session {
    store_account(db, number).await;
    db.write(move |tx| sessions::insert(tx, &new_session(number), &secret(number))).await.unwrap();
    new_session(number)
}

/// Stores an account, a session of it and a grant given in it.
pub(crate) async fn store_grant(db: &Db, number: u8) -> Grant {
    store_session(db, number).await;
    assert!(db.write(move |tx| grants::insert(tx, &new_grant(number, number, "emic"))).await.unwrap());
    new_grant(number, number, "emic")
}

/// Stores the two agencies.
pub(crate) async fn store_agencies(db: &Db) {
    db.write(|tx| agencies::import(tx, &[fire_agency(), school_agency()], NOW)).await.unwrap();
}

/// A row of an account in each table that has a foreign key to accounts, but in those of grants and sessions. The agencies are there.
pub(crate) fn equip(tx: &mut Tx<'_>, id: &AccountId) -> Result<(), Fault> {
    capacities::set(tx, id, (&fire_agency().oid, OfficialType::CivilServant), NOW)?;
    account_roles::grant(tx, id, "reviewer")?;
    agreements::add(tx, id, ("terms", "2026-11-22"), NOW)?;
    recovery::set(tx, id, &SealedRecovery { hint: None, mobile: Some((vec![1; 40], [1; 32])) }, NOW)?;
    consents::add(tx, (id, &ClientId::from_trusted("emic")), ScopeSet::default(), NOW)?;
    let person = accounts::find(tx.conn(), id)?.ok_or_else(|| Fault::corrupt("the account"))?;
    former_emails::note(tx, &person, "third@example.gov.tw", NOW)?;
    let email = "another@example.gov.tw".to_owned();
    email_changes::put(tx, id, &EmailChange { email, security_epoch: 1, asked_at: NOW, expires_at: after(100) })
}
