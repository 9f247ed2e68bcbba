use crate::{Db, DbUrl, migrate};
use diesel::SqliteConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use diesel_migrations::MigrationHarness;
use std::collections::BTreeMap;
use tempfile::TempDir;

/// Column, type in diesel's words, nullable.
pub(crate) type Columns = Vec<(String, String, bool)>;

/// The tables of `schema.rs`, as it is written.
pub(crate) fn declared() -> BTreeMap<String, Columns> {
    let source: String = include_str!("../schema.rs").lines().filter(|line| !line.starts_with("//")).collect();
    let tables = source.split("diesel::table! {").skip(1).map(|table| {
        let (head, rest) = table.split_once('{').unwrap();
        let (name, _key) = head.split_once('(').unwrap();
        let (columns, _) = rest.split_once('}').unwrap();
        let column = |column: &str| {
            let (name, kind) = column.split_once("->")?;
            let kind = kind.trim();
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            Some((name.trim().to_owned(), inner.unwrap_or(kind).to_owned(), inner.is_some()))
        };
        (name.trim().to_owned(), columns.split(',').filter_map(column).collect())
    });
    tables.collect()
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

/// The tables of a database, with types in diesel's words.
fn migrated(conn: &mut SqliteConnection) -> BTreeMap<String, Columns> {
    let query = r#"SELECT t.name AS table_name, c.name AS column_name, c.type AS kind, NOT c."notnull" AS nullable
        FROM sqlite_master t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE '\_\_diesel%' ESCAPE '\' ORDER BY t.name, c.cid"#;
    let rows: Vec<Column> = diesel::sql_query(query).load(conn).unwrap();
    let mut tables = BTreeMap::<String, Columns>::new();
    for Column { table_name, column_name, kind, nullable } in rows {
        let kind = match kind.as_str() {
            "TEXT" => "Text",
            "BIGINT" => "BigInt",
            "BOOLEAN" => "Bool",
            "BYTEA" => "Binary",
            other => unreachable!("{table_name}.{column_name} is {other}, which one of the databases lacks"),
        };
        tables.entry(table_name).or_default().push((column_name, kind.to_owned(), nullable));
    }
    tables
}

/// Everything that a migration may make or change.
fn everything(conn: &mut SqliteConnection) -> Vec<String> {
    let query =
        "SELECT coalesce(sql, name) FROM sqlite_master WHERE name NOT LIKE '%diesel_schema_migrations%' ORDER BY 1";
    diesel::dsl::sql::<Text>(query).load(conn).unwrap()
}

fn new_database() -> (TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let conn = SqliteConnection::establish(folder.path().join("idp.db").to_str().unwrap()).unwrap();
    (folder, conn)
}

#[tokio::test]
async fn the_tables_that_the_program_knows_are_those_that_migrating_makes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idp.db");
    let db = Db::open(&DbUrl::Sqlite(path.clone())).unwrap();
    migrate::run(&db).await.unwrap();
    let made = migrated(&mut SqliteConnection::establish(path.to_str().unwrap()).unwrap());
    let declared = declared();
    assert!(declared.len() >= 16, "{:?}", declared.keys());
    assert_eq!(declared.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (table, columns) in declared {
        assert_eq!(columns, made[&table], "{table}");
    }
}

#[test]
fn every_migration_can_be_undone_and_done_again() {
    let (_folder, mut conn) = new_database();
    let mut migrations: Vec<Box<dyn Migration<Sqlite>>> = migrate::MIGRATIONS.migrations().unwrap();
    migrations.sort_unstable_by(|one, other| one.name().version().cmp(&other.name().version()));
    conn.applied_migrations().unwrap(); // makes diesel's own table
    for migration in migrations {
        let before = everything(&mut conn);
        conn.run_migration(&migration).unwrap();
        let after = everything(&mut conn);
        assert_ne!(before, after, "{}", migration.name());
        conn.revert_migration(&migration).unwrap();
        assert_eq!(everything(&mut conn), before, "{}", migration.name());
        conn.run_migration(&migration).unwrap();
        assert_eq!(everything(&mut conn), after, "{}", migration.name());
    }
}

/// A column whose values are keys of another table.
#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    parent: String,
    #[diesel(sql_type = Bool)]
    cascades: bool,
    #[diesel(sql_type = Bool)]
    indexed: bool,
}

fn references() -> Vec<Reference> {
    let (_folder, mut conn) = new_database();
    conn.run_pending_migrations(migrate::MIGRATIONS).unwrap();
    let query = r#"SELECT t.name || '.' || f."from" AS child, f."table" AS parent, f.on_delete = 'CASCADE' AS cascades,
            EXISTS (SELECT 1 FROM pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
                WHERE c.seqno = 0 AND c.name = f."from" AND NOT i.partial) AS indexed
        FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1"#;
    let references: Vec<Reference> = diesel::sql_query(query).load(&mut conn).unwrap();
    assert!(references.len() > 10, "{}", references.len());
    references
}

/// Whoever removes a row has the database look for those that hang on it: without an index, at all of them, in a writing transaction.
#[test]
fn what_hangs_on_a_row_is_found_by_an_index() {
    // Agencies are never removed.
    let unindexed = references().into_iter().filter(|reference| !reference.indexed && reference.parent != "agencies");
    assert_eq!(unindexed.map(|reference| reference.child).collect::<Vec<_>>(), Vec::<String>::new());
}

/// The program of the release before removes accounts and clients as well, and knows nothing of a table that is new.
#[test]
fn what_is_new_goes_by_itself_with_what_it_hangs_on() {
    let by_itself =
        |reference: &Reference| reference.cascades || !["accounts", "clients"].contains(&&*reference.parent);
    let left: Vec<_> = references().into_iter().filter(|one| !by_itself(one)).map(|one| one.child).collect();
    // Every release that removes accounts and clients knows these.
    let known = "account_roles agreements capacities consents grants recovery registrations sessions";
    let known: Vec<_> = known.split(' ').collect();
    let tables: Vec<_> = left.iter().filter_map(|child| child.split_once('.')).map(|(table, _)| table).collect();
    assert_eq!(tables, known, "a new table with such a key needs ON DELETE CASCADE");
}
