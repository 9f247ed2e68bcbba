//! One set of migrations, two databases: what they make is the same, table by table.

use crate::backends::{postgres, sqlite};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, SqliteConnection};
use idp_store::migrate::{self, Fit};
use std::collections::BTreeSet;
use tokio_postgres::NoTls;

/// Lines that say everything both catalogues know: columns with kind and nullability, primary keys, unique and foreign
/// keys, indexes with their columns and whether they are unique or partial.
type Facts = BTreeSet<String>;

#[derive(QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    fact: String,
}

const SQLITE: [&str; 4] = [
    r#"SELECT t.name || '.' || c.name || ' ' || lower(c.type) || CASE WHEN c."notnull" THEN ' not null' ELSE '' END AS fact
       FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"#,
    "SELECT t.name || ' key (' || group_concat(c.name, ', ' ORDER BY c.pk) || ')' AS fact
       FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.pk > 0 GROUP BY t.name",
    r#"SELECT t.name || '.' || f."from" || ' to ' || f."table" || '.' || f."to" AS fact
       FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"#,
    r#"SELECT t.name || ' index (' || group_concat(coalesce(c.name, 'an expression'), ', ' ORDER BY c.seqno) || ')'
            || CASE WHEN i."unique" THEN ' unique' ELSE '' END || CASE WHEN i.partial THEN ' partial' ELSE '' END AS fact
       FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
       WHERE t.type = 'table' AND i.origin <> 'pk' GROUP BY t.name, i.name"#,
];

const POSTGRES: [&str; 4] = [
    "SELECT table_name || '.' || column_name || ' ' || data_type || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
       FROM information_schema.columns WHERE table_schema = current_schema()",
    "SELECT t.relname || ' key (' || string_agg(a.attname, ', ' ORDER BY k.place) || ')'
       FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
       CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(number, place)
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
       WHERE c.contype = 'p' AND c.connamespace = current_schema()::regnamespace GROUP BY t.relname",
    "SELECT t.relname || '.' || a.attname || ' to ' || o.relname || '.' || b.attname
       FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class o ON o.oid = c.confrelid
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
       JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = c.confkey[1]
       WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace",
    "SELECT t.relname || ' index (' || string_agg(coalesce(a.attname, 'an expression'), ', ' ORDER BY k.place) || ')'
            || CASE WHEN i.indisunique THEN ' unique' ELSE '' END || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END
       FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
       CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, place)
       LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
       WHERE NOT i.indisprimary AND t.relnamespace = current_schema()::regnamespace GROUP BY t.relname, i.indexrelid,
             i.indisunique, i.indpred",
];

/// diesel's own table is made by diesel, for each database in its own words.
fn ours(facts: impl Iterator<Item = String>) -> Facts {
    facts.filter(|fact| !fact.starts_with("__diesel")).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let Ok(server) = std::env::var("IDP_TEST_POSTGRES_URL") else { return };
    let (file, on_server) = (sqlite(), postgres(server).await);
    for database in [&file, &on_server] {
        migrate::run(&database.node()).await.unwrap();
    }
    let mut conn = SqliteConnection::establish(&file.address()).unwrap();
    let of_sqlite = SQLITE.iter().flat_map(|sql| diesel::sql_query(*sql).load::<Fact>(&mut conn).unwrap());
    let of_sqlite = ours(of_sqlite.map(|fact| fact.fact));
    let (client, connection) = tokio_postgres::connect(&on_server.address(), NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut of_postgres = Vec::new();
    for sql in POSTGRES {
        of_postgres.extend(client.query(sql, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    }
    driver.abort();
    let of_postgres = ours(of_postgres.into_iter());
    assert!(of_sqlite.len() > 100, "{}", of_sqlite.len());
    let differences: Vec<_> = of_sqlite.symmetric_difference(&of_postgres).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// CHECK clauses are text, which each database keeps in its own way: what they refuse is asked instead.
#[tokio::test]
async fn both_databases_refuse_what_no_program_writes() {
    let Ok(server) = std::env::var("IDP_TEST_POSTGRES_URL") else { return };
    let (file, on_server) = (sqlite(), postgres(server).await);
    for database in [&file, &on_server] {
        migrate::run(&database.node()).await.unwrap();
    }
    let refused = [
        "INSERT INTO schema_info (one, version, serves_from) VALUES (2, 1, 1)",
        "INSERT INTO directory_version (one, version) VALUES (2, 1)",
        "INSERT INTO signing_keys (kid, algorithm, state, state_at, public_jwk, created_at) VALUES ('k', 'ES256', 'x', 1, '', 1)",
        "INSERT INTO account_roles (account_id, role) VALUES ('nobody', 'x')",
    ];
    let mut conn = SqliteConnection::establish(&file.address()).unwrap();
    diesel::sql_query("PRAGMA foreign_keys = ON").execute(&mut conn).unwrap();
    let (client, connection) = tokio_postgres::connect(&on_server.address(), NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    for sql in refused {
        assert!(diesel::sql_query(sql).execute(&mut conn).is_err(), "{sql}");
        assert!(client.batch_execute(sql).await.is_err(), "{sql}");
    }
    driver.abort();
}

#[tokio::test]
async fn postgresql_too_says_from_which_program_on_it_serves() {
    let Ok(server) = std::env::var("IDP_TEST_POSTGRES_URL") else { return };
    let database = postgres(server).await;
    let node = database.node();
    migrate::run(&node).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&database.address(), NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let known = migrate::SCHEMA_VERSION;
    for (version, serves_from, expected) in [
        (known - 1, 1, Fit::Older),
        (known, known, Fit::Serves),
        (known + 1, known, Fit::Serves),
        (known + 2, known + 1, Fit::TooNew { serves_from: known + 1 }),
    ] {
        let sql = format!("UPDATE schema_info SET version = {version}, serves_from = {serves_from}");
        client.batch_execute(&sql).await.unwrap();
        assert_eq!(migrate::fit(&node).await, Ok(expected), "version {version}, serves from {serves_from}");
    }
    driver.abort();
}
