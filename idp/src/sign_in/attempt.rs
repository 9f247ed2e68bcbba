//! One guess: reserved before it is hashed, judged, written down.
//!
//! Wrong password and unknown account go the same way and cost the same work. While a name has to wait or is locked by
//! failures, the password is not looked at, right or wrong.

use super::counters::Counters;
use super::interaction::client_of;
use super::sent_again::{self, Patience};
use crate::failure::Failure;
use crate::messages::mail;
use crate::text::Language;
use crate::wiring::SignInCtx;
use idp_core::audit::Event;
use idp_core::membership::message::Purpose;
use idp_core::people::account::{AccountState, Person};
use idp_core::people::account_name::counter_key;
use idp_core::people::password_attempt::{Attempts, NotTaken, TooSoon, after_failure, before_the_lock};
use idp_core::sign_in::interaction::Interaction;
use idp_core::{AccountId, UnixMillis};
use idp_store::accounts::Login;
use idp_store::{Fault, Tx, accounts, audit, messages, password_attempts};
use keys::b64;
use std::net::IpAddr;
use std::time::Duration;
use zeroize::Zeroizing;

/// The person of a name is told of a lock once within this.
const TOLD_ONCE_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// What somebody typed, and from where.
#[derive(Clone)]
pub struct Guess<'a> {
    /// The account name.
    pub username: &'a str,
    /// The password.
    pub password: Zeroizing<String>,
    /// The address it came from.
    pub from: IpAddr,
    /// The page it was typed on.
    pub page: &'a Interaction,
    /// The language of that page.
    pub lang: Language,
    /// Where it is counted.
    pub counters: Counters,
    /// Whether a person showed that they are no program.
    pub proven: bool,
    /// The state in which the account has to be.
    pub wanted: AccountState,
}

/// What became of it.
pub enum Outcome {
    /// It is the password of an account in the wanted state.
    Right(Box<Proven>),
    /// Wrong.
    Wrong {
        /// No guess is looked at before the moment named.
        too_soon: TooSoon,
        /// For how long one more wrong one locks the name; `None`: it does not.
        locks_for: Option<Duration>,
    },
    /// The password was not looked at.
    NotLookedAt(TooSoon),
    /// The password was not looked at, and the guess not counted: so many were wrong that a person has to show that they are no program.
    NeedsProof,
    /// Too many failures from this address.
    TooManyFromAddress {
        /// When it may try again, at the latest.
        until: UnixMillis,
    },
    /// Too many guesses are being hashed: nothing was looked at or counted.
    Busy,
    /// Right, but the account is in another state.
    Unusable(AccountState),
    /// Right, and the account is about to be deleted: its person can undo that.
    Leaving(Box<Person>),
}

impl Outcome {
    /// One word for it, for those who count.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Right(_) => "ok",
            Self::Wrong { .. } => "wrong_password",
            Self::NotLookedAt(TooSoon::Wait { .. }) => "waiting",
            Self::NotLookedAt(TooSoon::Locked { .. }) => "locked",
            Self::NeedsProof => "captcha",
            Self::TooManyFromAddress { .. } => "throttled",
            Self::Busy => "busy",
            Self::Unusable(_) | Self::Leaving(_) => "unusable",
        }
    }
}

/// A person who proved who they are.
pub struct Proven {
    /// The account as it was read before the password was compared.
    pub login: Login,
    /// Where guesses are counted.
    pub counters: Counters,
    /// A hash of today's cost, to be stored.
    pub rehashed: Option<String>,
}

impl Proven {
    /// Within the transaction of what the password was for: whether the account still is as the password found it. Its failures are
    /// forgotten, and a hash of today's cost is stored. `None`: it changed meanwhile, and the password proves nothing.
    ///
    /// # Errors
    /// When the database says no.
    pub fn counts(&self, tx: &mut Tx<'_>) -> Result<Option<Person>, Fault> {
        let before = &self.login.person;
        let today = accounts::login(tx.conn(), &before.account.to_ascii_lowercase())?;
        let unchanged = today.filter(|today| {
            today.person.security_epoch == before.security_epoch
                && today.person.state == before.state
                && today.password_hash == self.login.password_hash
        });
        let Some(today) = unchanged else { return Ok(None) };
        // In a browser of its own counter, the guesses that somebody else makes elsewhere go on to count.
        password_attempts::forget(tx, &self.counters.own(Some(before)))?;
        if let Some(hash) = &self.rehashed {
            accounts::rehash(tx, &before.account_id, hash)?;
        }
        Ok(Some(today.person))
    }
}

/// Judges a guess, and counts how it ended.
///
/// # Errors
/// A failure of ours, which counts for nobody.
pub async fn judge(ctx: &SignInCtx, guess: Guess<'_>) -> Result<Outcome, Failure> {
    let outcome = look(ctx, guess).await?;
    ctx.metrics.guess(outcome.word());
    Ok(outcome)
}

/// Judges a guess that may be looked at once more: it is counted by whoever does.
pub(super) async fn look(ctx: &SignInCtx, guess: Guess<'_>) -> Result<Outcome, Failure> {
    let mut now = ctx.base.clock.now();
    if let Err(until) = ctx.address_limit.room(guess.from, now).await? {
        return Ok(Outcome::TooManyFromAddress { until });
    }
    // Before anything is written: whoever is turned away costs nothing but the page.
    let Ok(mut place) = ctx.passwords.place(Some(guess.from)) else { return Ok(Outcome::Busy) };
    let mut patience = Patience::new(ctx, &guess);
    let (attempts, login) = loop {
        let too_soon = match reserve(ctx, &guess, now).await? {
            Ok(reserved) => break reserved,
            Err(NotTaken::TooSoon(too_soon)) => too_soon,
            Err(NotTaken::NeedsProof) => return Ok(Outcome::NeedsProof),
        };
        // Whoever waits takes nobody's place in the queue.
        drop(place);
        if !patience.waits(too_soon, now).await {
            return Ok(Outcome::NotLookedAt(too_soon));
        }
        now = ctx.base.clock.now();
        place = loop {
            match ctx.passwords.place(Some(guess.from)) {
                Ok(again) => break again,
                Err(_) if patience.waits_to_be_hashed().await => now = ctx.base.clock.now(),
                Err(_) => return Ok(Outcome::Busy),
            }
        };
    };
    drop(patience);
    let counter = guess.counters.own(login.as_ref().map(|login| &login.person));
    let stored = login.as_ref().map(|login| login.password_hash.clone());
    let compared = match ctx.passwords.compare(place, guess.password.clone(), stored).await {
        Ok(compared) => compared,
        Err(failure) => {
            // Nobody compared anything: the attempt is given back.
            give_back(ctx, counter, attempts).await?;
            return Err(failure);
        }
    };
    let Some(login) = login.filter(|_| compared.right) else {
        sent_again::note_answered(ctx, guess.page, now).await?;
        return wrong(ctx, &guess, attempts, now).await;
    };
    if login.person.state != guess.wanted {
        return unusable(ctx, &login, counter, now).await;
    }
    let rehashed =
        if compared.outdated { ctx.passwords.hash(Some(guess.from), guess.password).await.ok() } else { None };
    Ok(Outcome::Right(Box::new(Proven { login, counters: guess.counters, rehashed })))
}

type Reserved = Result<(Attempts, Option<Login>), NotTaken>;

/// Reads the account, and takes one of the attempts that its name has left, in one transaction.
async fn reserve(ctx: &SignInCtx, guess: &Guess<'_>, now: UnixMillis) -> Result<Reserved, Failure> {
    let policy = if guess.proven { ctx.attempts.proven() } else { (*ctx.attempts).clone() };
    let (counters, key) = (guess.counters, counter_key(guess.username));
    let unit = move |tx: &mut Tx<'_>| {
        let login = accounts::login(tx.conn(), &key)?;
        let counter = counters.own(login.as_ref().map(|login| &login.person));
        Ok(password_attempts::take(tx, &counter, now, &policy)?.map(|attempts| (attempts, login)))
    };
    Ok(ctx.base.db.write(unit).await?)
}

/// Not by forgetting the failures: whoever floods the hashing queue would start anew at every name.
async fn give_back(ctx: &SignInCtx, counter: [u8; 32], attempts: Attempts) -> Result<(), Failure> {
    Ok(ctx.base.db.write(move |tx| password_attempts::give_back(tx, &counter, attempts)).await?)
}

async fn wrong(ctx: &SignInCtx, guess: &Guess<'_>, attempts: Attempts, now: UnixMillis) -> Result<Outcome, Failure> {
    ctx.address_limit.failed(guess.from, now).await?;
    let (failures, name_digest, client) = (attempts.failures, guess.counters.name, client_of(guess.page));
    let client = client.filter(|id| ctx.base.directory.snapshot().client(id).is_some());
    let too_soon = after_failure(attempts, &ctx.attempts);
    let about = AccountId::from_trusted(b64::encode(&name_digest));
    let told = match too_soon {
        TooSoon::Wait { .. } => None,
        // Alike for names that nobody has: whose it is is looked up when it leaves.
        TooSoon::Locked { .. } => {
            let sealer = &ctx.base.directory.snapshot().sealer;
            Some(mail(sealer, (&about, guess.username), Purpose::SignInLocked, guess.lang, now)?)
        }
    };
    let line = move |tx: &mut Tx<'_>| {
        let event = Event::SignInFailed { name_digest: about.to_string(), client: client.clone(), failures };
        audit::write(tx, event, now, keys::random()?)?;
        let Some(told) = &told else { return Ok(()) };
        // A stranger can lock a name every quarter of an hour, and is not to fill a mailbox by it.
        let since = now.minus(TOLD_ONCE_WITHIN);
        if messages::noted_since(tx.conn(), (&about, Purpose::SignInLocked), since, 1)?.is_empty() {
            messages::add(tx, told, now)?;
        }
        Ok(())
    };
    ctx.base.db.write(line).await?;
    ctx.base.message_bell.notify_one();
    Ok(Outcome::Wrong { too_soon, locks_for: before_the_lock(attempts, &ctx.attempts) })
}

async fn unusable(ctx: &SignInCtx, login: &Login, counter: [u8; 32], now: UnixMillis) -> Result<Outcome, Failure> {
    let (account, state) = (login.person.account_id.clone(), login.person.state);
    let unit = move |tx: &mut Tx<'_>| {
        password_attempts::forget(tx, &counter)?;
        let event = Event::SignInRefused { account: account.clone(), state: state.as_str() };
        audit::write(tx, event, now, keys::random()?)
    };
    ctx.base.db.write(unit).await?;
    Ok(match state {
        AccountState::Leaving { .. } => Outcome::Leaving(Box::new(login.person.clone())),
        _ => Outcome::Unusable(state),
    })
}
