//! Commands where no provider was set up, or without the settings of the one that was.

use crate::support::{Idp, Ran};
use std::net::TcpListener;

const AGENCIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../script/demo-agencies.csv");

fn files(idp: &Idp) -> usize {
    std::fs::read_dir(idp.path("")).unwrap().count()
}

#[test]
fn a_command_without_its_settings_makes_no_second_provider_and_says_what_was_forgotten() {
    let idp = Idp::with_a_file();
    let uri = "https://emic.example.gov.tw/callback";
    let whole_path = idp.path("").canonicalize().unwrap().join("idp.db").display().to_string();
    for arguments in [
        &["clients", "list"][..],
        &["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", uri, "--secret-file", "emic.secret"],
        &["accounts", "show", "fireman0119"],
        &["sessions", "list"],
        &["grants", "list"],
        &["audit", "list"],
        &["agencies", "import", AGENCIES],
        &["keys", "list"],
        &["keys", "rotate"],
        &["keys", "sealing", "list"],
        &["keys", "change-master", "--new-master-key-file", "new.key"],
        &["backup", "one.backup"],
        &["migrate"],
    ] {
        let said = idp.refused(arguments);
        for words in [&*whole_path, "there is no database", "--config FILE", "IDP_CONFIG", "idp serve", "idp keys init"]
        {
            assert!(said.contains(words), "{arguments:?}: {words} is missing in {said}");
        }
        assert_eq!(files(&idp), 0, "{arguments:?} made something");
    }
}

#[test]
fn a_file_that_nobody_set_up_is_no_database_either() {
    let idp = Idp::with_a_file();
    idp.write("idp.db", "");
    assert!(idp.refused(&["clients", "list"]).contains("there is no database"));
    assert!(!idp.path("idp.master-key").exists());
    idp.done(&["keys", "init"]);
    idp.done(&["clients", "list"]);
}

#[test]
fn the_settings_file_can_be_named_in_the_environment_and_an_argument_goes_before_it() {
    let idp = Idp::with_a_file().with("IDP_CONFIG", "one.toml");
    for name in ["one", "other"] {
        idp.write(&format!("{name}.toml"), format!("[database]\nurl = \"sqlite:{name}.db\"\n"));
    }
    let said = idp.refused(&["clients", "list"]);
    assert!(said.contains("one.db") && said.contains("one.toml") && !said.contains("No settings file"), "{said}");
    idp.done(&["keys", "init"]);
    assert!(idp.path("one.db").exists() && !idp.path("idp.db").exists());
    idp.done(&["clients", "list"]);
    assert!(idp.refused(&["--config", "other.toml", "clients", "list"]).contains("other.db"));
}

#[test]
fn the_first_start_says_what_it_made_and_that_the_master_key_needs_a_copy() {
    let idp = Idp::with_a_file();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // It ends as soon as it listens: the port is taken.
    let start = || Ran::from(idp.command(&["serve"]).env("IDP__SERVER__LISTEN", &address).output().unwrap()).stderr;
    let first = start();
    assert!(first.contains("the database was made") && first.contains("idp.db"), "{first}");
    assert!(first.contains("the master key was made; keep a copy") && first.contains("idp.master-key"), "{first}");
    let second = start();
    assert!(!second.contains("was made"), "{second}");
}

#[test]
fn keys_init_says_where_database_and_master_key_are() {
    let idp = Idp::with_a_file();
    let said = idp.done(&["keys", "init"]);
    assert!(said.contains("/idp.db") && said.contains("idp.master-key") && said.contains("Keep a copy"), "{said}");
}
