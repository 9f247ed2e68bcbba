//! TLS by the provider itself.

use crate::sessions::cookies::set_cookies;
use crate::support::{Visitor, asked_by};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider, ProviderOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A certificate for localhost and its key, as an operator would have them.
struct Certificate {
    folder: TempDir,
}

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        set_mode(&folder.path().join("key.pem"), 0o600);
        Self { folder }
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn options(&self) -> ProviderOptions {
        let tls = Some((self.folder.path().join("certificate.pem"), self.key()));
        ProviderOptions { tls, ..ProviderOptions::default() }
    }
}

fn set_mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

async fn refusal(options: ProviderOptions) -> String {
    match Provider::start_with(options).await {
        Ok(_) => panic!("it started"),
        Err(why) => why.to_string(),
    }
}

#[tokio::test]
async fn a_person_signs_in_over_https_with_cookies_for_https_alone() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options()).await.unwrap();
    assert!(provider.issuer.starts_with("https://"));
    let mut visitor = Visitor::of(&provider);
    let page = visitor.get(&asked_by("emic", "http://localhost:1/callback")).await;
    let signed_in = visitor.guess(&page.field("interaction"), CIVIL_SERVANT, PASSWORD).await;
    let flags = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"].map(str::to_owned).to_vec();
    let known = ["HttpOnly", "Max-Age=15552000", "Path=/", "SameSite=Lax", "Secure"].map(str::to_owned).to_vec();
    let expected = [("browser", &flags), ("known", &known), ("session", &flags)];
    let expected = expected.map(|(name, flags)| (format!("__Host-idp_{name}"), flags.clone()));
    assert_eq!(set_cookies(&signed_in), expected);
    assert!(visitor.open(&signed_in.location().unwrap()).await.location().unwrap().contains("code="));
    assert_eq!(visitor.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn under_https_a_cookie_without_the_host_prefix_is_nobodys() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options()).await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await;
    let secret = visitor.cookie("__Host-idp_session");
    // Whoever controls a neighbouring host can set a cookie of this name for it.
    visitor.cookies = [("idp_session".to_owned(), secret)].into();
    assert_eq!(visitor.person().await, None);
}

#[tokio::test]
async fn plain_http_on_the_tls_port_gets_no_page_and_disturbs_nobody() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options()).await.unwrap();
    for said in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "", "\0\0\0\0"] {
        let mut stream = tokio::net::TcpStream::connect(provider.settings.server.listen).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A TLS alert, or the connection is closed.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/"), "{said:?} was answered in plain text");
    }
    assert_eq!(Visitor::of(&provider).get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_key_that_others_can_read_is_refused() {
    let certificate = Certificate::new();
    for mode in [0o640, 0o604, 0o660] {
        set_mode(&certificate.key(), mode);
        let why = refusal(certificate.options()).await;
        assert!(why.contains("server.tls_key_file") && why.contains("chmod 600"), "{mode:o}: {why}");
    }
}

#[tokio::test]
async fn a_certificate_or_key_that_is_none_is_refused_by_its_setting() {
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let wrong = |file: &str, contents: Option<&str>| {
        let path = other.folder.path().join(file);
        if let Some(contents) = contents {
            std::fs::write(&path, contents).unwrap();
            set_mode(&path, 0o600);
        }
        path
    };
    let (pem, key) = (certificate.folder.path().join("certificate.pem"), certificate.key());
    for (pair, setting) in [
        ((wrong("missing.pem", None), key.clone()), "server.tls_certificate_file"),
        ((wrong("empty.pem", Some("")), key.clone()), "server.tls_certificate_file"),
        ((pem.clone(), wrong("missing.key", None)), "server.tls_key_file"),
        ((pem.clone(), wrong("words.key", Some("no key"))), "server.tls_key_file"),
        ((pem, other.key()), "server.tls_certificate_file"),
    ] {
        let why = refusal(ProviderOptions { tls: Some(pair.clone()), ..ProviderOptions::default() }).await;
        assert!(why.contains(setting), "{pair:?}: {why}");
    }
}
