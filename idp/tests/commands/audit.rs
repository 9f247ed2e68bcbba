//! `idp audit list|export|events`.

use crate::support::Idp;
use idp::clock::Clock;
use serde_json::{Value, json};
use std::time::Duration;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["id"].as_str().unwrap()).collect()
}

/// So many lines, a second apart, the newest so long ago.
fn write_lines(idp: &Idp, count: i64, ago: Duration) {
    let newest = Clock::System.now().minus(ago).0;
    let row = |number| format!("('{:011x}AAAAAAAAAAAAAA', 'tokens.issued', 'emic')", newest - number * 1000);
    let rows: Vec<_> = (0..count).map(row).collect();
    idp.sql(&format!("INSERT INTO audit (id, event, client_id) VALUES {}", rows.join(", ")));
}

const LONG_AGO: Duration = Duration::from_secs(3_600);

#[test]
fn the_documented_events_are_those_of_the_program() {
    let printed = Idp::empty().done(&["audit", "events"]);
    assert_eq!(printed, include_str!("../../../docs/audit-events.md"), "idp audit events > docs/audit-events.md");
}

#[test]
fn what_an_operator_did_is_found_by_account_and_by_client_with_stable_names() {
    let idp = Idp::new();
    idp.add_account("FireMan0119");
    idp.add_client("emic");
    idp.done(&["accounts", "lock", "fireman0119"]);
    let found = idp.json(&["audit", "list", "--account", "fireman0119"]);
    let acts: Vec<_> = found.as_array().unwrap().iter().map(|line| &line["detail"]["act"]).collect();
    assert_eq!(acts, ["accounts.lock", "accounts.add"], "the newest first");
    assert_eq!(found[0]["account"], "FireMan0119");
    let names: Vec<_> = found[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["account", "account_id", "client", "detail", "event", "id", "time"]);
    assert!(found[0]["time"].as_str().unwrap().ends_with("+08:00"));
    let about = idp.json(&["audit", "list", "--client", "emic"]);
    assert_eq!((about.as_array().unwrap().len(), &about[0]["detail"]["act"]), (1, &json!("clients.add")));
    let text = idp.done(&["audit", "list", "--event", "administered", "--limit", "1"]);
    assert!(text.contains("accounts.lock") && text.contains("more: --after "), "{text}");
}

/// The further members of the newest act.
fn newest(idp: &Idp) -> Value {
    idp.json(&["audit", "list", "--event", "administered", "--limit", "1"])[0]["detail"].clone()
}

#[test]
fn what_was_changed_at_a_client_is_found_with_the_values_of_before_and_after() {
    let idp = Idp::new();
    idp.add_client("emic");
    let added = newest(&idp);
    assert_eq!(added["detail"]["client"], idp.json(&["clients", "show", "emic"]));
    idp.done(&["clients", "update", "emic", "--scope", "openid uid", "--trusted", "true"]);
    let wanted = json!({
        "scope": { "from": "openid identity profile", "to": "openid uid" }, "trusted": { "from": false, "to": true },
    });
    assert_eq!(newest(&idp)["detail"]["changed"], wanted);
    idp.done(&["clients", "update", "emic", "--redirect-uri", "https://emic.example/cb", "--no-backchannel-logout"]);
    let changed = newest(&idp)["detail"]["changed"].clone();
    let to = json!({ "from": ["http://localhost:1/callback"], "to": ["https://emic.example/cb"] });
    assert_eq!(changed, json!({ "redirect_uris": to }), "what was given and is as before has not changed");
    idp.done(&["clients", "disable", "emic"]);
    assert_eq!(newest(&idp)["detail"]["changed"], json!({ "disabled": { "from": false, "to": true } }));
    idp.done(&["clients", "rotate-secret", "emic", "--secret-file", "new.secret"]);
    assert_eq!(newest(&idp)["detail"]["changed"], json!({ "secret": "replaced" }));
    let all = idp.done(&["audit", "export", "--file", "-", "--until", "2999-01-01"]) + &idp.done(&["audit", "list"]);
    for file in ["emic.secret", "new.secret"] {
        assert!(!all.contains(idp.read(file).trim()), "{file} is in the audit");
    }
}

#[test]
fn the_names_of_claims_are_found_and_never_what_they_say() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    let claims = json!({ "uid": "A123456789", "uid_verified": true, "nickname": "阿勇阿勇" });
    idp.write("claims.json", claims.to_string());
    idp.done(&["accounts", "set-claims", "fireman0119", "claims.json"]);
    assert_eq!(newest(&idp)["detail"], json!({ "claims": ["nickname", "uid", "uid_verified"] }));
    let all = idp.done(&["--json", "audit", "list"]);
    assert!(!all.contains("A123456789") && !all.contains("阿勇"), "{all}");
    idp.done(&["accounts", "lock", "fireman0119"]);
    assert_eq!(newest(&idp)["detail"], json!({ "state": "locked" }));
}

#[test]
fn every_act_says_who_ran_the_command_as_the_operating_system_knows_it() {
    let idp = Idp::new();
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
    let by = |sudo_user: Option<&str>, name: &str| {
        let mut command = idp.command(&["accounts", "add", name, "--password-file", "pw.txt", "--name", "林大勇"]);
        command.env_remove("SUDO_USER").envs(sudo_user.map(|user| ("SUDO_USER", user)));
        assert!(command.output().unwrap().status.success());
        newest(&idp)["operator"].clone()
    };
    idp.write("pw.txt", "abcd1234");
    assert_eq!(by(None, "fireman0119"), json!({ "uid": uid }));
    assert_eq!(by(Some("alice"), "fireman0120"), json!({ "uid": uid, "sudo_user": "alice" }));
    let long = by(Some(&format!("mallory\n\u{1b}[2J{}", "x".repeat(500))), "fireman0121");
    let long = long["sudo_user"].as_str().unwrap();
    assert!(long.starts_with("mallory[2Jxx") && long.len() == 64, "{long:?}");
}

#[test]
fn lists_go_from_page_to_page_and_between_two_moments() {
    let idp = Idp::new();
    write_lines(&idp, 5, LONG_AGO);
    let list = ["audit", "list", "--client", "emic", "--limit", "2"];
    idp.add_client("emic");
    let all = idp.json(&["audit", "list", "--event", "tokens.issued"]);
    let all = all.as_array().unwrap();
    let mut seen = Vec::new();
    let mut page = idp.json(&[&list[..], &["--event", "tokens.issued"]].concat());
    while let Some(last) = page.as_array().unwrap().last().cloned() {
        seen.extend(page.as_array().unwrap().clone());
        let after = ["--event", "tokens.issued", "--after", last["id"].as_str().unwrap()];
        page = idp.json(&[&list[..], &after].concat());
    }
    assert_eq!(&seen, all);
    let (since, until) = (all[3]["time"].as_str().unwrap(), all[1]["time"].as_str().unwrap());
    let between = idp.json(&["audit", "list", "--since", since, "--until", until]);
    assert_eq!(ids(between.as_array().unwrap()), ids(&all[2..4]), "from the one on, before the other");
    for (arguments, words) in [
        (["--since", "yesterday"], "--since must look like"),
        (["--until", "2026-13-01"], "--until must look like"),
        (["--event", "coffee"], "idp audit events"),
        (["--account", "nobody01"], "there is no account"),
        (["--limit", "0"], "--limit"),
    ] {
        assert!(idp.refused(&[&["audit", "list"][..], &arguments].concat()).contains(words), "{arguments:?}");
    }
    for (since, until) in [("2026-11-22", "2026-11-21"), ("2026-11-22", "2026-11-22")] {
        for act in [&["audit", "list"][..], &["audit", "export", "--file", "-"]] {
            let said = idp.refused(&[act, &["--since", since, "--until", until]].concat());
            assert!(said.contains("--since must be before --until"), "{said}");
        }
    }
}

#[test]
fn an_export_goes_on_where_it_stopped_even_if_it_was_interrupted() {
    let idp = Idp::new();
    write_lines(&idp, 2_500, LONG_AGO);
    let export = ["audit", "export", "--event", "tokens.issued", "--file", "audit.jsonl"];
    assert_eq!(idp.json(&export)["lines"], 2_500);
    assert_eq!(idp.mode("audit.jsonl"), 0o600);
    let whole = idp.read("audit.jsonl");
    let first = lines(&whole);
    assert!(ids(&first).is_sorted() && first.len() == 2_500);
    assert_eq!(idp.json(&export)["lines"], 0, "nothing new");
    // Killed in the middle of a line.
    idp.write("audit.jsonl", &whole[..whole.len() / 2]);
    idp.done(&export);
    assert_eq!(idp.read("audit.jsonl"), whole);
    // Also in the first one, wherever.
    let first_line = whole.find('\n').unwrap();
    for cut in [1, 5, 40, first_line] {
        idp.write("audit.jsonl", &whole[..cut]);
        assert_eq!(idp.json(&export)["lines"], 2_500, "cut after {cut}");
        assert_eq!(idp.read("audit.jsonl"), whole);
    }
    write_lines(&idp, 3, Duration::from_secs(600));
    assert_eq!(idp.json(&export)["lines"], 3);
    let all = lines(&idp.read("audit.jsonl"));
    assert_eq!((all.len(), &all[..2_500]), (2_503, &first[..]));
    let streamed = ["audit", "export", "--event", "tokens.issued", "--file", "-"];
    assert_eq!(lines(&idp.done(&streamed)), all);
    let after = idp.done(&[&streamed[..], &["--after", ids(&all)[2_500]]].concat());
    assert_eq!(lines(&after), all[2_501..]);
}

#[test]
fn the_lines_of_the_last_moments_wait_for_the_next_export() {
    let idp = Idp::new();
    write_lines(&idp, 1, Duration::from_secs(119));
    let export = ["audit", "export", "--event", "tokens.issued", "--file", "-", "--until", "2999-01-01"];
    assert_eq!(idp.done(&export), "");
    write_lines(&idp, 1, Duration::from_secs(121));
    assert_eq!(lines(&idp.done(&export)).len(), 1);
}

#[test]
fn an_export_writes_behind_nothing_but_an_export() {
    let idp = Idp::new();
    for foreign in ["important", "important\n", "{\"id\": 1}\n", "{\"id\": \"x\"}\n", "\n", "{\"name\": \"important"] {
        idp.write("foreign", foreign);
        idp.set_mode("foreign", 0o640);
        let said = idp.refused(&["audit", "export", "--file", "foreign"]);
        assert!(said.contains("no audit line") || said.contains("no id of an audit line"), "{said}");
        assert_eq!(idp.read("foreign"), foreign);
    }
    assert!(idp.refused(&["audit", "export", "--file", "-", "--after", "x"]).contains("no id of an audit line"));
    assert!(idp.refused(&["audit", "export", "--file", "a", "--after", "x"]).contains("--file -"));
    assert!(idp.refused(&["audit", "export", "--file", "no/folder"]).contains("no/folder"));
    assert!(idp.refused(&["audit", "export"]).contains("--file"));
}

#[test]
fn an_export_goes_into_no_link_no_pipe_and_no_file_that_everybody_reads() {
    let idp = Idp::new();
    let export = |file: &'static str| idp.refused(&["audit", "export", "--file", file]);
    std::os::unix::fs::symlink(idp.path("elsewhere"), idp.path("link")).unwrap();
    assert!(export("link").contains("--file link: is a symbolic link"));
    assert!(!idp.path("elsewhere").exists());
    assert!(std::process::Command::new("mkfifo").arg(idp.path("pipe")).status().unwrap().success());
    assert!(export("pipe").contains("not a regular file"));
    idp.write("open", "");
    for mode in [0o644, 0o604, 0o660] {
        idp.set_mode("open", mode);
        assert!(export("open").contains("chmod 640"), "{mode:o}");
    }
    assert_eq!(idp.read("open"), "");
    idp.set_mode("open", 0o640);
    idp.done(&["audit", "export", "--file", "open"]);
}
