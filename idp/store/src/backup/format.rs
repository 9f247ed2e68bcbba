//! The lines of a backup: writing them under a running authentication, and reading a file that may be anything.

use super::tables::Kind;
use crate::Fault;
use crate::migrate::SCHEMA_VERSION;
use keys::{Mac, MacKey, MasterKey, b64, same};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read, Write};

pub(super) const FORMAT: &str = "shenfen backup";
/// Raised when an older program could not read what is written.
pub(super) const VERSION: u32 = 1;
/// The longest line read. A sealed value has 64 KiB at most.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// Always the same words.
    pub format: String,
    /// Of the format.
    pub version: u32,
    /// When, in milliseconds since 1970.
    pub created_at: i64,
    /// Which program wrote it.
    pub program: String,
    /// Of which provider.
    pub issuer: String,
    /// The version of the schema.
    pub schema: i64,
    /// The oldest program that the schema serves.
    pub serves_from: i64,
    /// The number that nodes ask for, as it was.
    pub directory_version: i64,
    /// Tells which master key belongs to it.
    pub master_check: String,
    /// What follows.
    pub tables: Vec<TableHeader>,
}

/// A table in the header.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableHeader {
    /// Its name.
    pub name: String,
    /// Name and kind of each column.
    pub(super) columns: Vec<ColumnHeader>,
    /// How many rows follow.
    pub rows: u64,
}

/// Name and kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ColumnHeader(pub(super) String, pub(super) Kind);

impl Header {
    /// How many rows follow. A header that nobody vouches for yet may name any numbers.
    pub fn rows(&self) -> u64 {
        self.tables.iter().fold(0, |all, table| all.saturating_add(table.rows))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trailer {
    mac: String,
}

/// Why a file is not restored. The words tell the operator what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Something else.
    #[error("it is no backup of this program")]
    NoBackup,
    /// Of a newer format.
    #[error("it is of format {0}, which a newer release wrote; restore it with that release")]
    NewerFormat(u32),
    /// Of a newer schema.
    #[error("its schema is {0}, this program's is {SCHEMA_VERSION}; restore it with the release that wrote it")]
    NewerSchema(i64),
    /// It needs the master key of its time.
    #[error("it was made under another master key; give the master key file of that time")]
    AnotherMasterKey,
    /// It ends too early.
    #[error("it is cut off; nothing of it can be trusted")]
    CutOff,
    /// Somebody changed it, or a disk did.
    #[error("it was changed after it was written, or made by somebody without the master key")]
    Changed,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(String),
}

/// Writes lines and authenticates them.
pub(super) struct Signing<W> {
    out: W,
    mac: Mac,
}

impl<W: Write> Signing<W> {
    pub(super) fn new(out: W, key: &MacKey) -> Self {
        Self { out, mac: Mac::new(key) }
    }

    pub(super) fn line(&mut self, line: &str) -> Result<(), Fault> {
        for piece in [line.as_bytes(), b"\n"] {
            self.mac.update(piece);
            self.out.write_all(piece).map_err(|why| Fault::Unavailable(format!("cannot write the backup: {why}")))?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Fault> {
        let trailer = serde_json::to_string(&Trailer { mac: b64::encode(&self.mac.finish()) })?;
        let written = writeln!(self.out, "{trailer}").and_then(|()| self.out.flush());
        written.map_err(|why| Fault::Unavailable(format!("cannot write the backup: {why}")))
    }
}

/// A backup being read: its header is understood, and every line is authenticated at the end.
pub(super) struct Reading<R> {
    input: R,
    mac: Mac,
    line: Vec<u8>,
    pub(super) header: Header,
}

impl<R: BufRead> Reading<R> {
    pub(super) fn open(mut input: R, master: &MasterKey) -> Result<Self, Unusable> {
        let mut line = Vec::new();
        if !read_line(&mut input, &mut line)? {
            return Err(if line.is_empty() { Unusable::NoBackup } else { Unusable::CutOff });
        }
        let header = understand(&line, master)?;
        let mut mac = Mac::new(&master.backup_key());
        mac.update(&line);
        Ok(Self { input, mac, line, header })
    }

    /// The next row, as written.
    pub(super) fn row(&mut self) -> Result<&[u8], Unusable> {
        if !read_line(&mut self.input, &mut self.line)? {
            return Err(Unusable::CutOff);
        }
        self.mac.update(&self.line);
        Ok(&self.line)
    }

    /// After the last row: whether all that was read is what was written.
    pub(super) fn finish(mut self) -> Result<Header, Unusable> {
        if !read_line(&mut self.input, &mut self.line)? {
            return Err(Unusable::CutOff);
        }
        let trailer: Trailer = serde_json::from_slice(&self.line).map_err(|_| Unusable::Changed)?;
        let mac = b64::decode(&trailer.mac).ok_or(Unusable::Changed)?;
        if !same(&mac, &self.mac.finish()) {
            return Err(Unusable::Changed);
        }
        read_line(&mut self.input, &mut self.line)?;
        if self.line.is_empty() { Ok(self.header) } else { Err(Unusable::Changed) }
    }
}

/// `false`: there is no whole line any more.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, Unusable> {
    line.clear();
    input.take(LONGEST_LINE).read_until(b'\n', line).map_err(|why| Unusable::Io(why.to_string()))?;
    Ok(line.last() == Some(&b'\n'))
}

/// What every format that is to come has in common.
#[derive(Deserialize)]
struct Common {
    format: String,
    version: u32,
}

fn understand(line: &[u8], master: &MasterKey) -> Result<Header, Unusable> {
    let common: Common = serde_json::from_slice(line).map_err(|_| Unusable::NoBackup)?;
    if common.format != FORMAT {
        return Err(Unusable::NoBackup);
    }
    if common.version > VERSION {
        return Err(Unusable::NewerFormat(common.version));
    }
    let header: Header = serde_json::from_slice(line).map_err(|_| Unusable::Changed)?;
    if header.schema > SCHEMA_VERSION {
        return Err(Unusable::NewerSchema(header.schema));
    }
    let check = b64::decode(&header.master_check).ok_or(Unusable::Changed)?;
    if master.matches_check_value(&check) { Ok(header) } else { Err(Unusable::AnotherMasterKey) }
}

/// Reads all of it and says whether it is what was written. Nothing else is done with it before.
///
/// # Errors
/// Why it cannot be restored.
pub fn verify(input: impl BufRead, master: &MasterKey) -> Result<Header, Unusable> {
    let mut reading = Reading::open(input, master)?;
    for _ in 0..reading.header.rows() {
        reading.row()?;
    }
    reading.finish()
}
