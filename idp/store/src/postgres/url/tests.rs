use super::{PostgresUrl, Server};

fn url(text: &str) -> PostgresUrl {
    text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn refused(text: &str) -> String {
    text.parse::<PostgresUrl>().unwrap_err()
}

#[test]
fn what_leads_over_a_network_is_encrypted_unless_the_operator_writes_that_it_shall_not() {
    for (text, tls) in [
        ("postgres://idp@db.intra.example/idp", true),
        ("postgres://idp@10.0.0.7:5433/idp", true),
        ("postgresql://idp@[2001:db8::7]/idp", true),
        ("postgres://idp@db.intra.example/idp?sslmode=require", true),
        ("postgres://idp@db.intra.example/idp?sslmode=disable", false),
        ("postgres://idp@localhost/idp", false),
        ("postgres://idp@127.0.0.1/idp", false),
        ("postgres://idp@[::1]/idp", false),
        ("postgres://idp@localhost/idp?sslmode=verify-full", true),
        ("postgres://idp@%2Frun%2Fpostgresql/idp", false),
    ] {
        assert_eq!(url(text).tls, tls, "{text}");
    }
}

#[test]
fn there_is_no_mode_that_encrypts_without_knowing_to_whom() {
    for mode in ["prefer", "allow", "verify-ca", "", "Require"] {
        let said = refused(&format!("postgres://idp@db/idp?sslmode={mode}"));
        assert!(said.contains("verify-full") && said.contains("disable"), "{said}");
    }
    assert!(refused("postgres://idp@%2Frun%2Fpostgresql/idp?sslmode=require").contains("Unix socket"));
}

#[test]
fn parts_are_read_as_they_were_meant() {
    let read = url("postgres://id%40p:p%2Fw%3A@db.example:5433/the%20db?application_name=node-1");
    assert_eq!((read.user.as_str(), read.database.as_str()), ("id@p", "the db"));
    assert_eq!(read.password.as_ref().map(|password| password.0.as_str()), Some("p/w:"));
    assert_eq!(read.application_name, "node-1");
    assert_eq!(read.server, Server::Tcp { host: "db.example".into(), port: 5433 });
    let socket = url("postgres://idp@%2Frun%2Fpostgresql/idp");
    assert_eq!(socket.server, Server::Unix { folder: "/run/postgresql".into(), port: 5432 });
    assert_eq!(url("postgres://idp@[::1]/idp").server, Server::Tcp { host: "::1".into(), port: 5432 });
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    for (text, word) in [
        ("postgres://db/idp", "user"),
        ("postgres://idp@db", "database"),
        ("postgres://idp@db/", "database"),
        ("postgres://idp@/idp", "host"),
        ("postgres:///idp", "user"),
        ("postgres://idp@db/idp?host=/run", "host"),
        ("postgres://idp@db/idp?ssl=true", "ssl"),
        ("postgres://idp@db/idp?options=-csearch_path%3Dx", "options"),
    ] {
        assert!(refused(text).contains(word), "{text}: {}", refused(text));
    }
}

#[test]
fn the_password_is_given_in_one_place_and_never_printed() {
    let with = url("postgres://idp@db/idp").with_password("s3cret".to_owned().into()).unwrap();
    for text in [format!("{with}"), format!("{with:?}"), format!("{:?}", crate::DbUrl::Postgres(Box::new(with)))] {
        assert!(!text.contains("s3cret"), "{text}");
        assert!(text.contains("idp@db:5432/idp"), "{text}");
    }
    assert!(url("postgres://idp:one@db/idp").with_password("two".to_owned().into()).unwrap_err().contains("one place"));
}
