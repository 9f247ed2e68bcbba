//! One virtual person, with browsers of their own, and the portals that serve them. They do what people and portals do, and
//! at times what a thief or a broken portal does: everything twice, too late, or with what was given back.

mod codes;
mod refreshes;

use super::dice::Dice;
use super::drive::Town;
use super::portal::Portal;
use super::secrets::{Code, digest};
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

    fn another(&self, portal: usize) -> Option<&Portal> {
        let portals = &self.town.plan.portals;
        portals.get((portal + 1) % portals.len().max(1)).filter(|_| portals.len() > 1)
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
