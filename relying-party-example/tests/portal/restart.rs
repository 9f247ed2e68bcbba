//! The program is killed and started again, as a power cut does it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use relying_party_example::Clock;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use crate::CLIENT_SECRET;
use crate::backchannel_logout::{claims, header};
use crate::browser::{Browser, text};
use crate::provider::{Lost, Provider};

/// The program `relying-party-example`, with its files and its port.
struct Program {
    provider: Provider,
    browser: Browser,
    address: SocketAddr,
    folder: TempDir,
    running: Option<Child>,
}

impl Program {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), CLIENT_SECRET).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let provider = Provider::start(Clock::default()).await;
        let browser = Browser::new(format!("http://{address}"));
        let mut program = Self { provider, browser, address, folder, running: None };
        program.start_again().await;
        program
    }

    fn command(&self, state_file: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relying-party-example"));
        command
            .args(["--portal", "emic", "--client-id", "the-portal", "--issuer", self.provider.issuer()])
            .args(["--listen", &self.address.to_string(), "--base-url", &format!("http://{}", self.address)])
            .arg("--client-secret-file")
            .arg(self.folder.path().join("secret"))
            .arg("--state-file")
            .arg(state_file)
            .stderr(Stdio::null());
        command
    }

    async fn start_again(&mut self) {
        let running = self.command(&self.folder.path().join("portal.db")).spawn().unwrap();
        self.running = Some(running);
        for _ in 0..500 {
            if TcpStream::connect(self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the portal does not answer");
    }

    /// SIGKILL: nothing is finished, nothing is written any more.
    fn kill(&mut self) {
        let mut running = self.running.take().unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
    }

    async fn sign_in(&self) {
        let back = self.provider.authorize(self.browser.get("/sign-in").await.location());
        assert_eq!(self.browser.get(&back).await.location(), "/");
        assert!(self.is_signed_in().await);
    }

    async fn is_signed_in(&self) -> bool {
        self.browser.get("/").await.body.contains("id=\"sign-out\"")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.kill();
            let _ = running.wait();
        }
    }
}

#[tokio::test]
async fn a_person_is_still_signed_in_after_the_portal_was_killed() {
    let mut portal = Program::start().await;
    portal.sign_in().await;
    let before = portal.browser.get("/").await.body;
    for _ in 0..3 {
        portal.kill();
        portal.start_again().await;
        let after = portal.browser.get("/").await.body;
        for id in ["person-name", "identity-type", "agency-name", "agency-oid"] {
            assert!(text(&before, id).is_some());
            assert_eq!(text(&before, id), text(&after, id));
        }
    }
    // The form of a page that was open all the while still signs out.
    let form = [("form_token", crate::browser::form_token(&before))];
    assert!(portal.browser.post("/sign-out", &form).await.location().starts_with(portal.provider.issuer()));
    portal.kill();
    portal.start_again().await;
    assert!(!portal.is_signed_in().await);
}

#[tokio::test]
async fn a_sign_in_and_a_sign_out_begun_before_the_portal_was_killed_end_after_it() {
    let mut portal = Program::start().await;
    let asked = portal.browser.get("/sign-in").await;
    portal.kill();
    portal.start_again().await;
    let back = portal.provider.authorize(asked.location());
    assert_eq!(portal.browser.get(&back).await.location(), "/");
    let page = portal.browser.get("/").await.body;
    let form = [("form_token", crate::browser::form_token(&page))];
    let asked = portal.browser.post("/sign-out", &form).await;
    let state = asked.location().split("state=").nth(1).unwrap().to_owned();
    portal.kill();
    portal.start_again().await;
    assert_eq!(portal.browser.get(&format!("/signed-out?state={state}")).await.status, 200);
    assert_eq!(portal.provider.mood(|mood| mood.token_requests), 1);
}

#[tokio::test]
async fn a_logout_token_that_was_acknowledged_is_in_force_after_a_kill_and_is_not_taken_again() {
    let mut portal = Program::start().await;
    for round in 0..5 {
        portal.sign_in().await;
        let mut claims = claims(&portal.provider);
        claims["jti"] = format!("token-{round}").into();
        claims.as_object_mut().unwrap().remove("sid");
        let token = portal.provider.sign(header(), &claims);
        let told = portal.browser.another().post("/backchannel-logout", &[("logout_token", &token)]).await;
        portal.kill();
        assert_eq!(told.status, 200);
        portal.start_again().await;
        let page = portal.browser.get("/").await.body;
        assert!(page.contains("您已經登出") && !page.contains("id=\"sign-out\""));
        portal.sign_in().await;
        let again = portal.browser.another().post("/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(again.status, 400);
        assert!(portal.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_session_that_was_ended_while_its_sign_in_was_on_the_way_does_not_begin_after_a_kill() {
    let mut portal = Program::start().await;
    let back = portal.provider.authorize(portal.browser.get("/sign-in").await.location());
    let token = portal.provider.sign(header(), &claims(&portal.provider));
    let told = portal.browser.another().post("/backchannel-logout", &[("logout_token", &token)]).await;
    assert_eq!(told.status, 200);
    portal.kill();
    portal.start_again().await;
    assert!(portal.browser.get(&back).await.location().starts_with(portal.provider.issuer()));
    assert!(!portal.is_signed_in().await);
}

#[tokio::test]
async fn if_the_portal_is_killed_while_a_code_is_redeemed_the_sign_in_begins_again_by_itself() {
    let mut portal = Program::start().await;
    portal.provider.mood(|mood| mood.lose = [Lost::Silence].into());
    let back = portal.provider.authorize(portal.browser.get("/sign-in").await.location());
    let address = format!("http://{}", portal.address);
    assert!(back.starts_with(&address));
    portal.killed_during(&back).await;
    // The person presses «reload».
    let again = portal.browser.get(&back).await;
    let back = portal.provider.authorize(again.location());
    assert_eq!(portal.browser.get(&back).await.location(), "/");
    assert!(portal.is_signed_in().await);
}

#[tokio::test]
async fn if_the_portal_is_killed_during_a_refresh_the_person_comes_back_through_the_provider() {
    let mut portal = Program::start().await;
    portal.provider.mood(|mood| mood.expires_in = 0);
    let back = portal.provider.authorize(portal.browser.get("/sign-in").await.location());
    portal.browser.get(&back).await;
    portal.provider.mood(|mood| mood.lose = [Lost::Silence].into());
    portal.killed_during("/").await;
    portal.provider.mood(|mood| mood.expires_in = 600);
    let page = portal.browser.get("/").await;
    let back = portal.provider.authorize(page.location());
    assert_eq!(portal.browser.get(&back).await.location(), "/");
    assert!(portal.is_signed_in().await);
}

impl Program {
    /// Opens a page that makes a token request, kills the portal while that is under way, and starts it again.
    async fn killed_during(&mut self, page: &str) {
        let before = self.provider.mood(|mood| mood.token_requests);
        let browser = self.browser.same();
        let page = page.to_owned();
        let waiting = tokio::spawn(async move { browser.try_get(&page).await.is_err() });
        while self.provider.mood(|mood| mood.token_requests) == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The request has been counted; let the provider take it, too.
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.kill();
        assert!(waiting.await.unwrap(), "the browser gets no answer");
        self.start_again().await;
    }
}

#[tokio::test]
async fn a_file_is_one_portals_alone_and_belongs_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let portal = Program::start().await;
    let file = portal.folder.path().join("portal.db");
    for name in ["portal.db", "portal.db-wal"] {
        let mode = std::fs::metadata(portal.folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let said = |file: &Path| {
        let output = portal.command(file).stderr(Stdio::piped()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said(&file).contains("another portal runs with it"), "{}", said(&file));
    let text = portal.folder.path().join("text");
    std::fs::write(&text, "This is no database, but a text of some length. ".repeat(100)).unwrap();
    assert!(said(&text).contains("chmod 600"), "{}", said(&text));
    std::fs::set_permissions(&text, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(said(&text).contains("move it away") && !said(&text).contains("chmod"), "{}", said(&text));
    let link = portal.folder.path().join("link");
    std::os::unix::fs::symlink(portal.folder.path().join("elsewhere"), &link).unwrap();
    assert!(said(&link).contains("link"), "{}", said(&link));
    assert!(!portal.folder.path().join("elsewhere").exists(), "made where a link leads, for everybody to read");
    assert!(said(&portal.folder.path().join("nowhere/portal.db")).contains("nowhere"));
}

#[tokio::test]
async fn who_reads_the_file_cannot_be_anybody_with_it() {
    let mut portal = Program::start().await;
    portal.sign_in().await;
    let cookie = portal.browser.cookie("emic_session").unwrap();
    portal.kill();
    for name in ["portal.db", "portal.db-wal"] {
        let bytes = std::fs::read(portal.folder.path().join(name)).unwrap();
        let holds = |what: &str| bytes.windows(what.len()).any(|window| window == what.as_bytes());
        assert!(!holds(&cookie), "the session id in {name}");
        assert!(!holds(CLIENT_SECRET), "the client secret in {name}");
    }
}
