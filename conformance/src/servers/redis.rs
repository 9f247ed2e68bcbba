//! A Redis of a test's own: stopped, killed, frozen, emptied, started again.

use super::authority::certify;
use super::{Outcome, signal};
use crate::provider::free_port;
use idp::settings::{EphemeralSection, SecretUrl};
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Nobody waits longer for it to answer or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How it is set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct RedisOptions {
    /// TLS alone, with a certificate for localhost of an authority of its own.
    pub tls: bool,
    /// Its password; everybody may come in without.
    pub password: Option<&'static str>,
    /// Further lines of its configuration.
    pub lines: &'static [&'static str],
}

/// A Redis that keeps nothing on disk unless told to [`SAVE`](Self::ask). Killed when dropped.
pub struct RedisServer {
    options: RedisOptions,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(options: RedisOptions) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        if options.tls {
            let made = certify()?;
            for (name, contents) in [("ca.pem", made.authority), ("cert.pem", made.certificate), ("key.pem", made.key)]
            {
                std::fs::write(folder.path().join(name), contents)?;
            }
        }
        let mut server = Self { options, port: free_port()?, folder, child: None };
        server.start_again().await?;
        Ok(server)
    }

    /// Starts it after it was stopped or killed, on the same port, with what it saved last.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start_again(&mut self) -> Outcome<()> {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let configuration = self.folder.path().join("redis.conf");
        std::fs::write(&configuration, self.configuration())?;
        let mut command = Command::new("redis-server");
        self.child = Some(command.arg(configuration).stdin(Stdio::null()).stdout(log).spawn()?);
        let answers = async {
            while self.ask(&["PING"]).ok().as_deref() != Some("PONG") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let words = "redis-server does not answer";
        tokio::time::timeout(PATIENCE, answers).await.map_err(|_| words.into())
    }

    fn configuration(&self) -> String {
        let folder = self.folder.path().display();
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("dir {folder}"),
            format!("unixsocket {folder}/socket"),
            "save \"\"".into(),
        ];
        match self.options.tls {
            false => lines.push(format!("port {}", self.port)),
            true => {
                lines.extend([format!("port 0\ntls-port {}", self.port), "tls-auth-clients no".into()]);
                lines.extend(["cert", "key"].map(|what| format!("tls-{what}-file {folder}/{what}.pem")));
                lines.push(format!("tls-ca-cert-file {folder}/ca.pem"));
            }
        }
        lines.extend(self.options.password.map(|password| format!("requirepass {password}")));
        lines.extend(self.options.lines.iter().map(ToString::to_string));
        lines.join("\n")
    }

    /// What a provider is told of it. Each call gives a prefix of its own.
    ///
    /// # Errors
    /// When there is no randomness, or the password cannot be written down.
    pub fn settings(&self) -> Outcome<EphemeralSection> {
        let scheme = if self.options.tls { "rediss" } else { "redis" };
        let password_file = self.folder.path().join("password");
        if let Some(password) = self.options.password {
            std::fs::write(&password_file, password)?;
            std::fs::set_permissions(&password_file, std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(EphemeralSection {
            url: SecretUrl(format!("{scheme}://localhost:{}", self.port)),
            ca_file: self.options.tls.then(|| self.authority()),
            password_file: self.options.password.map(|_| password_file),
            prefix: format!("{}:", keys::b64::encode(&keys::random::<9>()?)),
            ..EphemeralSection::default()
        })
    }

    /// The certificate of its authority (PEM).
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Asks it something beside the provider; gives the answer as text.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn ask(&self, words: &[&str]) -> Outcome<String> {
        let mut command = Command::new("redis-cli");
        command.arg("-s").arg(self.folder.path().join("socket")).args(words).stdin(Stdio::null());
        if let Some(password) = self.options.password {
            command.env("REDISCLI_AUTH", password);
        }
        let done = command.output()?;
        match done.status.success() {
            true => Ok(String::from_utf8(done.stdout)?.trim().to_owned()),
            false => Err(String::from_utf8_lossy(&done.stderr).into()),
        }
    }

    /// Empties it.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn flush(&self) -> Outcome<()> {
        self.ask(&["FLUSHALL"]).map(drop)
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Outcome<()> {
        let mut child = self.child.take().ok_or("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits until it has ended. Nothing is saved.
    ///
    /// # Errors
    /// When it does not run.
    pub fn stop(&mut self) -> Outcome<()> {
        self.signal("TERM")?;
        self.child.take().ok_or("it does not run")?.wait()?;
        Ok(())
    }

    /// SIGSTOP: its connections stay, and nobody answers on them.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> Outcome<()> {
        self.signal("STOP")
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> Outcome<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> Outcome<()> {
        signal(name, self.child.as_ref().ok_or("it does not run")?.id())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if self.child.is_some() {
            // Whoever drops it has no use for the reason why it was gone already.
            let _ = self.kill();
        }
    }
}
