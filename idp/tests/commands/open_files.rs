//! How many files the running server may have open.

use crate::support::{Idp, Serving};
use serde_json::Value;
use std::process::Command;

/// `idp serve` under a limit of the shell, and what it said about it until it served.
fn under(limits: &str) -> (Idp, Serving, Vec<Value>) {
    let idp = Idp::new();
    let serve = idp.command(&["serve"]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limits}; exec \"$0\" serve")]).arg(serve.get_program());
    command.current_dir(idp.path(".")).envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut lines = Vec::new();
    let serving = Serving::start_by(command, "http", |line| lines.push(line.clone()));
    lines.retain(|line| line["message"].as_str().is_some_and(|text| text.contains("open files")));
    (idp, serving, lines)
}

/// Soft and hard limit of the running server, as the kernel has them.
fn limits(serving: &Serving) -> [u64; 2] {
    let text = std::fs::read_to_string(format!("/proc/{}/limits", serving.child.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let mut numbers = line.split_whitespace();
    [(); 2].map(|()| numbers.next().unwrap().parse().unwrap())
}

#[test]
fn a_low_limit_is_raised_as_far_as_the_connections_need_it() {
    let (_idp, serving, said) = under("ulimit -Sn 256; ulimit -Hn 12000");
    assert_eq!(limits(&serving), [8192 + 1024, 12_000]);
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn a_limit_that_cannot_be_raised_is_said_with_the_fix_and_fewer_connections_are_taken() {
    let (_idp, serving, said) = under("ulimit -n 3000");
    assert_eq!(limits(&serving), [3000, 3000]);
    let [said] = &said[..] else { panic!("{said:?}") };
    assert_eq!((&said["needed"], &said["allowed"], &said["connections"]), (&9216.into(), &3000.into(), &1976.into()));
    assert!(said["message"].as_str().unwrap().contains("LimitNOFILE"), "{said}");
}
