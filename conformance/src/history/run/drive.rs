//! Brings everybody together, and goes on until enough was done.

use super::Outcome;
use super::dice::Dice;
use super::operator::{Operator, watch_keys};
use super::person::Person;
use super::portal::{Portal, Wire};
use super::recorder::Recorder;
use crate::history::event::Event;
use crate::servers::idp_node::Commands;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Who uses what.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Another seed: other wishes.
    pub seed: u64,
    /// How many operations, about.
    pub operations: u64,
    /// Where people and portals come in: nodes, or a balancer before them.
    pub entrances: Vec<String>,
    /// The nodes behind a balancer, whose keys are watched; empty if the entrances are the nodes.
    pub nodes: Vec<String>,
    /// The issuer.
    pub issuer: String,
    /// Account names.
    pub people: Vec<String>,
    /// Everybody's password.
    pub password: String,
    /// The portals; all trusted. The operator switches the last one off at times, if there are several.
    pub portals: Vec<Portal>,
    /// For how long a used refresh token works again, and a broken sign-in makes its name wait.
    pub waits: (Duration, Duration),
    /// How the operator gives orders; without, there are none.
    pub commands: Option<Commands>,
}

/// How far it is.
pub struct Progress {
    done: AtomicU64,
    total: u64,
    held: AtomicBool,
}

impl Progress {
    /// One more operation. `false`: it is enough.
    pub fn one_more(&self) -> bool {
        let one = u64::from(!self.held.load(Ordering::Relaxed));
        self.done.fetch_add(one, Ordering::Relaxed) < self.total
    }

    /// While it is held, operations do not count.
    pub fn hold(&self, held: bool) {
        self.held.store(held, Ordering::Relaxed);
    }

    /// Whether there is something left to do.
    pub fn goes_on(&self) -> bool {
        self.done.load(Ordering::Relaxed) < self.total
    }

    /// Waits until so many of a hundred are done.
    pub async fn reaches(&self, percent: u64) {
        while self.done.load(Ordering::Relaxed) * 100 < self.total * percent {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// What everybody shares.
pub struct Town {
    pub(super) plan: Plan,
    pub(super) wire: Wire,
    /// The history.
    pub recorder: Recorder,
    /// How far it is.
    pub progress: Progress,
}

impl Town {
    /// Prepares it.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(plan: Plan, recorder: Recorder) -> Outcome<Arc<Self>> {
        let addresses: Vec<String> = plan.entrances.iter().chain(&plan.nodes).cloned().collect();
        let wire = Wire::new(&addresses, &plan.issuer)?;
        let progress = Progress { done: AtomicU64::new(0), total: plan.operations, held: AtomicBool::new(false) };
        Ok(Arc::new(Self { plan, wire, recorder, progress }))
    }

    fn watched(&self) -> std::ops::Range<usize> {
        let entrances = self.plan.entrances.len();
        if self.plan.nodes.is_empty() { 0..entrances } else { entrances..entrances + self.plan.nodes.len() }
    }
}

/// Lets everybody live until enough was done and `faults` is over; then everybody looks once more whether what they hold is
/// still there. Gives the history.
///
/// # Errors
/// What `faults` met, or when the history cannot be written.
pub async fn drive(town: &Arc<Town>, faults: impl Future<Output = Outcome<()>>) -> Outcome<Vec<Event>> {
    let mut helpers = JoinSet::new();
    for node in town.watched() {
        helpers.spawn(watch_keys(town.clone(), node));
    }
    if town.plan.commands.is_some() {
        let operator = |who: u64| Operator { town: town.clone(), dice: Dice::new(town.plan.seed, 1_000_000 + who) };
        helpers.spawn(operator(0).lock_people());
        helpers.spawn(operator(1).switch_client());
        helpers.spawn(operator(2).rotate_keys());
    }
    let mut people = JoinSet::new();
    for number in 0..town.plan.people.len() {
        let mut person = Person::new(town.clone(), number);
        people.spawn(async move {
            person.live().await;
            person
        });
    }
    let (befallen, people) = tokio::join!(faults, people.join_all());
    befallen?;
    helpers.join_all().await;
    let mut last_looks = JoinSet::new();
    for mut person in people {
        last_looks.spawn(async move { person.last_look().await });
    }
    last_looks.join_all().await;
    town.recorder.finish()
}
