//! The operator, who gives orders on the command line, and somebody who watches the keys.

use super::dice::Dice;
use super::drive::Town;
use super::secrets::{Reply, told};
use crate::history::event::{Action, Answer};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Between two looks at the JWKS of a node.
const LOOK: Duration = Duration::from_millis(200);
/// Between two rotations.
const ROTATE: Duration = Duration::from_secs(6);
/// Longer than a node may know a client as it was.
const SWITCHED: Duration = Duration::from_millis(4500);

/// An operator.
pub struct Operator {
    pub town: Arc<Town>,
    pub dice: Dice,
}

/// Fetches the JWKS of a node again and again. What a node says that is not ready counts for nobody.
pub async fn watch_keys(town: Arc<Town>, node: usize) {
    while town.progress.goes_on() {
        let look = async {
            let keys = town.wire.fetch_keys(node).await;
            if town.wire.is_ready(node).await { keys } else { told(Answer::Refused { error: "not ready".into() }) }
        };
        town.recorder.record(node, Action::Jwks, look).await;
        sleep(LOOK).await;
    }
}

impl Operator {
    /// Locks somebody for a moment, again and again. Everybody is unlocked in the end.
    pub async fn lock_people(mut self) {
        let people = self.town.plan.people.clone();
        while self.town.progress.one_more() {
            let Some(person) = self.dice.pick(&people).cloned() else { return };
            self.order(&["accounts", "lock", &person], Action::Lock { person: person.clone() }).await;
            sleep(self.moment()).await;
            let unlock = Action::Unlock { person: person.clone() };
            self.insist(&["accounts", "unlock", &person], unlock).await;
            sleep(self.moment() * 2).await;
        }
    }

    /// Switches the last portal off and on.
    pub async fn switch_client(self) {
        let [_, .., last] = self.town.plan.portals.as_slice() else { return };
        let client = last.id.clone();
        while self.town.progress.one_more() {
            self.order(&["clients", "disable", &client], Action::Disable { client: client.clone() }).await;
            sleep(SWITCHED).await;
            self.insist(&["clients", "enable", &client], Action::Enable { client: client.clone() }).await;
            sleep(SWITCHED).await;
        }
    }

    /// Lets the next keys sign as soon as they may.
    pub async fn rotate_keys(self) {
        while self.town.progress.one_more() {
            self.order(&["keys", "rotate"], Action::Rotate).await;
            sleep(ROTATE).await;
        }
    }

    fn moment(&mut self) -> Duration {
        Duration::from_millis(u64::try_from(self.dice.below(200)).unwrap_or_default() + 30)
    }

    async fn order(&self, arguments: &[&str], action: Action) -> bool {
        let (answer, _) = self.town.recorder.record(0, action, self.run(arguments)).await;
        answer == Answer::Done
    }

    /// Gives an order until it is carried out: what was off must not stay so.
    async fn insist(&self, arguments: &[&str], action: Action) {
        for _ in 0..600 {
            if self.order(arguments, action.clone()).await {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// An order that failed may still have been carried out.
    async fn run(&self, arguments: &[&str]) -> Reply {
        let Some(commands) = &self.town.plan.commands else { return told(Answer::Unreached) };
        match commands.run(arguments).await {
            Ok(_) => told(Answer::Done),
            Err(why) => told(Answer::Unknown { why: format!("a command failed: {why}") }),
        }
    }
}
