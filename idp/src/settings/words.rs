//! Why a settings file or the environment cannot be read, in words without the excerpts that may hold secrets.

use figment::Source;

/// figment's errors with the key in front, one a line.
pub(super) fn words(error: &figment::Error) -> String {
    let line = |one: figment::Error| {
        let key = one.path.join(".");
        let from = one.metadata.as_ref().map_or_else(String::new, |meta| match &meta.source {
            Some(Source::File(path)) => format!(" (from {})", path.display()),
            _ => format!(" (from {})", meta.name),
        });
        // It quotes the list of what there could be, and each of them.
        let why = without_excerpt(&one.kind.to_string()).replace("`one of `", "one of `").replace("``", "`");
        format!("setting {}: {why}{from}", if key.is_empty() { "file" } else { &key })
    };
    error.clone().into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What is wrong with the file and where, in one line, without the excerpt that the parser shows between rulers: the words go
/// to the log, and a line of the file may hold a password.
fn without_excerpt(why: &str) -> String {
    let is_excerpt = |line: &&str| line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|');
    why.lines()
        .filter(|line| !is_excerpt(line))
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("; ")
        .trim_end_matches("; ")
        .to_owned()
}
