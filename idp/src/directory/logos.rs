//! Logos in memory: which picture people are shown of a client, and what is to be done about those whose picture is missing.

use crate::text::Language;
use idp_core::ClientId;
use idp_core::client::Client;
use idp_core::client::logo::PictureName;
use idp_store::client_logos::{self, ClientLogo};
use idp_store::{Conn, Fault};
use std::collections::HashMap;

/// The logo of a client, in the languages of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logo {
    /// Whether it may be shown at all.
    pub shown: bool,
    pictures: Vec<(Language, PictureName)>,
}

impl Logo {
    /// The picture for readers of a language, or else of another.
    pub fn picture(&self, lang: Language) -> Option<&PictureName> {
        let of = self.pictures.iter().find(|(language, _)| *language == lang).or_else(|| self.pictures.first());
        of.filter(|_| self.shown).map(|(_, picture)| picture)
    }
}

/// Addresses that the database does not have as the clients have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoWork {
    /// Nobody noted yet that they are to be fetched.
    pub missing: Vec<(ClientId, String)>,
    /// Their clients have them no more.
    pub unwanted: Vec<(ClientId, String)>,
}

/// Where a client has its logo: one address for each language of the pages, and none that no page shows.
pub fn addresses(client: &Client) -> Vec<(Language, &str)> {
    let uris = &client.presentation.logo_uri;
    Language::ALL.into_iter().filter_map(|lang| Some((lang, uris.for_reader_or_any(lang.reads())?))).collect()
}

/// What is stored, on its way into memory.
pub(super) struct Logos {
    stored: HashMap<ClientId, Vec<ClientLogo>>,
    pub(super) work: LogoWork,
}

impl Logos {
    pub(super) fn read(conn: &mut Conn) -> Result<Self, Fault> {
        let mut stored = HashMap::<_, Vec<_>>::new();
        for logo in client_logos::all(conn)? {
            stored.entry(logo.client_id.clone()).or_default().push(logo);
        }
        Ok(Self { stored, work: LogoWork::default() })
    }

    /// What people are shown of a client, if they may be shown it; what is to be done about it is noted.
    pub(super) fn of(&mut self, client: &Client, shown: bool) -> Logo {
        let stored = self.stored.remove(&client.id).unwrap_or_default();
        let wanted = addresses(client);
        let named = |uri: &str| (client.id.clone(), uri.to_owned());
        let unwanted = stored.iter().filter(|logo| !wanted.iter().any(|(_, uri)| *uri == logo.uri));
        self.work.unwanted.extend(unwanted.map(|logo| named(&logo.uri)));
        let mut pictures = Vec::new();
        for (lang, uri) in wanted {
            let missing = named(uri);
            match stored.iter().find(|logo| logo.uri == uri) {
                Some(logo) => pictures.extend(logo.picture.clone().map(|picture| (lang, picture))),
                None if shown && !self.work.missing.contains(&missing) => self.work.missing.push(missing),
                None => {}
            }
        }
        Logo { shown, pictures }
    }
}
