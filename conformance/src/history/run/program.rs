//! What the programs that record a history have in common: how they end, and what the nodes had to say.

use super::Outcome;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// How a program of this name ends: well if everything held.
#[expect(clippy::print_stderr, reason = "it is a program for a terminal")]
pub fn exit_code(program: &str, held: Outcome<bool>) -> ExitCode {
    match held {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{program}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Of each log in a folder its length and its first lines.
///
/// # Errors
/// When a log cannot be read, or nobody takes the words.
pub fn print_logs(out: &mut impl Write, folder: &Path) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let words = std::fs::read_to_string(&path)?;
            writeln!(out, "{}: {} lines", path.file_name().unwrap_or_default().display(), words.lines().count())?;
            words.lines().take(5).try_for_each(|line| writeln!(out, "    {line}"))?;
        }
    }
    Ok(())
}
