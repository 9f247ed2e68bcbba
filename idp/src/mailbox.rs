//! GET /mailbox, GET /mailbox/{mail} — the mails and text messages in their folders, as pages, while somebody tries the provider out.
//!
//! Only with `mail.show_mailbox`, which the settings allow for a provider on one machine alone: links in mails let somebody in. A
//! page of elsewhere whose name was turned to this machine (DNS rebinding) has another host and sees nothing.

use crate::browser::language;
use crate::failure::Failure;
use crate::pages::dates::moment_text;
use crate::pages::mailbox::{MailLine, MailPage, MailboxPage, pieces};
use crate::pages::{ErrorKind, Frame};
use crate::refusal::PageNo;
use crate::settings::{BadSetting, Settings};
use crate::text::Language;
use crate::wiring::Ctx;
use crate::{answer, language as language_endpoint};
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::HOST;
use idp_core::ids::moment_of;
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
    /// The folder of mails, if it is shown.
    pub folder: Option<Arc<FilePath>>,
    /// The folder of text messages, if there is one.
    pub texts: Option<Arc<FilePath>>,
}

impl MailboxCtx {
    /// # Errors
    /// When a setting is wrong.
    pub fn new(settings: &Settings, base: Ctx) -> Result<Self, BadSetting> {
        let (folder, texts) = (settings.mailbox()?, settings.texts_shown()?);
        Ok(Self { base, folder: folder.map(Into::into), texts: texts.map(Into::into) })
    }
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
    let texts = ctx.texts.clone();
    let (mails, more) = unhurried(move || read_list(&folder, texts.as_deref(), lang)).await?;
    let return_to = language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, "/mailbox")?;
    let frame = Frame::new(lang, ctx.base.provider.house()).returning_to(&return_to);
    Ok(answer::page(200, MailboxPage { frame, mails: &mails, more }.html()))
}

async fn show_mail(ctx: &MailboxCtx, headers: &HeaderMap, name: &str) -> Result<Response, PageNo> {
    let (folder, lang) = (opened(ctx, headers)?, language(&ctx.base.cookies, headers, None));
    let (wanted, texts) = (name.to_owned(), ctx.texts.clone());
    let both = unhurried(move || {
        let mail = read(&folder, &wanted)?;
        let text = texts.as_deref().map(|texts| read_text(texts, &wanted)).transpose()?.flatten();
        Ok((mail, text))
    });
    let here = format!("/mailbox/{name}");
    let return_to = language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, &here)?;
    let frame = Frame::new(lang, ctx.base.provider.house()).returning_to(&return_to);
    let issuer = &ctx.base.provider.issuer;
    let html = match both.await? {
        (Some(mail), _) => {
            let text = mail.body_text(0).unwrap_or_default();
            let (from, to, at) = (Some(address(mail.from())), address(mail.to()), &at(&mail, lang));
            MailPage { frame, is_text: false, subject: mail.subject(), from, to, at, lines: &pieces(&text, issuer) }
                .html()
        }
        (None, Some(text)) => {
            let (to, at) = (text.number.as_str(), &noted_at(name, lang));
            let lines = &pieces(&text.says, issuer);
            MailPage { frame, is_text: true, subject: None, from: None, to, at, lines }.html()
        }
        (None, None) => return Err(ErrorKind::NotFound.into()),
    };
    Ok(answer::page(200, html))
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

/// The newest of both, and whether there are more. Their names begin with their time.
fn read_list(folder: &FilePath, texts: Option<&FilePath>, lang: Language) -> std::io::Result<(Vec<MailLine>, bool)> {
    let mails = names(folder, ".eml")?.into_iter().map(|name| (name, false));
    let texts_of = texts.map(|texts| names(texts, ".txt")).transpose()?.unwrap_or_default();
    let mut all: Vec<_> = mails.chain(texts_of.into_iter().map(|name| (name, true))).collect();
    all.sort_unstable_by(|one, other| other.cmp(one));
    let more = all.len() > MOST;
    all.truncate(MOST);
    let mut lines = Vec::with_capacity(all.len());
    for (name, is_text) in all {
        let href = format!("/mailbox/{name}");
        if let (true, Some(texts)) = (is_text, texts) {
            let Some(text) = read_text(texts, &name)? else { continue };
            lines.push(MailLine { href, is_text, subject: None, to: text.number, at: noted_at(&name, lang) });
            continue;
        }
        let Some(mail) = read(folder, &name)? else { continue };
        let (subject, to) = (mail.subject().map(str::to_owned), address(mail.to()).to_owned());
        lines.push(MailLine { href, is_text, subject, to, at: at(&mail, lang) });
    }
    Ok((lines, more))
}

/// The names of the messages in a folder.
fn names(folder: &FilePath, ending: &str) -> std::io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(why) if why.kind() == IoError::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries.take(MOST_FILES) {
        let file = entry?.file_name();
        let name = file.to_str().and_then(|file| file.strip_suffix(ending)).filter(|name| is_name(name));
        names.extend(name.map(str::to_owned));
    }
    Ok(names)
}

/// A text message.
struct TextFile {
    number: String,
    says: String,
}

/// A text message; `None` as for [`read`].
fn read_text(folder: &FilePath, name: &str) -> std::io::Result<Option<TextFile>> {
    let Some(bytes) = bytes(folder, name, ".txt")? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let file = text.split_once("\n\n");
    Ok(file.map(|(number, says)| TextFile { number: number.to_owned(), says: says.to_owned() }))
}

/// A mail; `None` for whatever is no name of one, no file of its own or too large.
fn read(folder: &FilePath, name: &str) -> std::io::Result<Option<Message<'static>>> {
    let bytes = bytes(folder, name, ".eml")?;
    Ok(bytes.and_then(|bytes| MessageParser::default().parse(&bytes).map(Message::into_owned)))
}

fn bytes(folder: &FilePath, name: &str, ending: &str) -> std::io::Result<Option<Vec<u8>>> {
    if !is_name(name) {
        return Ok(None);
    }
    let path = folder.join(format!("{name}{ending}"));
    match path.symlink_metadata() {
        Ok(file) if file.is_file() => {}
        Err(why) if why.kind() != IoError::NotFound => return Err(why),
        _ => return Ok(None),
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST)))
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

/// When a message was noted whose name begins with that.
fn noted_at(name: &str, lang: Language) -> String {
    moment_of(name).map_or_else(String::new, |at| moment_text(at.0, lang))
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
        let (mails, more) = read_list(folder.path(), None, Language::En).unwrap();
        let found: Vec<_> = mails.iter().map(|mail| (mail.href.as_str(), mail.subject.as_deref())).collect();
        assert_eq!((found, more), (vec![("/mailbox/02", None), ("/mailbox/01", Some("first"))], false));
        for number in 0..150 {
            write(&format!("1{number:03}.eml"), "Subject: more\r\n\r\nx");
        }
        let (mails, more) = read_list(folder.path(), None, Language::En).unwrap();
        assert_eq!((mails.len(), mails[0].href.as_str(), more), (MOST, "/mailbox/1149", true));
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_empty() {
        let parent = tempfile::tempdir().unwrap();
        assert_eq!(read_list(&parent.path().join("mail"), None, Language::En).unwrap(), (vec![], false));
    }
}
