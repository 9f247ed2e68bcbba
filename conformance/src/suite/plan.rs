//! A plan file: which of the suite's plans, for which clients, and what in it may be skipped.

use super::{Outcome, read};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether the modules use the clients that are registered beforehand or register their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Clients {
    /// Registered beforehand.
    Static,
    /// Registered beforehand, and the first one hears of sign-outs.
    StaticListening,
    /// Registered beforehand, and the first one is told of sign-outs by the browser.
    StaticFramed,
    /// Registered beforehand with the profile fapi2.
    Fapi2,
    /// The same, and they sign their requests.
    Fapi2Signing,
    /// Each module registers its own.
    Dynamic,
}

impl Clients {
    /// Who signs in at these clients.
    pub const fn person(self) -> &'static str {
        let [at_static, at_dynamic, at_fapi] = super::ACCOUNTS;
        match self {
            Self::Static | Self::StaticListening | Self::StaticFramed => at_static,
            Self::Dynamic => at_dynamic,
            Self::Fapi2 | Self::Fapi2Signing => at_fapi,
        }
    }
}

/// One file of `conformance/plans`, which its name calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// What it is, for people.
    pub title: String,
    /// The suite's name of the plan.
    pub plan: String,
    /// What the suite asks to choose.
    pub variant: Value,
    /// Whose clients.
    pub clients: Clients,
    /// Modules that may end as skipped, and why.
    #[serde(default)]
    pub may_skip: BTreeMap<String, String>,
    /// Modules that may end with a warning of one check.
    #[serde(default)]
    pub may_warn: BTreeMap<String, MayWarn>,
}

/// A warning that comes of a decision of ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MayWarn {
    /// The suite's name of the check that warns.
    pub check: String,
    /// Which decision.
    pub why: String,
}

/// Every plan there is, in order of the file names; or those that are named, in that order.
pub(super) fn plans(folder: &Path, wanted: &[String]) -> Outcome<Vec<Plan>> {
    let mut names = wanted.to_vec();
    if names.is_empty() {
        names = known(folder)?;
    }
    names.iter().map(|name| one(folder, name)).collect()
}

fn one(folder: &Path, name: &str) -> Outcome<Plan> {
    let path = folder.join(format!("{name}.json"));
    if !path.is_file() {
        return Err(format!("there is no plan {name}; there are: {}", known(folder)?.join(", ")).into());
    }
    serde_json::from_str(&read(&path)?).map_err(|why| format!("{}: {why}", path.display()).into())
}

/// Plan files begin with a number, which orders them; `claims.json` is none.
fn known(folder: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".json")
            && name.starts_with(|first: char| first.is_ascii_digit())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
