//! The two languages of the pages: Traditional Chinese unless the person chose English (`GET /language/{code}`).

use std::borrow::Borrow;

/// The reader's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// 繁體中文
    #[default]
    Chinese,
    /// English
    English,
}

/// One text in both languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Both {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
}

impl Language {
    /// From a cookie or a path; anything unknown is none.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        match code {
            "zh-TW" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// BCP 47, for `lang=` and for `ui_locales` (OpenID Connect Core §3.1.2.1).
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh-TW",
            Self::English => "en",
        }
    }

    /// The text of the two that this reader reads; templates write both side by side.
    pub(crate) fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Chinese => zh,
            Self::English => en,
        }
    }

    pub(crate) fn of(&self, text: impl Borrow<Both>) -> &'static str {
        let text = text.borrow();
        self.t(text.zh, text.en)
    }
}
