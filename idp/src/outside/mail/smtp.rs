//! A mail server, spoken to by SMTP (RFC 5321), with TLS from the first byte or by STARTTLS (RFC 3207).

use super::NotSent;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// For a connection and for each answer.
const ANSWER: Duration = Duration::from_secs(15);
/// For a whole delivery; shorter than a lease.
const DELIVERY: Duration = Duration::from_secs(60);
/// The longest words of a server that are kept.
const LONGEST_WORDS: usize = 300;

/// A mail server. Cheap to clone.
#[derive(Clone)]
pub struct SmtpServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    shown: String,
}

impl std::fmt::Debug for SmtpServer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("SmtpServer").field(&self.shown).finish()
    }
}

impl SmtpServer {
    /// * `url`: `smtp://[USER@]HOST[:PORT]` (STARTTLS; port 587), `smtps://…` (TLS from the first byte; port 465).
    /// * `plain`: whether `smtp://` goes without TLS.
    /// * `hello`: what we call ourselves (RFC 5321 §4.1.1.1).
    ///
    /// # Errors
    /// In words, when it is no such address or a certificate cannot be read.
    pub fn new(
        url: &Url,
        password: Option<Zeroizing<String>>,
        extra_ca_pem: Option<&[u8]>,
        (plain, hello): (bool, &str),
    ) -> Result<Self, String> {
        let host = url.host_str().ok_or("names no host")?.trim_matches(['[', ']']);
        let tls = || -> Result<TlsParameters, String> {
            let mut builder = TlsParameters::builder(host.to_owned());
            if let Some(pem) = extra_ca_pem {
                let certificate = Certificate::from_pem(pem).map_err(|why| why.to_string())?;
                builder = builder.add_root_certificate(certificate);
            }
            builder.build_rustls().map_err(|why| why.to_string())
        };
        let (tls, port) = match url.scheme() {
            "smtps" => (Tls::Wrapper(tls()?), 465),
            _ if plain => (Tls::None, 25),
            _ => (Tls::Required(tls()?), 587),
        };
        let port = url.port().unwrap_or(port);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(ANSWER));
        if let Some(password) = password {
            let user = percent_decoded(url.username())?;
            builder = builder.credentials(Credentials::new(user, password.to_string()));
        }
        Ok(Self { transport: builder.build(), shown: format!("{host}:{port}") })
    }

    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<String, NotSent> {
        let sending = self.transport.send_raw(envelope, mail);
        match tokio::time::timeout(DELIVERY, sending).await {
            Err(_) => Err(NotSent::Later("the mail server did not take it in time".into())),
            Ok(Ok(response)) => Ok(words(&response.message().collect::<Vec<_>>().join(" "))),
            Ok(Err(error)) => Err(judge(&error)),
        }
    }
}

/// RFC 5321 §4.2.1: 5yz is for ever, 4yz may pass. What the server says of how we authenticate is our operator's to mend, and no
/// word about the recipient.
fn judge(error: &Error) -> NotSent {
    let said = words(&chain(error));
    let ours = |code: u16| matches!(code, 530 | 534 | 535 | 538 | 500..=504);
    let code = error.status().map(u16::from);
    match code {
        Some(code) if error.is_permanent() && !ours(code) => NotSent::Refused(said),
        _ => NotSent::Later(said),
    }
}

/// The words of an error and of what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| {
        let cause = cause.to_string();
        if said.contains(&cause) { said } else { format!("{said}: {cause}") }
    })
}

fn words(said: &str) -> String {
    idp_core::shown_text::one_line(&said.chars().take(LONGEST_WORDS).collect::<String>())
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| "its user is no text".to_owned())
}
