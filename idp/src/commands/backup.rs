//! `idp backup` — writes everything that must survive into one file, while the server runs.

use super::{CommandError, Context};
use crate::keystore::{master_key_file, prepare};
use crate::pages::dates::moment_text;
use crate::text::Language;
use crate::whole_file::Partial;
use clap::Args;
use idp_store::backup::{self, About, Header};
use idp_store::{Conn, Fault};
use keys::{MasterKey, UnixMillis};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `idp backup` takes.
#[derive(Args)]
#[command(
    long_about = "Write everything that must survive into one file, while the server runs\n\n\
The file holds every record as of one moment. Secrets in it are sealed as they are in the database: \
without the master key file it is useless, and the master key file is not in it. Keep the two apart.",
    after_help = "Example:\n  idp --config /etc/shenfen/idp.toml backup /backup/idp-20261121.backup"
)]
pub struct BackupCommand {
    /// The file to make; one that is there is not touched
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Backs up.
pub async fn run(context: Context, command: BackupCommand) -> Result<(), CommandError> {
    let file = command.file;
    if file.exists() {
        return Err(CommandError::refused(format!("{} is there already; give another name", file.display())));
    }
    let db = prepare::connect_to_what_is_there(&context.settings)?;
    let key_file = context.settings.master_key_file()?;
    let master = Arc::new(master_key_file::read(&key_file).map_err(prepare::CannotStart::from)?);
    let cannot = |why: std::io::Error| CommandError::refused(format!("cannot make {}: {why}", file.display()));
    let partial = Partial::of(&file).map_err(cannot)?;
    let (issuer, now) = (context.settings.server.issuer.clone(), context.clock.now());
    let path = partial.path().to_owned();
    let header = db.snapshot(move |conn| write_file(conn, (&issuer, now), &master, &path)).await?;
    partial.is_whole().map_err(cannot)?;
    let text = format!(
        "{} holds {} rows of {} as of {} (schema {})\n\
         It can be restored only with the master key: keep {} apart from it.\n\
         Names, e-mail addresses and password hashes in it can be read without: guard it like the database.",
        file.display(),
        header.rows(),
        header.issuer,
        moment_text(header.created_at, Language::En),
        header.schema,
        key_file.display(),
    );
    context.out.result(&text, &document(&file, &header))
}

/// A backup in words for programs.
pub(super) fn document(file: &Path, header: &Header) -> Value {
    let tables = header.tables.iter().map(|table| (table.name.clone(), json!(table.rows)));
    json!({
        "file": file,
        "issuer": header.issuer,
        "created_at": header.created_at,
        "program": header.program,
        "schema": header.schema,
        "rows": header.rows(),
        "tables": tables.collect::<serde_json::Map<_, _>>(),
    })
}

/// Writes the file, has it on the disk, and reads it back: what was not read again is no backup.
fn write_file(
    conn: &mut Conn,
    (issuer, now): (&str, UnixMillis),
    master: &MasterKey,
    path: &Path,
) -> Result<Header, Fault> {
    let failed = |why: std::io::Error| Fault::Unavailable(format!("{}: {why}", path.display()));
    let file = OpenOptions::new().write(true).truncate(true).open(path).map_err(failed)?;
    let about = About { issuer, now, program: env!("CARGO_PKG_VERSION"), master };
    let header = backup::write(conn, &about, BufWriter::with_capacity(1 << 20, &file))?;
    file.sync_all().map_err(failed)?;
    let again = File::open(path).map_err(failed)?;
    backup::verify(BufReader::with_capacity(1 << 20, again), master)
        .map_err(|why| Fault::Unavailable(format!("{} was written and {why}", path.display())))?;
    Ok(header)
}
