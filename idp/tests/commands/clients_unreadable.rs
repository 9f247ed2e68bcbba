//! During a rolling upgrade the database holds clients that a newer program wrote: such a one costs an older program that
//! client alone.

use crate::support::{Idp, Serving, within_two_seconds};

/// A member that only a newer program understands: it may forbid what this one would allow.
fn write_as_a_newer_program(idp: &Idp, client: &str) {
    let document = "replace(document, '\"id\":', '\"of_tomorrow\":1,\"id\":')";
    idp.sql(&format!("UPDATE clients SET document = {document} WHERE id = '{client}'"));
    idp.sql("UPDATE directory_version SET version = version + 1");
}

fn asked_by(client: &str) -> String {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    format!(
        "/connect/authorize?response_type=code&client_id={client}&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback\
         &scope=openid&state=s&nonce=n&code_challenge={challenge}&code_challenge_method=S256"
    )
}

#[tokio::test]
async fn one_unreadable_client_is_refused_and_said_once_and_every_other_goes_on() {
    let idp = Idp::new();
    for client in ["emic", "weather", "library"] {
        idp.add_client(client);
    }
    write_as_a_newer_program(&idp, "weather");
    let mut said = Vec::new();
    let mut note = |line: &serde_json::Value| {
        if line["level"] == "ERROR" {
            said.push(line["client"].as_str().unwrap_or_default().to_owned());
        }
    };
    let serving = Serving::start_by(idp.command(&["serve"]), "http", &mut note);
    assert_eq!(serving.get(&asked_by("emic")).await.status(), 200);
    assert_eq!(serving.get(&asked_by("weather")).await.status(), 400);
    // Read anew twice: a change elsewhere, and another client that cannot be read.
    idp.add_client("museum");
    assert_eq!(serving.get(&asked_by("museum")).await.status(), 200);
    write_as_a_newer_program(&idp, "library");
    within_two_seconds("refused", async || serving.get(&asked_by("library")).await.status() == 400).await;
    assert_eq!(serving.get(&asked_by("emic")).await.status(), 200);
    serving.terminate();
    while let Ok(line) = serving.log.recv_timeout(std::time::Duration::from_secs(20)) {
        note(&line);
    }
    assert_eq!(said, ["weather", "library"]);
}

#[test]
fn commands_name_a_client_that_they_cannot_read_and_change_nothing_of_it() {
    let idp = Idp::new();
    idp.add_client("emic");
    idp.add_client("weather");
    write_as_a_newer_program(&idp, "weather");
    let listed = idp.json(&["clients", "list"]);
    assert_eq!(listed[0]["id"], "emic");
    assert_eq!(listed[1]["id"], "weather");
    assert!(listed[1]["unreadable"].as_str().unwrap().contains("of_tomorrow"), "{listed}");
    assert!(idp.done(&["clients", "list"]).contains("client weather cannot be read by this program"));
    let new_secret = ["clients", "rotate-secret", "weather", "--secret-file", "new"];
    let renamed = ["clients", "update", "weather", "--name", "x"];
    for command in [&["clients", "show", "weather"][..], &["clients", "disable", "weather"], &new_secret, &renamed] {
        let words = idp.refused(command);
        assert!(words.contains("weather") && words.contains("a newer one may have written it"), "{words}");
    }
    assert!(!idp.path("new").exists());
    idp.done(&["clients", "update", "emic", "--name", "新的名字"]);
    idp.done(&["grants", "list"]);
}

#[test]
fn a_backup_keeps_a_client_that_it_cannot_read_as_it_is() {
    let idp = Idp::with_a_file();
    idp.done(&["keys", "init"]);
    idp.add_client("weather");
    write_as_a_newer_program(&idp, "weather");
    idp.done(&["backup", "one.backup"]);
    let other = Idp::with_a_file();
    for file in ["one.backup", "idp.master-key"] {
        other.write(file, std::fs::read(idp.path(file)).unwrap());
    }
    other.done(&["restore", "one.backup"]);
    assert_eq!(other.count("clients WHERE document LIKE '%\"of_tomorrow\":1,\"id\":\"weather\"%'"), 1);
    other.done(&["backup", "two.backup"]);
    let row = |text: String| text.lines().find(|line| line.contains("of_tomorrow")).map(str::to_owned);
    assert_eq!(row(other.read("two.backup")), row(idp.read("one.backup")));
}
