use super::DbUrl;
use std::path::PathBuf;

#[test]
fn a_database_is_a_path_after_sqlite() {
    for (text, path) in [("sqlite:idp.db", "idp.db"), ("sqlite:/var/lib/idp/a b:c.db", "/var/lib/idp/a b:c.db")] {
        assert_eq!(text.parse(), Ok(DbUrl::Sqlite(PathBuf::from(path))));
    }
}

#[test]
fn what_is_no_database_is_refused_with_what_to_write() {
    for text in [
        "",
        "idp.db",
        "sqlite:",
        "sqlite: ",
        "sqlite::memory:",
        "sqlite:file:idp?mode=memory",
        "mysql://localhost/idp",
        "postgres//idp@localhost/idp",
    ] {
        let refused = text.parse::<DbUrl>().unwrap_err();
        assert!(refused.contains("sqlite:PATH"), "{text}: {refused}");
    }
}

#[test]
fn a_refusal_never_repeats_what_may_be_a_password() {
    for text in [
        "postgres//idp:s3cret@localhost/idp",
        "posgres://idp:s3cret@localhost/idp",
        "postgres://idp:s3cret@localhost/",
        "postgres://idp:s3cret@local host/idp",
        "postgres://idp:s3cret@localhost:70000/idp",
        "postgres://idp:s3cret@localhost/idp?sslmode=s3cret2&sslmode=prefer",
        "postgres://idp:%ff%s3cret@localhost/idp",
    ] {
        let refused = text.parse::<DbUrl>().unwrap_err();
        assert!(!refused.contains("s3cret@") && !refused.contains("idp:"), "{text}: {refused}");
    }
}
