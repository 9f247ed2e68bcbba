//! The certificate of the running server, read anew on SIGHUP.

use crate::support::{Idp, Serving};
use reqwest::tls::TlsInfo;

const RENEWED: &str = "the TLS certificate was read anew";
const KEPT: &str = "the new TLS certificate cannot be used; the one in use stays";

/// Puts a pair in the place of the one that is there; gives the certificate.
fn renew(idp: &Idp) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    for (name, text) in [("key.pem", made.signing_key.serialize_pem()), ("certificate.pem", made.cert.pem())] {
        idp.write("new", text);
        std::fs::rename(idp.path("new"), idp.path(name)).unwrap();
    }
    made.cert.der().to_vec()
}

fn serve() -> (Idp, Serving, Vec<u8>) {
    let idp = Idp::new()
        .with("IDP__SERVER__TLS_CERTIFICATE_FILE", "certificate.pem")
        .with("IDP__SERVER__TLS_KEY_FILE", "key.pem");
    let first = renew(&idp);
    let serving = Serving::start_by(idp.command(&["serve"]), "https", |_| {});
    (idp, serving, first)
}

/// Keeps its connection open.
#[expect(clippy::disallowed_methods, reason = "a browser in a test, not the provider")]
fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().danger_accept_invalid_certs(true).tls_info(true).build().unwrap()
}

/// The certificate of the connection on which an answer came.
async fn shown(browser: &reqwest::Client, serving: &Serving) -> Vec<u8> {
    let answer = browser.get(format!("{}/livez", serving.issuer)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let certificate = answer.extensions().get::<TlsInfo>().unwrap().peer_certificate().unwrap().to_vec();
    answer.bytes().await.unwrap();
    certificate
}

#[tokio::test]
async fn on_sighup_new_connections_see_the_new_certificate_and_old_ones_go_on() {
    let (idp, serving, first) = serve();
    let old = browser();
    assert_eq!(shown(&old, &serving).await, first);
    // Nothing changed: it is the signal that is heard, not the change of a file.
    serving.signal("-HUP");
    serving.logged(|line| line["message"] == RENEWED);
    assert_eq!(shown(&browser(), &serving).await, first);
    let second = renew(&idp);
    serving.signal("-HUP");
    serving.logged(|line| line["message"] == RENEWED);
    assert_eq!(shown(&browser(), &serving).await, second);
    assert_eq!(shown(&old, &serving).await, first, "the old connection was not kept");
}

#[tokio::test]
async fn on_sighup_a_pair_that_is_no_good_is_named_and_the_one_in_use_stays() {
    let (idp, serving, first) = serve();
    idp.write("certificate.pem", "no certificate");
    serving.signal("-HUP");
    let line = serving.logged(|line| line["message"] == KEPT);
    assert!(line["level"] == "ERROR" && line["why"].as_str().unwrap().contains("certificate.pem"), "{line}");
    assert_eq!(shown(&browser(), &serving).await, first);
    renew(&idp);
    idp.set_mode("key.pem", 0o644);
    serving.signal("-HUP");
    serving.logged(|line| line["message"] == KEPT && line["why"].as_str().unwrap().contains("chmod 600"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewals_and_signals_in_a_race_never_leave_a_handshake_without_a_pair_that_fits() {
    let (idp, serving, _) = serve();
    let mut last = Vec::new();
    for _ in 0..15 {
        last = renew(&idp);
        serving.signal("-HUP");
        serving.signal("-HUP");
        for _ in 0..3 {
            // A certificate with another's key would end the handshake.
            shown(&browser(), &serving).await;
        }
    }
    for _ in 0..200 {
        if shown(&browser(), &serving).await == last {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the last certificate is not the one in use");
}
