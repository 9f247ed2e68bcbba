//! The programs of this project that tests start.

use super::Outcome;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// A program of the workspace: the one that the environment's `variable` names, or the one of this build, which a test builds
/// first.
///
/// # Errors
/// When it cannot be built.
pub fn find(name: &'static str, variable: &str) -> Outcome<PathBuf> {
    static FOUND: Mutex<Option<HashMap<&str, PathBuf>>> = Mutex::new(None);
    if let Some(given) = std::env::var_os(variable) {
        return Ok(given.into());
    }
    // Held while it is built: nobody builds it twice at once.
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = found.get_or_insert_default();
    if let Some(path) = found.get(name) {
        return Ok(path.clone());
    }
    let path = build(name)?;
    found.insert(name, path.clone());
    Ok(path)
}

fn build(name: &str) -> Outcome<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.parent().ok_or("a folder")?;
    if !folder.ends_with("deps") {
        return Ok(folder.join(name));
    }
    // Cargo builds the programs of the tested package alone, and this is another's. The whole workspace: with the same
    // features as its tests, so that nothing is compiled twice.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--bin", name, "--manifest-path"])
        .arg(manifest)
        .status()?;
    if !built.success() {
        return Err(format!("cargo build --workspace --bin {name} failed").into());
    }
    Ok(folder.parent().ok_or("a folder")?.join(name))
}
