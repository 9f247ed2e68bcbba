//! A real portal, as people use it: the program `relying-party-example` behind a port of its own.

use super::idp_node::Commands;
use super::{Outcome, program};
use crate::provider::free_port;
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Nobody waits longer for it to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running portal. Killed when dropped.
pub struct PortalProcess {
    /// Which one it is: `emic` or `elearn`.
    pub key: &'static str,
    /// Where browsers find it: `http://localhost:PORT`.
    pub base: String,
    log: PathBuf,
    child: Child,
}

impl PortalProcess {
    /// Registers it at the provider, as a trusted client named after its port, and starts it. `folder` takes its secret, its
    /// state and its log.
    ///
    /// # Errors
    /// When it is refused or does not listen.
    pub async fn start(commands: &Commands, folder: &Path, key: &'static str, issuer: &str) -> Outcome<Self> {
        let port = free_port()?;
        let (client_id, base) = (format!("{key}-{port}"), format!("http://localhost:{port}"));
        let file = |what: &str| folder.join(format!("{client_id}.{what}"));
        let secret = file("secret").display().to_string();
        let algorithm = if key == "emic" { "ES256" } else { "RS256" };
        let redirect_uri = format!("{base}/callback");
        let add = ["clients", "add", &client_id, "--name", key, "--redirect-uri", &redirect_uri, "--trusted"];
        let scope = ["--scope", "openid profile email identity", "--id-token-signed-response-alg", algorithm];
        let grants = ["--grant-type", "authorization_code", "--grant-type", "refresh_token", "--secret-file", &secret];
        commands.run(&add.into_iter().chain(scope).chain(grants).collect::<Vec<_>>()).await?;
        let mut command = Command::new(program::find("relying-party-example", "PORTAL_PROGRAM")?);
        command.args(["--portal", key, "--issuer", issuer, "--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--client-id", &client_id, "--client-secret-file", &secret, "--state-file"]);
        let (log, out) = (file("log"), File::create(file("log"))?);
        command.arg(file("db")).env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(out);
        let portal = Self { key, base, log, child: command.spawn()? };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listens = async {
            while TcpStream::connect(address).is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let patient = tokio::time::timeout(PATIENCE, listens).await;
        patient.map_err(|_| format!("the portal {key} does not listen: {}", portal.words()))?;
        Ok(portal)
    }

    /// What it had to say so far.
    pub fn words(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for PortalProcess {
    fn drop(&mut self) {
        // Whoever drops it has no use for the reason why it was gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
