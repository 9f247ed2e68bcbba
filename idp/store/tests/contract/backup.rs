use crate::backends::{Database, every_new_database, every_way};
use crate::fixtures::{
    NOW, after, fire_agency, new_account, new_client, new_grant, new_session, secret, store_agencies, store_grant,
};
use idp_core::audit::Event;
use idp_core::ids::time_ordered;
use idp_core::people::account_name::AccountName;
use idp_core::people::password_attempt::AttemptPolicy;
use idp_core::scope::ScopeSet;
use idp_core::{AccountId, ClientId, UnixMillis};
use idp_store::accounts::{NewAccount, SealedPersonal};
use idp_store::backup::{self, About, Header, Restore, Restored, Unusable};
use idp_store::migrate::{self, Fit};
use idp_store::{
    Db, Fault, accounts, audit, clients, consents, directory_version, grants, outbox, password_attempts, sealing_keys,
    secrets, sessions, signing_keys,
};
use keys::{Algorithm, KeyState, Mac, MasterKey, SigningKey, SigningKeyRecord, b64};
use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const AS_MOVED: Restore =
    Restore { now: UnixMillis(NOW.0 + 60_000), nothing_happened_since: true, end_sessions: false };
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
        accounts::set_capacity(tx, &id, official, NOW)?;
        accounts::grant_role(tx, &id, "key_administrator")?;
        let personal = SealedPersonal {
            national_id: Some(vec![0; 40]),
            national_id_verified: true,
            claims: Some((0..=255).collect()),
        };
        accounts::set_personal(tx, &id, &personal, Some([9; 32]))?;
        clients::insert(tx, &new_client("emic"), UnixMillis(i64::MAX))?;
        consents::add(tx, (&id, &ClientId::from_trusted("emic")), ScopeSet::parse_known("openid"), NOW)?;
        password_attempts::take(tx, &[255; 32], NOW, &AttemptPolicy::default())?.unwrap();
        password_attempts::take(tx, &[0; 32], UnixMillis(-1), &AttemptPolicy::default())?.unwrap();
        let waiting = [(time_ordered(NOW, [1; 10]), ClientId::from_trusted("emic"))];
        outbox::add_logouts(tx, &waiting, &id, &new_session(1).id, NOW)?;
        outbox::settle(tx, (&waiting[0].0, 0), &outbox::Outcome::Finished("200".into()), NOW)?;
        grants::revoke(tx, &new_grant(1, 1, "emic").id, NOW)?;
        grants::insert(tx, &new_grant(1, 2, "weather"))?;
        sessions::end(tx, &new_session(1).id, NOW)?;
        let event = Event::CodeRefused { client: ClientId::from_trusted("emic"), reason: "used twice" };
        audit::write(tx, event, NOW, [1; 10])?;
        for number in 0..1_200_u16 {
            accounts::insert(tx, &numbered(number), NOW)?;
        }
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
        ..new_account(1)
    }
}

#[tokio::test]
async fn what_was_in_one_database_is_row_by_row_in_another() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        something_everywhere(&source).await;
        let (header, bytes) = back_up(&source).await;
        assert!(header.tables.iter().all(|table| table.rows > 0), "a table was not tried: {header:?}");
        assert_eq!(verify(&bytes).unwrap().rows(), header.rows());
        let target = to.node();
        restore(&target, &bytes, AS_MOVED).await.unwrap();
        let (mut before, mut after) = (rows(&bytes), rows(&back_up(&target).await.1));
        let audit = after.get_mut("audit").unwrap();
        let noted = audit.iter().position(|line| line.contains("restore")).unwrap();
        assert!(audit.remove(noted).contains("https://idp.example"));
        for (table, rows) in before.drain() {
            assert_eq!(after[&table], rows, "{table}");
        }
        // And to the records' own eyes.
        let id = new_grant(1, 2, "weather").id;
        let (one, other) = (id.clone(), id);
        let there = source.read(move |conn| grants::standing(conn, &one)).await.unwrap().unwrap();
        let here = target.read(move |conn| grants::standing(conn, &other)).await.unwrap().unwrap();
        assert_eq!((here.grant, here.person, here.session), (there.grant, there.person, there.session));
        assert_eq!(here.personal.claims, Some((0..=255).collect()));
        assert_eq!(migrate::fit(&target).await, Ok(Fit::Serves));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_while_people_sign_in_is_of_one_moment() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted, node) = (stop.clone(), done.clone(), from.node());
        let writer = tokio::spawn(async move {
            let mut number = 0;
            while !stopped.load(Ordering::Relaxed) && number < 20_000 {
                number += 1;
                node.write(move |tx| sign_in(tx, number)).await.unwrap();
                counted.store(u64::from(number), Ordering::Relaxed);
            }
        });
        let mut sizes = Vec::new();
        for round in 0..5 {
            while done.load(Ordering::Relaxed) < (round + 1) * 20 {
                tokio::task::yield_now().await;
            }
            let header_and_bytes = back_up(&source).await;
            let found = rows(&header_and_bytes.1);
            let count = |table: &str| found[table].len() as u64;
            let of_one_moment = [count("accounts"), count("sessions"), count("grants"), count("audit")];
            assert!(of_one_moment.iter().all(|size| *size == of_one_moment[0]), "{of_one_moment:?}");
            // Each sign-in raises the number, which began at 1, together with its rows.
            assert_eq!(header_and_bytes.0.directory_version as u64, of_one_moment[0] + 1);
            sizes.push((of_one_moment[0], header_and_bytes.1));
        }
        stop.store(true, Ordering::Relaxed);
        writer.await.unwrap();
        assert!(sizes[0].0 < sizes[4].0, "nobody signed in meanwhile");
        // Foreign keys are checked on the way in.
        restore(&to.node(), &sizes[4].1, AS_MOVED).await.unwrap();
    })
    .await;
}

fn sign_in(tx: &mut idp_store::Tx<'_>, number: u16) -> Result<(), Fault> {
    let account = numbered(number);
    accounts::insert(tx, &account, NOW)?;
    let [high, low] = number.to_be_bytes();
    let mut session = new_session(1);
    session.account_id = account.id.clone();
    session.id = idp_core::SessionId::from_trusted(format!("session{number}"));
    let mut hash = secret(1);
    (hash[0], hash[1]) = (high, low);
    sessions::insert(tx, &session, &hash)?;
    let mut grant = new_grant(1, 1, "emic");
    grant.id = idp_core::GrantId::from_trusted(format!("grant{number}"));
    (grant.account_id, grant.session_id) = (account.id.clone(), session.id);
    grants::insert(tx, &grant)?;
    let event = Event::TokensIssued { account: account.id, client: ClientId::from_trusted("emic") };
    audit::write(tx, event, NOW, keys::random().unwrap())?;
    directory_version::raise(tx)
}

#[tokio::test]
async fn a_file_that_is_cut_off_at_any_place_is_refused() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        store_grant(&db, 1).await;
        let (_, bytes) = back_up(&db).await;
        assert!(verify(&bytes).is_ok());
        for length in 0..bytes.len() {
            let refused = verify(&bytes[..length]).unwrap_err();
            assert!(matches!(refused, Unusable::CutOff | Unusable::NoBackup), "{length}: {refused:?}");
            assert!(length == 0 || refused == Unusable::CutOff, "{length}: {refused:?}");
        }
        let longer = [&bytes[..], b"\n"].concat();
        assert_eq!(verify(&longer).unwrap_err(), Unusable::Changed);
    })
    .await;
}

#[tokio::test]
async fn a_file_with_any_byte_changed_is_refused() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        store_grant(&db, 1).await;
        let (_, bytes) = back_up(&db).await;
        for at in 0..bytes.len() {
            for change in [1, 0x20] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                assert!(verify(&changed).is_err(), "byte {at}: {}", String::from_utf8_lossy(&changed));
            }
        }
        // A row less and a row more, with the header's counts to match: only the master key can sign that.
        let mut lines = lines_without_the_last(&bytes);
        let last = std::str::from_utf8(&bytes).unwrap().lines().last().unwrap().to_owned();
        let grant = lines.iter().position(|line| line.contains("weather") || line.contains("\"emic\"")).unwrap();
        lines[grant] = lines[grant].replace("openid identity", "openid uid");
        lines.push(last);
        assert_eq!(verify((lines.join("\n") + "\n").as_bytes()).unwrap_err(), Unusable::Changed);
    })
    .await;
}

#[tokio::test]
async fn what_this_program_cannot_know_and_what_needs_another_master_key_is_said() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        let (_, bytes) = back_up(&db).await;
        let lines = lines_without_the_last(&bytes);
        let with = |from: &str, to: &str| {
            let mut lines = lines.clone();
            assert!(lines[0].contains(from), "{}", lines[0]);
            lines[0] = lines[0].replacen(from, to, 1);
            signed_anew(&lines)
        };
        assert!(verify(&with("\"program\":\"test\"", "\"program\":\"other\"")).is_ok(), "signing anew does not work");
        assert_eq!(verify(&with("\"version\":1", "\"version\":2")).unwrap_err(), Unusable::NewerFormat(2));
        let schema = format!("\"schema\":{}", migrate::SCHEMA_VERSION);
        assert_eq!(verify(&with(&schema, "\"schema\":999")).unwrap_err(), Unusable::NewerSchema(999));
        assert_eq!(verify(&with("shenfen backup", "something")).unwrap_err(), Unusable::NoBackup);
        let other = MasterKey::generate().unwrap();
        assert_eq!(backup::verify(&bytes[..], &other).unwrap_err(), Unusable::AnotherMasterKey);
        let mut endless: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        for table in endless["tables"].as_array_mut().unwrap() {
            table["rows"] = u64::MAX.into();
        }
        let endless = [&[endless.to_string()], &lines[1..]].concat();
        assert_eq!(verify(&signed_anew(&endless)).unwrap_err(), Unusable::CutOff);
        for nothing in [&b"SQLite format 3\0"[..], b"{}\n", b"\n", b"[]\n"] {
            assert!(verify(nothing).is_err(), "{nothing:?}");
        }
    })
    .await;
}

/// Reads so many bytes, and then no more.
struct Breaking<'a>(&'a [u8], usize);

impl Read for Breaking<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(self.1);
        let length = Read::read(&mut self.0, into.get_mut(..most).unwrap())?;
        self.1 -= length;
        if length == 0 { Err(std::io::Error::other("the disk is gone")) } else { Ok(length) }
    }
}

#[tokio::test]
async fn a_restore_that_fails_half_way_leaves_nothing() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        something_everywhere(&source).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        for part in [3, 50, 97, 100] {
            let (bytes, at) = (bytes.clone(), bytes.len() * part / 100 - 1);
            let unit = move |tx: &mut idp_store::Tx<'_>| {
                backup::restore(tx, BufReader::new(Breaking(&bytes, at)), &master(), &AS_MOVED)
            };
            assert!(target.fill(unit).await.is_err(), "{part} %");
            assert_eq!(migrate::fit(&target).await, Ok(Fit::Empty), "{part} %: something stayed");
            assert_eq!(target.scan(backup::holds_nothing).await, Ok(Ok(())));
        }
        // A file that was sound when it was looked at, and is another one now.
        let mut lines = lines_without_the_last(&bytes);
        let account = lines.iter().position(|line| line.contains("number0007")).unwrap();
        lines[account] = lines[account].replace("number0007", "number0008");
        assert!(restore(&target, &signed_anew(&lines), AS_MOVED).await.is_err(), "an account name twice");
        assert_eq!(migrate::fit(&target).await, Ok(Fit::Empty));
        restore(&target, &bytes, AS_MOVED).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_place_with_anything_in_it_stays_as_it_is() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        migrate::run(&target).await.unwrap();
        store_agencies(&target).await;
        assert_eq!(target.scan(backup::holds_nothing).await, Ok(Err("agencies")));
        let refused = restore(&target, &bytes, AS_MOVED).await.unwrap_err();
        assert!(refused.to_string().contains("not empty"), "{refused}");
        assert!(target.scan(secrets::all).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_schema_without_rows_is_an_empty_place() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        store_grant(&source, 1).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        migrate::run(&target).await.unwrap();
        restore(&target, &bytes, AS_MOVED).await.unwrap();
        assert_eq!(rows(&back_up(&target).await.1)["grants"].len(), 1);
    })
    .await;
}

async fn generation(db: &Db) -> i64 {
    let id = new_grant(1, 1, "emic").id;
    db.read(move |conn| grants::standing(conn, &id)).await.unwrap().unwrap().grant.generation
}

#[tokio::test]
async fn time_that_is_lost_makes_no_code_and_no_refresh_token_work_twice() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        store_grant(&source, 1).await;
        assert_eq!(source.read(directory_version::codes_from).await, Ok(UnixMillis(0)));
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        let done = restore(&target, &bytes, AS_RESCUED).await.unwrap();
        assert_eq!((done.refresh_tokens_ended, done.sessions_ended), (1, 0));
        assert_eq!(generation(&target).await, 0, "a refresh token of before goes on");
        assert_eq!(target.read(directory_version::codes_from).await, Ok(AS_RESCUED.now));
        let version = target.read(directory_version::current).await.unwrap();
        assert!(version >= AS_RESCUED.now.0, "a node may have seen this number before: {version}");
    })
    .await;
}

#[tokio::test]
async fn after_a_move_refresh_tokens_go_on_and_codes_do_not() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        store_grant(&source, 1).await;
        let (_, bytes) = back_up(&source).await;
        let target = to.node();
        let ending = Restore { end_sessions: true, ..AS_MOVED };
        let done = restore(&target, &bytes, ending).await.unwrap();
        assert_eq!((done.refresh_tokens_ended, done.sessions_ended), (0, 1));
        assert_eq!(generation(&target).await, 1);
        assert_eq!(target.read(directory_version::codes_from).await, Ok(AS_MOVED.now));
        let (session, _) = target.read(|conn| sessions::find(conn, &new_session(1).id)).await.unwrap().unwrap();
        assert_eq!(session.ended_at, Some(AS_MOVED.now));
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_filled_in_as_it_was_and_then_migrated() {
    every_way(async |from, to| {
        let source = set_up(from).await;
        source.write(|tx| sealing_keys::insert_current(tx, "00000001", b"wrapped", NOW)).await.unwrap();
        let (_, bytes) = back_up(&source).await;
        let mut lines = lines_without_the_last(&bytes);
        let schema = format!("\"schema\":{}", migrate::SCHEMA_VERSION);
        lines[0] = lines[0].replace(&schema, "\"schema\":1").replace(",[\"superseded_at\",\"integer\"]", "");
        let key = lines.iter().position(|line| line.starts_with("[\"00000001\"")).unwrap();
        lines[key] = lines[key].replace(",null]", "]");
        let target = to.node();
        restore(&target, &signed_anew(&lines), AS_MOVED).await.unwrap();
        assert_eq!(migrate::fit(&target).await, Ok(Fit::Serves));
        assert_eq!(rows(&back_up(&target).await.1)["sealing_keys"], rows(&bytes)["sealing_keys"]);
    })
    .await;
}

/// Counts what is written into it, and how much was held back: nothing.
#[derive(Clone, Default)]
struct Sizes(Arc<Mutex<Vec<usize>>>);

impl std::io::Write for Sizes {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().push(piece.len());
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_backup_is_written_row_by_row() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        something_everywhere(&db).await;
        let sizes = Sizes::default();
        let into = sizes.clone();
        db.snapshot(move |conn| {
            let master = master();
            let about = About { issuer: "https://idp.example", now: NOW, program: "test", master: &master };
            backup::write(conn, &about, into.clone())
        })
        .await
        .unwrap();
        let sizes = sizes.0.lock().unwrap();
        assert!(sizes.len() > 1_200 && sizes.iter().all(|size| *size < 8_192), "{:?}", sizes.iter().max());
    })
    .await;
}
