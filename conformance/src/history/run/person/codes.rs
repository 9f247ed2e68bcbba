//! What a person does with codes: redeemed as it should be, twice at once, wrongly, by a stranger, again.

use super::super::portal::Portal;
use super::super::secrets::{Code, Reply, digest, told};
use super::{Held, Person, remember, wait_for};
use crate::history::event::{Action, Answer};

impl Person {
    pub(super) async fn redeem(&mut self) {
        let Some(code) = self.fresh.pop() else { return self.authorize().await };
        match self.dice.below(100) {
            0..5 => self.redeem_wrongly(&code).await,
            5..9 => self.redeem_as_stranger(&code).await,
            9..19 => {
                let (here, there) = (self.node(), self.node());
                let (one, two) = tokio::join!(self.present(here, &code), self.present(there, &code));
                self.keep_tokens(&code, one).await;
                self.keep_tokens(&code, two).await;
            }
            way => {
                let node = self.node();
                let given = self.present(node, &code).await;
                self.keep_tokens(&code, given).await;
                if way < 24 {
                    self.spent.push(code.clone());
                    return self.replay_code().await;
                }
            }
        }
        remember(&mut self.spent, code);
    }

    async fn present(&self, node: usize, code: &Code) -> Reply {
        let Some(portal) = self.town.plan.portals.get(code.portal) else { return told(Answer::Unreached) };
        self.present_as(node, (code, &code.verifier), portal).await
    }

    async fn present_as(&self, node: usize, (code, verifier): (&Code, &str), portal: &Portal) -> Reply {
        let fits = verifier == code.verifier;
        let action = Action::Redeem { code: digest(&code.code), client: portal.id.clone(), fits };
        self.town.recorder.record(node, action, self.town.wire.redeem(node, portal, code, verifier)).await
    }

    async fn keep_tokens(&mut self, code: &Code, (answer, given): Reply) {
        if let Some([access, refresh, id_token]) = given.tokens {
            let (portal, session) = (code.portal, code.session.clone());
            let held = Held { portal, session, access: vec![access], refresh: vec![refresh], id_token };
            remember(&mut self.grants, held);
        }
        wait_for(&answer).await;
    }

    async fn redeem_wrongly(&mut self, code: &Code) {
        let town = self.town.clone();
        let Some(portal) = town.plan.portals.get(code.portal) else { return };
        let verifier: String = code.verifier.chars().rev().collect();
        let node = self.node();
        self.present_as(node, (code, &verifier), portal).await;
    }

    async fn redeem_as_stranger(&mut self, code: &Code) {
        let (town, node) = (self.town.clone(), self.node());
        if let Some(stranger) = self.another(code.portal) {
            self.present_as(node, (code, &code.verifier), stranger).await;
        }
        // From a stranger a code changes nothing: it still works.
        let node = self.dice.below(town.plan.entrances.len());
        let given = self.present(node, code).await;
        self.keep_tokens(code, given).await;
    }

    pub(super) async fn replay_code(&mut self) {
        let node = self.node();
        if let Some(code) = self.dice.pick(&self.spent).cloned() {
            let given = self.present(node, &code).await;
            self.keep_tokens(&code, given).await;
        }
    }
}
