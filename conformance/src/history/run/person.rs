//! One virtual person, with browsers of their own, and the portals that serve them. They do what people and portals do, and
//! at times what a thief or a broken portal does: everything twice, too late, or with what was given back.

use super::dice::Dice;
use super::drive::Town;
use super::portal::Portal;
use super::secrets::{Code, Reply, digest, told};
use crate::history::event::{Action, Answer};
use crate::request::Request;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// When nobody is there, a person tries again soon.
const SOON: Duration = Duration::from_millis(50);
/// What is held at once; older things are forgotten.
const HELD: usize = 12;

/// A person.
pub struct Person {
    town: Arc<Town>,
    account: String,
    dice: Dice,
    /// Cookies of browsers that are signed in, and of some that were.
    sessions: Vec<String>,
    over: Vec<String>,
    fresh: Vec<Code>,
    spent: Vec<Code>,
    grants: Vec<Held>,
}

/// Tokens of one grant, oldest first.
struct Held {
    portal: usize,
    session: String,
    access: Vec<String>,
    refresh: Vec<String>,
    id_token: String,
}

impl Held {
    fn add(&mut self, [access, refresh, id_token]: [String; 3]) {
        self.access.push(access);
        self.refresh.push(refresh);
        self.id_token = id_token;
    }
}

impl Person {
    pub fn new(town: Arc<Town>, number: usize) -> Self {
        let dice = Dice::new(town.plan.seed, u64::try_from(number).unwrap_or_default());
        let account = town.plan.people.get(number).cloned().unwrap_or_default();
        Self { town, account, dice, sessions: vec![], over: vec![], fresh: vec![], spent: vec![], grants: vec![] }
    }

    /// Does one thing after the other until enough was done.
    pub async fn live(&mut self) {
        while self.town.progress.one_more() {
            match self.dice.below(100) {
                _ if self.sessions.is_empty() => self.sign_in().await,
                0..4 => self.sign_in().await,
                4..27 => self.authorize().await,
                27..50 => self.redeem().await,
                50..54 => self.replay_code().await,
                54..76 => self.refresh().await,
                76..90 => self.user_info().await,
                90..93 => self.revoke().await,
                93..96 => self.sign_out().await,
                _ => self.use_what_is_over().await,
            }
        }
    }

    /// Looks once more whether everything is still there.
    pub async fn last_look(&mut self) {
        for session in self.sessions.clone() {
            self.authorize_with(&session).await;
        }
        for place in 0..self.grants.len() {
            self.user_info_of(place).await;
            self.refresh_generation(place, None).await;
        }
    }

    async fn sign_in(&mut self) {
        let nodes = (self.node(), self.node());
        let action = Action::SignIn { person: self.account.clone() };
        let town = self.town.clone();
        let Some(portal) = town.plan.portals.first() else { return };
        let person = (self.account.as_str(), town.plan.password.as_str());
        let (answer, given) = town.recorder.record(nodes.1, action, town.wire.sign_in(nodes, portal, person)).await;
        match given.session {
            Some(session) => remember(&mut self.sessions, session),
            // The name waits after an attempt that failed or broke off.
            None if answer != Answer::Unreached => sleep(town.plan.waits.1 + SOON).await,
            None => sleep(SOON).await,
        }
    }

    async fn authorize(&mut self) {
        if let Some(session) = self.dice.pick(&self.sessions).cloned() {
            self.authorize_with(&session).await;
        }
    }

    async fn use_what_is_over(&mut self) {
        if let Some(session) = self.dice.pick(&self.over).cloned() {
            self.authorize_with(&session).await;
        }
    }

    async fn authorize_with(&mut self, session: &str) {
        let town = self.town.clone();
        let number = self.dice.below(town.plan.portals.len());
        let Some(portal) = town.plan.portals.get(number) else { return };
        let offline = self.dice.percent(25);
        let scope = if offline { "openid identity offline_access" } else { "openid identity" };
        let request = Request::new("", &portal.id, &portal.redirect_uri).scope(scope).with("prompt", "none");
        let action = Action::Authorize {
            session: digest(session),
            client: portal.id.clone(),
            nonce: request.nonce.clone(),
            offline,
        };
        let node = self.node();
        let asked = town.wire.authorize(node, (number, portal), &request, session);
        let (answer, given) = town.recorder.record(node, action, asked).await;
        match answer {
            Answer::Code { .. } => self.fresh.extend(given.code),
            Answer::Refused { error } if error == "login_required" => self.forget_session(session),
            answer => wait_for(&answer).await,
        }
    }

    fn forget_session(&mut self, session: &str) {
        self.sessions.retain(|one| one != session);
        if !self.over.iter().any(|one| one == session) {
            remember(&mut self.over, session.to_owned());
        }
    }

    async fn redeem(&mut self) {
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

    fn another(&self, portal: usize) -> Option<&Portal> {
        let portals = &self.town.plan.portals;
        portals.get((portal + 1) % portals.len().max(1)).filter(|_| portals.len() > 1)
    }

    async fn replay_code(&mut self) {
        let node = self.node();
        if let Some(code) = self.dice.pick(&self.spent).cloned() {
            let given = self.present(node, &code).await;
            self.keep_tokens(&code, given).await;
        }
    }

    async fn refresh(&mut self) {
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
    async fn refresh_generation(&mut self, place: usize, number: Option<usize>) {
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

    async fn user_info(&mut self) {
        let place = self.dice.below(self.grants.len());
        self.user_info_of(place).await;
    }

    async fn user_info_of(&mut self, place: usize) {
        let node = self.node();
        let Some(held) = self.grants.get(place) else { return };
        let Some(token) = self.dice.pick(&held.access) else { return };
        let action = Action::UserInfo { token: digest(token) };
        let (answer, _) = self.town.recorder.record(node, action, self.town.wire.user_info(node, token)).await;
        wait_for(&answer).await;
    }

    async fn revoke(&mut self) {
        let (node, place, by_access) = (self.node(), self.dice.below(self.grants.len()), self.dice.percent(50));
        let Some(held) = self.grants.get(place) else { return };
        let tokens = if by_access { &held.access } else { &held.refresh };
        let (Some(token), Some(portal)) = (tokens.last(), self.town.plan.portals.get(held.portal)) else { return };
        let action = Action::Revoke { token: digest(token), client: portal.id.clone() };
        let (answer, _) = self.town.recorder.record(node, action, self.town.wire.revoke(node, portal, token)).await;
        wait_for(&answer).await;
    }

    async fn sign_out(&mut self) {
        let nodes = (self.node(), self.node());
        let Some(session) = self.dice.pick(&self.sessions).cloned() else { return };
        let hint = self.grants.iter().rev().find(|held| held.session == session).map(|held| held.id_token.as_str());
        let hint = hint.filter(|_| self.dice.percent(50));
        let action = Action::SignOut { session: digest(&session) };
        let asked = self.town.wire.sign_out(nodes, &session, hint);
        let (answer, _) = self.town.recorder.record(nodes.1, action, asked).await;
        if answer == Answer::Done {
            self.forget_session(&session);
        }
        wait_for(&answer).await;
    }

    fn node(&mut self) -> usize {
        self.dice.below(self.town.plan.entrances.len())
    }
}

/// Nobody hammers at a door that does not open.
async fn wait_for(answer: &Answer) {
    if matches!(answer, Answer::Unreached | Answer::Unknown { .. }) {
        sleep(SOON).await;
    }
}

fn remember<T>(held: &mut Vec<T>, new: T) {
    if held.len() >= HELD {
        held.remove(0);
    }
    held.push(new);
}
