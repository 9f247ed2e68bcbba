//! `idp settings`, `idp migrate`.

use crate::support::Idp;
use serde_json::json;

#[test]
fn check_prints_what_is_in_force_from_file_and_environment() {
    let idp = Idp::empty().with("IDP__LIFETIMES__CODE", "2m");
    idp.write("idp.toml", "[server]\nissuer = \"https://id.example.gov.tw\"\n[lifetimes]\ncode = \"1m\"\n");
    let said = idp.done(&["--config", "idp.toml", "settings", "check"]);
    assert!(said.contains("https://id.example.gov.tw") && said.contains("the settings are fine"), "{said}");
    let settings = idp.json(&["--config", "idp.toml", "settings", "check"]);
    assert_eq!(settings["server"]["issuer"], "https://id.example.gov.tw");
    assert_eq!(settings["lifetimes"]["code"], idp.json(&["settings", "check"])["lifetimes"]["code"]);
    assert!(!idp.path("idp.db").exists(), "checking made a database");
}

#[test]
fn what_was_printed_in_force_can_be_read_again() {
    let idp = Idp::empty();
    let in_force = idp.json(&["settings", "check"]);
    let mut file = String::new();
    for (section, values) in in_force.as_object().unwrap() {
        file += &format!("[{section}]\n");
        for (key, value) in values.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
            file += &format!("{key} = {value}\n");
        }
    }
    idp.write("again.toml", file);
    assert_eq!(idp.json(&["--config", "again.toml", "settings", "check"]), in_force);
}

#[test]
fn a_wrong_setting_is_named_by_every_command_and_nothing_is_made() {
    for (name, value, words) in [
        ("IDP__SERVER__ISSUER", "http://id.example.gov.tw", "server.issuer"),
        ("IDP__SERVER__ISSUER", "https://id.example.gov.tw/path", "server.issuer"),
        ("IDP__SERVER__LISTEN", "nowhere", "server.listen"),
        ("IDP__SERVER__ISUER", "https://id.example.gov.tw", "isuer"),
        ("IDP__SEVER__ISSUER", "https://id.example.gov.tw", "sever"),
        ("IDP__DATABASE__URL", "mysql://x", "database.url"),
        ("IDP__DATABASE__URL", "sqlite:nowhere/idp.db", "nowhere"),
        ("IDP__KEYS__JWKS_MAX_AGE", "0s", "keys.jwks_max_age"),
        ("IDP__LIFETIMES__CODE", "soon", "lifetimes.code"),
        ("IDP__PASSWORDS__LOCK_AT", "0", "passwords.lock_at"),
        ("IDP__LOG__FORMAT", "xml", "log.format"),
    ] {
        let idp = Idp::empty().with(name, value);
        for arguments in [&["serve"][..], &["clients", "list"], &["keys", "init"]] {
            let said = idp.refused(arguments);
            assert!(said.contains(words), "{name}={value} {arguments:?}: {said}");
        }
        assert_eq!(std::fs::read_dir(idp.path(".")).unwrap().count(), 0, "{name}={value} made something");
    }
}

#[test]
fn a_wrong_file_is_named() {
    let idp = Idp::empty();
    assert!(idp.refused(&["--config", "nowhere.toml", "settings", "check"]).contains("nowhere.toml"));
    idp.write("bad.toml", "[server\n");
    assert!(!idp.refused(&["--config", "bad.toml", "settings", "check"]).is_empty());
    idp.write("bad.toml", "[outbound]\nextra_ca_file = \"nowhere.pem\"\n");
    let said = idp.refused(&["--config", "bad.toml", "settings", "check"]);
    assert!(said.contains("outbound") && said.contains("nowhere.pem"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_its_place_and_shows_no_password() {
    for text in [
        "[database]\nurl = \"postgres://idp:geheim@10.0.0.5/idp\n",
        "[ephemeral]\nurl = redis://idp:geheim@10.0.0.5\n",
        "[ephemeral]\nurl = 'rediss://idp:geheim@h' x\n",
        "[ephemeral]\nurl = \"\"\"rediss://idp:geheim@h\n| geheim\n",
        "[ephemeral]\nurl = 'a'\nurl = 'rediss://idp:geheim@h'\n",
        "[ephemeral]\nurl = ['rediss://idp:geheim@h']\n",
        "[ephemeral]\nurl = { geheim = 'rediss://idp:geheim@h' }\n",
    ] {
        let idp = Idp::empty();
        idp.write("bad.toml", text);
        for format in ["", "--json"] {
            let mut arguments = vec!["--config", "bad.toml", "settings", "check"];
            arguments.extend(Some(format).filter(|format| !format.is_empty()));
            let said = idp.refused(&arguments);
            assert!(!said.contains("geheim"), "{text}: {said}");
            assert!(said.contains("TOML parse error at line") || said.contains("ephemeral.url"), "{text}: {said}");
            assert_eq!(said.trim().lines().count(), 1, "{said}");
        }
    }
}

#[test]
fn print_explains_every_setting_that_check_shows() {
    let idp = Idp::empty();
    let text = idp.done(&["settings", "print"]);
    let rows = idp.json(&["settings", "print"]);
    let in_force = idp.json(&["settings", "check"]);
    let explained: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap()).collect();
    for (section, values) in in_force.as_object().unwrap() {
        for key in values.as_object().unwrap().keys() {
            let key = format!("{section}.{key}");
            assert!(explained.contains(&key.as_str()) && text.contains(&format!("`{key}`")), "{key}");
        }
    }
}

#[test]
fn migrate_brings_an_empty_database_up_and_repeats_itself() {
    let idp = Idp::empty();
    let first = idp.json(&["migrate"]);
    assert_eq!(first["contracted"], json!(false));
    assert_eq!(idp.json(&["migrate"]), first);
    assert!(idp.done(&["migrate", "--contract"]).contains("is in place"));
    idp.done(&["keys", "init"]);
}

#[test]
fn migrate_leaves_a_newer_schema_alone() {
    let idp = Idp::new();
    idp.sql("UPDATE schema_info SET version = 99, serves_from = 99");
    let said = idp.refused(&["migrate"]);
    assert!(said.contains("99") && said.contains("nothing was changed"), "{said}");
}
