//! Printing: text for people, or one JSON document for programs.

use super::CommandError;
use serde_json::{Value, json};
use std::io::Write;

/// Where a command prints.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// JSON instead of text.
    pub json: bool,
}

impl Output {
    /// The result of a command, in one form or the other.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn result(self, text: &str, document: &Value) -> Result<(), CommandError> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{document:#}")?;
        } else {
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }

    /// What went wrong, on standard error.
    pub fn error(self, error: &CommandError) {
        let mut err = std::io::stderr().lock();
        let line = if self.json { json!({ "error": error.to_string() }).to_string() } else { format!("idp: {error}") };
        // Nobody reads it: there is nobody to tell.
        let _ = writeln!(err, "{line}");
    }
}

/// A table for people: columns as wide as they need to be. Chinese characters take two places.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let columns = 0..header.len();
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
        cells.chain(header.get(at).map(|title| width(title))).max().unwrap_or(0)
    };
    let widths: Vec<usize> = columns.map(widest).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded =
            cells.zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide.saturating_sub(width(cell)))));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut header.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}
