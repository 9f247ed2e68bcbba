//! `idp accounts add|list|show|lock|unlock|grant-role|revoke-role`.

use crate::support::{Idp, any_file_holds};
use serde_json::json;

fn add<'a>(account: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let plain = ["accounts", "add", account, "--password-file", "pw.txt", "--name", "林大勇"];
    [&plain[..], more].concat()
}

#[test]
fn an_account_is_active_at_once_and_its_password_is_nowhere() {
    let idp = Idp::new();
    idp.write("pw.txt", "my-Password-9876\r\n");
    let ran = idp.run(&add("FireMan0119", &["--email", "fireman0119@example.gov.tw"]));
    assert!(ran.ok && ran.stdout.contains("FireMan0119 is active"), "{ran:?}");
    let mut shown = idp.json(&["accounts", "show", "fireman0119"]);
    let created = shown.as_object_mut().unwrap().remove("created_at").unwrap();
    assert!(created.as_str().unwrap().ends_with("+08:00"), "{created}");
    let expected = json!({
        "account": "FireMan0119", "name": "林大勇", "email": "fireman0119@example.gov.tw", "state": "active",
        "removed_at": null, "identity_type": "natural_person", "official_type": null, "agency_oid": null, "agency_name": null, "roles": [],
        "email_confirmed": true, "recovery": {
            "hint_question": { "set": false, "counts_from": null }, "rescue_mobile": { "set": false, "counts_from": null },
        },
        "wrong_passwords": { "failures": 0, "waits_until": null, "locked_until": null },
    });
    assert_eq!(shown, expected);
    std::fs::remove_file(idp.path("pw.txt")).unwrap();
    assert!(!any_file_holds(&idp.path("."), "my-Password-9876"));
}

#[test]
fn a_name_is_corrected_and_the_audit_says_so_without_it() {
    let idp = Idp::new();
    idp.write("pw.txt", "my-Password-9876");
    assert!(idp.run(&add("fireman0119", &[])).ok);
    let said = idp.done(&["accounts", "set-name", "FireMan0119", "林小勇"]);
    assert!(said.contains("林小勇"), "{said}");
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["name"], "林小勇");
    for (name, why) in [("", "name"), ("a\u{202e}b", "name"), (&*"林".repeat(51), "50")] {
        let said = idp.refused(&["accounts", "set-name", "fireman0119", name]);
        assert!(said.contains(why), "{name:?}: {said}");
    }
    assert!(idp.refused(&["accounts", "set-name", "nobody01", "林小勇"]).contains("no account nobody01"));
    let lines = idp.json(&["audit", "list"]).to_string();
    assert!(lines.contains("accounts.set_name") && !lines.contains("林小勇"), "{lines}");
}

#[test]
fn what_became_of_the_messages_to_a_person_is_listed() {
    let idp = Idp::new();
    idp.write("pw.txt", "my-Password-9876");
    assert!(idp.run(&add("fireman0119", &["--email", "fireman0119@example.gov.tw"])).ok);
    assert_eq!(idp.json(&["accounts", "messages", "fireman0119"]), json!([]));
    assert!(idp.run(&["accounts", "set-password", "fireman0119", "--password-file", "pw.txt"]).ok);
    let listed = idp.json(&["accounts", "messages", "FireMan0119"]);
    let one = &listed[0];
    let said = [&one["channel"], &one["purpose"], &one["state"], &one["attempts"], &one["when"]];
    assert_eq!(said, [&json!("mail"), &json!("password_changed"), &json!("waiting"), &json!(0), &json!(null)]);
    assert!(one["noted"].as_str().unwrap().contains("+08:00") && !listed.to_string().contains('@'), "{listed}");
    let table = idp.done(&["accounts", "messages", "fireman0119", "--limit", "1"]);
    assert!(table.contains("WHAT FOR") && table.contains("password_changed"), "{table}");
    assert!(idp.refused(&["accounts", "messages", "nobody01"]).contains("no account nobody01"));
}

#[test]
fn a_password_can_come_by_standard_input() {
    let idp = Idp::new();
    let arguments = ["accounts", "add", "clairesu1234", "--password-file", "-", "--name", "蘇小美"];
    let ran = idp.run_with_input(&arguments, "abcd1234");
    assert!(ran.ok, "{ran:?}");
    assert_eq!(idp.json(&["accounts", "show", "clairesu1234"])["email"], json!(null));
    let ran = idp.run_with_input(&["accounts", "add", "other1234", "--password-file", "-", "--name", "x"], "");
    assert!(!ran.ok && ran.stderr.contains("1 to 512 bytes"), "{ran:?}");
}

#[test]
fn what_is_wrong_with_an_account_is_said_and_nothing_is_made() {
    let idp = Idp::new();
    idp.write("pw.txt", "abcd1234");
    for account in ["abcd", "1abcde", "abc de", "a234567890123456", "王小明王小明", ""] {
        assert!(idp.refused(&add(account, &[])).contains("5 to 15 letters and digits"), "{account}");
    }
    for email in ["", "x", "@", "a@b", "a@b@c.tw", "a b@c.tw", "a@.tw", "a@tw."] {
        let said = idp.refused(&add("fireman0119", &["--email", email]));
        assert!(said.contains("--email"), "{email:?}: {said}");
    }
    let name = ["accounts", "add", "fireman0119", "--password-file", "pw.txt", "--name"];
    for bad in ["", "  ", "a\nb", &"王".repeat(51)] {
        assert!(idp.refused(&[&name[..], &[bad]].concat()).contains("--name"), "{bad:?}");
    }
    let file = ["accounts", "add", "fireman0119", "--name", "x", "--password-file"];
    assert!(idp.refused(&[&file[..], &["nowhere.txt"]].concat()).contains("nowhere.txt"));
    for (contents, words) in [("", "1 to 512"), ("\n", "1 to 512"), (&*"x".repeat(513), "1 to 512")] {
        idp.write("bad.txt", contents);
        assert!(idp.refused(&[&file[..], &["bad.txt"]].concat()).contains(words));
    }
    assert!(idp.refused(&["accounts", "show", "fireman0119"]).contains("there is no account fireman0119"));
}

#[test]
fn an_account_that_is_there_is_not_replaced_whatever_its_case() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    idp.write("pw.txt", "another-password");
    assert!(idp.refused(&add("FIREMAN0119", &[])).contains("already"));
    assert_eq!(idp.json(&["accounts", "show", "FIREMAN0119"])["account"], "fireman0119");
}

#[test]
fn lock_and_unlock_say_the_state() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    assert_eq!(idp.json(&["accounts", "lock", "fireman0119"])["state"], "locked");
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["state"], "locked");
    assert!(idp.done(&["accounts", "unlock", "fireman0119"]).contains("is active"));
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["state"], "active");
}

#[test]
fn an_account_that_is_about_to_be_removed_is_shown_as_such_with_the_moment() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    let show = || idp.json(&["accounts", "show", "fireman0119"]);
    assert_eq!((&show()["state"], &show()["removed_at"]), (&json!("active"), &json!(null)));
    let moment = idp.json(&["accounts", "delete", "fireman0119"])["removed_at"].clone();
    assert!(moment.as_str().unwrap().ends_with("+08:00"), "{moment}");
    assert_eq!((&show()["state"], &show()["removed_at"]), (&json!("leaving"), &moment));
    assert!(idp.done(&["accounts", "list"]).contains("leaving"));
    idp.done(&["accounts", "keep", "fireman0119"]);
    assert_eq!((&show()["state"], &show()["removed_at"]), (&json!("active"), &json!(null)));
}

#[test]
fn roles_are_granted_once_and_only_those_there_are() {
    let idp = Idp::new();
    idp.add_account("keyadmin01");
    for role in ["reviewer", "administrator", "administrator"] {
        idp.done(&["accounts", "grant-role", "keyadmin01", role]);
    }
    assert_eq!(idp.json(&["accounts", "show", "keyadmin01"])["roles"], json!(["administrator", "reviewer"]));
    for _ in 0..2 {
        idp.done(&["accounts", "revoke-role", "keyadmin01", "administrator"]);
    }
    assert_eq!(idp.json(&["accounts", "show", "keyadmin01"])["roles"], json!(["reviewer"]));
    let audit = idp.json(&["audit", "list", "--account", "keyadmin01"]).to_string();
    assert_eq!(
        audit.matches("t_role").count() + audit.matches("e_role").count(),
        3,
        "what changed nothing is no event"
    );
    for role in ["root", "Administrator", ""] {
        let said = idp.refused(&["accounts", "grant-role", "keyadmin01", role]);
        assert!(said.contains("administrator, reviewer"), "{said}");
    }
}

#[test]
fn an_account_that_does_not_exist_is_named_by_every_command() {
    let idp = Idp::new();
    idp.write("claims.json", "{}");
    for arguments in [
        &["accounts", "show", "nobody01"][..],
        &["accounts", "lock", "nobody01"],
        &["accounts", "unlock", "nobody01"],
        &["accounts", "end-capacity", "nobody01"],
        &["accounts", "grant-role", "nobody01", "reviewer"],
        &["accounts", "revoke-role", "nobody01", "reviewer"],
        &["accounts", "set-password", "nobody01", "--password-file", "claims.json"],
        &["accounts", "set-claims", "nobody01", "claims.json"],
    ] {
        assert!(idp.refused(arguments).contains("there is no account nobody01"), "{arguments:?}");
    }
}

#[test]
fn accounts_are_listed_by_name_a_page_at_a_time() {
    let idp = Idp::new();
    for account in ["walker0003", "Fireman0119", "clairesu1234"] {
        idp.add_account(account);
    }
    idp.done(&["accounts", "lock", "walker0003"]);
    let names = |arguments: &[&str]| -> Vec<String> {
        let list = idp.json(&[&["accounts", "list"], arguments].concat());
        list.as_array().unwrap().iter().map(|row| row["account"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["clairesu1234", "Fireman0119", "walker0003"]);
    assert_eq!(names(&["--limit", "2"]), ["clairesu1234", "Fireman0119"]);
    assert_eq!(names(&["--limit", "2", "--after", "Fireman0119"]), ["walker0003"]);
    assert!(names(&["--after", "walker0003"]).is_empty());
    let text = idp.done(&["accounts", "list", "--limit", "2"]);
    assert!(text.contains("more: --after Fireman0119") && text.contains("林大勇"), "{text}");
    let all = idp.done(&["accounts", "list"]);
    assert!(!all.contains("more:") && all.lines().last().unwrap().contains("locked"), "{all}");
    assert!(!all.contains("argon2"));
    for limit in ["0", "1001"] {
        assert!(idp.refused(&["accounts", "list", "--limit", limit]).contains("--limit"));
    }
}
