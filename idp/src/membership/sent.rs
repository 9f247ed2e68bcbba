//! GET, POST /join/sent — what became of the 帳號確認信, sending it again, and correcting the address.
//!
//! Only for the browser that applied for the account, and only until it is activated.

use super::MembershipCtx;
use crate::browser::{is_tied, language};
use crate::client_address::ClientAddress;
use crate::failure::Failure;
use crate::messages;
use crate::pages::dates::again_text;
use crate::pages::membership::{AskProblem, MailState, SentPage};
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::text::Language;
use crate::{answer, language as language_endpoint, way_back};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::Event;
use idp_core::ids::moment_of;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::message::Purpose;
use idp_core::membership::steps;
use idp_core::oauth::params::Params;
use idp_core::people::account::{AccountState, Person};
use idp_core::people::email_address::EmailAddress;
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::{Standing, State as Delivery};
use idp_store::{Fault, Tx, accounts, audit, not_activated};
use keys::sealing::fields::{Reader, Writer};
use keys::{KeyError, Sealer};
use std::net::IpAddr;
use std::time::Duration;

const PURPOSE: keys::Purpose = keys::Purpose::new("membership/waiting");
const VERSION: u8 = 1;
/// In the query of its address: the account was applied for before, and what was typed in another tab since is not in it.
pub(super) const BEFORE: &str = "before";
/// A mail that was noted within this may be leaving at this moment.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Between looks whether it did.
const LOOKS: [Duration; 3] = [Duration::from_millis(150), Duration::from_millis(350), Duration::from_millis(700)];
/// How long the page works.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The handle of the page: whose mail it waits for, in which browser. Sealed.
pub struct Waiting {
    account: AccountId,
    browser: [u8; 32],
    since: UnixMillis,
}

impl Waiting {
    /// A page that waits from now on.
    pub fn new(account: AccountId, browser: [u8; 32], since: UnixMillis) -> Self {
        Self { account, browser, since }
    }

    /// As it stands in the page's address.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let contents = Writer::new(VERSION).text(self.account.as_str()).array(&self.browser).i64(self.since.0);
        sealer.seal(PURPOSE, &contents.finish())
    }

    fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        let plain = sealer.open(PURPOSE, text).ok()?;
        let mut from = Reader::new(&plain, VERSION).ok()?;
        let account = AccountId::from_trusted(from.text().ok()?);
        let waiting = Self { account, browser: from.array().ok()?, since: UnixMillis(from.i64().ok()?) };
        from.finish().ok()?;
        Some(waiting)
    }
}

/// GET /join/sent.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let sealed = params.get("waiting").ok_or(ErrorKind::ApplicationOver)?;
        let waiting = resume(&ctx, &headers, sealed).await?;
        let before = params.get(BEFORE).is_some();
        leaves(&ctx, &waiting.account).await?;
        show(&ctx, &headers, (&waiting, sealed), Shown { before, ..Shown::default() }).await
    };
    shown.await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// POST /join/sent.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    submit(&ctx, &headers, &body, from).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

async fn resume(ctx: &MembershipCtx, headers: &HeaderMap, sealed: &str) -> Result<Waiting, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let waiting = Waiting::open(&base.directory.snapshot().sealer, sealed).ok_or(ErrorKind::ApplicationOver)?;
    let mine = is_tied(&base.cookies, headers, &waiting.browser);
    let fresh = base.clock.now() < waiting.since.plus(LIFE);
    if mine && fresh { Ok(waiting) } else { Err(ErrorKind::ApplicationOver.into()) }
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Response, PageNo> {
    let form = posted_form::fields(&ctx.base, headers, body)?;
    let sealed = form.get("waiting").ok_or(ErrorKind::ApplicationOver)?;
    let waiting = resume(ctx, headers, sealed).await?;
    let lang = language(&ctx.base.cookies, headers, None);
    let corrected = match form.get("decision") {
        Some("again") => None,
        Some("correct") => {
            let typed = |field: Field| form.get(field.id()).unwrap_or_default();
            let (email, again) = (typed(Field::Email), typed(Field::EmailAgain));
            if let Some(error) = steps::email_wrong(email, again) {
                let shown = Shown { errors: vec![error], ..Shown::typed(&form) };
                return show(ctx, headers, (&waiting, sealed), shown).await;
            }
            Some(EmailAddress::parse(email.trim()).ok_or(ErrorKind::BadRequest)?)
        }
        _ => return Err(ErrorKind::BadRequest.into()),
    };
    let later = |until, by_network| Some(Later { until, by_network });
    let wrong = |wrong| vec![FieldError::new(Field::Email, wrong)];
    let typed = Shown::typed(&form);
    let shown = if let Err(until) = ctx.limits.mails.take(from, ctx.base.clock.now()).await? {
        Shown { later: later(until, true), ..typed }
    } else {
        match send_again(ctx, &waiting.account, corrected, lang).await? {
            Again::Noted => return Ok(answer::redirect(&here(sealed))),
            // Nothing goes out: whoever asks again and again keeps nobody else at that address from mail.
            not => {
                ctx.limits.mails.give_back(from, ctx.base.clock.now()).await?;
                match not {
                    Again::TooManyCorrections => Shown { errors: wrong(Wrong::EmailCorrectedOften), ..typed },
                    Again::TooSoon(until) => Shown { later: later(until, false), ..typed },
                    Again::Noted | Again::NotNeeded => return Ok(answer::redirect(&here(sealed))),
                }
            }
        }
    };
    show(ctx, headers, (&waiting, sealed), shown).await
}

/// Where the page is looked at again.
fn here(sealed: &str) -> String {
    format!("/join/sent?waiting={sealed}")
}

/// What became of asking for another mail.
enum Again {
    /// It is noted.
    Noted,
    /// Nothing is: the account was activated, or the mail is on its way to that address.
    NotNeeded,
    /// The last one was noted a moment ago: from when on another may be asked for.
    TooSoon(UnixMillis),
    /// The address was corrected too often.
    TooManyCorrections,
}

/// Notes another mail, to a corrected address if there is one.
async fn send_again(
    ctx: &MembershipCtx,
    account: &AccountId,
    corrected: Option<EmailAddress>,
    lang: Language,
) -> Result<Again, Failure> {
    let (base, account) = (&ctx.base, account.clone());
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let id = account.clone();
    let read = move |conn: &mut idp_store::Conn| {
        let person = accounts::find(conn, &id)?.filter(|who| who.state == AccountState::NotActivated);
        Ok::<_, Fault>((person, idp_store::messages::newest(conn, &id, Purpose::Activation)?))
    };
    let (Some(person), newest) = base.db.scan(read).await? else { return Ok(Again::NotNeeded) };
    let goes_elsewhere = is_another(corrected.as_ref(), &person);
    if let Some(until) = messages::too_soon(newest.as_ref(), now)
        && !(goes_elsewhere && ctx.limits.at_once.take_named(account.as_str(), now).await?.is_ok())
    {
        return Ok(Again::TooSoon(until));
    }
    // Before the mailbox is counted: whoever has no correction left uses up nobody's mails.
    if goes_elsewhere && ctx.limits.corrections.take_named(account.as_str(), now).await?.is_err() {
        return Ok(Again::TooManyCorrections);
    }
    let Some(to) = corrected.as_ref().map(|email| email.as_str().to_owned()).or(person.email) else {
        return Ok(Again::NotNeeded);
    };
    let mail = messages::mail(&snapshot.sealer, (&account, &to), Purpose::Activation, lang, now)?;
    let unit = move |tx: &mut Tx<'_>| -> Result<Again, Fault> {
        // Activated or asked for in another tab meanwhile.
        let person = accounts::find(tx.conn(), &account)?.filter(|who| who.state == AccountState::NotActivated);
        let newest = idp_store::messages::newest(tx.conn(), &account, Purpose::Activation)?;
        let Some(person) = person else { return Ok(Again::NotNeeded) };
        // The form sent twice: the mail is on its way to that address already.
        if goes_elsewhere && !is_another(corrected.as_ref(), &person) {
            return Ok(Again::NotNeeded);
        }
        if let Some(until) = messages::too_soon(newest.as_ref(), now).filter(|_| !goes_elsewhere) {
            return Ok(Again::TooSoon(until));
        }
        let event = match &corrected {
            Some(email) if accounts::correct_email(tx, &account, email.as_str(), now)? => {
                Event::EmailCorrected { account: account.clone() }
            }
            Some(_) => return Ok(Again::NotNeeded),
            // However long the mail waits for its turn.
            None if !not_activated::mailed(tx, &account, &to, None, now)? => return Ok(Again::NotNeeded),
            None => Event::ActivationAskedAgain { account: account.clone() },
        };
        idp_store::messages::withdraw(tx, &account, Purpose::Activation, now)?;
        idp_store::messages::add(tx, &mail, now)?;
        audit::write(tx, event, now, keys::random()?)?;
        Ok(Again::Noted)
    };
    let again = base.db.write(unit).await?;
    base.message_bell.notify_one();
    Ok(again)
}

/// Whether it is another mailbox than the one that the last mail went to.
fn is_another(corrected: Option<&EmailAddress>, person: &Person) -> bool {
    let now = person.email.as_deref().unwrap_or_default();
    corrected.is_some_and(|email| !email.as_str().eq_ignore_ascii_case(now))
}

/// A mail leaves within moments: whoever has just asked for it waits that long for the page, and reads that it was sent.
async fn leaves(ctx: &MembershipCtx, account: &AccountId) -> Result<(), Failure> {
    for pause in LOOKS {
        let (id, now) = (account.clone(), ctx.base.clock.now());
        let read = move |conn: &mut idp_store::Conn| idp_store::messages::newest(conn, &id, Purpose::Activation);
        let newest = ctx.base.db.scan(read).await?;
        let noted = newest.filter(|newest| newest.state == Delivery::Queued).and_then(|newest| moment_of(&newest.id));
        if noted.is_none_or(|noted| now.since(noted) > AT_ONCE) {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

/// What the page shows beside the state of the mail.
#[derive(Default)]
struct Shown {
    typed: (String, String),
    errors: Vec<FieldError>,
    later: Option<Later>,
    before: bool,
}

impl Shown {
    fn typed(form: &Params<'_>) -> Self {
        let typed = |field: Field| form.get(field.id()).unwrap_or_default().to_owned();
        Self { typed: (typed(Field::Email), typed(Field::EmailAgain)), ..Self::default() }
    }
}

/// Why nothing was noted, and until when.
#[derive(Clone, Copy)]
struct Later {
    until: UnixMillis,
    /// Too many were asked for from this network address, not too soon after another.
    by_network: bool,
}

async fn show(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    (waiting, sealed): (&Waiting, &str),
    shown: Shown,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let id = waiting.account.clone();
    let read = move |conn: &mut idp_store::Conn| {
        let person = accounts::find(conn, &id)?;
        Ok::<_, Fault>((person, idp_store::messages::newest(conn, &id, Purpose::Activation)?))
    };
    let (person, newest) = base.db.scan(read).await?;
    let person = person.ok_or(ErrorKind::ApplicationOver)?;
    let waits = person.state == AccountState::NotActivated;
    // Of an account that is active by now nothing is to be corrected.
    let shown = if waits { shown } else { Shown { before: shown.before, ..Shown::default() } };
    let here = here(sealed);
    let same = if shown.before { format!("{here}&{BEFORE}=yes") } else { here.clone() };
    let return_to = language_endpoint::seal_return(&base.directory.snapshot().sealer, &same)?;
    let (now, lang) = (base.clock.now(), language(&base.cookies, headers, None));
    let later = shown.later.map(|later| {
        let until = again_text(later.until.0, now.0, lang);
        if later.by_network { AskProblem::TooManyFromAddress(until) } else { AskProblem::TooSoon(until) }
    });
    let way_back = way_back::find(base, headers, lang);
    let page = SentPage {
        frame: Frame::new(lang, base.provider.house()).returning_to(&return_to).leading_back(way_back.as_ref()),
        waiting: sealed,
        email: person.email.as_deref().unwrap_or_default(),
        state: state(&person, newest.as_ref(), (now, lang)),
        typed: (&shown.typed.0, &shown.typed.1),
        errors: &shown.errors,
        later: later.as_ref(),
        before: shown.before.then_some(person.account.as_str()),
        here: &here,
    };
    let status = match () {
        () if shown.later.is_some() => 429,
        () if !shown.errors.is_empty() => 422,
        () => 200,
    };
    let wait = shown.later.map(|later| retry_after::seconds(later.until, now));
    Ok(retry_after::on(answer::page(status, page.html()), wait))
}

fn state(person: &Person, newest: Option<&Standing>, (now, lang): (UnixMillis, Language)) -> MailState {
    if person.state != AccountState::NotActivated {
        return MailState::Activated;
    }
    messages::mail_state(newest, (now, lang))
}
