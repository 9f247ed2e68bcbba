//! The mailbox.

use super::{NOW, Names, frame};
use crate::pages::dates::moment_text;
use crate::pages::mailbox::{MailLine, MailPage, MailboxPage, pieces};
use crate::text::Language;

pub(super) fn pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let at = moment_text(NOW, lang);
    let line = |subject: Option<&str>| MailLine {
        href: "/mailbox/01".into(),
        is_text: false,
        subject: subject.map(str::to_owned),
        to: names.host.into(),
        at: at.clone(),
    };
    let list = |mails: &[MailLine], more| MailboxPage { frame: frame(lang, names), mails, more }.html();
    let issuer = "http://localhost:8080";
    let text = format!("{}\r\n\r\n{issuer}/activate?key=k {}", names.person, names.portal);
    let lines = pieces(&text, issuer);
    let mail = |subject| {
        let (from, to, at) = (Some(names.host), names.account, at.as_str());
        MailPage { frame: frame(lang, names), is_text: false, subject, from, to, at, lines: &lines }.html()
    };
    let text = MailLine { is_text: true, ..line(None) };
    let text_message = || {
        let (frame, to, at) = (frame(lang, names), "0911123456", at.as_str());
        MailPage { frame, is_text: true, subject: None, from: None, to, at, lines: &lines }.html()
    };
    vec![
        ("mailbox-empty", list(&[], false)),
        ("mailbox", list(&[line(Some(names.portal)), text, line(None)], true)),
        ("mail", mail(Some(names.portal))),
        ("mail-without-subject", mail(None)),
        ("mail-text-message", text_message()),
    ]
}
