//! Letters: what people are sent by mail, as plain text and HTML in one. Owns how a letter is put together; its words are in
//! `text`, its way out of the house in `outside::mail`.

mod account;
mod activation;
mod captcha;
mod forgotten;
mod leaving;
#[cfg(test)]
mod tests;

pub use account::{Resets, email_change_asked, email_changed, email_confirm, recovery_changed};
pub use activation::activation;
pub use captcha::captcha_code;
pub use forgotten::{
    account_names, activate_first, hint_forgotten, locked, password_changed, password_reset, sign_in_locked,
};
pub use leaving::{account_deleted, deletion_asked, deletion_undone};

use crate::failure::Failure;
use crate::text::Language;
use askama::Template;
use idp_core::UnixMillis;
use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A letter. Its links and codes open accounts: they are never printed.
#[derive(Clone)]
pub struct Letter {
    /// In which language.
    pub lang: Language,
    /// The provider's name.
    pub brand: String,
    /// Subject.
    pub subject: String,
    /// What it is about, in order.
    pub paragraphs: Vec<String>,
    /// What to press: words and address.
    pub link: Option<(&'static str, String)>,
    /// What else is to be known, in order, smaller.
    pub notes: Vec<String>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lang, subject, .. } = self;
        out.debug_struct("Letter").field("lang", lang).field("subject", subject).finish_non_exhaustive()
    }
}

/// From whom letters come (settings `mail.from`, `server.brand`, `server.service_desk`).
#[derive(Clone, Debug)]
pub struct Sender {
    /// Address.
    pub address: Address,
    /// The provider's name.
    pub brand: String,
    /// How people reach the service desk, 客服中心.
    pub service_desk: Option<String>,
}

#[derive(Template)]
#[template(path = "letter.html", whitespace = "minimize")]
struct Html<'a> {
    letter: &'a Letter,
    service_desk: Option<&'a str>,
}

/// Lines of plain text; the characters of HTML mean nothing in it.
#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct Plain<'a> {
    letter: &'a Letter,
    service_desk: Option<&'a str>,
}

impl Letter {
    /// The mail as it leaves, with its envelope.
    ///
    /// * `id`: of the message: who gets it twice sees one.
    ///
    /// # Errors
    /// When an address cannot stand in a mail.
    pub fn to_mail(
        &self,
        (from, to): (&Sender, &str),
        id: &str,
        now: UnixMillis,
    ) -> Result<(Envelope, Vec<u8>), Failure> {
        let broken = |why: &dyn fmt::Display| Failure::Other(format!("a letter cannot be written: {why}"));
        let to: Address = to.parse().map_err(|why| broken(&why))?;
        let service_desk = from.service_desk.as_deref();
        let html = Html { letter: self, service_desk }.render().map_err(|why| broken(&why))?;
        let plain = Plain { letter: self, service_desk }.render().map_err(|why| broken(&why))?;
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
        let mut mail = Message::builder()
            .message_id(Some(format!("<{id}@{}>", from.address.domain())))
            .date(date)
            .from(Mailbox::new(Some(from.brand.clone()), from.address.clone()))
            .to(Mailbox::new(None, to))
            .subject(&self.subject)
            .multipart(MultiPart::alternative().singlepart(SinglePart::plain(plain)).singlepart(SinglePart::html(html)))
            .map_err(|why| broken(&why))?;
        // RFC 3834 §5: nobody's holiday notice answers it.
        let auto = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        mail.headers_mut().insert_raw(auto);
        Ok((mail.envelope().clone(), mail.formatted()))
    }
}
