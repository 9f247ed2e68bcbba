//! An nginx of a test's own, as the balancer before several nodes.

pub use super::nginx_log::Passed;
use super::{Outcome, nginx_log, signal};
use crate::provider::free_port;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Nobody waits longer for it to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A balancer. Stopped when dropped.
pub struct Nginx {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Nginx {
    /// A balancer on a free port of this machine; not started yet.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn new() -> Outcome<Self> {
        Ok(Self { folder: tempfile::tempdir()?, port: free_port()?, child: None })
    }

    /// `http://localhost:PORT`.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Starts it before these nodes.
    ///
    /// # Errors
    /// When it does not listen.
    pub async fn start(&mut self, nodes: &[SocketAddr]) -> Outcome<()> {
        let configuration = self.file();
        std::fs::write(&configuration, self.configuration(nodes))?;
        let folder = self.folder.path();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&configuration).arg("-e").arg(folder.join("error.log"));
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let listens = async {
            while TcpStream::connect(address).is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, listens).await.map_err(|_| "nginx does not listen".into())
    }

    /// Stands before these nodes from now on; requests under way are finished as they were begun.
    ///
    /// # Errors
    /// When it does not run.
    pub fn change(&self, nodes: &[SocketAddr]) -> Outcome<()> {
        std::fs::write(self.file(), self.configuration(nodes))?;
        signal("HUP", self.child.as_ref().ok_or("nginx does not run")?.id())
    }

    /// Every request that was answered up to now.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn passed(&self) -> Outcome<Vec<Passed>> {
        Ok(nginx_log::read(&self.folder.path().join("access.log"))?)
    }

    /// Waits until it gives requests to a node again that it left alone. There must be requests.
    ///
    /// # Errors
    /// When its log cannot be read, or it does not.
    pub async fn asks_again(&self, node: SocketAddr) -> Outcome<()> {
        let (known, node) = (self.passed()?.len(), node.to_string());
        let asks = async {
            while !self.passed()?.get(known..).unwrap_or_default().iter().any(|request| request.node == node) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, asks).await.map_err(|_| "nginx does not ask the node again")?
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("nginx.conf")
    }

    /// Round robin, as the example of the documents. A node that fails is left alone for a second. What failed is given to the
    /// next node if it is a GET or the form of a page; any other POST only if it did not reach the first, as nginx does by itself:
    /// nobody repeats an unanswered token request.
    fn configuration(&self, nodes: &[SocketAddr]) -> String {
        let (folder, port) = (self.folder.path().display(), self.port);
        let server = |node: &SocketAddr| format!("        server {node} max_fails=1 fail_timeout=1s;\n");
        let servers: String = nodes.iter().map(server).collect();
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = paths.map(|path| format!("    {path}_temp_path {folder}/{path};\n")).concat();
        let format = nginx_log::FORMAT;
        format!(
            "daemon off;
user root;
worker_processes 1;
pid {folder}/pid;
events {{ worker_connections 4096; }}
http {{
    log_format passed '{format}';
    access_log {folder}/access.log passed;
{temporary}    upstream idp {{
{servers}        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection \"\";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_connect_timeout 1s;
        proxy_read_timeout 15s;
        proxy_next_upstream error timeout;
        location / {{ proxy_pass http://idp; }}
        location ~ ^/(sign-in|consent|language|connect/authorize|connect/end_session(/confirm)?)$ {{
            proxy_pass http://idp;
            proxy_next_upstream error timeout non_idempotent;
        }}
    }}
}}
"
        )
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Its worker ends with it only if it is asked to.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }
}
