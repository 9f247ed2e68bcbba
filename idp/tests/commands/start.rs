//! Starting, and refusing to start: what is wrong, in words that say what to do.

use crate::support::{Idp, Serving, free_port};
use std::net::TcpListener;

/// What `serve` says when it refuses. A server that started instead would never end: the port is taken.
fn refusal(idp: &Idp) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let ran: crate::support::Ran =
        idp.command(&["serve"]).env("IDP__SERVER__LISTEN", &address).output().unwrap().into();
    assert!(!ran.ok, "{ran:?}");
    assert!(!ran.stderr.contains("cannot listen"), "it would have started: {ran:?}");
    ran.stderr
}

#[tokio::test]
async fn the_first_start_makes_everything_and_the_second_keeps_it() {
    let idp = Idp::empty();
    if idp.is_on_a_server() {
        assert!(refusal(&idp).contains("idp keys init --master-key-file FILE"), "a wrong URL would set up another one");
        idp.done(&["keys", "init"]);
    }
    let first = Serving::start(&idp);
    let keys = first.text("/.well-known/jwks.json").await;
    assert!(keys.contains("RS256") && keys.contains("ES256"), "{keys}");
    assert_eq!(first.get("/readyz").await.status(), 200);
    drop(first);
    let master = idp.read("idp.master-key");
    assert_eq!(idp.mode("idp.master-key"), 0o600);
    assert!(idp.is_on_a_server() || idp.mode("idp.db") == 0o600);
    let second = Serving::start(&idp);
    assert_eq!(second.text("/.well-known/jwks.json").await, keys);
    assert_eq!(idp.read("idp.master-key"), master);
}

#[test]
fn a_database_whose_master_key_is_gone_is_not_started_with_a_new_one() {
    let idp = Idp::new();
    std::fs::remove_file(idp.path("idp.master-key")).unwrap();
    let said = refusal(&idp);
    assert!(said.contains("idp.master-key") && said.contains("restore"), "{said}");
    assert!(!idp.path("idp.master-key").exists(), "a new one was made");
}

#[test]
fn another_databases_master_key_is_refused() {
    let (idp, other) = (Idp::new(), Idp::empty());
    other.done(&["keys", "init"]);
    idp.write("idp.master-key", other.read("idp.master-key"));
    let said = refusal(&idp);
    assert!(said.contains("not the master key of this database"), "{said}");
    assert!(!said.contains(other.read("idp.master-key").trim()));
}

#[test]
fn a_master_key_that_others_can_read_is_refused() {
    let idp = Idp::new();
    for mode in [0o640, 0o604, 0o644, 0o660] {
        idp.set_mode("idp.master-key", mode);
        let said = refusal(&idp);
        assert!(said.contains("chmod 600"), "{mode:o}: {said}");
    }
    idp.set_mode("idp.master-key", 0o400);
    idp.done(&["keys", "list"]);
}

#[test]
fn a_master_key_file_that_holds_something_else_is_refused_and_not_printed() {
    let idp = Idp::new();
    for contents in ["", "not a key", &"A".repeat(1000), "c2VjcmV0LWxvb2tpbmctdGhpbmc"] {
        idp.write("idp.master-key", contents);
        let said = refusal(&idp);
        assert!(said.contains("idp.master-key") && (contents.is_empty() || !said.contains(contents)), "{said}");
    }
}

#[test]
fn a_schema_that_no_longer_serves_this_release_is_refused() {
    let idp = Idp::new();
    idp.sql("UPDATE schema_info SET version = 99, serves_from = 99");
    let said = refusal(&idp);
    assert!(said.contains("newer release") && said.contains("99"), "{said}");
}

#[tokio::test]
async fn a_newer_schema_that_still_serves_this_release_is_served() {
    let idp = Idp::new();
    idp.sql("UPDATE schema_info SET version = 99");
    assert_eq!(Serving::start(&idp).get("/readyz").await.status(), 200);
}

#[test]
fn a_folder_or_a_file_that_is_no_database_is_refused() {
    let said = refusal(&Idp::empty().with("IDP__DATABASE__URL", "sqlite:nowhere/idp.db"));
    assert!(said.contains("database.url") && said.contains("there is no folder nowhere"), "{said}");
    let idp = Idp::with_a_file();
    idp.write("idp.db", "this is a letter to the minister, and no database at all");
    assert!(refusal(&idp).contains("not a database"));
    assert!(!idp.path("idp.master-key").exists());
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let idp = Idp::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let said: crate::support::Ran =
        idp.command(&["serve"]).env("IDP__SERVER__LISTEN", &address).output().unwrap().into();
    assert!(!said.ok && said.stderr.contains(&format!("cannot listen on {address}")), "{said:?}");
}

#[test]
fn a_tls_key_that_others_can_read_is_refused() {
    let idp = Idp::new();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    idp.write("certificate.pem", made.cert.pem());
    idp.write("key.pem", made.signing_key.serialize_pem());
    let idp = idp
        .with("IDP__SERVER__ISSUER", &format!("https://localhost:{}", free_port()))
        .with("IDP__SERVER__TLS_CERTIFICATE_FILE", "certificate.pem")
        .with("IDP__SERVER__TLS_KEY_FILE", "key.pem");
    idp.set_mode("key.pem", 0o644);
    let said = refusal(&idp);
    assert!(said.contains("server.tls_key_file") && said.contains("chmod 600"), "{said}");
}

#[test]
fn a_log_that_cannot_be_written_as_asked_is_refused() {
    let said = refusal(&Idp::new().with("IDP__LOG__FILTER", "idp=loud"));
    assert!(said.contains("log.filter"), "{said}");
}
