//! Where a person reads about a portal before deciding: its own site, what it does with their data, what they agree to.

use crate::text::{Language, PortalLinksText};
use idp_core::client::Client;
use idp_core::client::shown_host;

/// What a portal registered, in the language of the page where it has that.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortalLinks<'a> {
    /// Its own site.
    pub site: Option<&'a str>,
    /// What it does with people's data.
    pub policy: Option<&'a str>,
    /// What people agree to who use it.
    pub terms: Option<&'a str>,
}

/// One of them. Opened in a tab of its own: whoever reads does not lose the page that asks.
pub(crate) struct PortalLink<'a> {
    pub(crate) label: &'static str,
    pub(crate) href: &'a str,
    /// Whose page it is: anybody can register links, and a person should see where they lead.
    pub(crate) host: String,
}

impl<'a> PortalLinks<'a> {
    /// Of a client, for a reader of this language.
    pub fn of(client: &'a Client, lang: Language) -> Self {
        let shown = &client.presentation;
        let best = |texts: &'a idp_core::client::presentation::Localised| texts.for_reader_or_any(lang.reads());
        Self { site: best(&shown.client_uri), policy: best(&shown.policy_uri), terms: best(&shown.tos_uri) }
    }

    /// In the order that they are read in.
    pub(crate) fn list(&self, words: &PortalLinksText) -> Vec<PortalLink<'a>> {
        let all = [(words.site, self.site), (words.policy, self.policy), (words.terms, self.terms)];
        let link =
            |(label, href): (_, Option<&'a str>)| Some(PortalLink { label, href: href?, host: shown_host(href?) });
        all.into_iter().filter_map(link).collect()
    }
}
