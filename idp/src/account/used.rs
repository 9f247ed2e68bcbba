//! The portals that a person uses: what is known of each, for the pages that list them.

use crate::consent;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::text::Language;
use crate::wiring::Ctx;
use idp_core::client::Client;
use idp_core::oauth::gate::Bound;
use idp_core::people::account::Person;
use idp_core::scope::{Scope, ScopeSet};
use idp_core::{ClientId, UnixMillis};
use idp_store::grants::of_account::{self, Given};
use idp_store::{Conn, Fault, consents};
use std::collections::BTreeMap;

/// What a person gave one portal, and agreed to there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Everything it holds, and what was agreed to.
    pub scope: ScopeSet,
    /// Since when.
    pub since: Option<UnixMillis>,
    /// When it was last given tokens, as far as that is still known.
    pub last_used: Option<UnixMillis>,
    /// What it was once given, whether that still lives or not.
    pub before: ScopeSet,
    /// Whether it can act while the person is away.
    pub while_away: bool,
}

/// Kinds of grants of one portal that a page looks at, at most: with the same scopes and the same life they are one kind.
const KINDS: i64 = 16;

/// A page of them, by client id: three statements, however many there are. Gives whether there are more.
///
/// * `after`: the portal that the page before ended with; empty at first.
///
/// # Errors
/// When the database cannot be read.
pub async fn page(
    ctx: &Ctx,
    person: &Person,
    after: &str,
    (now, most): (UnixMillis, usize),
) -> Result<(Vec<(ClientId, Use)>, bool), Failure> {
    let (person, after) = (person.clone(), after.to_owned());
    let idle_from = now.minus(ctx.lifetimes.session_idle);
    let read = move |conn: &mut Conn| -> Result<_, Fault> {
        let size = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let agreed = consents::page(conn, &person.account_id, &after, size)?;
        let given = of_account::given(conn, &person, &after, (now, idle_from), size * KINDS)?;
        Ok((agreed, given, of_account::ever(conn, &person.account_id, &after, size * KINDS)?))
    };
    let (agreed, given, ever) = ctx.db.scan(read).await?;
    let mut all = BTreeMap::<String, Use>::new();
    for (client, consent) in agreed {
        let used = all.entry(client.as_str().to_owned()).or_default();
        used.scope = consent.scope;
        used.since = consent.told_at;
    }
    for given in given {
        all.entry(given.client.as_str().to_owned()).or_default().add(&given);
    }
    for (client, scope, last_used) in ever {
        if let Some(used) = all.get_mut(client.as_str()) {
            used.before = used.before.or(scope);
            used.last_used = used.last_used.max(Some(last_used));
        }
    }
    let more = all.len() > most;
    let all = all.into_iter().take(most).map(|(client, used)| (ClientId::from_trusted(client), used));
    Ok((all.collect(), more))
}

impl Use {
    fn add(&mut self, given: &Given) {
        self.scope = self.scope.or(given.scope);
        self.since = self.since.map(|since| since.min(given.since)).or(Some(given.since));
        self.last_used = self.last_used.max(Some(given.last_used));
        self.while_away |= given.bound == Bound::Offline;
    }

    /// What the portal receives, in the words of the page that asked.
    ///
    /// * `known`: the portal, unless it is gone.
    pub fn receives(&self, known: Option<&Client>, person: &Person, lang: Language) -> Vec<&'static str> {
        let scope = match known {
            // Nothing is asked when it is entered: it is given what it was given before, or may ask for.
            Some(client) if client.trusted => {
                let held = self.scope.or(self.before);
                if held == ScopeSet::default() { client.scope } else { held }
            }
            _ => self.scope,
        };
        consent::labels(scope.without(Scope::OfflineAccess), person, lang)
    }
}

/// The name of a portal; of one that is gone, its id.
pub fn name(snapshot: &Snapshot, client: &ClientId, lang: Language) -> String {
    let known = snapshot.client(client);
    known.map_or_else(|| client.as_str().to_owned(), |known| known.client.name_for(lang.reads()).to_owned())
}
