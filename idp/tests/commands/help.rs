//! `--help` on everything, with examples.

use crate::support::Idp;

/// The subcommands that a help text names.
fn subcommands(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("Commands:\n") else { return Vec::new() };
    let rows = rest.lines().take_while(|line| line.starts_with("  "));
    let named = rows.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    named.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let idp = Idp::empty();
    let mut waiting = vec![Vec::<String>::new()];
    let mut leaves = 0;
    while let Some(path) = waiting.pop() {
        let mut arguments: Vec<_> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = idp.done(&arguments);
        let call = path.join(" ");
        let examples = help.split_once("Example").unwrap_or_else(|| panic!("idp {call}: no example\n{help}")).1;
        assert!(examples.contains(&call), "the example is of another command\n{help}");
        let below = subcommands(&help);
        leaves += usize::from(below.is_empty());
        waiting.extend(below.into_iter().map(|name| [path.clone(), vec![name]].concat()));
    }
    assert!(leaves >= 25, "only {leaves} commands were found");
    assert!(!idp.path("idp.db").exists(), "asking for help made a database");
}

#[test]
fn a_command_that_does_not_exist_fails_and_says_what_there_is() {
    let idp = Idp::empty();
    for arguments in [&["serv"][..], &["keys"], &["keys", "spin"], &["clients", "add"], &[]] {
        let said = idp.refused(arguments);
        assert!(said.contains("--help") || said.contains("Usage:"), "{arguments:?}: {said}");
    }
}

#[test]
fn the_version_is_told() {
    assert!(Idp::empty().done(&["--version"]).starts_with("idp "));
}
