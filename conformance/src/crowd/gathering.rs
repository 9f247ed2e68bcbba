//! Many people at once.

use super::visitor::{Browsers, Login, Visitor};
use crate::history::run::Dice;
use crate::servers::portal_process::PortalProcess;
use reqwest::Url;
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Who comes.
pub struct Invitation<'a> {
    /// Where they sign in.
    pub portals: &'a [PortalProcess],
    /// The provider's issuer.
    pub issuer: &'a str,
    /// Their accounts, all with the usual password.
    pub people: &'a [String],
    /// Of a hundred sign-ins, those in a browser where nobody is signed in.
    pub fresh: usize,
    /// Between two sign-ins of a person.
    pub pause: Duration,
}

/// People who sign in until they are sent home.
pub struct Gathering {
    shared: Arc<Shared>,
    people: JoinSet<()>,
}

struct Shared {
    issuer: Url,
    portals: Vec<(Url, &'static str)>,
    pause: Duration,
    fresh: AtomicUsize,
    over: AtomicBool,
    logins: Mutex<Vec<Login>>,
}

impl Gathering {
    /// Everybody begins.
    ///
    /// # Errors
    /// When an address is none, or the browsers cannot be made.
    pub fn of(invitation: &Invitation<'_>) -> Outcome<Self> {
        let portals: Result<Vec<_>, _> = invitation
            .portals
            .iter()
            .map(|portal| Ok::<_, url::ParseError>((Url::parse(&portal.base)?, portal.key)))
            .collect();
        let shared = Arc::new(Shared {
            issuer: Url::parse(invitation.issuer)?,
            portals: portals?,
            pause: invitation.pause,
            fresh: AtomicUsize::new(invitation.fresh),
            over: AtomicBool::new(false),
            logins: Mutex::default(),
        });
        let browsers = Browsers::new()?;
        let mut people = JoinSet::new();
        for (number, account) in (0_u64..).zip(invitation.people) {
            let visitor = Visitor::new(&browsers, &shared.issuer, account);
            people.spawn(live(shared.clone(), visitor, Dice::new(1, number)));
        }
        Ok(Self { shared, people })
    }

    /// From now on so many of a hundred sign-ins begin in a browser where nobody is signed in.
    pub fn fresh(&self, percent: usize) {
        self.shared.fresh.store(percent, Ordering::Relaxed);
    }

    /// How many sign-ins ended, well or not.
    pub fn count(&self) -> usize {
        self.shared.logins().len()
    }

    /// Waits until so many more have ended.
    pub async fn more(&self, logins: usize) {
        let until = self.count() + logins;
        while self.count() < until {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// The sign-ins that ended, from this one on.
    pub fn since(&self, first: usize) -> Vec<Login> {
        self.shared.logins().get(first..).unwrap_or_default().to_vec()
    }

    /// Everybody ends what they are at, and goes.
    pub async fn go_home(mut self) -> Vec<Login> {
        self.shared.over.store(true, Ordering::Relaxed);
        while self.people.join_next().await.is_some() {}
        std::mem::take(&mut *self.shared.logins())
    }
}

impl Shared {
    fn logins(&self) -> MutexGuard<'_, Vec<Login>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn live(shared: Arc<Shared>, mut visitor: Visitor, mut dice: Dice) {
    while !shared.over.load(Ordering::Relaxed) {
        let Some((portal, key)) = dice.pick(&shared.portals) else { return };
        if dice.percent(shared.fresh.load(Ordering::Relaxed)) {
            visitor.new_browser();
        }
        visitor.forget(portal, key);
        let login = visitor.sign_in(portal).await;
        shared.logins().push(login);
        sleep(shared.pause).await;
    }
}
