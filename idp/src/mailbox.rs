//! GET /mailbox, GET /mailbox/{mail} — the mails in the folder, as pages, while somebody tries the provider out.
//!
//! Only with `mail.show_mailbox`, which the settings allow for a provider on one machine alone: links in mails let somebody in. A
//! page of elsewhere whose name was turned to this machine (DNS rebinding) has another host and sees nothing.

use crate::browser::language;
use crate::failure::Failure;
use crate::pages::dates::moment_text;
use crate::pages::mailbox::{MailLine, MailPage, MailboxPage, pieces};
use crate::pages::{ErrorKind, Frame};
use crate::refusal::PageNo;
use crate::text::Language;
use crate::wiring::Ctx;
use crate::{answer, language as language_endpoint};
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::HOST;
use mail_parser::{Address, Message, MessageParser};
use std::io::{ErrorKind as IoError, Read};
use std::path::Path as FilePath;
use std::sync::Arc;

/// Mails on the list.
const MOST: usize = 100;
/// Files looked at: those of a folder that nobody empties.
const MOST_FILES: usize = 20_000;
/// The largest file that is shown, in bytes. Ours have a few thousand.
const LARGEST: u64 = 256 * 1024;
/// The longest name of a file, without its ending.
const LONGEST_NAME: usize = 64;

/// What the mailbox is given.
#[derive(Clone)]
pub struct MailboxCtx {
    /// What every page is given.
    pub base: Ctx,
    /// The folder, if it is shown.
    pub folder: Option<Arc<FilePath>>,
}

/// GET /mailbox.
pub async fn list(State(ctx): State<MailboxCtx>, headers: HeaderMap) -> Response {
    show_list(&ctx, &headers).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// GET /mailbox/{mail}.
pub async fn mail(State(ctx): State<MailboxCtx>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    show_mail(&ctx, &headers, &name).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

async fn show_list(ctx: &MailboxCtx, headers: &HeaderMap) -> Result<Response, PageNo> {
    let (folder, lang) = (opened(ctx, headers)?, language(&ctx.base.cookies, headers, None));
    let (mails, more) = unhurried(move || read_list(&folder, lang)).await?;
    let return_to = language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, "/mailbox")?;
    let frame = Frame::new(lang, &ctx.base.provider.brand).returning_to(&return_to);
    Ok(answer::page(200, MailboxPage { frame, mails: &mails, more }.html()))
}

async fn show_mail(ctx: &MailboxCtx, headers: &HeaderMap, name: &str) -> Result<Response, PageNo> {
    let (folder, lang) = (opened(ctx, headers)?, language(&ctx.base.cookies, headers, None));
    let wanted = name.to_owned();
    let mail = unhurried(move || read(&folder, &wanted)).await?.ok_or(ErrorKind::NotFound)?;
    let here = format!("/mailbox/{name}");
    let return_to = language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, &here)?;
    let text = mail.body_text(0).unwrap_or_default();
    let page = MailPage {
        frame: Frame::new(lang, &ctx.base.provider.brand).returning_to(&return_to),
        subject: mail.subject(),
        from: address(mail.from()),
        to: address(mail.to()),
        at: &at(&mail, lang),
        lines: &pieces(&text, &ctx.base.provider.issuer),
    };
    Ok(answer::page(200, page.html()))
}

/// The folder, if it is shown to whoever asks under our own name.
fn opened(ctx: &MailboxCtx, headers: &HeaderMap) -> Result<Arc<FilePath>, ErrorKind> {
    let ours = ctx.base.provider.issuer.strip_prefix("http://");
    let asked = headers.get(HOST).and_then(|host| host.to_str().ok());
    let folder = ctx.folder.clone().filter(|_| asked.is_some() && asked == ours);
    folder.ok_or(ErrorKind::NotFound)
}

async fn unhurried<T: Send + 'static>(
    read: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other).and_then(|read| read);
    done.map_err(|why| Failure::Other(format!("the folder of mails: {why}")))
}

/// The newest mails, and whether there are more. Their names begin with their time.
fn read_list(folder: &FilePath, lang: Language) -> std::io::Result<(Vec<MailLine>, bool)> {
    let entries = match std::fs::read_dir(folder) {
        Err(why) if why.kind() == IoError::NotFound => return Ok((Vec::new(), false)),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries.take(MOST_FILES) {
        let file = entry?.file_name();
        names.extend(
            file.to_str().and_then(|file| file.strip_suffix(".eml")).filter(|name| is_name(name)).map(str::to_owned),
        );
    }
    names.sort_unstable_by(|one, other| other.cmp(one));
    let more = names.len() > MOST;
    names.truncate(MOST);
    let mut mails = Vec::with_capacity(names.len());
    for name in names {
        let Some(mail) = read(folder, &name)? else { continue };
        mails.push(MailLine {
            href: format!("/mailbox/{name}"),
            subject: mail.subject().map(str::to_owned),
            to: address(mail.to()).to_owned(),
            at: at(&mail, lang),
        });
    }
    Ok((mails, more))
}

/// A mail; `None` for whatever is no name of one, no file of its own or too large.
fn read(folder: &FilePath, name: &str) -> std::io::Result<Option<Message<'static>>> {
    if !is_name(name) {
        return Ok(None);
    }
    let path = folder.join(format!("{name}.eml"));
    match path.symlink_metadata() {
        Ok(file) if file.is_file() => {}
        Err(why) if why.kind() != IoError::NotFound => return Err(why),
        _ => return Ok(None),
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let whole = u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST);
    Ok(whole.then(|| MessageParser::default().parse(&bytes).map(Message::into_owned)).flatten())
}

/// Ids of messages are digits, and letters of base64url: nothing else names a mail, and so no other file.
fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
}

fn address<'a>(of: Option<&'a Address<'a>>) -> &'a str {
    of.and_then(|list| list.first()?.address()).unwrap_or_default()
}

fn at(mail: &Message<'_>, lang: Language) -> String {
    mail.date().map_or_else(String::new, |date| moment_text(date.to_timestamp().saturating_mul(1000), lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_id_and_nothing_that_leads_elsewhere() {
        assert!(is_name("019a0b3c4d5Zx-_q"));
        for bad in ["", "..", "../a", "a/b", "a.eml", "a b", "%2e", "a\0", "．", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn links_large_files_and_what_is_no_mail_of_ours_are_passed_over() {
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(outside.path(), "Subject: secret\r\n\r\nx").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("01.eml", "Subject: first\r\nTo: a@example.tw\r\n\r\nx");
        write("02.eml", "To: a@example.tw\r\n\r\nx");
        write("03.eml", &format!("Subject: large\r\n\r\n{}", "x".repeat(256 * 1024)));
        write("04.part", "Subject: unfinished\r\n\r\nx");
        write("an other.eml", "Subject: not ours\r\n\r\nx");
        std::os::unix::fs::symlink(outside.path(), folder.path().join("05.eml")).unwrap();
        let (mails, more) = read_list(folder.path(), Language::En).unwrap();
        let found: Vec<_> = mails.iter().map(|mail| (mail.href.as_str(), mail.subject.as_deref())).collect();
        assert_eq!((found, more), (vec![("/mailbox/02", None), ("/mailbox/01", Some("first"))], false));
        for number in 0..150 {
            write(&format!("1{number:03}.eml"), "Subject: more\r\n\r\nx");
        }
        let (mails, more) = read_list(folder.path(), Language::En).unwrap();
        assert_eq!((mails.len(), mails[0].href.as_str(), more), (MOST, "/mailbox/1149", true));
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_empty() {
        let parent = tempfile::tempdir().unwrap();
        assert_eq!(read_list(&parent.path().join("mail"), Language::En).unwrap(), (vec![], false));
    }
}
