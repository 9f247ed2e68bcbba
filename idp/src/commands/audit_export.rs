//! `idp audit export` — audit lines as JSON lines, a page at a time, whatever their number.
//!
//! A line's id begins with the time its node gave it, and lines are written a moment later, on several nodes whose clocks are a
//! little apart. So the newest are left for the next time: when everything before a moment is surely written, everything
//! behind a cursor is still to come, and none is lost or doubled.

use super::audit::{STRETCH, Which, document, wanted};
use super::{CommandError, Context, named_file};
use crate::keystore::Prepared;
use clap::Args;
use idp_core::ids::moment_of;
use idp_store::audit::{Wanted, oldest};
use rustix::fs::OFlags;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `idp audit export` takes.
#[derive(Args)]
pub struct ExportAudit {
    #[command(flatten)]
    which: Which,
    /// Appended to; goes on after the file's last line. - is standard output
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// With --file -: go on after this line
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Lines read at once.
const PAGE: i64 = 1_000;
/// Longer than an act takes from being given its time to being committed.
const SETTLED: Duration = Duration::from_secs(60);
/// How every line begins: its members stand in the order of their names.
const BEGINNING: &[u8] = br#"{"account":"#;
/// Longer than any line.
const LONGEST_LINE: u64 = 1 << 20;

/// Runs it.
pub async fn run(context: &Context, prepared: &Prepared, export: ExportAudit) -> Result<(), CommandError> {
    let mut wanted = wanted(prepared, &export.which).await?;
    let settled = context.clock.now().minus(SETTLED).minus(context.settings.keys.clock_skew.0);
    wanted.until = Some(wanted.until.map_or(settled, |until| until.min(settled)));
    if export.file == Path::new("-") {
        let after = export.after.map(checked).transpose()?;
        stream(prepared, wanted, after, &mut BufWriter::new(std::io::stdout())).await?;
        return Ok(());
    }
    if export.after.is_some() {
        return Err(CommandError::refused("--after is for --file - alone: a file goes on after its own last line"));
    }
    let name = export.file.display();
    let wrong = |why: std::io::Error| CommandError::refused(format!("--file {name}: {why}"));
    let mut file = open(&export.file).map_err(wrong)?;
    file.try_lock().map_err(|_| CommandError::refused(format!("--file {name}: another export writes to it")))?;
    let after = match last_line(&mut file).map_err(wrong)? {
        Tail::Empty => None,
        // Interrupted in its first line: that one is written again.
        Tail::Begun => {
            file.set_len(0)?;
            file.rewind()?;
            None
        }
        Tail::Line { text, end } => {
            let id =
                serde_json::from_str::<Value>(&text).ok().and_then(|line| Some(line.get("id")?.as_str()?.to_owned()));
            let words =
                || CommandError::refused(format!("--file {name}: its last line is no audit line; nothing was changed"));
            let id = checked(id.ok_or_else(words)?)?;
            // What an interrupted export left behind it.
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
            Some(id)
        }
    };
    let mut out = BufWriter::new(&file);
    let (lines, last) = stream(prepared, wanted, after, &mut out).await?;
    drop(out);
    file.sync_all()?;
    let text = format!("exported {lines} lines to {name}; those of the last moments follow the next time");
    context.out.result(&text, &json!({ "lines": lines, "last": last }))
}

fn checked(id: String) -> Result<String, CommandError> {
    match moment_of(&id) {
        Some(_) => Ok(id),
        None => Err(CommandError::refused(format!("{id:?} is no id of an audit line"))),
    }
}

/// A link may lead where somebody else put it; what others may read shows them who signed in when.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    if path.is_symlink() {
        return Err(std::io::Error::other("is a symbolic link; name the file itself"));
    }
    // A link that is put there meanwhile is not followed either.
    let file = named_file::open_regular(path, &mut options, OFlags::NOFOLLOW)?;
    if file.metadata()?.permissions().mode() & 0o027 != 0 {
        return Err(std::io::Error::other("is open to others than its owner and its group's readers; run chmod 640"));
    }
    Ok(file)
}

/// How a file ends.
enum Tail {
    Empty,
    /// It holds the beginning of an audit line and nothing else.
    Begun,
    /// Its last whole line, and where that ends.
    Line {
        text: String,
        end: u64,
    },
}

fn last_line(file: &mut File) -> std::io::Result<Tail> {
    let length = file.seek(SeekFrom::End(0))?;
    if length == 0 {
        return Ok(Tail::Empty);
    }
    let from = length.saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    Read::by_ref(file).take(LONGEST_LINE).read_to_end(&mut tail)?;
    if from == 0 && !tail.contains(&b'\n') && begins_a_line(&tail) {
        return Ok(Tail::Begun);
    }
    let whole = tail.iter().rposition(|byte| *byte == b'\n').and_then(|at| tail.get(..at)).unwrap_or_default();
    let text = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let end = from + u64::try_from(whole.len() + 1).unwrap_or(u64::MAX);
    Ok(Tail::Line { text: String::from_utf8_lossy(text).into_owned(), end })
}

/// Whether these bytes can be how a line of ours begins.
fn begins_a_line(bytes: &[u8]) -> bool {
    let compared = bytes.len().min(BEGINNING.len());
    bytes.get(..compared) == BEGINNING.get(..compared)
}

/// Writes page after page. Gives how many lines, and the id of the last one there is now.
async fn stream(
    prepared: &Prepared,
    wanted: Wanted,
    mut after: Option<String>,
    out: &mut impl Write,
) -> Result<(u64, Option<String>), CommandError> {
    let (mut lines, mut last) = (0, after.clone());
    loop {
        let (wanted, from) = (wanted.clone(), after.clone());
        let page = prepared.db.scan(move |conn| oldest(conn, &wanted, from.as_deref(), (PAGE, STRETCH))).await?;
        for line in &page.lines {
            writeln!(out, "{}", document(line)?)?;
            lines += 1;
        }
        last = page.lines.into_iter().next_back().map(|line| line.id).or(last);
        match page.end {
            Some(end) => after = Some(end),
            None => break,
        }
    }
    out.flush()?;
    Ok((lines, last))
}
