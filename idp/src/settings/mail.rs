//! `[mail]`, checked.

use super::ephemeral::read_secret;
use super::{BadSetting, SecretUrl, Settings, Span, bad};
use crate::letters::Sender;
use crate::outside::mail::{Post, SmtpServer};
use idp_core::client::redirect_uri::is_loopback;
use lettre::transport::smtp::extension::ClientId;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use url::{Host, Url};

/// As long as RFC 5321 §4.5.3.2.6 waits for the end of a mail.
const LONGEST_DELIVERY: Duration = Duration::from_secs(600);

/// How mail leaves the house.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSection {
    /// `folder:PATH`, `smtp://…` or `smtps://…`.
    pub url: SecretUrl,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// PEM certificate authorities of the mail server, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether `smtp://` may go without TLS.
    pub allow_plain: bool,
    /// How long the server may take for one mail.
    pub timeout: Span,
    /// From which address mail comes.
    pub from: String,
    /// Whether the mails in the folder are shown as pages.
    pub show_mailbox: bool,
}

impl Default for MailSection {
    fn default() -> Self {
        Self {
            url: SecretUrl("folder:mail".into()),
            password_file: None,
            ca_file: None,
            allow_plain: false,
            timeout: Span(Duration::from_secs(60)),
            from: "no-reply@localhost".into(),
            show_mailbox: false,
        }
    }
}

/// Where mail goes, read.
enum Target {
    Folder(PathBuf),
    Server(Url),
}

impl MailSection {
    fn target(&self) -> Result<Target, BadSetting> {
        let wrong = |why: &str| bad("mail.url", why);
        if let Some(path) = self.url.0.strip_prefix("folder:") {
            if path.is_empty() {
                return Err(wrong("names no folder; such as folder:mail"));
            }
            return Ok(Target::Folder(path.into()));
        }
        let url = Url::parse(&self.url.0).map_err(|_| wrong("must be folder:PATH, smtp://HOST or smtps://HOST"))?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err(wrong("must be folder:PATH, smtp://HOST or smtps://HOST"));
        }
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() {
            return Err(wrong("names no host"));
        }
        if matches!(url.host(), Some(Host::Domain(name)) if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)))
        {
            return Err(wrong(
                "must name its host by letters, digits, - and ., or by an address, such as [2001:db8::25]",
            ));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must end with host and port"));
        }
        if url.port() == Some(0) {
            return Err(wrong("must have a port from 1 to 65535"));
        }
        if url.password().is_some() {
            return Err(wrong("holds a password; put it into mail.password_file"));
        }
        match (url.username().is_empty(), &self.password_file) {
            (false, None) => return Err(bad("mail.password_file", "is needed: mail.url names a user")),
            (true, Some(_)) => return Err(wrong("names no user for mail.password_file; such as smtps://USER@HOST")),
            _ => {}
        }
        if self.allow_plain && !is_here(&url) {
            if self.password_file.is_some() {
                return Err(bad(
                    "mail.allow_plain",
                    "would send the password in the clear; take smtps://, or leave it out",
                ));
            }
            if url.scheme() == "smtps" || self.ca_file.is_some() {
                return Err(bad("mail.allow_plain", "contradicts smtps:// and mail.ca_file, which ask for TLS"));
            }
        }
        Ok(Target::Server(url))
    }

    /// Checks what can be checked without reading files.
    pub(super) fn check(&self, server: (&Url, SocketAddr)) -> Result<(), BadSetting> {
        let target = self.target()?;
        let address = self.address()?;
        if !(Duration::from_secs(1)..=LONGEST_DELIVERY).contains(&self.timeout.0) {
            return Err(bad("mail.timeout", "must be 1 s to 10 min"));
        }
        match &target {
            Target::Folder(_) => {
                let given = [("mail.password_file", &self.password_file), ("mail.ca_file", &self.ca_file)];
                if let Some((key, _)) = given.into_iter().find(|(_, file)| file.is_some()) {
                    return Err(bad(key, "means nothing with a folder; set mail.url to a mail server"));
                }
            }
            Target::Server(url) if !is_here(url) && address.domain() == "localhost" => {
                return Err(bad("mail.from", "must be an address that people can see: mail leaves this machine"));
            }
            Target::Server(_) => {}
        }
        if self.show_mailbox { self.check_mailbox(&target, server) } else { Ok(()) }
    }

    /// Links in these mails let somebody in: whoever opens the page could take any new account.
    fn check_mailbox(&self, target: &Target, (issuer, listen): (&Url, SocketAddr)) -> Result<(), BadSetting> {
        let wrong = |why: &str| Err(bad("mail.show_mailbox", why));
        if matches!(target, Target::Server(_)) {
            return wrong("needs a folder as mail.url, such as folder:mail");
        }
        if issuer.scheme() != "http" || !is_loopback(issuer) {
            return wrong("is for trying things out on one machine: server.issuer must be http://localhost");
        }
        if !listen.ip().is_loopback() {
            return wrong("is for trying things out on one machine: server.listen must be 127.0.0.1 or [::1]");
        }
        Ok(())
    }

    fn address(&self) -> Result<lettre::Address, BadSetting> {
        self.from.parse().map_err(|_| bad("mail.from", "must be an address, such as no-reply@example.gov.tw"))
    }
}

/// Whether the mail server is this machine itself: what it hears no wire carries. An address in a URL that is no web page's is not
/// read as one by itself.
fn is_here(url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What we call ourselves (RFC 5321 §4.1.1.1): the issuer's host, an address as a literal.
fn hello(issuer: &Url) -> ClientId {
    match issuer.host() {
        Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::default(),
    }
}

impl Settings {
    /// How mail leaves the house.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn post(&self) -> Result<Post, BadSetting> {
        let mail = &self.mail;
        let url = match mail.target()? {
            Target::Folder(path) => return Ok(Post::Folder(path)),
            Target::Server(url) => url,
        };
        let password = mail.password_file.as_ref().map(|path| read_secret("mail.password_file", path)).transpose()?;
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|why| bad("mail.ca_file", format!("{}: {why}", path.display())))
        };
        let extra_ca = mail.ca_file.as_ref().map(read).transpose()?;
        let plain = url.scheme() == "smtp" && (mail.allow_plain || is_here(&url)) && mail.ca_file.is_none();
        let how = (plain, hello(&self.issuer()?), mail.timeout.0);
        let server = SmtpServer::new(&url, password, extra_ca.as_deref(), how);
        Ok(Post::Smtp(server.map_err(|why| bad("mail.url", why))?))
    }

    /// The folder whose mails are shown as pages, if they are.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn mailbox(&self) -> Result<Option<PathBuf>, BadSetting> {
        Ok(match self.mail.target()? {
            Target::Folder(path) if self.mail.show_mailbox => Some(path),
            _ => None,
        })
    }

    /// From whom mail comes.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn sender(&self) -> Result<Sender, BadSetting> {
        let (brand, service_desk) = (self.server.brand.clone(), self.server.service_desk.clone());
        Ok(Sender { address: self.mail.address()?, brand, service_desk })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut MailSection), issuer: &str, listen: &str) -> String {
        let mut mail = MailSection::default();
        change(&mut mail);
        let issuer = Url::parse(issuer).unwrap();
        mail.check((&issuer, listen.parse().unwrap())).map_or_else(|why| why.0, |()| "fine".into())
    }

    fn here(change: impl FnOnce(&mut MailSection)) -> String {
        check(change, "http://localhost:8080", "127.0.0.1:8080")
    }

    fn url(url: &str) -> SecretUrl {
        SecretUrl(url.into())
    }

    #[test]
    fn a_server_is_named_in_full_and_no_password_goes_in_the_clear() {
        let secret = || Some(PathBuf::from("secret"));
        let server = |at: &str| MailSection { url: url(at), from: "a@example.tw".into(), ..MailSection::default() };
        let fine = ["smtp://localhost:25", "smtp://[2001:db8::25]", "smtps://mail.example.tw:465", "folder:mail"];
        for at in fine {
            assert_eq!(here(|mail| *mail = server(at)), "fine", "{at}");
        }
        for (at, why) in [
            ("smtp://", "names no host"),
            ("smtp://mail.example.tw:0", "a port from 1 to 65535"),
            ("smtp://mail.example.tw/#x", "must end with host and port"),
            ("smtp://ex%61mple.tw", "must name its host by letters"),
            ("smtp://user:word@mail.example.tw", "holds a password"),
            ("smtp://user@mail.example.tw", "setting mail.password_file: is needed"),
            ("http://mail.example.tw", "must be folder:PATH"),
        ] {
            let said = here(|mail| *mail = server(at));
            assert!(said.contains(why), "{at}: {said}");
        }
        let clear = || MailSection { allow_plain: true, password_file: secret(), ..server("smtp://u@mail.example.tw") };
        assert!(here(|mail| *mail = clear()).contains("would send the password in the clear"));
        let both = || MailSection { allow_plain: true, ..server("smtps://mail.example.tw") };
        assert!(here(|mail| *mail = both()).contains("contradicts smtps://"));
        let nobody = |mail: &mut MailSection| mail.url = url("smtp://mail.example.tw");
        assert!(here(nobody).contains("must be an address that people can see"));
        assert!(here(|mail| mail.ca_file = secret()).contains("means nothing with a folder"));
        assert!(here(|mail| mail.timeout = Span(Duration::ZERO)).contains("must be 1 s to 10 min"));
    }

    #[test]
    fn a_server_on_this_machine_is_known_by_name_and_by_address() {
        for at in ["smtp://localhost", "smtp://LOCALHOST:25", "smtp://127.0.0.1:1025", "smtp://[::1]:25"] {
            assert!(is_here(&Url::parse(at).unwrap()), "{at}");
        }
        for at in
            ["smtp://localhost.example.tw", "smtp://10.0.0.1", "smtp://[2001:db8::1]", "smtp://127.0.0.1.example.tw"]
        {
            assert!(!is_here(&Url::parse(at).unwrap()), "{at}");
        }
    }

    #[test]
    fn we_say_hello_by_name_or_by_an_address_as_mail_writes_it() {
        let said = |issuer: &str| hello(&Url::parse(issuer).unwrap()).to_string();
        let issuers = ["https://idp.example.gov.tw", "http://127.0.0.1:8080", "http://[::1]:8080"];
        assert_eq!(issuers.map(said), ["idp.example.gov.tw", "[127.0.0.1]", "[IPv6:::1]"]);
    }

    #[test]
    fn the_mailbox_is_shown_on_one_machine_alone() {
        let shown = |mail: &mut MailSection| mail.show_mailbox = true;
        assert_eq!(here(shown), "fine");
        assert_eq!(check(shown, "http://127.0.0.1:8080", "[::1]:8080"), "fine");
        assert!(check(shown, "https://localhost:8080", "127.0.0.1:8080").contains("server.issuer must be"));
        assert!(check(shown, "https://idp.example.gov.tw", "127.0.0.1:8080").contains("server.issuer must be"));
        assert!(check(shown, "http://localhost:8080", "0.0.0.0:8080").contains("server.listen must be"));
        let mailed = |mail: &mut MailSection| (mail.show_mailbox, mail.url) = (true, url("smtp://localhost"));
        assert!(here(mailed).contains("needs a folder"));
    }
}
