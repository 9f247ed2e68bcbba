//! Everybody else, while something happens to the provider: portals that fetch documents and refresh, people who are signed
//! in already. A few requests a second of each kind, each timed from the moment it was due.

use crate::http::Connection;
use crate::login::{Portal, Tokens};
use crate::process::now;
use crate::sign_in::sign_in;
use crate::stage::StageOptions;
use crate::{Outcome, say};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Requests of each kind a second.
pub const PER_SECOND: u32 = 20;

/// What they ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The JWKS.
    Jwks,
    /// The discovery document.
    Discovery,
    /// A single sign-on login: three exchanges.
    Login,
    /// A refresh.
    Refresh,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Jwks, Self::Discovery, Self::Login, Self::Refresh];

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jwks => "JWKS",
            Self::Discovery => "discovery",
            Self::Login => "single sign-on login",
            Self::Refresh => "refresh",
        }
    }
}

/// One of them, signed in.
pub struct Other {
    kind: Kind,
    provider: SocketAddr,
    portal: Portal,
    cookie: String,
}

/// What one of them saw.
#[derive(Default)]
pub struct Seen {
    /// How long each took.
    pub times: Vec<Duration>,
    /// How many came to nothing.
    pub failed: u32,
}

/// One of each kind, with an account each.
pub fn signed_in(
    stage: &StageOptions,
    accounts: &[String],
    refreshing: impl Fn() -> Outcome<Portal>,
) -> Outcome<Vec<Other>> {
    let password = stage.password()?;
    let one = |(kind, account): (Kind, &String)| {
        let portal = if kind == Kind::Refresh { refreshing()? } else { stage.portal()? };
        let cookie = sign_in(&mut Connection::open(stage.provider)?, &portal, account, &password)?;
        Ok(Other { kind, provider: stage.provider, portal, cookie })
    };
    Kind::ALL.into_iter().zip(accounts).map(one).collect()
}

/// Lets them go on while something happens; gives what that gave, and what each of them saw.
pub fn meanwhile<T>(others: &[Other], happens: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Vec<Seen>)> {
    let over = AtomicBool::new(false);
    let over = &over;
    std::thread::scope(|threads| {
        let running: Vec<_> = others.iter().map(|other| threads.spawn(move || other.go_on(over))).collect();
        let happened = happens();
        over.store(true, Ordering::Relaxed);
        let seen = running.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?);
        let seen = seen.collect::<Outcome<Vec<_>>>()?;
        Ok((happened?, seen))
    })
}

impl Other {
    fn go_on(&self, over: &AtomicBool) -> Outcome<Seen> {
        let (begun, mut seen) = (now(), Seen::default());
        let (mut connection, mut tokens) = (Connection::open(self.provider)?, None);
        for number in 0.. {
            let due = begun + Duration::from_secs(1) / PER_SECOND * number;
            std::thread::sleep(due.saturating_duration_since(now()));
            if over.load(Ordering::Relaxed) {
                break;
            }
            match self.ask(&mut connection, &mut tokens) {
                Ok(()) => seen.times.push(due.elapsed()),
                Err(why) => {
                    say(&format!("{}: {why}", self.kind.name()));
                    seen.failed += 1;
                    (connection, tokens) = (Connection::open(self.provider)?, None);
                }
            }
        }
        Ok(seen)
    }

    fn ask(&self, connection: &mut Connection, tokens: &mut Option<Tokens>) -> Outcome<()> {
        match self.kind {
            Kind::Jwks => get(connection, "/.well-known/jwks.json"),
            Kind::Discovery => get(connection, "/.well-known/openid-configuration"),
            Kind::Login => self.portal.login(connection, &self.cookie),
            Kind::Refresh => {
                *tokens = Some(match tokens.take() {
                    Some(before) => self.portal.refresh(connection, &before)?,
                    None => {
                        let code = self.portal.authorize(connection, &self.cookie)?;
                        self.portal.token(connection, &code)?
                    }
                });
                Ok(())
            }
        }
    }
}

fn get(connection: &mut Connection, path: &str) -> Outcome<()> {
    let answer = connection.get(path, ("accept", "application/json"))?;
    if answer.status == 200 { Ok(()) } else { Err(answer.unexpected("200").into()) }
}
