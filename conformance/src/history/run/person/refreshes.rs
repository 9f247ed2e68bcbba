//! What a person does with refresh tokens: the newest, an old one, twice at once, by a stranger, after the grace.

use super::super::secrets::{Reply, digest, told};
use super::{Person, wait_for};
use crate::history::event::{Action, Answer};
use std::time::Duration;
use tokio::time::sleep;

impl Person {
    pub(super) async fn refresh(&mut self) {
        let place = self.dice.below(self.grants.len());
        let Some(held) = self.grants.get(place) else { return self.redeem().await };
        let count = held.refresh.len();
        match self.dice.below(100) {
            0..14 => self.refresh_twice_at_once(place).await,
            14..26 => {
                let old = self.dice.below(count);
                self.refresh_generation(place, Some(old)).await;
            }
            26..30 => self.refresh_as_stranger(place).await,
            30..34 => {
                self.refresh_generation(place, None).await;
                sleep(self.town.plan.waits.0 + Duration::from_millis(600)).await;
                self.refresh_generation(place, Some(count.saturating_sub(1))).await;
            }
            _ => self.refresh_generation(place, None).await,
        }
    }

    /// Uses one of the refresh tokens held, counted from the oldest; without a number, the newest.
    pub(super) async fn refresh_generation(&mut self, place: usize, number: Option<usize>) {
        let node = self.node();
        let Some(held) = self.grants.get(place) else { return };
        let token = held.refresh.get(number.unwrap_or(held.refresh.len().saturating_sub(1))).cloned();
        let Some(token) = token else { return };
        let (answer, given) = self.use_refresh(node, held.portal, &token).await;
        if let (Some(tokens), Some(held)) = (given.tokens, self.grants.get_mut(place)) {
            held.add(tokens);
        }
        wait_for(&answer).await;
    }

    async fn use_refresh(&self, node: usize, portal: usize, token: &str) -> Reply {
        let Some(portal) = self.town.plan.portals.get(portal) else { return told(Answer::Unreached) };
        let action = Action::Refresh { token: digest(token), client: portal.id.clone() };
        self.town.recorder.record(node, action, self.town.wire.refresh(node, portal, token)).await
    }

    /// Two processes of a portal refresh at once, and both go on with what they got.
    async fn refresh_twice_at_once(&mut self, place: usize) {
        let (here, there) = (self.node(), self.node());
        let Some(held) = self.grants.get(place) else { return };
        let Some(token) = held.refresh.last().cloned() else { return };
        let portal = held.portal;
        let both = tokio::join!(self.use_refresh(here, portal, &token), self.use_refresh(there, portal, &token));
        let successors = [both.0.1.tokens, both.1.1.tokens];
        for tokens in successors.clone().into_iter().flatten() {
            if let Some(held) = self.grants.get_mut(place) {
                held.add(tokens);
            }
        }
        let [Some([_, one, _]), Some([_, two, _])] = successors else { return };
        if !self.dice.percent(60) {
            return;
        }
        let (_, first) = self.use_refresh(here, portal, &one).await;
        let (_, again) = self.use_refresh(there, portal, &two).await;
        for tokens in [first.tokens, again.tokens].into_iter().flatten() {
            if let Some(held) = self.grants.get_mut(place) {
                held.add(tokens);
            }
        }
        if self.dice.percent(40) {
            self.refresh_generation(place, None).await;
            // The other of the two is two generations old by now.
            self.use_refresh(here, portal, &two).await;
        }
    }

    async fn refresh_as_stranger(&mut self, place: usize) {
        let node = self.node();
        let Some(held) = self.grants.get(place) else { return };
        let (Some(token), Some(stranger)) = (held.refresh.last(), self.another(held.portal)) else { return };
        let action = Action::Refresh { token: digest(token), client: stranger.id.clone() };
        self.town.recorder.record(node, action, self.town.wire.refresh(node, stranger, token)).await;
    }
}
