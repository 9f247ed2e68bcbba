//! The page of results: one section a plan, the newest run of each, and a table of all of them.

use super::run::Ended;
use super::{Outcome, read};
use std::path::Path;

/// How one plan went.
pub(super) struct Section<'a> {
    /// What it is, for people.
    pub title: &'a str,
    /// The suite's name of the plan.
    pub plan: &'a str,
    /// The suite's version.
    pub suite: &'a str,
    /// Its modules.
    pub ended: &'a [Ended],
}

/// The heading of the table of all plans.
const SUMMARY: &str = "## Summary\n";

/// Puts the section in the place of the plan's older one, or at the end; the rest of the page stays.
pub(super) fn write_down(page: &Path, section: &Section<'_>) -> Outcome<()> {
    let today = today()?;
    let new = text(section, &today);
    // Two runs, of different plans, may write at once. The lock ends with the file.
    let held = std::fs::File::open(page).map_err(|why| format!("{}: {why}", page.display()))?;
    held.lock()?;
    std::fs::write(page, with(&read(page)?, section.title, &new))
        .map_err(|why| format!("{}: {why}", page.display()))?;
    Ok(())
}

/// The page with this section.
fn with(page: &str, title: &str, section: &str) -> String {
    let heading = format!("## {title}\n");
    let mut parts: Vec<String> = Vec::new();
    for line in page.split_inclusive('\n') {
        match parts.last_mut() {
            Some(part) if !line.starts_with("## ") => part.push_str(line),
            _ => parts.push(line.to_owned()),
        }
    }
    match parts.iter_mut().find(|part| part.starts_with(&heading)) {
        Some(part) => *part = format!("{section}\n"),
        None => parts.push(format!("\n{section}")),
    }
    let rows: String = parts.iter().filter_map(|part| row(part.trim_start())).collect();
    if let Some(part) = parts.iter_mut().find(|part| part.starts_with(SUMMARY)) {
        *part = format!("{SUMMARY}\n| Plan | How its modules ended |\n|---|---|\n{rows}\n");
    }
    format!("{}\n", parts.concat().trim_end())
}

/// What the first sentence of a section says, as a row of the table.
fn row(section: &str) -> Option<String> {
    let title = section.strip_prefix("## ")?.lines().next()?;
    let (_, counts) = section.lines().nth(2)?.split_once("): ")?;
    Some(format!("| {title} | {} |\n", counts.trim_end_matches('.')))
}

fn text(section: &Section<'_>, today: &str) -> String {
    let count = |verdict: &str| section.ended.iter().filter(|one| one.verdict == verdict).count();
    let others = section.ended.len() - count("PASSED") - count("REVIEW") - count("SKIPPED") - count("WARNING");
    let mut text = format!(
        "## {}\n\n`{}`, {today}, suite {}: {} modules, {} PASSED, {} REVIEW, {} SKIPPED, {} WARNING, {others} others.\n\n\
         | Module | Ended | |\n|---|---|---|\n",
        section.title,
        section.plan,
        section.suite,
        section.ended.len(),
        count("PASSED"),
        count("REVIEW"),
        count("SKIPPED"),
        count("WARNING"),
    );
    for one in section.ended {
        text.push_str(&format!("| `{}` | {} | {} |\n", one.module, one.verdict, one.remark));
    }
    text
}

/// Today in UTC, as `2026-11-21`.
fn today() -> Outcome<String> {
    let now = idp::clock::Clock::System.now();
    let at = chrono::DateTime::from_timestamp(now.seconds(), 0).ok_or("a time out of range")?;
    Ok(at.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn the_table_says_what_the_sections_say() {
        let page =
            "# Results\n\n## Summary\n\nold\n\n## One\n\n`one`, today, suite 5 (revision 1): 2 modules, 2 PASSED.\n";
        let page = with(page, "Two", "## Two\n\n`two`, today, suite 5 (revision 1): 1 modules, 1 FAILED.\n");
        let table = "| One | 2 modules, 2 PASSED |\n| Two | 1 modules, 1 FAILED |\n\n## One\n";
        assert!(page.contains(table) && !page.contains("old"), "{page}");
    }

    #[test]
    fn a_section_takes_the_place_of_the_older_one_and_the_rest_of_the_page_stays() {
        let page = "# Results\n\nWords.\n\n## One\n\nold one\n\n## Two\n\nold two\n";
        let page = with(page, "One", "## One\n\nnew one\n");
        assert_eq!(page, "# Results\n\nWords.\n\n## One\n\nnew one\n\n## Two\n\nold two\n");
        let page = with(&page, "Two", "## Two\n\nnew two\n");
        assert_eq!(page, "# Results\n\nWords.\n\n## One\n\nnew one\n\n## Two\n\nnew two\n");
        let page = with(&page, "Three", "## Three\n\nnew three\n");
        assert!(page.ends_with("## Two\n\nnew two\n\n## Three\n\nnew three\n"), "{page}");
    }
}
