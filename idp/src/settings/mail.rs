//! `[mail]`, checked.

use super::ephemeral::read_secret;
use super::{BadSetting, SecretUrl, Settings, bad};
use crate::letters::Sender;
use crate::outside::mail::{Post, SmtpServer};
use idp_core::client::redirect_uri::is_loopback;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::Url;

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
    /// From which address mail comes.
    pub from: String,
}

impl Default for MailSection {
    fn default() -> Self {
        Self {
            url: SecretUrl("folder:mail".into()),
            password_file: None,
            ca_file: None,
            allow_plain: false,
            from: "no-reply@localhost".into(),
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
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("names no host"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(wrong("must end with host and port"));
        }
        if url.password().is_some() {
            return Err(wrong("holds a password; put it into mail.password_file"));
        }
        match (url.username().is_empty(), &self.password_file) {
            (false, None) => return Err(bad("mail.password_file", "is needed: mail.url names a user")),
            (true, Some(_)) => return Err(wrong("names no user for mail.password_file; such as smtps://USER@HOST")),
            _ => {}
        }
        Ok(Target::Server(url))
    }

    /// Checks what can be checked without reading files.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        self.target()?;
        self.address().map(|_| ())
    }

    fn address(&self) -> Result<lettre::Address, BadSetting> {
        self.from.parse().map_err(|_| bad("mail.from", "must be an address, such as no-reply@example.gov.tw"))
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
        // A mail server on this machine hears nothing that the wire would.
        let plain = url.scheme() == "smtp" && (mail.allow_plain || is_loopback(&url)) && mail.ca_file.is_none();
        let hello = self.issuer()?.host_str().unwrap_or("localhost").to_owned();
        let server = SmtpServer::new(&url, password, extra_ca.as_deref(), (plain, &hello));
        Ok(Post::Smtp(server.map_err(|why| bad("mail.url", why))?))
    }

    /// From whom mail comes.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn sender(&self) -> Result<Sender, BadSetting> {
        Ok(Sender { address: self.mail.address()?, brand: self.server.brand.clone() })
    }
}
