//! The direction between the crates, what may not be built in, and under which licences: held over `cargo metadata`.
#![allow(clippy::unwrap_used, reason = "in a test a surprise shall stop the test")]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::BTreeSet;

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).exec().unwrap()
}

fn package<'a>(metadata: &'a Metadata, name: &str) -> &'a Package {
    metadata.workspace_packages().into_iter().find(|package| package.name == name).unwrap()
}

/// The crates of this house that a crate is built on.
fn arrows(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let ours: BTreeSet<_> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let direct = package(metadata, name).dependencies.iter().filter(|one| one.kind != DependencyKind::Development);
    direct.map(|one| one.name.clone()).filter(|one| ours.contains(one)).collect()
}

#[test]
fn the_arrows_between_the_crates_point_one_way() {
    let metadata = metadata();
    let expected: &[(&str, &[&str])] = &[
        ("keys", &[]),
        ("idp-core", &["keys"]),
        ("idp-store", &["idp-core", "keys"]),
        ("idp", &["idp-core", "idp-store", "keys"]),
        ("conformance", &["idp", "idp-core", "idp-store", "keys"]),
        ("relying-party-example", &[]),
    ];
    for (name, to) in expected {
        let to: BTreeSet<String> = to.iter().map(ToString::to_string).collect();
        assert_eq!(arrows(&metadata, name), to, "{name}");
    }
    assert_eq!(metadata.workspace_packages().len(), expected.len(), "a crate that this test does not know");
}

#[test]
fn the_rules_and_the_keys_have_no_io_no_sql_and_no_runtime() {
    let metadata = metadata();
    let forbidden = ["tokio", "axum", "hyper", "reqwest", "diesel", "diesel-async", "libsqlite3-sys", "redis"];
    for name in ["keys", "idp-core"] {
        let direct = package(&metadata, name).dependencies.iter().filter(|one| one.kind == DependencyKind::Normal);
        let found: Vec<_> = direct.map(|one| one.name.as_str()).filter(|one| forbidden.contains(one)).collect();
        assert!(found.is_empty(), "{name} is built on {found:?}");
    }
    let store = package(&metadata, "idp-store");
    assert!(!store.dependencies.iter().any(|one| ["axum", "hyper", "reqwest"].contains(&one.name.as_str())));
}

#[test]
fn nothing_brings_openssl_or_a_second_provider_of_cryptography() {
    let banned = ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "pq-sys"];
    // Some are named by crates as options that nobody switches on: what counts is what is resolved into the build.
    let metadata = metadata();
    let built: BTreeSet<_> = metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| &node.id).collect();
    let all = metadata.packages.iter().filter(|package| built.contains(&package.id));
    let found: Vec<_> = all.map(|package| package.name.as_str()).filter(|name| banned.contains(name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

const LICENCES: [&str; 15] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "Unlicense",
    "0BSD",
    "BSL-1.0",
];

/// Crates that name a file instead of an expression, with what was read in it.
const READ_BY_US: [(&str, &str, &str); 1] = [("captcha", "1.0.0", "MIT")];

/// One alternative of an OR is ours to choose; every part of an AND must be fine.
fn may_be_built_on(expression: &str) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], "");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|one| LICENCES.contains(&one.trim())))
}

fn licence(package: &Package) -> Option<String> {
    let read =
        READ_BY_US.iter().find(|(name, version, _)| *package.name == *name && package.version.to_string() == *version);
    package.license.clone().or_else(|| read.map(|(_, _, licence)| (*licence).to_owned()))
}

#[test]
fn every_licence_is_one_that_we_may_build_on() {
    let metadata = metadata();
    let foreign = metadata.packages.iter().filter(|package| package.source.is_some());
    let bad: Vec<_> = foreign
        .filter(|package| !licence(package).is_some_and(|licence| may_be_built_on(&licence)))
        .map(|package| format!("{} ({:?})", package.name, package.license))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
