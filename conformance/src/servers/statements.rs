//! What a PostgreSQL was asked, out of its log (`log_statement = 'all'`).

/// A statement that was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The server's process that serves the connection.
    pub connection: String,
    /// Its verb and its tables, in their order; what names no table, such as `COMMIT`, as it stands.
    pub statement: String,
}

/// The statements of a log, in their order.
pub fn asked(log: &str) -> Vec<Asked> {
    let statement = |line: &str| {
        let (before, said) = line.split_once("LOG:  ")?;
        let (kind, sql) = said.split_once(": ")?;
        let is_statement = kind == "statement" || kind.starts_with("execute ");
        let connection = before.split_once('[')?.1.split(']').next()?.to_owned();
        is_statement.then(|| Asked { connection, statement: in_short(sql) })
    };
    log.lines().filter_map(statement).collect()
}

/// The verb and the tables.
fn in_short(sql: &str) -> String {
    let mut words = sql.split(' ').peekable();
    let Some(verb) = words.peek().filter(|verb| ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(verb)) else {
        return sql.to_owned();
    };
    let mut said = (*verb).to_owned();
    while let Some(word) = words.next() {
        let names_one = matches!(word.trim_matches('('), "FROM" | "JOIN" | "INTO" | "UPDATE");
        if let Some(table) = words.peek().filter(|_| names_one) {
            said = format!("{said} {}", table.trim_matches(['(', '"']));
        }
    }
    said
}
