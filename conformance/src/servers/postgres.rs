//! A PostgreSQL of its own for tests that stop, freeze, kill or fill one.

use super::authority::certify;
use super::{Outcome, send};
use crate::provider::free_port;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Nobody waits longer until a setting is in force.
const PATIENCE: Duration = Duration::from_secs(20);

/// The role of its databases.
const ROLE: &str = "tester";
/// Of that role. PostgreSQL asks for it only where TLS is on.
pub const PASSWORD: &str = "geheim-wie-nie";

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// `max_connections`. PostgreSQL keeps three of them for superusers, and the role of the tests is one: none are kept here.
    pub max_connections: u16,
    /// Whether it speaks TLS, with a certificate for `localhost` from an authority of its own, and asks for the password.
    pub tls: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { max_connections: 100, tls: false }
    }
}

/// A private server. Gone when dropped.
pub struct Postgres {
    folder: TempDir,
    port: u16,
    tls: bool,
    /// User and group that it runs as, where it refuses to run as ours.
    runs_as: Option<(u32, u32)>,
}

impl Postgres {
    /// Sets one up in a temporary folder and starts it.
    ///
    /// # Errors
    /// When the programs of PostgreSQL are not installed, or it does not start.
    pub fn start_new(options: &PostgresOptions) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
        let server = Self { port: free_port()?, tls: options.tls, runs_as: runs_as()?, folder };
        std::fs::create_dir(server.data())?;
        server.give(&server.data())?;
        let data = server.data().display().to_string();
        server
            .run("initdb", &["-D", &data, "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])?;
        server.configure(options)?;
        server.start()?;
        Ok(server)
    }

    fn configure(&self, options: &PostgresOptions) -> Outcome<()> {
        // What a process wrote outlives the process without a sync; only the machine's end would need one.
        let mut settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nmax_connections = {}\n\
             superuser_reserved_connections = 0\nfsync = off\n",
            self.port, options.max_connections
        );
        if self.tls {
            self.certify()?;
            settings.push_str("ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n");
            let rule = "hostssl all all 127.0.0.1/32 scram-sha-256\nhostnossl all all 127.0.0.1/32 trust\n";
            std::fs::write(self.data().join("pg_hba.conf"), rule)?;
        }
        let file = self.data().join("postgresql.auto.conf");
        std::fs::write(&file, settings)?;
        self.give(&file)
    }

    fn certify(&self) -> Outcome<()> {
        let made = certify()?;
        std::fs::write(self.ca_file(), made.authority)?;
        for (name, contents) in [("server.pem", made.certificate), ("server.key", made.key)] {
            let path = self.data().join(name);
            std::fs::write(&path, contents)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            self.give(&path)?;
        }
        Ok(())
    }

    /// The authority of its certificate, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// `postgres://ROLE@127.0.0.1:PORT/NAME`.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// By the name in its certificate: `postgres://ROLE@localhost:PORT/NAME?sslmode=verify-full`.
    pub fn tls_url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@localhost:{}/{database}?sslmode=verify-full", self.port)
    }

    /// Runs SQL on a database of it.
    ///
    /// # Errors
    /// What the server said.
    pub async fn sql(&self, database: &str, sql: &str) -> Outcome<()> {
        crate::database::run(&self.url(database), sql).await
    }

    /// What it wrote to its log since it was set up.
    ///
    /// # Errors
    /// When there is none.
    pub fn log(&self) -> Outcome<String> {
        Ok(std::fs::read_to_string(self.data().join("log"))?)
    }

    /// From now on every statement stands in its log ([`super::statements`]).
    ///
    /// # Errors
    /// What the server said.
    pub async fn log_statements(&self) -> Outcome<()> {
        self.sql("postgres", "ALTER SYSTEM SET log_statement = 'all'").await?;
        self.sql("postgres", "SELECT pg_reload_conf()").await?;
        // Its processes read that when they are told, or a little later.
        const PROBE: &str = "SELECT 'is it logged?'";
        let in_force = async {
            while !self.log()?.contains(PROBE) {
                self.sql("postgres", PROBE).await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, in_force).await.map_err(|_| "its log does not tell statements")?
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&self) -> Outcome<()> {
        let (data, log) = (self.data().display().to_string(), self.data().join("log").display().to_string());
        self.run("pg_ctl", &["-D", &data, "-l", &log, "-s", "-w", "-t", "60", "start"]).map_err(|why| {
            let words = std::fs::read_to_string(log).unwrap_or_default();
            format!("{why}: {words}").into()
        })
    }

    /// Stops it as an operator does (`fast`: connections are cut).
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> Outcome<()> {
        let data = self.data().display().to_string();
        self.run("pg_ctl", &["-D", &data, "-s", "-w", "-t", "60", "-m", "fast", "stop"])
    }

    /// SIGKILL to every process of it, as in a crash; it recovers at the next start.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> Outcome<()> {
        self.signal("KILL")?;
        let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
        Ok(())
    }

    /// A frozen machine: nothing answers, nothing is closed.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> Outcome<()> {
        self.signal("STOP")
    }

    /// It goes on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> Outcome<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> Outcome<()> {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let main: u32 = text.lines().next().unwrap_or_default().trim().parse()?;
        // Frozen, it starts no process that the list would lack.
        send("STOP", main)?;
        let children = children(main)?;
        send(name, main)?;
        // One that has just ended needs none.
        children.into_iter().try_for_each(|child| send(name, child).map(drop))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn give(&self, path: &Path) -> Outcome<()> {
        if let Some((user, group)) = self.runs_as {
            chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Outcome<()> {
        let path = find(program)?;
        let mut command = match self.runs_as {
            None => Command::new(path),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups"]).arg(path);
                command
            }
        };
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status()?;
        if status.success() { Ok(()) } else { Err(format!("{program}: {status}").into()) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Whoever drops it has no use for the reason why it was gone already.
        let _ = self.thaw();
        let data = self.data().display().to_string();
        let _ = self.run("pg_ctl", &["-D", &data, "-s", "-w", "-m", "immediate", "stop"]);
    }
}

/// Debian keeps PostgreSQL's own programs aside.
fn find(program: &str) -> Outcome<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let found = folders.into_iter().map(|folder| folder.join(program)).find(|path| path.is_file());
    found.ok_or_else(|| format!("{program} of PostgreSQL is not installed").into())
}

/// PostgreSQL refuses to run as root: it runs as the user `postgres` then.
fn runs_as() -> Outcome<Option<(u32, u32)>> {
    let id = |arguments: &[&str]| -> Outcome<u32> {
        let said = Command::new("id").args(arguments).output()?;
        Ok(String::from_utf8(said.stdout)?.trim().parse()?)
    };
    if id(&["-u"])? == 0 { Ok(Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))) } else { Ok(None) }
}

/// The processes that a process started.
fn children(of: u32) -> Outcome<Vec<u32>> {
    let listed = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children"));
    match listed {
        Ok(text) => Ok(text.split_whitespace().filter_map(|process| process.parse().ok()).collect()),
        Err(_) => {
            let said = Command::new("pgrep").args(["-P", &of.to_string()]).output()?;
            Ok(String::from_utf8(said.stdout)?.split_whitespace().filter_map(|process| process.parse().ok()).collect())
        }
    }
}
