//! Who is signed in, for each page of the area: the one way to get there.
//!
//! A handler that takes a [`Member`] is reached with a session that counts, and by a form of ours. Everybody else is sent to the
//! sign-in page and comes back afterwards, to the page that was asked for: its path stands sealed in the sign-in in progress, and only a
//! request that was routed to this area puts it there.

use super::AccountCtx;
use crate::browser::{Cookie, language};
use crate::client_address::ClientAddress;
use crate::failure::Failure;
use crate::pages::{ErrorKind, Frame};
use crate::refusal::PageNo;
use crate::session::{self, SignedIn};
use crate::sign_in::interaction::{Sealed, start_for};
use crate::text::Language;
use crate::{answer, language as language_endpoint, not_saved, posted_form};
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method};
use idp_core::membership::member_page::MemberPage;
use idp_core::oauth::params::Params;
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use idp_core::{Lifetimes, SessionId, UnixMillis};
use idp_store::{Fault, Tx, sessions};
use std::net::IpAddr;
use std::sync::Arc;

/// Who is signed in, and what is known of their request.
#[derive(Clone)]
pub struct Member {
    /// The session.
    pub session: Session,
    /// The person.
    pub person: Person,
    /// The language they read.
    pub lang: Language,
    /// When they asked.
    pub now: UnixMillis,
    /// From where.
    pub from: IpAddr,
    /// What their browser says.
    pub headers: HeaderMap,
    /// The page, as path and query.
    page: String,
    /// Whether a form was sent when nobody was signed in any more, who then signed in and came back here.
    not_saved: bool,
}

/// A form of the area.
pub struct Posted<'a> {
    /// What was typed; nothing, if another session's page sent it.
    pub form: Params<'a>,
    /// The page it was typed on. `None`: it does not count any more, being too old or of before another sign-in; it is shown anew.
    pub page: Option<MemberPage>,
    /// It asks for this language and nothing else.
    pub lang: Option<Language>,
}

impl FromRequestParts<AccountCtx> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AccountCtx) -> Result<Self, Response> {
        match find(parts, ctx).await {
            Ok(found) => found,
            Err(no) => Err(no.into_response(&ctx.base, &parts.headers)),
        }
    }
}

async fn find(parts: &Parts, ctx: &AccountCtx) -> Result<Result<Member, Response>, PageNo> {
    let (base, headers) = (&ctx.base, &parts.headers);
    let looks = parts.method == Method::GET || parts.method == Method::HEAD;
    if !looks && !base.cookies.form_is_ours(headers) {
        return Err(ErrorKind::ForeignForm.into());
    }
    let path = parts.uri.path();
    let page = parts.uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let now = base.clock.now();
    let Some(SignedIn { session, person }) = session::current(base, headers, now).await? else {
        let page = if looks { page } else { not_saved::note(&page) };
        return Ok(Err(to_sign_in(ctx, headers, &page)?));
    };
    if session.wants_touch(now, &base.lifetimes) {
        let id = session.id.clone();
        base.db.write(move |tx| sessions::touch(tx, &id, now)).await?;
    }
    let from = ClientAddress::of(parts, base)?;
    let (lang, headers) = (language(&base.cookies, headers, None), headers.clone());
    let not_saved = looks && not_saved::is_noted(&page);
    Ok(Ok(Member { session, person, lang, now, from, headers, page, not_saved }))
}

/// To the sign-in page, and back here afterwards.
fn to_sign_in(ctx: &AccountCtx, headers: &HeaderMap, page: &str) -> Result<Response, Failure> {
    let base = &ctx.base;
    let sealed = Sealed::for_browser(base, headers, &start_for(page, base.clock.now()))?;
    let mut response = answer::redirect(&format!("/sign-in?interaction={}", sealed.interaction));
    sealed.remember(base, &mut response);
    Ok(response)
}

/// What [`is_alive`] looks at.
#[derive(Clone)]
pub struct Alive {
    session: SessionId,
    now: UnixMillis,
    lifetimes: Arc<Lifetimes>,
}

/// Within the transaction of a change: whether the session of who asked still counts.
///
/// # Errors
/// When the database cannot be read.
pub fn is_alive(tx: &mut Tx<'_>, alive: &Alive) -> Result<bool, Fault> {
    let found = sessions::find(tx.conn(), &alive.session)?;
    Ok(found.is_some_and(|(session, person)| session.check(&person, alive.now, &alive.lifetimes).is_ok()))
}

impl Member {
    /// For the transaction of a change: see [`is_alive`].
    pub fn alive(&self, ctx: &AccountCtx) -> Alive {
        let lifetimes = ctx.base.lifetimes.clone();
        Alive { session: self.session.id.clone(), now: self.now, lifetimes }
    }

    /// A value for each form of the page (`page`): it says in which session the form was shown, and when.
    ///
    /// * `made_of`: the number of the record that the form changes; 0: none.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal_page(&self, ctx: &AccountCtx, made_of: i64) -> Result<String, Failure> {
        let page = MemberPage { session: self.session.id.clone(), made_of, shown_at: self.now };
        Ok(page.seal(&ctx.base.directory.snapshot().sealer)?)
    }

    /// What a form of the area sends.
    ///
    /// # Errors
    /// The page to show instead.
    pub async fn posted<'a>(&self, ctx: &AccountCtx, body: &'a [u8]) -> Result<Posted<'a>, PageNo> {
        let form = posted_form::fields(&ctx.base, &self.headers, body)?;
        let sealed = form.get("page").ok_or(ErrorKind::ExpiredPage)?;
        ctx.base.directory.learn_sealing_key(sealed).await?;
        let page = MemberPage::open(&ctx.base.directory.snapshot().sealer, sealed);
        let page = page.map_err(|_| ErrorKind::ExpiredPage)?;
        if page.session != self.session.id {
            // Somebody else's words have no place in this person's form.
            return Ok(Posted { form: Params::default(), page: None, lang: None });
        }
        let page = Some(page).filter(|page| !page.is_expired(self.now, &ctx.base.lifetimes));
        let lang = language_endpoint::asked_by(&form);
        Ok(Posted { form, page, lang })
    }

    /// The same person, who reads another language from now on.
    pub fn reading(&self, ctx: &AccountCtx, lang: Language) -> Self {
        let headers = ctx.base.cookies.with(&self.headers, Cookie::Language, lang.tag());
        Self { lang, headers, ..self.clone() }
    }

    /// The answer to who asked for another language: the browser keeps it.
    pub fn remembering(&self, ctx: &AccountCtx, mut response: Response) -> Response {
        ctx.base.cookies.set(&mut response, Cookie::Language, self.lang.tag());
        response
    }

    /// What surrounds a page whose form has the language switch.
    pub fn frame_of_form<'a>(&'a self, ctx: &'a AccountCtx) -> Frame<'a> {
        let frame = Frame::new(self.lang, ctx.base.provider.house()).signed_in_as(Some(self.person.name.as_str()));
        Frame { not_saved: self.not_saved, ..frame }
    }

    /// For the language switch of the page.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn return_to(&self, ctx: &AccountCtx) -> Result<String, Failure> {
        self.return_to_page(ctx, &self.page)
    }

    /// The same to another page.
    ///
    /// * `page`: path and query of ours.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn return_to_page(&self, ctx: &AccountCtx, page: &str) -> Result<String, Failure> {
        language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, page)
    }

    /// What surrounds the page.
    ///
    /// * `return_to`: see [`Self::return_to`].
    pub fn frame<'a>(&'a self, ctx: &'a AccountCtx, return_to: &'a str) -> Frame<'a> {
        self.frame_of_form(ctx).returning_to(return_to)
    }
}
