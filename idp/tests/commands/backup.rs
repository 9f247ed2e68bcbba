//! `idp backup` and `idp restore`.

use crate::portal::{add_person_and_portal, code, redeem, refresh, sign_in, token};
use crate::support::{Idp, Serving};
use std::path::Path;

/// A place of its own with nothing but the files that an operator carries there.
fn elsewhere(from: &Idp, files: &[&str]) -> Idp {
    let idp = Idp::empty();
    for file in files {
        idp.write(file, std::fs::read(from.path(file)).unwrap());
    }
    idp
}

fn stop(mut serving: Serving) {
    serving.terminate();
    serving.child.wait().unwrap();
}

/// Without what SQLite keeps beside its file while, and a little after, a program has it open.
fn files(idp: &Idp) -> Vec<String> {
    let folder = idp.path("");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| Path::new(&file.unwrap().file_name()).display().to_string())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_is_for_its_owner_alone_and_overwrites_nothing() {
    let idp = Idp::new();
    idp.add_client("emic");
    let before = files(&idp).len();
    let said = idp.done(&["backup", "one.backup"]);
    assert!(said.contains("one.backup") && said.contains("master-key") && said.contains("apart"), "{said}");
    assert_eq!(idp.mode("one.backup"), 0o600);
    assert_eq!(files(&idp).len(), before + 1, "something was left: {:?}", files(&idp));
    let bytes = idp.read("one.backup");
    assert!(idp.refused(&["backup", "one.backup"]).contains("is there already"));
    assert_eq!(idp.read("one.backup"), bytes);
    let master = idp.read("idp.master-key");
    assert!(!bytes.contains(master.trim()) && !bytes.contains(idp.read("emic.secret").trim()));
    let document = idp.json(&["restore", "--check", "one.backup"]);
    assert_eq!(document["tables"]["clients"], 1);
    assert_eq!(document["tables"]["signing_keys"], 4);
    assert!(idp.refused(&["backup", "nowhere/one.backup"]).contains("nowhere"));
    let empty = Idp::empty();
    let words = if empty.is_on_a_server() { "there is no master key file" } else { "there is no database" };
    assert!(empty.refused(&["backup", "one.backup"]).contains(words));
}

#[test]
fn a_backup_that_cannot_be_written_leaves_no_file() {
    let idp = Idp::new();
    idp.sql(
        "INSERT INTO audit (id, event) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         SELECT 'number' || i, 'a line of some length' FROM n",
    );
    let before = files(&idp);
    let status = idp.command(&["backup", "big.backup"]);
    // A file may have 40 KiB at most: the disk is full soon.
    let mut limited = std::process::Command::new("bash");
    limited.current_dir(idp.path("")).args(["-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "bash"]);
    limited
        .arg(status.get_program())
        .args(status.get_args())
        .envs(status.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let ran = limited.output().unwrap();
    let words = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success() && words.contains("cannot write the backup"), "{words}");
    assert_eq!(files(&idp), before);
}

#[test]
fn what_is_no_whole_backup_of_this_master_key_is_refused_and_nothing_is_made() {
    let idp = Idp::new();
    idp.done(&["backup", "one.backup"]);
    let there = elsewhere(&idp, &["one.backup", "idp.master-key"]);
    let bytes = there.read("one.backup");
    there.write("cut.backup", &bytes[..bytes.len() - 10]);
    there.write("changed.backup", bytes.replacen("\"active\"", "\"retired\"", 1));
    there.write("other.backup", "{\"something\": \"else\"}\n");
    there.write("newer.backup", bytes.replacen("\"version\":1", "\"version\":7", 1));
    assert!(std::process::Command::new("mkfifo").arg(there.path("pipe.backup")).status().unwrap().success());
    for (file, words) in [
        ("cut.backup", "cut off"),
        ("changed.backup", "changed after it was written"),
        ("other.backup", "no backup"),
        ("newer.backup", "newer release"),
        ("missing.backup", "No such file"),
        ("pipe.backup", "not a regular file"),
    ] {
        for arguments in [&["restore", file][..], &["restore", "--check", file]] {
            let said = there.refused(arguments);
            assert!(said.contains(words) && said.contains(file), "{said}");
        }
    }
    let stranger = elsewhere(&Idp::new(), &[]);
    stranger.write("one.backup", &bytes);
    assert!(stranger.refused(&["restore", "one.backup"]).contains("there is no master key file"));
    stranger.write("idp.master-key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n");
    assert!(stranger.refused(&["restore", "one.backup"]).contains("another master key"));
    for idp in [&there, &stranger] {
        assert!(!idp.path("idp.db").exists(), "a refused restore made a database");
    }
    idp.add_client("emic");
    assert!(idp.refused(&["restore", "one.backup"]).contains("not empty"));
    assert_eq!(idp.count("clients"), 1);
}

#[tokio::test]
async fn after_a_move_a_cookie_a_refresh_token_and_a_client_secret_go_on_and_a_code_does_not() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let given = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    let unused = code(&serving, &session).await.unwrap();
    stop(serving);
    idp.done(&["backup", "moving.backup"]);
    let there = elsewhere(&idp, &["moving.backup", "idp.master-key", "emic.secret"]);
    let said = there.done(&["restore", "--server-was-stopped", "moving.backup"]);
    assert!(said.contains("restored") && !said.contains("refresh tokens") && !said.contains("do it again"), "{said}");
    let serving = Serving::start(&there);
    let refused = redeem(&there, &serving, &unused).await;
    assert_eq!(refused["error"], "invalid_grant", "a code of before the restore");
    let newer = refresh(&there, &serving, token(&given, "refresh_token")).await;
    assert_ne!(token(&newer, "refresh_token"), token(&given, "refresh_token"));
    let again = redeem(&there, &serving, &code(&serving, &session).await.unwrap()).await;
    assert_eq!(subject(&again), subject(&given), "the portal would see another person");
}

#[tokio::test]
async fn a_backup_of_a_running_server_brings_sessions_back_and_no_refresh_token_of_before() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let first = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    idp.done(&["backup", "one.backup"]);
    // Used after the backup, which therefore believes that it is fresh.
    let second = refresh(&idp, &serving, token(&first, "refresh_token")).await;
    stop(serving);
    let there = elsewhere(&idp, &["one.backup", "idp.master-key", "emic.secret"]);
    let said = there.done(&["restore", "one.backup"]);
    assert!(said.contains("1 refresh tokens of before are refused"), "{said}");
    let serving = Serving::start(&there);
    for used in [&first, &second] {
        let refused = refresh(&there, &serving, token(used, "refresh_token")).await;
        assert_eq!(refused["error"], "invalid_grant");
    }
    let anew = redeem(&there, &serving, &code(&serving, &session).await.unwrap()).await;
    assert_eq!(subject(&anew), subject(&first));
    refresh(&there, &serving, token(&anew, "refresh_token")).await["access_token"].as_str().unwrap();
    assert_eq!(there.count("audit WHERE detail LIKE '%\"restore\"%'"), 1);
}

#[tokio::test]
async fn a_restore_can_have_everybody_sign_in_again() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    assert!(code(&serving, &session).await.is_some());
    idp.done(&["backup", "one.backup"]);
    let there = elsewhere(&idp, &["one.backup", "idp.master-key"]);
    assert!(there.done(&["restore", "--end-sessions", "one.backup"]).contains("1 sessions ended"));
    let serving = Serving::start(&there);
    assert_eq!(code(&serving, &session).await, None);
    sign_in(&serving).await;
}

#[tokio::test]
async fn after_a_restore_no_code_and_no_refresh_token_of_before_works_and_what_was_revoked_since_is_as_it_was() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let used = code(&serving, &session).await.unwrap();
    let given = redeem(&idp, &serving, &used).await;
    idp.done(&["backup", "one.backup"]);
    let later = code(&serving, &session).await.unwrap();
    let lost = redeem(&idp, &serving, &later).await;
    idp.done(&["grants", "revoke", "--client", "emic", "--yes"]);
    assert_eq!(userinfo(&serving, &given).await, 401);
    stop(serving);
    let there = elsewhere(&idp, &["one.backup", "idp.master-key", "emic.secret"]);
    there.done(&["restore", "one.backup"]);
    let serving = Serving::start(&there);
    for (which, code) in [("used before the backup", &used), ("used after it", &later)] {
        assert_eq!(redeem(&there, &serving, code).await["error"], "invalid_grant", "a code {which}");
    }
    for answer in [&given, &lost] {
        assert_eq!(refresh(&there, &serving, token(answer, "refresh_token")).await["error"], "invalid_grant");
    }
    // The revocation is undone, as the manual says; until it is done again an access token of before lives for its minutes.
    assert_eq!((userinfo(&serving, &given).await, userinfo(&serving, &lost).await), (200, 401));
    there.done(&["grants", "revoke", "--client", "emic", "--yes"]);
    assert_eq!(userinfo(&serving, &given).await, 401);
    redeem(&there, &serving, &code(&serving, &session).await.unwrap()).await["access_token"].as_str().unwrap();
}

/// The status of UserInfo for an access token.
async fn userinfo(serving: &Serving, answer: &serde_json::Value) -> u16 {
    let asked = crate::support::http().get(format!("{}/connect/userinfo", serving.issuer));
    asked.bearer_auth(token(answer, "access_token")).send().await.unwrap().status().as_u16()
}

/// The `sub` of an ID token.
fn subject(answer: &serde_json::Value) -> String {
    let payload = token(answer, "id_token").split('.').nth(1).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&keys::b64::decode(payload).unwrap()).unwrap();
    claims["sub"].as_str().unwrap().to_owned()
}

#[test]
fn a_mail_that_waited_at_the_backup_is_not_sent_again_and_the_operator_hears_of_it() {
    let idp = Idp::new();
    idp.write("pw.txt", "my-Password-9876");
    let email = ["--email", "fireman0119@example.gov.tw"];
    idp.done(
        &[&["accounts", "add", "fireman0119", "--name", "林大勇", "--password-file", "pw.txt"][..], &email].concat(),
    );
    idp.done(&["accounts", "set-password", "fireman0119", "--password-file", "pw.txt"]);
    idp.done(&["backup", "one.backup"]);
    let restored = |how: &[&str]| {
        let there = elsewhere(&idp, &["one.backup", "idp.master-key"]);
        let said = there.done(&[&["restore", "one.backup"][..], how].concat());
        let listed = there.json(&["accounts", "messages", "fireman0119"])[0].clone();
        (said, listed)
    };
    let (said, mail) = restored(&[]);
    assert!(said.contains("1 mails and text messages that waited are not sent"), "{said}");
    assert_eq!((&mail["state"], &mail["last"]), (&"not_sent".into(), &"restored from a backup".into()), "{mail}");
    let (said, mail) = restored(&["--server-was-stopped"]);
    assert!(!said.contains("not sent") && mail["state"] == "waiting", "{said} {mail}");
}
