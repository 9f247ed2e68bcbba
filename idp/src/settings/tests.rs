use super::*;
use std::os::unix::fs::PermissionsExt;

fn with(toml: &str) -> Result<Settings, BadSetting> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.toml");
    std::fs::write(&path, toml).unwrap();
    Settings::read(Some(&path))
}

fn refusal(toml: &str) -> String {
    with(toml).unwrap_err().0
}

#[test]
fn the_defaults_are_settings_that_start() {
    let settings = with("").unwrap();
    assert_eq!(settings.issuer().unwrap().as_str(), "http://localhost:8080/");
    assert_eq!(settings.master_key_file().unwrap(), PathBuf::from("idp.master-key"));
}

#[test]
fn spans_are_written_as_people_write_them() {
    let settings =
        with("[lifetimes]\ncode = \"2m\"\nsession = 3600\nrefresh = \"90d\"\nid_token = \"1h 30m\"").unwrap();
    let life = settings.lifetimes();
    let seconds = [life.code, life.session, life.refresh, life.id_token].map(|span| span.as_secs());
    assert_eq!(seconds, [120, 3600, 90 * 86_400, 5400]);
}

#[test]
fn a_refusal_names_the_key_and_what_would_be_right() {
    for (toml, words) in [
        ("[server]\nisuer = \"x\"", "isuer"),
        ("[serve]\nissuer = \"x\"", "serve"),
        ("[server]\nissuer = \"http://idp.example.gov.tw\"", "server.issuer"),
        ("[server]\nissuer = \"https://idp.example.gov.tw/\"", "server.issuer"),
        ("[server]\nissuer = \"https://idp.example.gov.tw/a\"", "server.issuer"),
        ("[server]\nissuer = \"idp\"", "server.issuer"),
        ("[server]\nlisten = \"nowhere\"", "server.listen"),
        ("[server]\nbrand = \"\"", "server.brand"),
        ("[server]\nservice_desk = \" \"", "server.service_desk"),
        ("[server]\nservice_desk = \"02-1234\\n5678\"", "server.service_desk"),
        ("[server]\nbrand = \"\\u202e府政\"", "server.brand"),
        ("[server]\nmetrics_listen = \"127.0.0.1:8080\"", "server.metrics_listen"),
        ("[server]\nmetrics_listen = \"0.0.0.0:8080\"", "server.metrics_listen"),
        ("[server]\nmetrics_listen = \"[::ffff:127.0.0.1]:8080\"", "server.metrics_listen"),
        ("[server]\nlisten = \"[::]:8080\"\nmetrics_listen = \"127.0.0.1:8080\"", "server.metrics_listen"),
        ("[server]\nmax_connections = 0", "server.max_connections"),
        ("[server]\nconnections_per_network = 0", "server.connections_per_network"),
        ("[server]\nhead_timeout = \"0s\"", "server.head_timeout"),
        ("[server]\ndrain = \"-1s\"", "server.drain"),
        ("[server]\ntrusted_proxies = [\"nginx\"]", "server.trusted_proxies"),
        ("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]", "server.trusted_proxies"),
        ("[server]\ntls_key_file = \"k\"", "server.tls_certificate_file"),
        ("[server]\ntls_key_file = \"k\"\ntls_certificate_file = \"c\"", "server.issuer"),
        ("[database]\nurl = \"postgres://x\"", "database.url"),
        ("[database]\nurl = \"sqlite:\"", "database.url"),
        ("[database]\nurl = \"postgres://idp:s3cret@db\"", "database.url"),
        ("[database]\nurl = \"postgres://idp@db/idp?sslmode=prefer\"", "database.url"),
        ("[database]\nurl = \"postgres://idp@db/idp\"\nca_file = \"/nonexistent.pem\"", "database.ca_file"),
        ("[database]\nurl = \"postgres://idp@db/idp\"\npassword_file = \"/nonexistent\"", "database.password_file"),
        ("[database]\npassword_file = \"/nonexistent\"", "database.password_file"),
        ("[database]\nconnections = 0", "database.connections"),
        ("[ephemeral]\nurl = \"redis://x\"", "without TLS"),
        ("[ephemeral]\nurl = \"redis\"", "ephemeral.url"),
        ("[ephemeral]\nurl = \"http://127.0.0.1\"", "ephemeral.url"),
        ("[ephemeral]\nurl = \"redis://127.0.0.1/first\"", "ephemeral.url"),
        ("[ephemeral]\nurl = \"rediss://x?y=1\"", "ephemeral.url"),
        ("[ephemeral]\nca_file = \"ca.pem\"", "ephemeral.url"),
        ("[ephemeral]\nurl = \"redis://127.0.0.1\"\nca_file = \"ca.pem\"", "ephemeral.ca_file"),
        ("[ephemeral]\nurl = \"rediss://a:b@x\"\npassword_file = \"p\"", "ephemeral.password_file"),
        ("[ephemeral]\nprefix = \"\"", "ephemeral.prefix"),
        ("[ephemeral]\nprefix = \"a b\"", "ephemeral.prefix"),
        ("[keys]\njwks_max_age = \"0s\"", "keys.jwks_max_age"),
        ("[keys]\njwks_max_age = \"2h\"", "keys.jwks_max_age"),
        ("[lifetimes]\ncode = \"soon\"", "lifetimes.code"),
        ("[lifetimes]\ncode = \"-5s\"", "lifetimes.code"),
        ("[lifetimes]\ncode = \"11m\"", "lifetimes.code"),
        ("[audit]\nkeep = \"23h\"", "audit.keep"),
        ("[passwords]\nargon2_memory_kib = 1024", "passwords.argon2_memory_kib"),
        ("nonsense", "file"),
    ] {
        let said = refusal(toml);
        assert!(said.contains(words), "{toml:?}: {said}");
    }
}

#[test]
fn the_password_of_the_database_comes_out_of_a_file_that_nobody_else_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "s3cret\n").unwrap();
    let given = |url: &str| format!("[database]\nurl = {url:?}\npassword_file = {:?}", file.display());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refusal(&given("postgres://idp@db/idp")).contains("chmod 600"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let settings = with(&given("postgres://idp@db/idp")).unwrap();
    assert_eq!(settings.database_url().unwrap(), "postgres://idp:s3cret@db/idp".parse().unwrap());
    assert!(refusal(&given("postgres://idp:other@db/idp")).contains("one place"));
    std::fs::write(&file, "\n").unwrap();
    assert!(refusal(&given("postgres://idp@db/idp")).contains("is empty"));
}

#[test]
fn settings_are_printed_without_passwords() {
    let settings = with("[database]\nurl = \"postgres://idp:s3cret@db/idp\"").unwrap();
    let printed = [format!("{settings:?}"), serde_json::to_string(&settings).unwrap()];
    for text in printed {
        assert!(!text.contains("s3cret") && text.contains("idp:…@db/idp"), "{text}");
    }
}

#[test]
fn postgresql_has_no_place_beside_it_for_the_master_key() {
    let settings = with("[database]\nurl = \"postgres://idp@db/idp\"").unwrap();
    assert!(settings.master_key_file().unwrap_err().0.contains("keys init --master-key-file"));
}

#[test]
fn a_missing_file_is_said_and_not_passed_over() {
    assert!(Settings::read(Some(Path::new("/nonexistent.toml"))).unwrap_err().0.contains("/nonexistent.toml"));
}

#[test]
fn the_table_names_every_setting_and_no_other() {
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    let mut keys = Vec::new();
    for (section, values) in defaults.as_object().unwrap() {
        keys.extend(values.as_object().unwrap().keys().map(|key| format!("{section}.{key}")));
    }
    let mut named: Vec<_> = table::TABLE.iter().map(|row| row.key.to_owned()).collect();
    keys.sort();
    named.sort();
    assert_eq!(named, keys);
}
