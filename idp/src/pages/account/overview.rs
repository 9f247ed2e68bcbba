//! 個人資料查詢: what is kept of a person, for that person. The 身分證字號 is shown in part, and opens on
//! demand: whoever looks over a shoulder does not learn it.

use super::{Frame, MenuItem, Place, document, menu};
use crate::pages::dates::{identity_number_text, moment_text};
use crate::pages::membership::facts;
use crate::text::OverviewText;
use askama::Template;
use idp_core::UnixMillis;
use idp_core::membership::field::Field;
use idp_core::membership::profile::Profile;
use idp_core::membership::recovery::{CountsFrom, Recovery};
use idp_core::people::account::{Person, Personal};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/overview.html", whitespace = "minimize")]
pub struct OverviewPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Who is signed in.
    pub person: &'a Person,
    /// Personal data.
    pub personal: &'a Personal,
    /// What of it the fields of a form can say.
    pub profile: &'a Profile,
    /// 忘記密碼救援.
    pub recovery: &'a Recovery,
    /// From when on it counts.
    pub counts_from: CountsFrom,
    /// When the address has settled; `None`: it has.
    pub email_settles: Option<UnixMillis>,
    /// An address that waits to be confirmed.
    pub email_waiting: Option<&'a str>,
    /// What was agreed to.
    pub agreed: Vec<Agreement>,
    /// When somebody signed in, the newest first, and whether it is this session.
    pub sign_ins: Vec<(UnixMillis, bool)>,
}

/// A document that a person agreed to.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Which: `terms` or `privacy`.
    pub document: String,
    /// Its version.
    pub version: String,
    /// When.
    pub at: UnixMillis,
}

/// A line of facts.
struct Fact {
    id: &'static str,
    label: &'static str,
    value: String,
    /// Under the value; empty for nothing.
    under: String,
    /// The whole of what is shown in part, for who wants to see it.
    whole: Option<String>,
    /// Where the label leads.
    href: Option<&'static str>,
}

impl Fact {
    fn new(id: &'static str, label: &'static str, value: String) -> Self {
        Self { id, label, value, under: String::new(), whole: None, href: None }
    }
}

/// Facts under a heading, and the page that changes them.
struct Section {
    id: &'static str,
    heading: &'static str,
    change: Option<Place>,
    facts: Vec<Fact>,
}

impl OverviewPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Overview, self.frame.text())
    }

    fn title(&self) -> &'static str {
        (self.frame.text().account.place)(Place::Overview)
    }

    fn words(&self) -> &'static OverviewText {
        &self.frame.text().account.overview
    }

    fn or_none(&self, value: Option<String>) -> String {
        value.unwrap_or_else(|| self.words().nothing.to_owned())
    }

    fn sections(&self) -> Vec<Section> {
        let words = self.words();
        let section = |id, heading, change, facts| Section { id, heading, change, facts };
        let mut sections = vec![
            section("basics", words.basics, Some(Place::Profile), self.basics()),
            section("identity", words.standing, None, self.identity()),
            section("contact", words.contact, Some(Place::Email), self.contact()),
            section("further", words.further, Some(Place::Profile), self.further()),
            section("rescue", words.recovery, Some(Place::Recovery), self.rescue()),
        ];
        if !self.agreed.is_empty() {
            sections.push(section("agreed", words.agreed, None, self.agreements()));
        }
        sections.push(section("sign-ins", words.sign_ins, Some(Place::Password), self.newest_sign_ins()));
        sections
    }

    fn basics(&self) -> Vec<Fact> {
        let text = self.frame.text();
        let label = |field| (text.membership.field)(field).label;
        vec![
            Fact::new("account", text.home.account, self.person.account.clone()),
            Fact::new("name", label(Field::Name), self.person.name.clone()),
            Fact::new("nickname", label(Field::Nickname), self.or_none(self.profile.nickname.clone())),
        ]
    }

    fn identity(&self) -> Vec<Fact> {
        let (words, capacity) = (self.words(), self.person.capacity.as_ref());
        let kind = self.frame.text().home.identity(capacity.map(|capacity| capacity.official_type));
        let agency = capacity.map_or_else(|| words.no_agency.to_owned(), |capacity| capacity.agency_name.clone());
        let oid = capacity.map(|capacity| format!("{} {}", words.agency_oid, capacity.agency_oid.as_str()));
        let under = oid.unwrap_or_else(|| words.no_agency_how.to_owned());
        let agency = Fact { under, ..Fact::new("agency-name", words.agency, agency) };
        vec![Fact::new("identity-type", words.identity, kind.to_owned()), agency]
    }

    fn contact(&self) -> Vec<Fact> {
        let (words, text) = (self.words(), self.frame.text());
        let label = (text.membership.field)(Field::Email).label;
        let standing = match (&self.person.email, self.person.email_verified, self.email_settles) {
            (None, ..) => String::new(),
            (Some(_), true, Some(from)) => (words.settles)(&moment_text(from.0, self.frame.lang)),
            (Some(_), true, None) => words.confirmed.to_owned(),
            (Some(_), false, _) => words.not_confirmed.to_owned(),
        };
        let email = Fact::new("email", label, self.or_none(self.person.email.clone()));
        let waiting = self.email_waiting.map(|waiting| Fact {
            under: words.waiting_how.to_owned(),
            ..Fact::new("email-waiting", words.waiting, waiting.to_owned())
        });
        std::iter::once(Fact { under: standing, ..email }).chain(waiting).collect()
    }

    fn further(&self) -> Vec<Fact> {
        let ids = ["birthday", "national-id", "gender", "address", "phone"];
        let facts = facts::further(&self.profile.further, self.frame.lang, &self.frame.text().membership);
        let mut facts: Vec<Fact> = ids
            .into_iter()
            .zip(facts)
            .map(|(id, (label, value))| Fact::new(id, label, self.or_none(value.or_else(|| self.unsaid(id)))))
            .collect();
        if let (Some(number), Some(fact)) = (&self.personal.national_id, facts.get_mut(1)) {
            fact.whole = Some(identity_number_text(number));
            let proven = self.personal.national_id_verified;
            fact.under = if proven { self.words().proven.to_owned() } else { String::new() };
        }
        facts
    }

    /// What no field of a form can say, as the claim has it.
    fn unsaid(&self, id: &str) -> Option<String> {
        let claims = &self.personal.claims;
        let claim = match id {
            "birthday" => claims.get("birthdate"),
            "gender" => claims.get("gender"),
            "address" => claims.get("address").and_then(|address| address.get("formatted")),
            "phone" => claims.get("phone_number"),
            _ => None,
        };
        claim.and_then(|value| value.as_str()).map(str::to_owned)
    }

    fn rescue(&self) -> Vec<Fact> {
        let ids = ["hint-question", "hint-answer", "rescue-mobile"];
        let facts = facts::recovery(self.recovery, &self.frame.text().membership);
        let from = [self.counts_from.hint, None, self.counts_from.mobile];
        let under = |at: UnixMillis| (self.words().counts_from)(&moment_text(at.0, self.frame.lang));
        let fact = |((id, (label, value)), from): ((_, (_, _)), Option<UnixMillis>)| Fact {
            under: from.map(under).unwrap_or_default(),
            ..Fact::new(id, label, self.or_none(value))
        };
        ids.into_iter().zip(facts).zip(from).map(fact).collect()
    }

    fn agreements(&self) -> Vec<Fact> {
        let documents = &self.frame.text().membership.documents;
        let fact = |agreed: &Agreement| {
            let (id, label, href) = match agreed.document.as_str() {
                "terms" => ("agreed-terms", documents.terms, "/terms"),
                _ => ("agreed-privacy", documents.privacy, "/privacy"),
            };
            let under = (self.words().agreed_at)(&moment_text(agreed.at.0, self.frame.lang));
            Fact { under, href: Some(href), ..Fact::new(id, label, (documents.version)(&agreed.version)) }
        };
        // The newest of each: what was agreed to before is replaced by it.
        let mut newest: Vec<&Agreement> = Vec::new();
        for agreed in &self.agreed {
            if newest.iter().all(|other| other.document != agreed.document) {
                newest.push(agreed);
            }
        }
        newest.into_iter().rev().map(fact).collect()
    }

    fn newest_sign_ins(&self) -> Vec<Fact> {
        let words = self.words();
        let label = |place: usize| if place == 0 { words.sign_in_last } else { words.sign_in_before };
        let fact = |(place, (at, is_here)): (usize, &(UnixMillis, bool))| {
            let under = if *is_here { words.this_one.to_owned() } else { String::new() };
            Fact { under, ..Fact::new("", label(place), moment_text(at.0, self.frame.lang)) }
        };
        self.sign_ins.iter().enumerate().map(fact).collect()
    }

    fn change_words(&self, place: &Place) -> &'static str {
        (self.words().change)(*place)
    }
}
