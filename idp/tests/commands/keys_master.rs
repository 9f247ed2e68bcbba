//! `idp keys change-master`.

use crate::portal::{add_person_and_portal, code, redeem, refresh, sign_in, token};
use crate::support::{Idp, Serving, within_two_seconds};
use std::process::Stdio;
use std::time::Duration;

const CHANGE: [&str; 4] = ["keys", "change-master", "--new-master-key-file", "new.key"];

#[tokio::test]
async fn running_nodes_go_on_after_the_master_key_changed_and_take_the_new_file_when_it_is_there() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let given = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    let said = idp.done(&CHANGE);
    assert!(said.contains("new.key") && said.contains("idp.master-key") && said.contains("mv"), "{said}");
    assert_eq!(idp.mode("new.key"), 0o600);
    let waits = async || serving.text("/readyz").await.contains("put the new file in the place");
    within_two_seconds("/readyz says what is missing", waits).await;
    // It read the rows that are wrapped by a key it has not, and a client that was changed since.
    let add = ["clients", "add", "weather", "--name", "天氣", "--redirect-uri", "http://localhost:2/callback"];
    let mut with_new = idp.command(&[&add[..], &["--secret-file", "w.secret"]].concat());
    assert!(with_new.env("IDP__KEYS__MASTER_KEY_FILE", "new.key").output().unwrap().status.success());
    let page = "/connect/authorize?response_type=code&client_id=weather&redirect_uri=http%3A%2F%2Flocalhost%3A2%2Fcallback\
                &scope=openid&state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                &code_challenge_method=S256";
    within_two_seconds("the new client", async || serving.get(page).await.status() == 200).await;
    let next = refresh(&idp, &serving, token(&given, "refresh_token")).await;
    let anew = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    assert_eq!(subject(&anew), subject(&given), "the portal would see another person");
    assert!(waits().await);
    std::fs::rename(idp.path("new.key"), idp.path("idp.master-key")).unwrap();
    within_two_seconds("it is ready", async || serving.text("/readyz").await == r#"{"status":"ready"}"#).await;
    drop(serving);
    let serving = Serving::start(&idp);
    refresh(&idp, &serving, token(&next, "refresh_token")).await["access_token"].as_str().unwrap();
    assert!(code(&serving, &session).await.is_some());
}

#[test]
fn the_old_file_works_no_more_and_what_fails_changes_nothing() {
    let idp = Idp::new();
    idp.add_client("emic");
    let secrets = || idp.count("secrets WHERE name = 'subject'");
    // Interrupted after the file was made: both files are there, and the old one still works.
    idp.write("new.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n");
    idp.done(&["clients", "list"]);
    idp.set_mode("new.key", 0o644);
    assert!(idp.refused(&CHANGE).contains("chmod 600"));
    idp.set_mode("new.key", 0o600);
    let new = idp.read("new.key");
    idp.done(&CHANGE);
    assert_eq!(idp.read("new.key"), new, "a master key was overwritten");
    for command in [&["serve"][..], &["keys", "list"], &CHANGE] {
        let said = idp.refused(command);
        assert!(said.contains("idp.master-key is not the master key") && said.contains("change-master"), "{said}");
    }
    assert_eq!(secrets(), 1);
    let idp = idp.with("IDP__KEYS__MASTER_KEY_FILE", "new.key");
    idp.done(&["keys", "list"]);
    assert!(idp.refused(&CHANGE).contains("in use already"));
    idp.write("torn.key", "AAEC\n");
    assert!(
        idp.refused(&["keys", "change-master", "--new-master-key-file", "torn.key"]).contains("no master key file")
    );
    idp.sql(&format!("UPDATE sealing_keys SET wrapped = {}", idp.bytes_of("torn")));
    idp.refused(&["keys", "change-master", "--new-master-key-file", "third.key"]);
    idp.done(&["keys", "list"]);
}

#[test]
fn a_backup_of_before_needs_the_old_file_and_says_so() {
    let idp = Idp::new();
    idp.done(&["backup", "one.backup"]);
    idp.done(&CHANGE);
    let there = Idp::empty();
    for file in ["one.backup", "idp.master-key", "new.key"] {
        there.write(file, idp.read(file));
    }
    assert!(there.refused(&["restore", "--master-key-file", "new.key", "one.backup"]).contains("another master key"));
    there.done(&["restore", "one.backup"]);
    there.done(&["keys", "list"]);
}

#[test]
fn a_change_that_is_killed_at_any_moment_can_be_repeated_and_nothing_is_lost() {
    let idp = Idp::new();
    idp.add_client("emic");
    let under = |arguments: &[&str], file: &str| {
        let mut command = idp.command(arguments);
        command.env("IDP__KEYS__MASTER_KEY_FILE", file).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let opens = |file: &str| under(&["clients", "show", "emic"], file).status().unwrap().success();
    let (mut file, mut rounds, mut killed) = ("idp.master-key".to_owned(), 0, 0);
    // Later and later, until one was not killed in time.
    while rounds < 3 {
        let next = format!("{rounds}.key");
        let change = ["keys", "change-master", "--new-master-key-file", &next];
        for pause in 0.. {
            let mut child = under(&change, &file).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(pause * 1_700 + rounds * 500));
            child.kill().unwrap();
            let done = child.wait().unwrap().success();
            let changed = changed(|| opens(&next), || opens(&file));
            assert!(!done || changed, "it said that it was done");
            killed += usize::from(!done);
            if changed {
                assert!(!opens(&file), "both files open the database");
                break;
            }
        }
        (file, rounds) = (next, rounds + 1);
    }
    assert!(killed > 3, "{killed} were killed");
}

/// Whether the new file opens the database. A server may still be at the commit of whoever was killed: then the old one opened
/// it a moment ago.
fn changed(first: impl Fn() -> bool, other: impl Fn() -> bool) -> bool {
    for _ in 0..20 {
        if first() {
            return true;
        }
        if other() {
            return false;
        }
    }
    panic!("neither the old file opens the database, nor the new one");
}

/// The `sub` of an ID token.
fn subject(answer: &serde_json::Value) -> String {
    let payload = token(answer, "id_token").split('.').nth(1).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&keys::b64::decode(payload).unwrap()).unwrap();
    claims["sub"].as_str().unwrap().to_owned()
}
