//! One mail over one connection (RFC 5321 §3.3).
//!
//! What became of it is decided by the server's answer, and a connection is left when that is known: a server that took a mail and
//! is slow at QUIT would get it again and again otherwise.

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use std::time::Duration;
use tokio::time::timeout;

/// For a connection to one of the server's addresses.
const CONNECT: Duration = Duration::from_secs(15);
/// For a farewell (RFC 5321 §4.1.1.10), which nobody needs.
const FAREWELL: Duration = Duration::from_secs(1);

/// A server, and how it is spoken to.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) hello: ClientId,
    pub(super) credentials: Option<Credentials>,
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Untaken {
    /// RFC 6531 §3.2: an address of other letters than those of ASCII, and a server that knows none.
    #[error("the mail server takes no addresses of other letters than those of ASCII")]
    OtherLetters,
    /// RFC 6152 §3.
    #[error("the mail server takes no mail of eight bits")]
    EightBits,
    /// The time was over.
    #[error("the mail server did not take it in time")]
    TooLate,
    /// The server said so, or could not be spoken to.
    #[error(transparent)]
    Smtp(#[from] Error),
}

impl Server {
    /// Hands a mail over. Gives what the server said to it.
    ///
    /// * `patience`: until that answer, however slowly the server speaks.
    pub(super) async fn deliver(
        &self,
        envelope: &Envelope,
        mail: &[u8],
        patience: Duration,
    ) -> Result<Response, Untaken> {
        let spoken = async {
            let mut connection = self.connect().await?;
            let said = hand_over(&mut connection, envelope, mail).await;
            Ok::<_, Untaken>((connection, said))
        };
        let (mut connection, said) = timeout(patience, spoken).await.map_err(|_| Untaken::TooLate)??;
        let _ = timeout(FAREWELL, connection.abort()).await;
        said
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let wrapper = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, wrapper, None);
        let mut connection = connecting.await?;
        if let Tls::Required(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// The mail, to the answer to its last line.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &[u8],
) -> Result<Response, Untaken> {
    let takes = |extension| connection.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    if !envelope.from().into_iter().chain(envelope.to()).all(is_ascii) {
        if !takes(Extension::SmtpUtfEight) {
            return Err(Untaken::OtherLetters);
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !mail.is_ascii() {
        if !takes(Extension::EightBitMime) {
            return Err(Untaken::EightBits);
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
    }
    connection.command(Data).await?;
    Ok(connection.message(mail).await?)
}

#[cfg(test)]
mod tests;
