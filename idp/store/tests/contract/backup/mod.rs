//! Backups: a database with something everywhere, written and read back.

mod file;
mod gone;
mod restore;
mod written;

use crate::backends::Database;
use crate::fixtures::{
    NOW, after, fire_agency, new_account, new_client, new_grant, new_message, new_registered, new_session, new_token,
    store_agencies, store_grant,
};
use idp_core::audit::{Event, Operator};
use idp_core::ids::time_ordered;
use idp_core::membership::email_key::EmailChange;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_core::scope::ScopeSet;
use idp_core::{AccountId, ClientId, UnixMillis};
use idp_store::accounts::{self, NewAccount, SealedPersonal};
use idp_store::backup::{self, About, Header, Restore, Restored, Unusable};
use idp_store::migrate;
use idp_store::registration_tokens::RegistrationToken;
use idp_store::{
    Db, Fault, account_roles, agreements, audit, capacities, client_logos, clients, consents, deletion, email_changes,
    former_emails, grants, messages, outbox, password_attempts, recovery, registration_tokens, registrations,
    reset_codes, sealing_keys, secrets, sessions, signing_keys,
};
use keys::{Algorithm, KeyState, Mac, MasterKey, SigningKey, SigningKeyRecord, b64};
use std::collections::HashMap;

const AS_MOVED: Restore = Restore {
    now: UnixMillis(NOW.0 + 60_000),
    nothing_happened_since: true,
    end_sessions: false,
    operator: Operator { uid: 1000, sudo_user: None },
};

const AS_RESCUED: Restore = Restore { nothing_happened_since: false, ..AS_MOVED };

fn master() -> MasterKey {
    MasterKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
}

async fn set_up(database: &Database) -> Db {
    let db = database.node();
    migrate::run(&db).await.unwrap();
    db.write(|tx| secrets::insert(tx, secrets::MASTER_CHECK, &master().check_value())).await.unwrap();
    db
}

async fn back_up(db: &Db) -> (Header, Vec<u8>) {
    let unit = |conn: &mut idp_store::Conn| {
        let master = master();
        let about = About { issuer: "https://idp.example", now: NOW, program: "test", master: &master };
        let mut bytes = Vec::new();
        let header = backup::write(conn, &about, &mut bytes)?;
        Ok((header, bytes))
    };
    db.snapshot(unit).await.unwrap()
}

async fn restore(db: &Db, bytes: &[u8], how: Restore) -> Result<Restored, Fault> {
    let bytes = bytes.to_vec();
    db.fill(move |tx| backup::restore(tx, &bytes[..], &master(), &how)).await
}

/// The rows of a table as they are stored, of a database that has no keys yet.
pub(crate) async fn rows_of(db: &Db, table: &str) -> Vec<serde_json::Value> {
    db.write(|tx| secrets::insert(tx, secrets::MASTER_CHECK, &master().check_value())).await.unwrap();
    let (_, bytes) = back_up(db).await;
    rows(&bytes)[table].iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn verify(bytes: &[u8]) -> Result<Header, Unusable> {
    backup::verify(bytes, &master())
}

/// The rows of each table, as a backup has them.
fn rows(bytes: &[u8]) -> HashMap<String, Vec<String>> {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let header: Header = serde_json::from_str(lines.next().unwrap()).unwrap();
    let mut of_table = |rows: u64| (0..rows).map(|_| lines.next().unwrap().to_owned()).collect();
    header.tables.iter().map(|table| (table.name.clone(), of_table(table.rows))).collect()
}

/// The last line, made anew by somebody who has the master key.
fn signed_anew(lines: &[String]) -> Vec<u8> {
    let body = lines.iter().fold(String::new(), |all, line| all + line + "\n");
    let mut mac = Mac::new(&master().backup_key());
    mac.update(body.as_bytes());
    let trailer = serde_json::json!({ "mac": b64::encode(&mac.finish()) });
    (body + &trailer.to_string() + "\n").into_bytes()
}

fn lines_without_the_last(bytes: &[u8]) -> Vec<String> {
    let mut lines: Vec<_> = std::str::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

/// Something in every table and every column, more accounts than one statement takes, and texts that are hard to carry.
async fn something_everywhere(db: &Db) {
    store_agencies(db).await;
    store_grant(db, 1).await;
    let private = keys::generate(Algorithm::Es256).unwrap();
    let public_jwk = SigningKey::parse(Algorithm::Es256, private.as_bytes()).unwrap().public_jwk();
    let kid = public_jwk.thumbprint();
    let state = KeyState::Next { published_at: NOW, ready_at: NOW, activate_at: Some(after(9)) };
    let record = SigningKeyRecord { kid: kid.clone(), algorithm: Algorithm::Es256, state, public_jwk, created_at: NOW };
    db.write(move |tx| {
        let id = AccountId::new([1; 16]);
        let wrapped = HashMap::from([(kid.clone(), vec![0, 255, 10, 13])]);
        signing_keys::replace(tx, &[], std::slice::from_ref(&record), &wrapped)?;
        sealing_keys::insert_current(tx, "00000001", b"wrapped", NOW)?;
        sealing_keys::insert_current(tx, "00000002", b"", after(1))?;
        secrets::insert(tx, "subject", &[])?;
        let official = (&fire_agency().oid, idp_core::identity::capacity::OfficialType::CivilServant);
        capacities::set(tx, &id, official, NOW)?;
        account_roles::grant(tx, &id, "key_administrator")?;
        let personal = SealedPersonal {
            national_id: Some(vec![0; 40]),
            national_id_verified: true,
            claims: Some((0..=255).collect()),
        };
        accounts::set_personal(tx, &id, &personal, Some([9; 32]))?;
        clients::insert(tx, &new_client("emic"), UnixMillis(i64::MAX))?;
        let with_logo = ClientId::from_trusted("emic");
        client_logos::add(tx, &with_logo, "https://emic.example/logo.png", NOW)?;
        let logo = client_logos::of_client(tx.conn(), &with_logo)?.remove(0);
        client_logos::settle(tx, (&logo, NOW), &client_logos::Outcome::Fetched((0..=255).collect()), NOW)?;
        client_logos::add(tx, &with_logo, "https://emic.example/not-yet.png", NOW)?;
        let token = new_token("door", 2);
        registration_tokens::insert(tx, &RegistrationToken { revoked_at: Some(NOW), ..token })?;
        registrations::insert(tx, &new_registered("emic", Some("door")))?;
        consents::add(tx, (&id, &ClientId::from_trusted("emic")), ScopeSet::parse_known("openid"), NOW)?;
        password_attempts::take(tx, &[255; 32], NOW, &AttemptPolicy::default())?.unwrap();
        password_attempts::take(tx, &[0; 32], UnixMillis(-1), &AttemptPolicy::default())?.unwrap();
        let (id_of_row, client) = (time_ordered(NOW, [1; 10]), ClientId::from_trusted("emic"));
        let waiting = [outbox::Notice { id: id_of_row.clone(), client, channel: outbox::Channel::Back }];
        outbox::add_logouts(tx, &waiting, &id, &new_session(1).id, NOW)?;
        outbox::settle(tx, (&id_of_row, 0), &outbox::Outcome::Finished("200".into()), NOW)?;
        let hint = Some((vec![0, 255], "$argon2id$".to_owned()));
        let mobile = Some(((0..=255).collect(), [255; 32]));
        recovery::set(tx, &id, &recovery::SealedRecovery { hint, mobile }, NOW)?;
        let asked = EmailChange {
            email: "new@example.tw".into(),
            security_epoch: 1,
            asked_at: NOW,
            expires_at: UnixMillis(i64::MAX),
        };
        email_changes::put(tx, &id, &asked)?;
        let person = accounts::find(tx.conn(), &id)?.unwrap();
        former_emails::note(tx, &person, "new@example.tw", NOW)?;
        agreements::add(tx, &id, ("terms", "2026-11-22"), NOW)?;
        for number in [1, 2] {
            messages::add(tx, &new_message(number), NOW)?;
        }
        messages::settle(tx, (&new_message(2).id, 1), &messages::Outcome::Refused("550 nobody\n".into()), after(3))?;
        reset_codes::add(tx, &new_message(1).id)?;
        reset_codes::send_to(tx, (&new_message(1).id, &id), &[255; 32], NOW)?;
        reset_codes::redeem(tx, &new_message(1).id, after(2))?;
        grants::revoke(tx, &new_grant(1, 1, "emic").id, NOW)?;
        grants::insert(tx, &new_grant(1, 2, "weather"))?;
        sessions::end(tx, &new_session(1).id, NOW)?;
        let event = Event::CodeRefused { client: ClientId::from_trusted("emic"), reason: "used twice" };
        audit::write(tx, event, NOW, [1; 10])?;
        consents::withdraw(tx, (&id, &ClientId::from_trusted("weather")), NOW)?;
        for number in 0..1_200_u16 {
            accounts::insert(tx, &numbered(number), NOW)?;
        }
        for number in [9, 10] {
            let (leaves, state) = (numbered(number).id, AccountState::Leaving { until: NOW });
            accounts::set_state(tx, &leaves, state, NOW)?;
        }
        let digests = deletion::Digests { former: [254; 32], ..deletion::Digests::default() };
        assert!(deletion::remove(tx, &numbered(10).id, &digests, NOW)?);
        Ok(())
    })
    .await
    .unwrap();
}

fn numbered(number: u16) -> NewAccount {
    let [high, low] = number.to_be_bytes();
    let mut id = [7; 16];
    id[0] = low;
    id[1] = high;
    let odd = ["王小明", "O'Brien \"\\\u{1}\n\t", "𠮷野家 👩‍🚒", ""][usize::from(number % 4)];
    NewAccount {
        id: AccountId::new(id),
        account: AccountName::parse(&format!("number{number:04}")).unwrap(),
        name: odd.to_owned(),
        email: number.is_multiple_of(3).then(|| format!("{number}@example.gov.tw")),
        name_digest: keys::sha256(&number.to_be_bytes()),
        ..new_account(1)
    }
}
