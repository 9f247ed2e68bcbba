use super::tables::{Kind, TABLES};
use crate::schema::tests::declared;
use std::collections::BTreeMap;

/// What a new schema holds already; a restore writes it from the header.
const LEFT_OUT: [&str; 3] = ["schema_info", "directory_version", "job_turns"];

#[test]
fn every_table_and_column_of_the_schema_is_in_a_backup() {
    let mut expected = declared();
    for name in LEFT_OUT {
        assert!(expected.remove(name).is_some(), "{name}");
    }
    let kind = |name: &str| match name {
        "Text" => Kind::Text,
        "BigInt" => Kind::Integer,
        "Bool" => Kind::Boolean,
        "Binary" => Kind::Bytes,
        other => unreachable!("{other}"),
    };
    let columns = |(table, columns): (String, crate::schema::tests::Columns)| {
        (table, columns.into_iter().map(|(name, of, _)| (name, kind(&of))).collect::<Vec<_>>())
    };
    let expected: BTreeMap<_, _> = expected.into_iter().map(columns).collect();
    let owned = |(name, kind): &(&str, Kind)| ((*name).to_owned(), *kind);
    let held: BTreeMap<_, _> =
        TABLES.iter().map(|table| (table.name.to_owned(), table.columns.iter().map(owned).collect())).collect();
    assert_eq!(held, expected);
    assert_eq!(held.len(), TABLES.len(), "a table stands there twice");
    for table in TABLES {
        for key in table.key {
            assert!(table.columns.iter().any(|(name, _)| name == key), "{}.{key}", table.name);
        }
    }
}
