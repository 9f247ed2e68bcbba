//! A real `idp serve` with settings of its own: started, killed, stopped, started again, waited for.

use super::{Outcome, signal};
use crate::provider::free_port;
use serde_json::Value;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nobody waits longer than this for a node to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// The program `idp`: `IDP_PROGRAM`, or the one of this build, which a test builds first.
///
/// # Errors
/// When it cannot be built.
pub fn program() -> Outcome<PathBuf> {
    super::program::find("idp", "IDP_PROGRAM")
}

#[expect(clippy::disallowed_methods, reason = "somebody who waits for the provider, not the provider")]
fn asking() -> Outcome<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?)
}

/// A node. Killed when dropped.
pub struct IdpNode {
    /// Where it listens.
    pub address: SocketAddr,
    settings: Vec<(String, String)>,
    /// With the settings that it prints, out of which it is given those above that it knows.
    program: Option<(PathBuf, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl IdpNode {
    /// A node that listens on a free port of this machine; not started yet. `settings` as the environment names them
    /// (`IDP__DATABASE__URL`), without `IDP__SERVER__LISTEN`; without an issuer it is its own. `log` takes its words.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn new(settings: &[(String, String)], log: PathBuf) -> Outcome<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut settings = settings.to_vec();
        settings.push(("IDP__SERVER__LISTEN".into(), address.to_string()));
        if !settings.iter().any(|(name, _)| name == "IDP__SERVER__ISSUER") {
            settings.push(("IDP__SERVER__ISSUER".into(), format!("http://localhost:{}", address.port())));
        }
        Ok(Self { address, settings, program: None, log, child: None })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The issuer it was given.
    pub fn issuer(&self) -> &str {
        let issuer = self.settings.iter().find(|(name, _)| name == "IDP__SERVER__ISSUER");
        issuer.map_or("", |(_, issuer)| issuer)
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// From the next start on it is this program, of whatever release: it is given those settings alone that it knows.
    ///
    /// # Errors
    /// When the program does not say which.
    pub fn run_by(&mut self, program: &Path) -> Outcome<()> {
        let printed = Command::new(program).args(["settings", "print"]).output()?;
        if !printed.status.success() {
            return Err(format!("idp settings print: {}", String::from_utf8_lossy(&printed.stderr)).into());
        }
        self.program = Some((program.to_owned(), String::from_utf8(printed.stdout)?));
        Ok(())
    }

    fn knows(&self, setting: &str) -> bool {
        self.program.as_ref().is_none_or(|(_, printed)| printed.contains(&format!("`{setting}`")))
    }

    /// Starts it, without waiting.
    ///
    /// # Errors
    /// When it cannot be started, or runs already.
    pub fn start(&mut self) -> Outcome<()> {
        if self.child.is_some() {
            return Err("it runs already".into());
        }
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.commands().start()?;
        let child = command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until `/readyz` says yes.
    ///
    /// # Errors
    /// When it ends instead, or takes a minute.
    pub async fn ready(&mut self) -> Outcome<()> {
        self.answers(&asking()?).await
    }

    async fn answers(&mut self, http: &reqwest::Client) -> Outcome<()> {
        let url = format!("{}/readyz", self.base());
        let wait = async {
            loop {
                if let Some(child) = &mut self.child
                    && let Some(status) = child.try_wait()?
                {
                    let words = std::fs::read_to_string(&self.log).unwrap_or_default();
                    return Err(format!("idp serve ended with {status}: {words}").into());
                }
                if http.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
                    return Ok(());
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.map_err(|_| "the node is not ready after a minute")?
    }

    /// Starts it and waits until it is ready; gives how long that took, from the start of its process to its first 200.
    ///
    /// # Errors
    /// When it cannot.
    #[expect(clippy::disallowed_methods, reason = "who watches the provider has a clock of his own")]
    pub async fn start_ready(&mut self) -> Outcome<Duration> {
        let http = asking()?;
        let begun = Instant::now();
        self.start()?;
        self.answers(&http).await?;
        Ok(begun.elapsed())
    }

    /// SIGKILL: it gets to do nothing any more.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Outcome<()> {
        let mut child = self.child.take().ok_or("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// SIGTERM, as an operator stops it, and waits until it has ended.
    ///
    /// # Errors
    /// When it does not run, or not end.
    pub async fn stop(&mut self) -> Outcome<()> {
        self.signal("TERM")?;
        let mut child = self.child.take().ok_or("it does not run")?;
        let wait = async {
            while child.try_wait()?.is_none() {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        };
        let ended = tokio::time::timeout(PATIENCE, wait).await;
        ended.map_err(|_| "the node does not end within a minute")?
    }

    /// Sends it a signal: `STOP` freezes it, `CONT` lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, name: &str) -> Outcome<()> {
        signal(name, self.pid().ok_or("it does not run")?)
    }

    /// The program's commands with the settings of this node, whether it runs or not.
    pub fn commands(&self) -> Commands {
        let settings = self.settings.iter().filter(|(name, _)| self.knows(name)).cloned().collect();
        Commands { settings, program: self.program.as_ref().map(|(program, _)| program.clone()) }
    }

    /// Runs a command of the program with the node's settings and `--json`; gives its document.
    ///
    /// # Errors
    /// What the command said, if it was refused.
    pub async fn command(&self, arguments: &[&str]) -> Outcome<Value> {
        self.commands().run(arguments).await
    }
}

/// The program's commands, with settings.
#[derive(Clone, Debug)]
pub struct Commands {
    settings: Vec<(String, String)>,
    program: Option<PathBuf>,
}

impl Commands {
    /// Runs a command with `--json`; gives its document.
    ///
    /// # Errors
    /// What the command said, if it was refused.
    pub async fn run(&self, arguments: &[&str]) -> Outcome<Value> {
        let mut command = self.start()?;
        command.arg("--json").args(arguments).stdin(Stdio::null());
        let done = tokio::task::spawn_blocking(move || command.output()).await??;
        if !done.status.success() {
            return Err(format!("idp {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr)).into());
        }
        Ok(serde_json::from_slice(&done.stdout).unwrap_or_default())
    }

    fn start(&self) -> Outcome<Command> {
        let mut command = Command::new(self.program.clone().map_or_else(program, Ok)?);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}

impl Drop for IdpNode {
    fn drop(&mut self) {
        if self.child.is_some() {
            // Whoever drops it has no use for the reason why it was gone already.
            let _ = self.kill();
        }
    }
}
