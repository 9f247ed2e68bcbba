//! 機關: government agencies, named by object identifiers, and the lists they come in.
//!
//! Two layouts are read: ours (`oid,name,org_code,parent_oid,dn,zip,address,url`) and that of the official list
//! (`OrgName,OID,TEL,Address,DN,OrgCode`, data.gov.tw dataset 7081).

use crate::shown_text;
use std::collections::HashMap;

/// 機關 OID, such as `2.16.886.101.20003.20001.20003`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgencyOid(String);

/// The longest OID that is read, in characters.
const LONGEST_OID: usize = 128;
/// The longest name of an agency, in characters.
const LONGEST_NAME: usize = 100;

impl AgencyOid {
    /// Reads an OID under Taiwan's arc 2.16.886 (the schools and associations have a tree of their own beside the
    /// government's 2.16.886.101). `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let arcs = text.strip_prefix("2.16.886.")?;
        let arc = |arc: &str| {
            !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
        };
        let fits = text.len() <= LONGEST_OID && arcs.split('.').count() >= 2 && arcs.split('.').all(arc);
        fits.then(|| Self(text.to_owned()))
    }

    /// Takes an OID out of the database.
    pub fn from_trusted(text: String) -> Self {
        Self(text)
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An agency as a list has it. Absent fields are empty in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// 機關 OID.
    pub oid: AgencyOid,
    /// 機關名稱. Not unique (「人事室」).
    pub name: String,
    /// 機關代號.
    pub org_code: Option<String>,
    /// Distinguished name, such as `ou=消防署,ou=內政部,o=行政院,c=TW`.
    pub dn: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Web page.
    pub url: Option<String>,
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Line in the file, the header being line 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// Reads a list of agencies (UTF-8, with or without a byte order mark).
///
/// # Errors
/// Every bad row, by line; nothing may be imported then.
pub fn read_list(file: &[u8]) -> Result<Vec<Agency>, Vec<BadRow>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let header = reader.headers().cloned().map_err(|why| vec![BadRow { line: 1, why: why.to_string() }])?;
    let columns = Columns::find(&header).map_err(|why| vec![BadRow { line: 1, why }])?;
    let (mut agencies, mut bad, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
    for record in reader.records() {
        let read = match &record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let row = columns.row(record, header.len());
                row.and_then(|agency| no_duplicate(&mut seen, agency, line)).map_err(|why| BadRow { line, why })
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Err(BadRow { line, why: unreadable(error) })
            }
        };
        match read {
            Ok(agency) => agencies.push(agency),
            Err(row) => bad.push(row),
        }
    }
    if agencies.is_empty() && bad.is_empty() {
        bad.push(BadRow { line: 1, why: "the list holds no agency".into() });
    }
    if bad.is_empty() { Ok(agencies) } else { Err(bad) }
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8; save the file as UTF-8 first".into(),
        _ => error.to_string(),
    }
}

fn no_duplicate(seen: &mut HashMap<String, u64>, agency: Agency, line: u64) -> Result<Agency, String> {
    match seen.insert(agency.oid.as_str().to_owned(), line) {
        Some(first) => Err(format!("OID {} stands in line {first} already", agency.oid.as_str())),
        None => Ok(agency),
    }
}

/// Which column holds what.
struct Columns {
    oid: usize,
    name: usize,
    org_code: Option<usize>,
    dn: Option<usize>,
    zip: Option<usize>,
    address: Option<usize>,
    phone: Option<usize>,
    url: Option<usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, String> {
        let at = |names: &[&str]| {
            header.iter().position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)))
        };
        let (Some(oid), Some(name)) = (at(&["oid"]), at(&["name", "OrgName"])) else {
            return Err("the first line must name the columns: oid,name,… or OrgName,OID,TEL,Address,DN,OrgCode".into());
        };
        Ok(Self {
            oid,
            name,
            org_code: at(&["org_code", "OrgCode"]),
            dn: at(&["dn"]),
            zip: at(&["zip"]),
            address: at(&["address"]),
            phone: at(&["tel"]),
            url: at(&["url"]),
        })
    }

    fn row(&self, record: &csv::StringRecord, columns: usize) -> Result<Agency, String> {
        if record.len() != columns {
            return Err(format!("has {} fields instead of {columns}", record.len()));
        }
        // PostgreSQL keeps no such text, and a backup with one could not go there.
        if record.iter().any(|field| field.contains('\0')) {
            return Err("holds a zero byte".to_owned());
        }
        let text = |at: usize| record.get(at).unwrap_or_default();
        let oid =
            AgencyOid::parse(text(self.oid)).ok_or_else(|| format!("{:?} is no OID under 2.16.886", text(self.oid)))?;
        let name = shown_text::name(text(self.name), LONGEST_NAME).map_err(|why| format!("the name {why}"))?;
        let some = |at: Option<usize>| at.map(text).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Agency {
            oid,
            name: name.to_owned(),
            org_code: some(self.org_code),
            dn: some(self.dn),
            zip: some(self.zip),
            address: some(self.address),
            phone: some(self.phone),
            url: some(self.url),
        })
    }
}

#[cfg(test)]
mod tests;
