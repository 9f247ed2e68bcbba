//! The error page: what happened, why, and what to do next.

use askama::Template;

use super::{Frame, document};
use crate::text::{ErrorText, ErrorWords, Language, Sentence};

/// The error page.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub struct ErrorPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// What happened, in a few words.
    pub title: String,
    /// Why.
    pub explanation: String,
    /// What to do next.
    pub what_next: String,
    /// The code under which the fault was logged.
    pub incident: Option<&'a str>,
    /// The OAuth error code, for the developers of the portal.
    pub error_code: Option<&'a str>,
    /// What exactly was wrong with the request, for the developers of the portal.
    pub details: Option<&'a str>,
    /// The provider's own page, where going there helps.
    pub home_href: Option<&'a str>,
    /// 加入會員, where beginning anew helps.
    pub join_href: Option<&'static str>,
}

/// The errors a person can meet, with words in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The portal is not registered.
    UnknownClient,
    /// The portal was switched off.
    DisabledClient,
    /// The redirect URI is not registered.
    BadRedirectUri,
    /// The request does not follow the protocol; `ErrorPage::details` says how.
    BadRequest,
    /// A pushed request that was used already, is over, or is another portal's.
    SpentRequest,
    /// A page that was open too long, or was used already.
    ExpiredPage,
    /// An application for an account that is over, or another browser's.
    ApplicationOver,
    /// A form that is not of this browser.
    ForeignForm,
    /// No such page.
    NotFound,
    /// Not for this method.
    MethodNotAllowed,
    /// The request is too large.
    TooLarge,
    /// The request did not arrive in time.
    TooSlow,
    /// Too many requests at this moment.
    TooBusy,
    /// A fault of ours; `ErrorPage::incident` says which.
    Internal,
    /// Without its database, with a clock that is off, starting or stopping.
    NotReady,
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: [Self; 15] = [
        Self::UnknownClient,
        Self::DisabledClient,
        Self::BadRedirectUri,
        Self::BadRequest,
        Self::SpentRequest,
        Self::ExpiredPage,
        Self::ApplicationOver,
        Self::ForeignForm,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooLarge,
        Self::TooSlow,
        Self::TooBusy,
        Self::Internal,
        Self::NotReady,
    ];

    /// The words for this error.
    pub fn words(self, lang: Language) -> &'static ErrorWords {
        let text = &lang.text().error;
        match self {
            Self::UnknownClient => &text.unknown_client,
            Self::DisabledClient => &text.disabled_client,
            Self::BadRedirectUri => &text.bad_redirect_uri,
            Self::BadRequest => &text.bad_request,
            Self::SpentRequest => &text.spent_request,
            Self::ExpiredPage => &text.expired_page,
            Self::ApplicationOver => &text.application_over,
            Self::ForeignForm => &text.foreign_form,
            Self::NotFound => &text.not_found,
            Self::MethodNotAllowed => &text.method_not_allowed,
            Self::TooLarge => &text.too_large,
            Self::TooSlow => &text.too_slow,
            Self::TooBusy => &text.too_busy,
            Self::Internal => &text.internal,
            Self::NotReady => &text.not_ready,
        }
    }
}

impl<'a> ErrorPage<'a> {
    /// The page for a kind of error. Fill in the rest with `ErrorPage { incident: Some(code), ..ErrorPage::of(frame, kind) }`.
    pub fn of(frame: Frame<'a>, kind: ErrorKind) -> Self {
        let words = kind.words(frame.lang);
        Self {
            frame,
            title: words.title.to_owned(),
            explanation: words.explanation.to_owned(),
            what_next: words.what_next.to_owned(),
            incident: None,
            error_code: None,
            details: None,
            home_href: None,
            join_href: (kind == ErrorKind::ApplicationOver).then_some("/join"),
        }
    }

    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static ErrorText {
        &self.frame.text().error
    }

    fn to_home(&self) -> Sentence<'_> {
        (self.frame.text().sign_out.to_home)(self.frame.brand)
    }

    fn title(&self) -> String {
        format!("{}{}", self.frame.text().frame.error_prefix, self.title)
    }
}
