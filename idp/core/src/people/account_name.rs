//! 帳號: 5 to 15 letters and digits, first a letter (manual of the account service, registration step 1).
//!
//! Accounts are told apart without regard to case, so that `FireMan0119` and `fireman0119` cannot be two people.

/// A well-formed account name, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(String);

impl AccountName {
    /// Reads an account name. `None`: nobody can be called so.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (5..=15).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        fits.then(|| Self(text.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What accounts are told apart by: lower case.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// What wrong-password counters are told apart by: whatever was typed, trimmed, in lower case, bounded. Names that nobody
/// can have are counted like all others.
///
/// Lower case of ASCII alone, as [`AccountName::key`]: in Unicode's the KELVIN SIGN becomes a plain «k», and the account of another
/// spelling is guessed at, counted and locked whose person nobody finds to tell.
pub fn counter_key(typed: &str) -> String {
    typed.trim().chars().take(64).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manuals_rule_holds() {
        for good in ["clairesu1234", "abcde", "A1234", "a23456789012345"] {
            assert!(AccountName::parse(good).is_some(), "{good}");
        }
        for bad in ["abcd", "a234567890123456", "1abcde", "abc de", "abcdé", "王小明王小明", ""] {
            assert!(AccountName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_what_spells_an_account_is_counted_with_it() {
        let mark = AccountName::parse("Mark0001").unwrap();
        assert_eq!(counter_key(" MARK0001 "), mark.key());
        for other in ["mar\u{212a}0001", "ｍａｒｋ0001", "mark\u{200b}0001"] {
            assert_ne!(counter_key(other), mark.key(), "{other}");
        }
    }
}
