//! A real mail server of a test's own (aiosmtpd): takes mail by STARTTLS from whoever knows the password, refuses it, is busy,
//! freezes, hangs up.

use super::authority::certify;
use super::{Outcome, signal};
use crate::provider::free_port;
use idp::settings::{MailSection, SecretUrl, Span};
use serde_json::Value;
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Nobody waits longer for it to listen.
const PATIENCE: Duration = Duration::from_secs(20);
const USER: &str = "idp@example.gov.tw";
const PASSWORD: &str = "a password with: signs @ 信";
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/servers/mail_server.py");

/// What it says to a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 250, and the mail is kept.
    Accept,
    /// 550 5.1.1: never.
    Refuse,
    /// 554 5.7.1: whose fault it is, the operator finds out.
    Policy,
    /// 451: not yet.
    Later,
    /// It keeps the mail and hangs up instead of saying so.
    Lose,
    /// It hangs up before.
    HangUp,
}

impl Answer {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Refuse => "refuse",
            Self::Policy => "policy",
            Self::Later => "later",
            Self::Lose => "lose",
            Self::HangUp => "hang-up",
        }
    }
}

/// How it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// STARTTLS with a certificate for localhost of an authority of its own, and a password.
    StartTls,
    /// Without TLS, as an attacker on the way would have it: the password is asked for in the clear.
    Plain,
}

/// A mail server. Killed when dropped.
pub struct MailServer {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl MailServer {
    /// Starts one on a free port of this machine, which accepts.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(way: Way) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let made = certify()?;
        let mut files = vec![("ca.pem", made.authority), ("password", PASSWORD.to_owned())];
        if way == Way::StartTls {
            files.extend([("cert.pem", made.certificate), ("key.pem", made.key)]);
        }
        for (name, contents) in files {
            let path = folder.path().join(name);
            std::fs::write(&path, contents)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        }
        let mut server = Self { port: free_port()?, folder, child: None };
        server.answers(Answer::Accept)?;
        server.start_again().await?;
        Ok(server)
    }

    /// Starts it after it was killed, on the same port, with the mails that it had.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start_again(&mut self) -> Outcome<()> {
        let log = File::options().create(true).append(true).open(self.file("log"))?;
        let mut command = Command::new(python()?);
        command.arg(PROGRAM).arg(self.folder.path()).arg(self.port.to_string()).args([USER, PASSWORD]);
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let listens = async {
            while TcpStream::connect(address).is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let log = self.file("log");
        tokio::time::timeout(PATIENCE, listens).await.map_err(|_| {
            format!("the mail server does not listen: {}", std::fs::read_to_string(log).unwrap_or_default()).into()
        })
    }

    /// From now on it does this.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn answers(&self, answer: Answer) -> Outcome<()> {
        let beside = self.file("answer.new");
        std::fs::write(&beside, answer.as_str())?;
        Ok(std::fs::rename(beside, self.file("answer"))?)
    }

    /// What a provider is told of it.
    pub fn settings(&self) -> MailSection {
        MailSection {
            url: SecretUrl(format!("smtp://{}@localhost:{}", USER.replace('@', "%40"), self.port)),
            password_file: Some(self.file("password")),
            ca_file: Some(self.file("ca.pem")),
            timeout: Span(Duration::from_secs(5)),
            from: USER.into(),
            ..MailSection::default()
        }
    }

    /// The same as the environment names it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let settings = self.settings();
        let path = |file: Option<PathBuf>| file.unwrap_or_default().display().to_string();
        let named = [
            ("URL", settings.url.0),
            ("PASSWORD_FILE", path(settings.password_file)),
            ("CA_FILE", path(settings.ca_file)),
            ("TIMEOUT", "5s".to_owned()),
            ("FROM", settings.from),
        ];
        named.into_iter().map(|(name, value)| (format!("IDP__MAIL__{name}"), value)).collect()
    }

    /// The mails it accepted, as they came, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn mails(&self) -> Outcome<Vec<Vec<u8>>> {
        let entries: Result<Vec<_>, _> = std::fs::read_dir(self.file("mails"))?.collect();
        let mut files: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
        files.sort();
        files.into_iter().map(|path| Ok(std::fs::read(path)?)).collect()
    }

    /// Every recipient and every password it was told, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn seen(&self) -> Outcome<Vec<Value>> {
        let text = match std::fs::read_to_string(self.file("seen")) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        };
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
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

    /// SIGSTOP: connections are taken, and nobody speaks on them.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> Outcome<()> {
        signal("STOP", self.child.as_ref().ok_or("it does not run")?.id())
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> Outcome<()> {
        signal("CONT", self.child.as_ref().ok_or("it does not run")?.id())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A Python that has aiosmtpd: the one in the path, or the system's, which Debian's package is for.
fn python() -> Outcome<&'static Path> {
    let candidates = ["python3", "/usr/bin/python3"];
    let has = |python: &&str| {
        let mut command = Command::new(python);
        command.args(["-c", "import aiosmtpd"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = candidates.into_iter().find(has);
    Ok(Path::new(found.ok_or("no Python has aiosmtpd (Debian: apt-get install python3-aiosmtpd)")?))
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if self.child.is_some() {
            // Whoever drops it has no use for the reason why it was gone already.
            let _ = self.kill();
        }
    }
}
