//! Rows as JSON, in both directions, for whichever table the caller names.

use super::format::TableHeader;
use super::tables::{Kind, Table};
use crate::conn::{Backend, on};
use crate::{Conn, Fault, Tx};
use diesel::backend::Backend as Database;
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::prelude::*;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};
use serde_json::Value;

/// Values in one statement at most; SQLite allows 32,766.
const BINDS: usize = 8_000;

/// A row whose columns are all text.
struct TextRow(Vec<Option<String>>);

impl<DB> QueryableByName<DB> for TextRow
where
    DB: Database,
    Option<String>: FromSql<Nullable<Text>, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let cell = |at: usize| {
            let field = Row::get(row, at).ok_or("a column is missing")?;
            <Option<String> as FromSql<Nullable<Text>, DB>>::from_nullable_sql(field.value())
        };
        (0..row.field_count()).map(cell).collect::<Result<_, _>>().map(Self)
    }
}

/// How many rows a table has.
pub(super) fn count(conn: &mut Conn, table: &str) -> Result<u64, Fault> {
    let text = format!("SELECT count(*) FROM \"{}\"", checked(table)?);
    let count: i64 = on!(conn, |c| diesel::dsl::sql::<BigInt>(&text).get_result(c)?);
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Hands over every row as a line, in the order of the key. Rows come one by one.
pub(super) fn read_each(
    conn: &mut Conn,
    table: &Table,
    mut line: impl FnMut(&str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let text = select(conn, table);
    on!(conn, |c| {
        for row in diesel::sql_query(&text).load_iter::<TextRow, DefaultLoadingMode>(c)? {
            line(&json_of(table, row?)?)?;
        }
    });
    Ok(())
}

fn select(conn: &Conn, table: &Table) -> String {
    let sqlite = matches!(conn.0, Backend::Sqlite(_));
    let as_text = |(name, kind): &(&str, Kind)| match kind {
        Kind::Text => format!("\"{name}\""),
        Kind::Integer => format!("CAST(\"{name}\" AS TEXT) AS \"{name}\""),
        Kind::Boolean => format!("CASE \"{name}\" WHEN TRUE THEN 't' WHEN FALSE THEN 'f' END AS \"{name}\""),
        Kind::Bytes if sqlite => {
            format!("CASE WHEN \"{name}\" IS NOT NULL THEN lower(hex(\"{name}\")) END AS \"{name}\"")
        }
        Kind::Bytes => format!("encode(\"{name}\", 'hex') AS \"{name}\""),
    };
    // The order of bytes, whatever the language of the database.
    let in_bytes = |name: &&str| {
        let text = table.columns.iter().any(|(column, kind)| column == name && *kind == Kind::Text);
        format!("\"{}\".\"{name}\"{}", table.name, if text && !sqlite { " COLLATE \"C\"" } else { "" })
    };
    let columns: Vec<_> = table.columns.iter().map(as_text).collect();
    let keys: Vec<_> = table.key.iter().map(in_bytes).collect();
    format!("SELECT {} FROM \"{}\" ORDER BY {}", columns.join(", "), table.name, keys.join(", "))
}

fn json_of(table: &Table, TextRow(cells): TextRow) -> Result<String, Fault> {
    let value = |(cell, (name, kind)): (Option<String>, &(&str, Kind))| {
        let Some(text) = cell else { return Ok(Value::Null) };
        match kind {
            Kind::Text | Kind::Bytes => Ok(Value::String(text)),
            Kind::Boolean => Ok(Value::Bool(text == "t")),
            Kind::Integer => text.parse::<i64>().map(Value::from).map_err(|_| Fault::corrupt(name)),
        }
    };
    let values: Vec<_> = cells.into_iter().zip(table.columns).map(value).collect::<Result<_, _>>()?;
    Ok(serde_json::to_string(&values)?)
}

/// One value on its way in.
pub(super) enum Cell {
    Text(Option<String>),
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// Reads a line of a backup as a row of the table. `None`: it is none.
pub(super) fn parse(table: &TableHeader, line: &[u8]) -> Option<Vec<Cell>> {
    let values: Vec<Value> = serde_json::from_slice(line).ok()?;
    let fits = values.len() == table.columns.len();
    let cell = |(value, column): (Value, &super::format::ColumnHeader)| match (column.1, value) {
        (Kind::Text, Value::Null) => Some(Cell::Text(None)),
        (Kind::Text, Value::String(text)) => Some(Cell::Text(Some(text))),
        (Kind::Integer, Value::Null) => Some(Cell::Integer(None)),
        (Kind::Integer, Value::Number(number)) => number.as_i64().map(|number| Cell::Integer(Some(number))),
        (Kind::Boolean, Value::Null) => Some(Cell::Boolean(None)),
        (Kind::Boolean, Value::Bool(truth)) => Some(Cell::Boolean(Some(truth))),
        (Kind::Bytes, Value::Null) => Some(Cell::Bytes(None)),
        (Kind::Bytes, Value::String(hex)) => from_hex(&hex).map(|bytes| Cell::Bytes(Some(bytes))),
        _ => None,
    };
    if fits { values.into_iter().zip(&table.columns).map(cell).collect() } else { None }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok())
        .collect()
}

/// How many rows of a table go into one statement.
pub(super) fn rows_at_once(table: &TableHeader) -> usize {
    (BINDS / table.columns.len().max(1)).max(1)
}

/// Stores rows in one statement.
pub(super) fn insert(tx: &mut Tx<'_>, table: &TableHeader, rows: Vec<Vec<Cell>>) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut names = Vec::new();
    for column in &table.columns {
        names.push(format!("\"{}\"", checked(&column.0)?));
    }
    let wide = names.len();
    // By number: SQLite takes `$1` for a name, and looks through all names before for each.
    let sign = if matches!(tx.0.0, Backend::Sqlite(_)) { '?' } else { '$' };
    let place = |row: usize| (1..=wide).map(|at| format!("{sign}{}", row * wide + at)).collect::<Vec<_>>().join(", ");
    let places: Vec<_> = (0..rows.len()).map(|row| format!("({})", place(row))).collect();
    let text = format!("INSERT INTO \"{}\" ({}) VALUES {}", checked(&table.name)?, names.join(", "), places.join(", "));
    on!(tx.0, |c| {
        let mut query = diesel::sql_query(text).into_boxed();
        for cell in rows.into_iter().flatten() {
            query = match cell {
                Cell::Text(value) => query.bind::<Nullable<Text>, _>(value),
                Cell::Integer(value) => query.bind::<Nullable<BigInt>, _>(value),
                Cell::Boolean(value) => query.bind::<Nullable<Bool>, _>(value),
                Cell::Bytes(value) => query.bind::<Nullable<Binary>, _>(value),
            };
        }
        query.execute(c)?;
    });
    Ok(())
}

/// A name that stands in SQL comes from a file: authentic, and looked at all the same.
fn checked(name: &str) -> Result<&str, Fault> {
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain { Ok(name) } else { Err(Fault::Database(format!("{name:?} names no table or column"))) }
}
