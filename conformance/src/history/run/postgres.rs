//! A PostgreSQL of a test's own: killed, started again, frozen.

use crate::provider::free_port;
use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A PostgreSQL server. Stopped when dropped.
pub struct PostgresServer {
    folder: TempDir,
    port: u16,
}

impl PostgresServer {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start() -> Outcome<Self> {
        let server = Self { folder: tempfile::tempdir()?, port: free_port()? };
        // PostgreSQL refuses to run as root: its folder has to let another user in.
        std::fs::set_permissions(server.folder.path(), std::fs::Permissions::from_mode(0o711))?;
        let data = server.data();
        std::fs::create_dir(&data)?;
        if is_root()? {
            run(Command::new("chown").arg("postgres:").arg(&data))?;
        }
        let options = ["--username=tester", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        run(as_postgres(&program("initdb")?)?.arg("--pgdata").arg(&data).args(options))?;
        server.start_again()?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// As `database.url` names it.
    pub fn url(&self) -> String {
        format!("postgres://tester@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it after it was killed, on the same port and data, and waits until it answers.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_again(&self) -> Outcome<()> {
        // What a process wrote outlives the process without a sync; only the machine's end would need one.
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= -c fsync=off -c max_connections=200",
            self.port
        );
        self.control(&["-w", "-o", &options, "start"])
    }

    /// Kills it with every connection, as a crash does; it recovers at the next start.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> Outcome<()> {
        self.control(&["-m", "immediate", "-w", "stop"])
    }

    /// SIGSTOP to all its processes: connections stay, and nobody answers on them.
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
        let pid_file = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let pid = pid_file.lines().next().ok_or("a pid")?.to_owned();
        // The first process first: it starts no more of them then.
        run(Command::new("kill").args([&format!("-{name}"), &pid]))?;
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &pid]).output()?.stdout;
        for child in String::from_utf8(children)?.split_whitespace() {
            // It may have ended since.
            let _ = Command::new("kill").args([&format!("-{name}"), child]).stderr(Stdio::null()).status();
        }
        Ok(())
    }

    fn control(&self, arguments: &[&str]) -> Outcome<()> {
        let mut command = as_postgres(&program("pg_ctl")?)?;
        // The server inherits what pg_ctl writes to: nobody must wait for its end.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.arg("--pgdata").arg(self.data()).arg("--log").arg(self.data().join("log"));
        let done = command.args(arguments).status()?;
        if done.success() { Ok(()) } else { Err(format!("pg_ctl {}: {done}", arguments.join(" ")).into()) }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Whoever drops it has no use for the reason why it was gone already, or frozen.
        let _ = self.thaw();
        let _ = self.kill();
    }
}

/// Debian keeps PostgreSQL's own programs aside.
fn program(name: &str) -> Outcome<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let aside = versions.map(|version| version.path().join("bin"));
    let mut found = std::env::split_paths(&path).chain(aside).map(|folder| folder.join(name));
    found.find(|program| program.is_file()).ok_or_else(|| format!("{name} is not installed").into())
}

fn is_root() -> Outcome<bool> {
    Ok(Command::new("id").arg("-u").output()?.stdout.trim_ascii() == b"0")
}

fn as_postgres(program: &Path) -> Outcome<Command> {
    let mut command = if is_root()? {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    Ok(command)
}

fn run(command: &mut Command) -> Outcome<()> {
    let done = command.stdin(Stdio::null()).output()?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr)).into()),
    }
}
