//! The mailbox, which is shown while the provider is tried out: the list, and one mail as plain text.

use super::{Frame, document};
use crate::text::MailboxText;
use askama::Template;

/// The list.
#[derive(Clone, Debug, Template)]
#[template(path = "mailbox.html", whitespace = "minimize")]
pub struct MailboxPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The newest first.
    pub mails: &'a [MailLine],
    /// Whether there are older ones, too.
    pub more: bool,
}

/// A mail in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLine {
    /// Where it is shown.
    pub href: String,
    /// Whether it is a text message, which has no subject.
    pub is_text: bool,
    /// Subject.
    pub subject: Option<String>,
    /// To whom.
    pub to: String,
    /// When, as people read it.
    pub at: String,
}

impl MailboxPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static MailboxText {
        &self.frame.text().mailbox
    }

    fn title(&self) -> &'static str {
        self.words().heading
    }
}

/// One mail.
#[derive(Clone, Debug, Template)]
#[template(path = "mail.html", whitespace = "minimize")]
pub struct MailPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Whether it is a text message, which has no subject.
    pub is_text: bool,
    /// Subject.
    pub subject: Option<&'a str>,
    /// From whom, of a mail.
    pub from: Option<&'a str>,
    /// To whom.
    pub to: &'a str,
    /// When, as people read it.
    pub at: &'a str,
    /// What its plain text says, line by line.
    pub lines: &'a [Vec<Piece<'a>>],
}

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Nothing but words.
    Words(&'a str),
    /// An address of ours.
    Link(&'a str),
}

impl MailPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static MailboxText {
        &self.frame.text().mailbox
    }

    fn title(&self) -> &str {
        let nothing = if self.is_text { self.words().text_message } else { self.words().no_subject };
        self.subject.unwrap_or(nothing)
    }
}

/// The lines of a mail, in which our own addresses, and no others, can be followed.
///
/// * `issuer`: `http://localhost:8080`.
pub fn pieces<'a>(text: &'a str, issuer: &str) -> Vec<Vec<Piece<'a>>> {
    let ours = |word: &str| word.strip_prefix(issuer).is_some_and(|rest| rest.starts_with('/'));
    let piece = |part: &'a str| {
        let word = part.trim_end();
        if ours(word) { Piece::Link(word) } else { Piece::Words(part) }
    };
    text.lines().map(|line| line.split_inclusive(' ').map(piece).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_addresses_can_be_followed_and_no_others() {
        let issuer = "http://localhost:8080";
        let text = "按 http://localhost:8080/activate?key=k\r\nhttp://localhost:80801/ http://localhost:8080@evil/ javascript:x";
        let links: Vec<_> = pieces(text, issuer).concat().into_iter().filter(|p| matches!(p, Piece::Link(_))).collect();
        assert_eq!(links, [Piece::Link("http://localhost:8080/activate?key=k")]);
        let whole: String = pieces(text, issuer)[1]
            .iter()
            .map(|p| match p {
                Piece::Words(w) | Piece::Link(w) => *w,
            })
            .collect();
        assert_eq!(whole, text.lines().nth(1).unwrap());
    }
}
