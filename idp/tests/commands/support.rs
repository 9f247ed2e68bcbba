//! A folder with a database of its own, and the binary run in it.

use crate::database::Database;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// A set-up folder, copied for each test: making RSA keys takes its time.
static TEMPLATE: OnceLock<Idp> = OnceLock::new();

/// What the binary left behind.
#[derive(Debug)]
pub struct Ran {
    pub ok: bool,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { ok: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A folder in which `idp` runs.
pub struct Idp {
    folder: TempDir,
    database: Database,
    environment: Vec<(String, String)>,
}

impl Idp {
    /// Nothing is set up.
    pub fn empty() -> Self {
        Self::on(Database::empty())
    }

    /// The same, and its records will be in a file, wherever those of other tests are.
    pub fn with_a_file() -> Self {
        Self::on(Database::File)
    }

    fn on(database: Database) -> Self {
        let cheap = [("IDP__PASSWORDS__ARGON2_MEMORY_KIB", "7168"), ("IDP__PASSWORDS__ARGON2_PASSES", "1")];
        let cheap = cheap.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = cheap.into_iter().chain(database.settings()).collect();
        Self { folder: tempfile::tempdir().unwrap(), database, environment }
    }

    /// Whether its records are on a server.
    pub fn is_on_a_server(&self) -> bool {
        self.database.is_on_a_server()
    }

    /// Database, master key and signing keys are there.
    pub fn new() -> Self {
        let template = TEMPLATE.get_or_init(|| {
            let idp = Self::empty();
            idp.done(&["keys", "init"]);
            idp
        });
        let idp = Self::on(template.database.copied());
        for file in std::fs::read_dir(template.folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), idp.path(file.file_name().to_str().unwrap())).unwrap();
        }
        idp
    }

    /// With one more variable in the environment.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, readable by its owner alone.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
        self.set_mode(name, 0o600);
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn mode(&self, name: &str) -> u32 {
        std::fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idp"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("IDP__") || name == "IDP_CONFIG") {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments).envs(self.environment.iter().cloned());
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs it with something on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// What it says when it does what is asked.
    pub fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert!(ran.ok, "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// The same as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        serde_json::from_str(&self.done(&all)).unwrap()
    }

    /// What it says when it does not.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert!(!ran.ok && ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {ran:?}");
        ran.stderr
    }

    /// An account with the password `abcd1234`.
    pub fn add_account(&self, account: &str) {
        self.write("pw.txt", "abcd1234\n");
        self.done(&["accounts", "add", account, "--password-file", "pw.txt", "--name", "林大勇"]);
    }

    /// A client with its secret in the file `ID.secret`.
    pub fn add_client(&self, id: &str) {
        let secret = format!("{id}.secret");
        let uri = "http://localhost:1/callback";
        self.done(&["clients", "add", id, "--name", id, "--redirect-uri", uri, "--secret-file", &secret]);
    }

    /// Runs SQL behind the program's back.
    pub fn sql(&self, text: &str) {
        self.database.sql(&self.path("idp.db"), text);
    }

    /// Text as bytes, in the words of its database.
    pub fn bytes_of(&self, text: &str) -> String {
        if self.is_on_a_server() { format!("convert_to('{text}', 'UTF8')") } else { format!("CAST('{text}' AS BLOB)") }
    }

    /// How many rows there are: a table, and what they have to be.
    pub fn count(&self, rows: &str) -> i64 {
        self.database.count(&self.path("idp.db"), rows)
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap().local_addr().unwrap().port()
}

/// `idp serve`, until it is dropped.
pub struct Serving {
    pub issuer: String,
    pub child: Child,
    pub log: Receiver<Value>,
}

impl Serving {
    /// Starts it and waits until it says that it serves.
    pub fn start(idp: &Idp) -> Self {
        Self::start_by(idp.command(&["serve"]), "http", |_| {})
    }

    /// The same by a command of the test's own; shows each line of the log until then.
    pub fn start_by(mut command: Command, scheme: &str, mut watch: impl FnMut(&Value)) -> Self {
        let port = free_port();
        let issuer = format!("{scheme}://localhost:{port}");
        command.env("IDP__SERVER__ISSUER", &issuer).env("IDP__SERVER__LISTEN", format!("127.0.0.1:{port}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, log) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let serving = Self { issuer, child, log };
        serving.logged(|line| {
            watch(line);
            line["message"] == "serving"
        });
        serving
    }

    /// The first line that fits, waiting for it.
    pub fn logged(&self, mut fits: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let line = self.log.recv_timeout(Duration::from_secs(20)).expect("the line was never logged");
            if fits(&line) {
                return line;
            }
        }
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        http().get(format!("{}{path}", self.issuer)).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a browser in a test, not the provider")]
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

/// Asks every few milliseconds until it is so, for two seconds at most: as soon as a change has to reach a running server.
pub async fn within_two_seconds(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within two seconds: {what}");
}

/// The value of a hidden field in a page.
pub fn field(page: &str, name: &str) -> String {
    let tag = format!("name=\"{name}\" value=\"");
    page.split_once(&tag).unwrap_or_else(|| panic!("no field {name}: {page}")).1.split('"').next().unwrap().to_owned()
}

/// Whether any file of the folder holds the text.
pub fn any_file_holds(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}
