//! Printing: text for people, or one JSON document for programs.

use super::CommandError;
use idp_core::shown_text;
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
        let text = if self.json { json_text(&format!("{document:#}")) } else { plain_text(text.trim_end()) };
        Ok(writeln!(out, "{text}")?)
    }

    /// What went wrong, on standard error.
    pub fn error(self, error: &CommandError) {
        let mut err = std::io::stderr().lock();
        let line = if self.json {
            json_text(&json!({ "error": error.to_string() }).to_string())
        } else {
            plain_text(&format!("idp: {error}"))
        };
        // Nobody reads it: there is nobody to tell.
        let _ = writeln!(err, "{line}");
    }
}

/// Text as a terminal may have it. Whatever a terminal would obey, or nobody could see, is written as `\u{1b}`: an argument, a
/// file or a record that somebody else filled must not move the cursor, change the title or hide a word.
pub fn plain_text(text: &str) -> String {
    text.split('\n').map(shown_text::one_line).collect::<Vec<_>>().join("\n")
}

/// The same for JSON, which escapes what is below U+0020 by itself; the rest stands within strings alone.
fn json_text(text: &str) -> String {
    let escape = |unseen: char| unseen.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    text.split('\n').map(|line| shown_text::visible(line, escape)).collect::<Vec<_>>().join("\n")
}

/// A table for people: columns as wide as they need to be. Chinese characters take two places.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let one_line = |cell: &String| plain_text(&cell.replace('\n', " "));
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(one_line).collect()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\r\u{9b}31m\u{202e}CIME\u{200b}\u{e0041}林";

    #[test]
    fn no_text_makes_a_terminal_do_something_and_nothing_is_lost_from_it() {
        let shown = plain_text(NASTY);
        let all = "\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{d}\\u{9b}31m\\u{202e}CIME\\u{200b}\\u{e0041}林";
        assert_eq!(shown, all);
        assert_eq!(plain_text("一\n二 three"), "一\n二 three");
    }

    #[test]
    fn a_cell_stays_in_its_row() {
        let shown = table(&["NAME", "STATE"], &[vec!["a\nb\u{1b}[A".into(), "on".into()]]);
        let lines: Vec<_> = shown.lines().collect();
        assert!(lines.len() == 2 && lines[1].starts_with("a b\\u{1b}[A  on"), "{shown}");
    }

    #[test]
    fn json_says_the_same_and_means_what_it_meant() {
        let document = json!({ "name": NASTY });
        let text = json_text(&format!("{document:#}"));
        assert!(text.chars().all(|c| c == '\n' || shown_text::seen(c).is_ok()), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
    }
}
