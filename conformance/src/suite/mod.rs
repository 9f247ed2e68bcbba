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
mod fapi;
mod plan;
mod report;
mod rotation;
pub mod run;
pub mod serve;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// What goes wrong here is said to the person at the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The provider's issuer while the suite looks at it: a public name of 127.0.0.1, and the same site as the suite.
pub const ISSUER: &str = "https://localhost.emobix.co.uk:9443";
/// Who signs in: one person for each kind of plan. Two passwords of one person at once are taken for guesses.
const ACCOUNTS: [&str; 3] = ["clairesu1234", "fireman0119", "teacher0001"];
/// The longest that a call to the suite or the provider takes.
const LONGEST_CALL: Duration = Duration::from_secs(60);
/// From the start of the provider until its memory of used assertions reaches back far enough.
const SETTLED: Duration = Duration::from_secs(12);
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

    /// The provider's certificate.
    fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// An empty file as old as the provider's start.
    fn started(&self) -> PathBuf {
        self.folder.join("started")
    }

    /// Waits until the provider vouches for assertions of before its start.
    async fn settle(&self) -> Outcome<()> {
        let started = std::fs::metadata(self.started()).and_then(|file| file.modified());
        let started = started.map_err(|why| format!("{}: {why}; is the provider up?", self.started().display()))?;
        tokio::time::sleep(SETTLED.saturating_sub(started.elapsed().unwrap_or_default())).await;
        Ok(())
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

/// Asks this machine's servers, and trusts this certificate.
#[expect(clippy::disallowed_methods, reason = "a terminal's program that drives the suite, not the provider")]
fn client(certificate: &Path) -> Outcome<reqwest::Client> {
    let pem = std::fs::read(certificate).map_err(|why| format!("{}: {why}", certificate.display()))?;
    let trusted = reqwest::Certificate::from_pem(&pem)?;
    Ok(reqwest::Client::builder().no_proxy().add_root_certificate(trusted).timeout(LONGEST_CALL).build()?)
}

fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()).into())
}
