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
        "postgres://localhost/idp",
    ] {
        let refused = text.parse::<DbUrl>().unwrap_err();
        assert!(refused.contains("sqlite:PATH"), "{text}: {refused}");
    }
}
