//! Who runs a command: written beside what it did.

use idp_core::audit::{About, Event, Operator};
use serde_json::Value;

/// Longer than any name of a user.
const LONGEST_NAME: usize = 64;

/// An audit line about an act on the command line.
///
/// * `detail`: further words, never a secret.
pub(super) fn administered(act: &'static str, about: About, detail: Value) -> Event {
    Event::Administered { act, about, operator: operator(), detail }
}

/// Who runs this command. `sudo` sets `SUDO_USER`; whoever is root can set it, too, and can as well write into the database.
pub(super) fn operator() -> Operator {
    let plain = |name: String| name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect::<String>();
    let sudo_user = std::env::var("SUDO_USER").ok().map(plain).filter(|name| !name.is_empty());
    Operator { uid: rustix::process::getuid().as_raw(), sudo_user }
}
