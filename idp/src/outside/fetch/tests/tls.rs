//! Whose certificate is accepted.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::support::{allowing, ok, read_request, url};
use crate::outside::fetch::{Fetch, FetchError, FetchSettings, FetchSettingsError};

fn new_authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A TLS server on loopback that says hello, with a certificate of `authority` (or one signed by itself) for `name`.
async fn serve_tls(authority: Option<&CertifiedIssuer<'static, KeyPair>>, name: &str) -> Url {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = match authority {
        Some(authority) => params.signed_by(&key, authority).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = url(&format!("https://localhost:{}/", listener.local_addr().unwrap().port()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            if read_request(&mut stream).await.is_some() {
                drop(stream.write_all(ok("hello").as_bytes()).await);
                drop(stream.shutdown().await);
            }
        }
    });
    address
}

fn fetch_trusting(pem: Option<String>) -> Fetch {
    let extra_ca_pem = pem.map(String::into_bytes);
    Fetch::new(FetchSettings { extra_ca_pem, ..allowing(&["localhost"]) }).unwrap()
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_and_of_an_extra_one_accepted() {
    let (authority, stranger) = (new_authority(), new_authority());
    let address = serve_tls(Some(&authority), "localhost").await;
    for trusted in [None, Some(stranger.pem())] {
        let refusal = fetch_trusting(trusted).get(&address).await.unwrap_err();
        assert!(matches!(refusal, FetchError::Tls(_)), "{refusal:?}");
        assert!(
            refusal.detail().is_some_and(|detail| detail.contains("invalid peer certificate")),
            "{:?}",
            refusal.detail()
        );
    }
    let both = format!("{}\n{}", stranger.pem(), authority.pem());
    for trusted in [authority.pem(), both] {
        assert_eq!(fetch_trusting(Some(trusted)).get(&address).await.unwrap().body, "hello");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let address = serve_tls(None, "localhost").await;
    let refusal = fetch_trusting(None).get(&address).await.unwrap_err();
    assert!(matches!(refusal, FetchError::Tls(_)), "{refusal:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = new_authority();
    let address = serve_tls(Some(&authority), "portal.example").await;
    let refusal = fetch_trusting(Some(authority.pem())).get(&address).await.unwrap_err();
    assert!(matches!(refusal, FetchError::Tls(_)), "{refusal:?}");
}

#[test]
fn extra_certificates_that_cannot_be_read_are_refused() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n***", broken] {
        let settings = FetchSettings { extra_ca_pem: Some(pem.into()), ..FetchSettings::default() };
        let refusal = Fetch::new(settings).map(|_| ());
        assert!(
            matches!(refusal, Err(FetchSettingsError::ExtraCa | FetchSettingsError::Client(_))),
            "{pem}: {refusal:?}"
        );
    }
}
