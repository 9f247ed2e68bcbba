//! What a number of sign-ins come to.

use super::visitor::Login;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts and times of some sign-ins.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// With a password.
    pub with_password: usize,
    /// Without: the session at the provider was enough.
    pub single_sign_on: usize,
    /// Portals that began a sign-in again, without asking.
    pub restarted: u32,
    /// Requests that a browser sent again, on another connection.
    pub repeated: u32,
    /// People who saw an error, by what they read.
    pub problems: BTreeMap<String, usize>,
    /// Passwords that were typed again, by what the person read.
    pub typed_again: BTreeMap<String, usize>,
    /// How long single sign-on took, shortest first.
    pub times: Vec<Duration>,
}

impl Figures {
    /// Of these sign-ins.
    pub fn of(logins: &[Login]) -> Self {
        let mut figures = Self::default();
        for login in logins {
            figures.restarted += login.restarted;
            figures.repeated += login.repeated;
            for read in &login.typed_again {
                *figures.typed_again.entry(read.clone()).or_default() += 1;
            }
            if let Some(problem) = &login.problem {
                *figures.problems.entry(problem.clone()).or_default() += 1;
            } else if login.typed == 0 {
                figures.single_sign_on += 1;
                figures.times.push(login.took);
            } else {
                figures.with_password += 1;
            }
        }
        figures.times.sort_unstable();
        figures
    }

    /// People who saw an error.
    pub fn saw_an_error(&self) -> usize {
        self.problems.values().sum()
    }

    /// The time that so many percent of the single sign-ons did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.times.len() * percent).div_ceil(100).max(1) - 1;
        self.times.get(at).copied().unwrap_or_default()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (with, without, longest) = (self.with_password, self.single_sign_on, self.percentile(100));
        write!(
            f,
            "{with} sign-ins with a password, {without} without (at most {longest:.0?}); {} restarted; {} requests sent again by browsers; ",
            self.restarted, self.repeated
        )?;
        write!(f, "passwords typed again: {:?}; saw an error: {:?}", self.typed_again, self.problems)
    }
}
