//! `idp settings`, `idp migrate`.

use crate::support::Idp;
use serde_json::json;
use std::os::unix::process::CommandExt;

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
fn check_says_what_would_stop_the_program_later() {
    for (name, value, words) in [
        ("IDP__KEYS__MASTER_KEY_FILE", "nowhere/master-key", ["keys.master_key_file", "install -d -m 700"]),
        ("IDP__KEYS__MASTER_KEY_FILE", "file/master-key", ["keys.master_key_file", "file"]),
        ("IDP__KEYS__MASTER_KEY_FILE", "exposed", ["keys.master_key_file", "chmod 600"]),
        ("IDP__KEYS__MASTER_KEY_FILE", "file", ["keys.master_key_file", "no master key file"]),
        ("IDP__DATABASE__URL", "sqlite:nowhere/idp.db", ["database.url", "nowhere"]),
        ("IDP__SERVER__METRICS_LISTEN", "127.0.0.1:8080", ["server.metrics_listen", "another port"]),
    ] {
        let idp = Idp::empty().with(name, value);
        for file in ["file", "exposed"] {
            idp.write(file, "");
        }
        idp.set_mode("exposed", 0o644);
        let said = idp.refused(&["settings", "check"]);
        assert!(words.iter().all(|word| said.contains(word)), "{name}={value}: {said}");
    }
    let tls = [("IDP__SERVER__TLS_CERTIFICATE_FILE", "c.pem"), ("IDP__SERVER__TLS_KEY_FILE", "k.pem")];
    let https = Idp::empty().with("IDP__SERVER__ISSUER", "https://id.example.gov.tw");
    let said = tls.iter().fold(https, |idp, (name, value)| idp.with(name, value)).refused(&["settings", "check"]);
    assert!(said.contains("c.pem"), "{said}");
    Idp::new().done(&["settings", "check"]);
}

/// Root may write everywhere: somebody else is asked.
#[test]
fn check_says_when_this_user_cannot_make_the_master_key_file() {
    let idp = Idp::empty();
    let mut command = idp.command(&["settings", "check"]);
    if rustix::process::geteuid().is_root() {
        // The binary may lie where nobody else can reach it; a copy of it does not.
        std::fs::copy(env!("CARGO_BIN_EXE_idp"), idp.path("idp")).unwrap();
        idp.set_mode(".", 0o755);
        idp.set_mode("idp", 0o755);
        command = std::process::Command::new(idp.path("idp"));
        command.args(["settings", "check"]).uid(65_534).gid(65_534);
    }
    command.current_dir("/").env("IDP__KEYS__MASTER_KEY_FILE", "/usr/idp.master-key");
    command.env("IDP__DATABASE__URL", "sqlite:/tmp/idp.db");
    let ran = loop {
        match command.output() {
            // Another test's process was begotten while the copy was written, and holds it open until it becomes a program.
            Err(why) if why.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            ran => break ran.unwrap(),
        }
    };
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.contains("keys.master_key_file") && said.contains("cannot make it in /usr"), "{said}");
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
fn a_variable_with_too_few_underscores_is_told_how_it_is_written_and_others_are_left_in_peace() {
    for name in ["IDP_SERVER__ISSUER", "IDP_SERVER_ISSUER"] {
        let said = Idp::empty().with(name, "https://id.example.gov.tw").refused(&["settings", "check"]);
        assert!(said.contains(name) && said.contains("IDP__SERVER__ISSUER"), "{said}");
        assert_eq!(said.matches('`').count() % 2, 0, "{said}");
    }
    Idp::empty().with("IDP_TEST_SOMETHING", "x").with("IDP_HOME", "/").done(&["settings", "check"]);
}

#[test]
fn every_quote_that_is_opened_is_closed() {
    for (name, value) in [
        ("IDP__SERVER__ISUER", "x"),
        ("IDP__SEVER__ISSUER", "x"),
        ("IDP__SERVER", "x"),
        ("IDP__LOG__FORMAT", "xml"),
        ("IDP__REGISTRATION__MODE", "x"),
        ("IDP__SERVER__LISTEN", "nowhere"),
        ("IDP__DATABASE__CONNECTIONS", "many"),
        ("IDP__KEYS__ROTATE_EVERY", "soon"),
        ("IDP__SERVER__TRUSTED_PROXIES", "[1"),
    ] {
        let said = Idp::empty().with(name, value).refused(&["settings", "check"]);
        assert_eq!((said.matches('`').count() % 2, said.matches('"').count() % 2), (0, 0), "{name}: {said}");
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
fn a_wrong_name_in_a_file_is_told_with_the_path_of_the_file() {
    let idp = Idp::empty();
    idp.write("my.toml", "[server]\nisuer = \"https://id.example.gov.tw\"\n");
    let said = idp.refused(&["--config", "my.toml", "settings", "check"]);
    assert!(said.contains("`isuer`") && said.contains("my.toml)"), "{said}");
    assert!(!said.contains("``") && !said.contains("TOML file"), "{said}");
}

#[test]
fn a_reader_that_has_read_enough_ends_the_program_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Idp::empty().command(&["settings", "print"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(141), &b""[..]), "as SIGPIPE would");
}

#[test]
fn migrate_brings_an_empty_database_up_and_repeats_itself() {
    let idp = Idp::empty();
    if !idp.is_on_a_server() {
        assert!(idp.refused(&["migrate"]).contains("there is no database"));
        idp.write("idp.db", "");
    }
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

#[test]
fn files_that_settings_name_are_read_by_the_check() {
    let said = Idp::empty().with("IDP__PASSWORDS__COMMON_FILE", "nowhere.txt").refused(&["settings", "check"]);
    assert!(said.contains("passwords.common_file") && said.contains("nowhere.txt"), "{said}");
    let idp = Idp::empty().with("IDP__MEMBERSHIP__DOCUMENTS", ".");
    idp.write("terms.zh-Hant-TW.md", "version: 2027-01-01\n\n# 服務內容\n\n只供測試。\n");
    idp.write("terms.en.md", "version: 2027-01-01\n\n# The service\n\nFor tests.\n");
    idp.write("privacy.zh-Hant-TW.md", "version: 3\n\n# 資料\n\n沒有。\n");
    let said = idp.refused(&["settings", "check"]);
    assert!(said.contains("membership.documents") && said.contains("privacy.en.md"), "{said}");
    idp.write("privacy.en.md", "version: 4\n\n# Data\n\nNone.\n");
    let said = idp.refused(&["settings", "check"]);
    assert!(said.contains("version 4 here and 3 in the other language"), "{said}");
    idp.write("privacy.en.md", "version: 3\n\n# Data\n\nNone.\n");
    idp.done(&["settings", "check"]);
}
