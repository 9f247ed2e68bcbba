//! What reaches a terminal: nothing that it would obey, and no colours where nobody sees them.

use crate::support::{Idp, free_port};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const NASTY: &str = "\u{1b}[2Jx\u{9b}31m\u{202e}CIME";

fn harmless(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}'))
}

#[test]
fn an_argument_is_repeated_without_its_escape_sequences() {
    let idp = Idp::new();
    for arguments in [
        &["accounts", "show", NASTY][..],
        &["clients", "show", NASTY],
        &[NASTY],
        &["accounts", NASTY],
        &["--config", NASTY, "settings", "check"],
        &["agencies", "import", NASTY],
        &["accounts", "grant-role", "fireman0119", NASTY],
        &["audit", "list", "--account", NASTY],
    ] {
        for format in [None, Some("--json")] {
            let mut all: Vec<_> = format.into_iter().collect();
            all.extend(arguments);
            let ran = idp.run(&all);
            assert!(!ran.ok && harmless(&ran.stderr) && harmless(&ran.stdout), "{all:?}: {ran:?}");
            assert!(!ran.stderr.is_empty());
        }
    }
}

#[test]
fn what_is_stored_is_shown_without_escape_sequences() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    idp.add_client("emic");
    // No command takes such a name; another program may have written it.
    idp.sql(&format!("UPDATE accounts SET name = '{NASTY}'"));
    idp.sql(
        r#"UPDATE clients SET document = replace(document, '"name":"emic"', '"name":"\u001b[2J\u009b31m\u202eCIME"')"#,
    );
    for arguments in [&["accounts", "show", "fireman0119"][..], &["clients", "list"], &["clients", "show", "emic"]] {
        let said = idp.done(arguments);
        assert!(harmless(&said) && said.contains("CIME") && said.contains("202e"), "{arguments:?}: {said}");
    }
    assert_eq!(idp.json(&["accounts", "show", "fireman0119"])["name"], NASTY);
    assert!(harmless(&idp.done(&["--json", "accounts", "show", "fireman0119"])));
}

#[test]
fn names_that_cannot_be_seen_are_refused_beside_their_field() {
    let idp = Idp::new();
    idp.write("pw.txt", "abcd1234\n");
    let name = "蘇\u{2067}小美";
    let said = idp.refused(&["accounts", "add", "clairesu1234", "--password-file", "pw.txt", "--name", name]);
    assert!(said.contains("--name") && said.contains("U+2067"), "{said}");
    let (uri, name) = ("http://localhost:1/callback", "EM\u{200B}IC");
    let said =
        idp.refused(&["clients", "add", "emic", "--redirect-uri", uri, "--secret-file", "emic.secret", "--name", name]);
    assert!(said.contains("--name") && said.contains("U+200B") && !idp.path("emic.secret").exists(), "{said}");
    idp.add_client("emic");
    assert!(idp.refused(&["clients", "update", "emic", "--name", "\u{202e}CIME"]).contains("U+202E"));
}

#[test]
fn a_log_for_people_has_no_colours_in_a_pipe() {
    let idp = Idp::new().with("IDP__LOG__FORMAT", "text");
    let mut command = idp.command(&["serve"]);
    let port = free_port();
    command.env("IDP__SERVER__ISSUER", format!("http://localhost:{port}"));
    command.env("IDP__SERVER__LISTEN", format!("127.0.0.1:{port}")).env_remove("NO_COLOR");
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut all = Vec::new();
    for line in lines {
        all.push(line);
        if all.last().is_some_and(|line| line.contains("serving")) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(all.iter().all(|line| harmless(line)), "{all:?}");
    assert!(all.last().unwrap().contains(&format!("issuer=http://localhost:{port}")), "{all:?}");
}
