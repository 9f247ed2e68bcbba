//! What is measured, in which order.

use crate::http::Connection;
use crate::login::Portal;
use crate::process::memory;
use crate::report::Table;
use crate::rounds::{Figures, Pace, Target, load};
use crate::sign_in::sign_in;
use crate::stage::StageOptions;
use crate::{Outcome, floor, say};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Logins a second of a paced round.
const PACE: u32 = 400;
/// Single sign-on logins before memory is looked at.
const MANY: u32 = 10_000;
/// Logins one after the other whose transactions are counted.
const COUNTED: u32 = 200;

/// What `load run` takes.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    stage: StageOptions,
    /// Where `load floor` listens
    #[arg(long)]
    floor: SocketAddr,
    /// Its process
    #[arg(long)]
    floor_pid: u32,
    /// The provider's database file, if it is one
    #[arg(long)]
    database: Option<PathBuf>,
    /// How often everything is measured
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Logins of a saturated round
    #[arg(long, default_value_t = 5000)]
    logins: u32,
}

/// The portal, and the people who are signed in.
struct Stage {
    portal: Portal,
    cookies: Vec<String>,
}

impl Stage {
    fn cookie(&self, number: u32) -> &str {
        self.cookies.get(number as usize % self.cookies.len().max(1)).map_or("", String::as_str)
    }

    fn login(&self, connection: &mut Connection, number: u32) -> Outcome<()> {
        self.portal.login(connection, self.cookie(number))
    }
}

/// Everything, as Markdown.
pub fn measure(options: &Options) -> Outcome<String> {
    let target = |address, pid| Target { address, pid, database: options.database.clone() };
    let provider = target(options.stage.provider, options.stage.provider_pid);
    let floor = target(options.floor, options.floor_pid);
    let (people, memory_rows) = sign_in_and_look_at_memory(&options.stage, &provider)?;
    let nobody = Stage { portal: options.stage.portal()?, cookies: vec![format!("idp_session={}", floor::cookie())] };
    load(&floor, Pace::Saturated, options.logins, |connection, number| nobody.login(connection, number))?;
    let counted = if options.database.is_some() { count_transactions(&provider, &people)? } else { String::new() };
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}", options.rounds));
        rounds.push((one_round(options, &provider, &people)?, one_round(options, &floor, &nobody)?));
    }
    Ok(format!("{}\n| | |\n|---|---|\n{memory_rows}{counted}", tables(rounds)))
}

fn sign_in_and_look_at_memory(options: &StageOptions, provider: &Target) -> Outcome<(Stage, String)> {
    let at_first = memory(provider.pid)?;
    let (portal, password) = (options.portal()?, options.password()?);
    let count = u32::try_from(options.accounts.len())?;
    say(&format!("{count} password sign-ins"));
    let (signed_in, cookies) = load(provider, Pace::Saturated, count, |connection, number| {
        let account = options.accounts.get(number as usize).ok_or("no account")?;
        sign_in(connection, &portal, account, &password)
    })?;
    let people = Stage { portal, cookies };
    let after_passwords = memory(provider.pid)?;
    say(&format!("{MANY} single sign-on logins"));
    load(provider, Pace::Saturated, MANY, |connection, number| people.login(connection, number))?;
    let at_last = memory(provider.pid)?;
    let row = |name: &str, (now, most): (u64, u64)| {
        let mib = |kib: u64| kib as f64 / 1024.0;
        format!("| resident memory {name} | {:.1} MiB, at most {:.1} MiB |\n", mib(now), mib(most))
    };
    let rows = row("after the start", at_first)
        + &row(&format!("after {count} password sign-ins"), after_passwords)
        + &row(&format!("after {MANY} single sign-on logins more"), at_last)
        + &format!(
            "| CPU of a password sign-in, both pages | {:.1} ms |\n",
            signed_in.cpu.as_secs_f64() * 1000.0 / f64::from(count)
        );
    Ok((people, rows))
}

/// One login after the other on one connection: nothing shares a commit, so that commits are transactions.
fn count_transactions(provider: &Target, people: &Stage) -> Outcome<String> {
    let mut connection = Connection::open(provider.address)?;
    let mut committed = [0; 3];
    for number in 0..COUNTED {
        let begin = provider.commits()?;
        let code = people.portal.authorize(&mut connection, people.cookie(number))?;
        let after_authorize = provider.commits()?;
        let tokens = people.portal.token(&mut connection, &code)?;
        let after_token = provider.commits()?;
        people.portal.userinfo(&mut connection, &tokens)?;
        let after_userinfo = provider.commits()?;
        let steps = [(begin, after_authorize), (after_authorize, after_token), (after_token, after_userinfo)];
        for (total, (before, after)) in committed.iter_mut().zip(steps) {
            *total += after.wrapping_sub(before);
        }
    }
    let [authorize, token, userinfo] = committed;
    let cell = format!("authorize {authorize}, token {token}, UserInfo {userinfo}");
    Ok(format!("| writing transactions of {COUNTED} logins, one after the other | {cell} |\n"))
}

/// What one round measures at one target.
struct Round {
    whole: Figures,
    legs: [Figures; 3],
    paced: Figures,
}

fn one_round(options: &Options, target: &Target, stage: &Stage) -> Outcome<Round> {
    let saturated = Pace::Saturated;
    let (whole, _) = load(target, saturated, options.logins, |connection, number| stage.login(connection, number))?;
    // Each exchange alone: what one gives, the next is measured with.
    let (authorize, codes) = load(target, saturated, options.logins, |connection, number| {
        stage.portal.authorize(connection, stage.cookie(number))
    })?;
    let (token, tokens) = load(target, saturated, options.logins, |connection, number| {
        stage.portal.token(connection, codes.get(number as usize).ok_or("no code")?)
    })?;
    let (userinfo, _) = load(target, saturated, options.logins, |connection, number| {
        stage.portal.userinfo(connection, tokens.get(number as usize).ok_or("no tokens")?)
    })?;
    let every = Pace::Every(Duration::from_secs(1) / PACE);
    let (paced, _) =
        load(target, every, options.logins.min(10 * PACE), |connection, number| stage.login(connection, number))?;
    Ok(Round { whole, legs: [authorize, token, userinfo], paced })
}

fn tables(rounds: Vec<(Round, Round)>) -> String {
    let (provider, floor): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
    let mut table = Table::new();
    for (name, rounds) in [("", provider), (" without the database", floor)] {
        let mut kinds: [Vec<Figures>; 5] = Default::default();
        for Round { whole, legs: [authorize, token, userinfo], paced } in rounds {
            for (kind, figures) in kinds.iter_mut().zip([whole, paced, authorize, token, userinfo]) {
                kind.push(figures);
            }
        }
        let paced = format!("login at {PACE} a second");
        let names = [
            "login, saturated",
            &paced,
            "authorize alone, saturated",
            "token alone, saturated",
            "UserInfo alone, saturated",
        ];
        for (kind, rounds) in names.iter().zip(kinds) {
            table.row(&format!("{kind}{name}"), &rounds);
        }
    }
    table.finish()
}
