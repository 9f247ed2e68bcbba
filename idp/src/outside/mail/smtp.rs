//! A mail server, spoken to by SMTP (RFC 5321), with TLS from the first byte or by STARTTLS (RFC 3207).

mod delivery;

use crate::outside::not_sent::NotSent;
use delivery::{Server, Untaken};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// The longest words of a server that are kept.
const LONGEST_WORDS: usize = 300;

/// A mail server. Cheap to clone.
#[derive(Clone)]
pub struct SmtpServer {
    server: Arc<Server>,
    pub(super) patience: Duration,
}

impl std::fmt::Debug for SmtpServer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("SmtpServer").field(&format_args!("{}:{}", self.server.host, self.server.port)).finish()
    }
}

impl SmtpServer {
    /// * `url`: `smtp://[USER@]HOST[:PORT]` (STARTTLS; port 587), `smtps://…` (TLS from the first byte; port 465).
    /// * `plain`: whether `smtp://` goes without TLS.
    /// * `hello`: what we call ourselves (RFC 5321 §4.1.1.1).
    /// * `patience`: for a whole delivery, however slowly the server speaks.
    ///
    /// # Errors
    /// In words, when it is no such address or a certificate cannot be read.
    pub fn new(
        url: &Url,
        password: Option<Zeroizing<String>>,
        extra_ca_pem: Option<&[u8]>,
        (plain, hello, patience): (bool, ClientId, Duration),
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
        let credentials = match password {
            Some(password) => Some(Credentials::new(percent_decoded(url.username())?, password.to_string())),
            None => None,
        };
        let server = Server { host: host.to_owned(), port, tls, hello, credentials };
        Ok(Self { server: Arc::new(server), patience })
    }

    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<String, NotSent> {
        let to: Vec<&str> = envelope.to().iter().map(AsRef::as_ref).collect();
        match self.server.deliver(envelope, mail, self.patience).await {
            Ok(response) => Ok(words(&response.message().collect::<Vec<_>>().join(" "), &to)),
            Err(untaken @ Untaken::OtherLetters) => Err(NotSent::Refused(untaken.to_string())),
            Err(untaken @ (Untaken::EightBits | Untaken::TooLate)) => Err(NotSent::Later(untaken.to_string())),
            Err(Untaken::Smtp(error)) => {
                let code = error.status().map(u16::from).filter(|_| error.is_permanent());
                Err(judge(code, words(&chain(&error), &to)))
            }
        }
    }
}

/// RFC 5321 §4.2.1: 5yz is for ever, 4yz may pass. What the server says of how we speak, who we are and from which address we send
/// is our operator's to mend, and no word about the recipient.
///
/// * `code`: of an answer that is for ever; `None` for anything else.
fn judge(code: Option<u16>, said: String) -> NotSent {
    let ours = |code: u16| matches!(code, 500..=504 | 521 | 530 | 534 | 535 | 538 | 555);
    match code {
        Some(code) if !ours(code) && !blames_us(&said) => NotSent::Refused(said),
        _ => NotSent::Later(said),
    }
}

/// Whether the server's enhanced status (RFC 3463) names the sender's address, the mail system, the protocol, the contents or a
/// policy, such as «relaying denied» or a sender that is not authenticated. What is not said counts as the recipient's.
fn blames_us(said: &str) -> bool {
    let status = said.split_whitespace().find_map(|word| {
        let mut parts = word.trim_end_matches(|c: char| !c.is_ascii_digit()).split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let status = (subject.parse::<u16>().ok()?, detail.parse::<u16>().ok()?);
        (class == "5" && parts.next().is_none()).then_some(status)
    });
    matches!(status, Some((1, 7 | 8) | (3 | 5 | 6 | 7, _)))
}

/// The words of an error and of what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| {
        let cause = cause.to_string();
        if said.contains(&cause) { said } else { format!("{said}: {cause}") }
    })
}

/// What a server said, for records and logs: one line, not long, and without addresses, which stand nowhere in the clear.
fn words(said: &str, to: &[&str]) -> String {
    let locals = to.iter().filter_map(|to| Some(to.rsplit_once('@')?.0.to_lowercase()));
    // Some servers leave out what stands behind a plus.
    let names: Vec<String> =
        locals.flat_map(|name| [name.split('+').next().unwrap_or(&name).to_owned(), name]).collect();
    let tells = |word: &str| word.contains('@') || names.iter().any(|name| has_name(&word.to_lowercase(), name));
    let kept: Vec<&str> = said.split_whitespace().map(|word| if tells(word) { "…" } else { word }).collect();
    idp_core::shown_text::one_line(&kept.join(" ")).chars().take(LONGEST_WORDS).collect()
}

/// Whether a name stands in a word, by itself or beside signs: `user=claire`, `<claire>`; not within another: `declaired`.
fn has_name(word: &str, name: &str) -> bool {
    let parts_names = |beside: Option<char>| beside.is_none_or(|c| !c.is_alphanumeric());
    !name.is_empty()
        && word.match_indices(name).any(|(at, _)| {
            let (before, after) = (word.get(..at), word.get(at + name.len()..));
            parts_names(before.and_then(|text| text.chars().next_back()))
                && parts_names(after.and_then(|text| text.chars().next()))
        })
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| "its user is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_for_ever_is_the_recipients_unless_the_server_blames_us() {
        let refused = [
            (550, "permanent error (550): 5.1.1 no such user here"),
            (550, "permanent error (550): nobody here"),
            (552, "permanent error (552): 5.2.2 mailbox full"),
            (550, "permanent error (550): 5.4.1 Recipient address rejected"),
            (553, "permanent error (553): 5.1.3: bad address"),
            (550, "permanent error (550): 1.5.7.1 is no status, nor is 5.7"),
        ];
        for (code, said) in refused {
            assert_eq!(judge(Some(code), said.into()), NotSent::Refused(said.into()));
        }
        let ours = [
            (535, "permanent error (535): 5.7.8 Authentication credentials invalid"),
            (530, "permanent error (530): Must issue a STARTTLS command first"),
            (503, "permanent error (503): bad sequence"),
            (521, "permanent error (521): takes no mail"),
            (554, "permanent error (554): 5.7.1 …: Relay access denied"),
            (550, "permanent error (550): 5.7.26, sender is not authenticated"),
            (553, "permanent error (553): 5.1.8 sender's domain not found"),
            (552, "permanent error (552): 5.3.4 message too big"),
        ];
        for (code, said) in ours {
            assert_eq!(judge(Some(code), said.into()), NotSent::Later(said.into()));
        }
        assert_eq!(judge(None, "5.1.1".into()), NotSent::Later("5.1.1".into()), "an answer that may pass");
    }

    #[test]
    fn a_server_that_names_the_person_in_any_dress_is_not_quoted() {
        let to = ["claire.su+join@example.gov.tw"];
        for dress in [
            "user=claire.su+join",
            "user=Claire.Su",
            "mailbox:claire.su,",
            "(claire.su)",
            "/var/mail/claire.su/new",
            "rcpt=\"claire.su+join\"",
            "<claire.su@mail-7.example.gov.tw>",
            "uid=claire.su;ou=people",
        ] {
            let kept = words(&format!("550 5.1.1 {dress} unknown"), &to);
            assert_eq!(kept, "550 5.1.1 … unknown", "{dress}");
        }
        assert_eq!(words("452 declaired over quota", &["claire@example.tw"]), "452 declaired over quota");
        let late = format!("{} claire.su+join", "x".repeat(LONGEST_WORDS - 8));
        assert!(!words(&late, &to).contains("clai"), "nor what is left of a name where the words are cut off");
    }

    #[test]
    fn the_words_of_a_server_are_one_short_line_without_addresses() {
        let said = format!("550 <Claire@Example.gov.tw>:\r\nuser 'claire' unknown\u{1b}[31m {}", "x".repeat(500));
        let kept = words(&said, &["claire@example.gov.tw"]);
        assert!(kept.starts_with("550 … user … unknown"), "{kept}");
        assert!(!kept.contains(['\n', '\u{1b}']) && kept.chars().count() <= LONGEST_WORDS, "{kept}");
    }
}
