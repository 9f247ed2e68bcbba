//! Whom an act of a command is told to, in words.

use idp_core::ClientId;
use std::collections::HashSet;

/// Logout tokens that will be sent, and to which portals.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// One for each portal and session.
    pub(super) tokens: usize,
    portals: HashSet<ClientId>,
}

impl Told {
    /// One more.
    pub(super) fn add(&mut self, portal: ClientId) {
        self.tokens += 1;
        self.portals.insert(portal);
    }

    /// Both.
    pub(super) fn plus(mut self, more: Self) -> Self {
        self.tokens += more.tokens;
        self.portals.extend(more.portals);
        self
    }

    /// How many portals.
    pub(super) fn portals(&self) -> usize {
        self.portals.len()
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let some = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        match self.tokens {
            0 => "no portal has to be told".to_owned(),
            tokens => format!("{} to {} will be sent", some(tokens, "logout token"), some(self.portals(), "portal")),
        }
    }
}

impl FromIterator<ClientId> for Told {
    fn from_iter<I: IntoIterator<Item = ClientId>>(portals: I) -> Self {
        let mut told = Self::default();
        portals.into_iter().for_each(|portal| told.add(portal));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_portals_are_counted_apart() {
        let told = |ids: &[&str]| ids.iter().map(|id| ClientId::from_trusted(*id)).collect::<Told>();
        assert_eq!(told(&[]).words(), "no portal has to be told");
        assert_eq!(told(&["emic"]).words(), "1 logout token to 1 portal will be sent");
        assert_eq!(told(&["emic", "emic"]).words(), "2 logout tokens to 1 portal will be sent");
        let both = told(&["emic", "park"]).plus(told(&["emic"]));
        assert_eq!(both.words(), "3 logout tokens to 2 portals will be sent");
    }
}
