//! What stands in the database of a provider, whichever it is: every row, as a backup has it.

use conformance::Provider;
use idp_core::UnixMillis;
use idp_store::Conn;
use idp_store::backup::{self, About};
use keys::MasterKey;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// All rows.
pub struct Stored {
    /// By table, each a JSON array of its columns.
    pub tables: BTreeMap<String, Vec<String>>,
    /// The whole backup.
    pub whole: String,
}

impl Stored {
    /// As it is now.
    pub async fn of(provider: &Provider) -> Self {
        let master = std::fs::read_to_string(provider.settings.master_key_file().unwrap()).unwrap();
        let write = move |conn: &mut Conn| {
            let master = MasterKey::parse(master.trim()).unwrap();
            let about = About { issuer: "https://idp.example", now: UnixMillis(0), program: "test", master: &master };
            let mut bytes = Vec::new();
            backup::write(conn, &about, &mut bytes)?;
            Ok(String::from_utf8(bytes).unwrap())
        };
        let whole = provider.wired.base.db.snapshot(write).await.unwrap();
        let mut lines = whole.lines();
        let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        let mut tables = BTreeMap::new();
        for table in header["tables"].as_array().unwrap() {
            let rows = lines.by_ref().take(usize::try_from(table["rows"].as_u64().unwrap()).unwrap());
            tables.insert(table["name"].as_str().unwrap().to_owned(), rows.map(str::to_owned).collect());
        }
        Self { tables, whole }
    }

    /// Whether some words stand anywhere, as text or in the bytes of a column.
    pub fn has(&self, words: &str) -> bool {
        self.whole.contains(words) || self.whole.contains(&hex(words.as_bytes()))
    }

    /// The tables in which something stands.
    pub fn tables_with(&self, needle: &str) -> BTreeSet<String> {
        let has = |rows: &[String]| rows.iter().any(|row| row.contains(needle));
        self.tables.iter().filter(|(_, rows)| has(rows)).map(|(table, _)| table.clone()).collect()
    }
}

/// Bytes of a column, as a backup has them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
