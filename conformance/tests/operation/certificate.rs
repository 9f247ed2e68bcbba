//! The certificate is renewed while the server runs.

use crate::support::{Certificate, LIVEZ, status};
use conformance::Provider;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Takes whatever certificate is shown.
#[derive(Debug)]
struct Anything(rustls::crypto::CryptoProvider);

impl rustls::client::danger::ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &rustls::pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &rustls::pki_types::CertificateDer<'_>,
        signed: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

pub async fn handshake(provider: &Provider, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
    let ring = rustls::crypto::ring::default_provider();
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::new(ring.clone())).with_safe_default_protocol_versions();
    let builder = builder.unwrap().dangerous().with_custom_certificate_verifier(Arc::new(Anything(ring)));
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let stream = TcpStream::connect(provider.settings.server.listen).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

async fn shown(provider: &Provider) -> Vec<u8> {
    let stream = handshake(provider, &[]).await;
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

async fn is_shown_soon(provider: &Provider, certificate: &[u8]) {
    for _ in 0..100 {
        if shown(provider).await == certificate {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the new certificate is not shown");
}

async fn still_answers(stream: &mut TlsStream<TcpStream>) {
    stream.write_all(LIVEZ).await.unwrap();
    assert_eq!(status(stream).await, Some(200));
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_within_seconds_and_old_connections_go_on() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(None)).await.unwrap();
    assert_eq!(shown(&provider).await, certificate.der);
    let mut old = handshake(&provider, &[]).await;
    still_answers(&mut old).await;
    let renewed = certificate.renew(rcgen::date_time_ymd(2091, 1, 1));
    is_shown_soon(&provider, &renewed).await;
    still_answers(&mut old).await;
}

#[tokio::test]
async fn a_pair_that_does_not_fit_is_not_used_and_the_next_good_one_is() {
    let certificate = Certificate::new();
    let provider = Provider::start_with(certificate.options(None)).await.unwrap();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let breaks: [(&str, &dyn Fn()); 4] = [
        ("another's key", &|| certificate.write("key.pem", &other)),
        ("no certificate", &|| certificate.write("certificate.pem", "nothing")),
        ("gone", &|| std::fs::remove_file(certificate.pair().0).unwrap()),
        ("expired", &|| drop(certificate.renew(rcgen::date_time_ymd(2020, 1, 1)))),
    ];
    for (what, break_it) in breaks {
        break_it();
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(shown(&provider).await, certificate.der, "{what}");
    }
    let renewed = certificate.renew(rcgen::date_time_ymd(2091, 1, 1));
    is_shown_soon(&provider, &renewed).await;
}
