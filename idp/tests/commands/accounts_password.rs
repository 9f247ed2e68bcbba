//! `idp accounts set-password`, and what `idp accounts show` says after wrong passwords.

use crate::portal::{add_person_and_portal, code, guess, redeem, refresh, sign_in, token};
use crate::support::{Idp, Ran, Serving};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, Stdio};

const NEW: &str = "another-Password-1";

fn set_password(idp: &Idp) -> Value {
    idp.write("new.txt", NEW);
    idp.json(&["accounts", "set-password", "FireMan0119", "--password-file", "new.txt"])
}

fn wrong_passwords(idp: &Idp) -> Value {
    idp.json(&["accounts", "show", "fireman0119"])["wrong_passwords"].clone()
}

#[tokio::test]
async fn another_password_ends_what_began_with_the_old_one_and_tells_the_portals() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let listens = ["--backchannel-logout-uri", "https://emic.example.gov.tw/backchannel"];
    idp.done(&[&["clients", "update", "emic"], &listens[..]].concat());
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let tokens = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    // A grant that outlives its session.
    idp.sql("UPDATE grants SET offline = TRUE");
    let tokens = refresh(&idp, &serving, token(&tokens, "refresh_token")).await;
    let said = set_password(&idp);
    assert_eq!((&said["sessions_ended"], &said["portals_told"]), (&json!(1), &json!(1)), "{said}");
    assert_eq!(code(&serving, &session).await, None, "the session goes on");
    let refused = refresh(&idp, &serving, token(&tokens, "refresh_token")).await;
    assert_eq!(refused["error"], "invalid_grant");
    assert_eq!(guess(&serving, "abcd1234").await, None, "the old password is still good");
    assert_eq!(wrong_passwords(&idp)["failures"], 1);
    assert_eq!(set_password(&idp)["sessions_ended"], 0);
    let session = guess(&serving, NEW).await.expect("the new password is refused");
    assert!(code(&serving, &session).await.is_some());
    let audit = idp.json(&["audit", "list", "--account", "fireman0119"]).to_string();
    assert_eq!(audit.matches("accounts.set_password").count(), 2, "{audit}");
    assert_eq!(audit.matches("sign_in.failed").count(), 1, "what was tried with the name: {audit}");
    assert!(!audit.contains(NEW));
}

#[tokio::test]
async fn a_name_that_waits_or_is_locked_by_wrong_passwords_is_shown_so_until_a_new_password_opens_it() {
    let idp = Idp::new().with("IDP__PASSWORDS__WAIT", "0s").with("IDP__PASSWORDS__LONGER_FROM", "2");
    let idp = idp.with("IDP__PASSWORDS__LONGER_WAIT", "0s").with("IDP__PASSWORDS__LOCK_AT", "3");
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    let nothing = json!({ "failures": 0, "waits_until": null, "locked_until": null });
    assert_eq!(wrong_passwords(&idp), nothing);
    for failures in 1..=2 {
        assert_eq!(guess(&serving, "wrong").await, None);
        let open = json!({ "failures": failures, "waits_until": null, "locked_until": null });
        assert_eq!(wrong_passwords(&idp), open);
    }
    assert_eq!(guess(&serving, "wrong").await, None);
    let locked = wrong_passwords(&idp);
    assert_eq!((&locked["failures"], &locked["waits_until"]), (&json!(3), &Value::Null));
    assert!(locked["locked_until"].as_str().unwrap().ends_with("+08:00"), "{locked}");
    assert_eq!(guess(&serving, "abcd1234").await, None, "it was not locked");
    set_password(&idp);
    assert_eq!(wrong_passwords(&idp), nothing);
    assert!(guess(&serving, NEW).await.is_some());
}

#[tokio::test]
async fn a_name_that_has_to_wait_is_shown_with_the_moment_it_waits_for() {
    let idp = Idp::new().with("IDP__PASSWORDS__WAIT", "1h");
    add_person_and_portal(&idp);
    let serving = Serving::start(&idp);
    assert_eq!(guess(&serving, "wrong").await, None);
    let waits = wrong_passwords(&idp);
    assert_eq!((&waits["failures"], &waits["locked_until"]), (&json!(1), &Value::Null));
    assert!(waits["waits_until"].is_string(), "{waits}");
}

#[test]
fn a_password_that_cannot_be_is_refused_and_a_locked_account_stays_locked() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    let set = ["accounts", "set-password", "fireman0119", "--password-file", "-"];
    let ran = idp.run_with_input(&set, "");
    assert!(!ran.ok && ran.stderr.contains("1 to 512 bytes"), "{ran:?}");
    idp.done(&["accounts", "lock", "fireman0119"]);
    let ran = idp.run_with_input(&set, NEW);
    assert!(ran.ok && ran.stdout.contains("still locked"), "{ran:?}");
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["state"], "locked");
}

#[test]
fn a_password_for_an_account_that_is_removed_meanwhile_changes_nothing_and_tells_nobody() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    idp.sql("UPDATE accounts SET email = 'fireman0119@example.gov.tw', email_verified = TRUE");
    assert!(Command::new("mkfifo").arg(idp.path("password")).status().unwrap().success());
    let mut command = idp.command(&["accounts", "set-password", "fireman0119", "--password-file", "password"]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It has found the account when it opens the file.
    let mut password = OpenOptions::new().write(true).open(idp.path("password")).unwrap();
    idp.sql("DELETE FROM accounts");
    password.write_all(b"another-password").unwrap();
    drop(password);
    let ran = Ran::from(running.wait_with_output().unwrap());
    assert!(!ran.ok && ran.stderr.contains("there is no account fireman0119"), "{ran:?}");
    assert_eq!(idp.count("messages"), 0, "nobody is told");
    assert!(!idp.done(&["audit", "list"]).contains("accounts.set_password"));
}
