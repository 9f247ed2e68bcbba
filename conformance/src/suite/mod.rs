//! The OpenID Foundation's conformance suite against this provider: `serve` starts the provider in its conformance
//! configuration, `run` drives a suite that somebody else started, over its REST interface.
//!
//! Owns the configuration on both sides, the plans (`conformance/plans/*.json`) and the page of results. The suite itself is a
//! program of its publisher, which the reader obtains and builds.

mod api;
mod browser;
mod certificate;
mod clients;
mod configuration;
mod plan;
mod report;
pub mod run;
pub mod serve;

use std::error::Error;
use std::path::{Path, PathBuf};
use url::Url;

/// What goes wrong here is said to the person at the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The provider's issuer while the suite looks at it: a public name of 127.0.0.1, and the same site as the suite.
pub const ISSUER: &str = "https://localhost.emobix.co.uk:9443";
/// Who signs in, in every module.
const ACCOUNT: &str = "clairesu1234";
const PASSWORD: &str = crate::PASSWORD;

/// Where the two find each other.
#[derive(Clone, Debug)]
pub struct Place {
    /// The suite's address, such as `https://localhost.emobix.co.uk:8443`.
    pub suite: Url,
    /// The suite's certificate (PEM), trusted as it is.
    pub suite_certificate: PathBuf,
    /// The provider's database, keys, certificate and settings.
    pub folder: PathBuf,
    /// The program `idp`.
    pub idp: PathBuf,
}

impl Place {
    /// The suite's address without a slash at its end.
    fn suite(&self) -> &str {
        self.suite.as_str().trim_end_matches('/')
    }

    /// The provider's settings file.
    fn settings(&self) -> PathBuf {
        self.folder.join("settings.toml")
    }

    /// A command of `idp` with those settings. What it answers as text.
    fn command(&self, arguments: &[&str]) -> Outcome<String> {
        let done =
            std::process::Command::new(&self.idp).arg("--config").arg(self.settings()).args(arguments).output()?;
        match done.status.success() {
            true => Ok(String::from_utf8(done.stdout)?),
            false => {
                let words = String::from_utf8_lossy(&done.stderr);
                Err(format!("idp {}: {}", arguments.join(" "), words.trim()).into())
            }
        }
    }
}

fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()).into())
}
