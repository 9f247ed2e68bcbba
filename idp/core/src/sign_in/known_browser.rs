//! A browser that somebody signed in with before: it has a counter of wrong passwords of its own for their name, so that whoever
//! guesses at the name elsewhere neither locks them out nor has them read pictures (OWASP, Slow Down Online Guessing Attacks with
//! Device Cookies). It proves nothing else, and lets nobody in.
//!
//! What it is known for stands in its cookie, under a MAC; nothing is stored. Names stand in it as keyed digests.
//!
//! It is known until the account's security epoch is raised, by another password above all: whoever has the right password makes themselves as many such cookies as they like, and with
//! each of them could guess at the next one, apart and unheard.

use keys::{MacKey, UnixMillis, b64, hmac_sha256};
use std::time::Duration;

/// Accounts that one browser is known for; the one that signed in longest ago goes first. A family shares one.
pub const MOST: usize = 5;
/// For how long after a sign-in.
pub const LIFE: Duration = Duration::from_secs(180 * 86_400);

const VERSION: u8 = 2;
const DAY: i64 = 86_400_000;
const SEPARATE: &[u8] = b"\0known browser\0";

/// What is known of a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownBrowser {
    device: [u8; 16],
    accounts: Vec<Entry>,
}

/// Somebody who signed in with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Beginning of the keyed digest of the name.
    name: [u8; 16],
    /// On which day since 1970 they last did.
    day: u32,
    /// The security epoch that the account had then.
    epoch: u32,
}

/// Where guesses at a name in a known browser are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnCounter {
    digest: [u8; 32],
    epoch: u32,
}

impl OwnCounter {
    /// Its digest, while the account has the password that somebody signed in with there.
    ///
    /// * `security_epoch`: of the account; `None`: nobody has the name.
    pub fn of(self, security_epoch: Option<i64>) -> Option<[u8; 32]> {
        (security_epoch.map(epoch_of) == Some(self.epoch)).then_some(self.digest)
    }
}

fn epoch_of(security_epoch: i64) -> u32 {
    u32::try_from(security_epoch).unwrap_or_default()
}

fn beginning(digest: &[u8; 32]) -> [u8; 16] {
    digest.first_chunk().copied().unwrap_or_default()
}

fn day_of(now: UnixMillis) -> u32 {
    u32::try_from(now.0 / DAY).unwrap_or_default()
}

impl KnownBrowser {
    /// A browser that nobody signed in with.
    ///
    /// * `device`: fresh.
    pub fn new(device: [u8; 16]) -> Self {
        Self { device, accounts: Vec::new() }
    }

    /// Out of its cookie. `None`: it has none of ours.
    ///
    /// * `key`: of the digests of names.
    pub fn read(cookie: &str, key: &MacKey) -> Option<Self> {
        let bytes = b64::decode(cookie)?;
        let (contents, mac) = bytes.split_last_chunk::<32>()?;
        if !keys::same(&mac_of(contents, key), mac) {
            return None;
        }
        let (version, rest) = contents.split_first()?;
        let (device, entries) = rest.split_first_chunk::<16>()?;
        let (entries, left) = entries.as_chunks::<24>();
        if *version != VERSION || !left.is_empty() || entries.len() > MOST {
            return None;
        }
        let entry = |bytes: &[u8; 24]| {
            let (name, numbers) = bytes.split_first_chunk::<16>()?;
            let (day, epoch) = numbers.split_first_chunk::<4>()?;
            let epoch = u32::from_be_bytes(epoch.try_into().ok()?);
            Some(Entry { name: *name, day: u32::from_be_bytes(*day), epoch })
        };
        Some(Self { device: *device, accounts: entries.iter().map(entry).collect::<Option<_>>()? })
    }

    /// As its cookie.
    pub fn write(&self, key: &MacKey) -> String {
        let mut contents = vec![VERSION];
        contents.extend(self.device);
        for entry in &self.accounts {
            contents.extend(entry.name);
            contents.extend(entry.day.to_be_bytes());
            contents.extend(entry.epoch.to_be_bytes());
        }
        let mac = mac_of(&contents, key);
        b64::encode(&[&contents[..], &mac].concat())
    }

    /// The same after somebody signed in.
    ///
    /// * `security_epoch`: of their account.
    #[must_use]
    pub fn after_sign_in(mut self, name_digest: &[u8; 32], security_epoch: i64, now: UnixMillis) -> Self {
        let name = beginning(name_digest);
        self.accounts.retain(|entry| entry.name != name);
        self.accounts.insert(0, Entry { name, day: day_of(now), epoch: epoch_of(security_epoch) });
        self.accounts.truncate(MOST);
        self
    }

    /// Where guesses at a name in this browser are counted, if somebody signed in with it by that name.
    pub fn counter(&self, name_digest: &[u8; 32], key: &MacKey, now: UnixMillis) -> Option<OwnCounter> {
        let name = beginning(name_digest);
        let alive = |entry: &&Entry| UnixMillis(i64::from(entry.day) * DAY).plus(LIFE) > now;
        let entry = self.accounts.iter().filter(alive).find(|entry| entry.name == name)?;
        let digest = hmac_sha256(key, &[SEPARATE, b"counter", &self.device, name_digest].concat());
        Some(OwnCounter { digest, epoch: entry.epoch })
    }
}

fn mac_of(contents: &[u8], key: &MacKey) -> [u8; 32] {
    hmac_sha256(key, &[SEPARATE, b"cookie", contents].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

    fn key(byte: u8) -> MacKey {
        MacKey::new(&[byte; 32])
    }

    fn browser(names: &[u8]) -> KnownBrowser {
        let signed_in = |browser: KnownBrowser, name: &u8| browser.after_sign_in(&[*name; 32], 1, NOW);
        names.iter().fold(KnownBrowser::new([9; 16]), signed_in)
    }

    fn own_counter(browser: &KnownBrowser, name: u8, now: UnixMillis) -> bool {
        browser.counter(&[name; 32], &key(3), now).is_some()
    }

    #[test]
    fn who_signed_in_has_a_counter_of_their_own_in_that_browser_for_half_a_year() {
        let browser = browser(&[1, 2]);
        let back = KnownBrowser::read(&browser.write(&key(3)), &key(3)).unwrap();
        assert_eq!(back, browser);
        assert!(own_counter(&back, 1, NOW) && own_counter(&back, 2, NOW) && !own_counter(&back, 3, NOW));
        let other = KnownBrowser { device: [8; 16], ..back.clone() };
        let counters = [back.counter(&[1; 32], &key(3), NOW), other.counter(&[1; 32], &key(3), NOW)];
        assert_ne!(counters[0], counters[1], "each browser has its own");
        let [own, _] = counters.map(Option::unwrap);
        assert!(own.of(Some(1)).is_some() && own.of(Some(2)).is_none() && own.of(None).is_none());
        assert!(own_counter(&back, 1, NOW.plus(LIFE - Duration::from_secs(86_400))));
        assert!(!own_counter(&back, 1, NOW.plus(LIFE)));
    }

    #[test]
    fn a_browser_remembers_so_many_and_forgets_who_came_first() {
        let browser = browser(&[1, 2, 3, 4, 5, 1, 6]);
        for (name, known) in [(1, true), (2, false), (3, true), (6, true)] {
            assert_eq!(own_counter(&browser, name, NOW), known, "{name}");
        }
        assert!(browser.write(&key(3)).len() <= 256);
    }

    #[test]
    fn what_somebody_else_wrote_is_nobodys_cookie() {
        let cookie = browser(&[1]).write(&key(3));
        assert!(KnownBrowser::read(&cookie, &key(4)).is_none(), "another key");
        for at in 0..cookie.len() {
            let mut forged = cookie.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(KnownBrowser::read(&forged, &key(3)).is_none(), "letter {at}");
        }
        for text in ["", "A", "AAAA", &cookie[4..]] {
            assert!(KnownBrowser::read(text, &key(3)).is_none(), "{text}");
        }
    }
}
