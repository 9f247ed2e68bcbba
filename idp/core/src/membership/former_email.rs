//! The e-mail address that an account had before the person changed it. Until the new one has settled ([`SETTLES`]) 忘記密碼 writes to
//! the one of before alone, and both are told what happens to the account: whoever stole a password cannot make the account theirs for
//! good by an address of their own, before its person reads the mails about it.

use super::recovery::SETTLES;
use crate::people::account::Person;
use keys::UnixMillis;

/// The address of before, while the new one settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerEmail {
    /// The address; `None`: there was none that was confirmed.
    pub email: Option<String>,
    /// When the address was last changed.
    pub changed_at: UnixMillis,
}

impl FormerEmail {
    /// From when on the new address counts.
    pub fn until(&self) -> UnixMillis {
        self.changed_at.plus(SETTLES)
    }
}

/// Where 忘記密碼 writes to.
///
/// * `former`: the address of before, if that of the account has not settled.
pub fn reset_mailbox<'a>(person: &'a Person, former: Option<&'a FormerEmail>) -> Option<&'a str> {
    former.map_or(person.email.as_deref(), |former| former.email.as_deref())
}

/// Where a person is told what happens to the account: at its address, and at the one of before while that counts.
pub fn mailboxes<'a>(person: &'a Person, former: Option<&'a FormerEmail>) -> Vec<&'a str> {
    let now = person.email.as_deref();
    let before = former.and_then(|former| former.email.as_deref()).filter(|before| Some(*before) != now);
    now.into_iter().chain(before).collect()
}

/// The same, if its address was confirmed.
pub fn confirmed_mailboxes<'a>(person: &'a Person, former: Option<&'a FormerEmail>) -> Vec<&'a str> {
    if person.email_verified { mailboxes(person, former) } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;
    use crate::people::account::AccountState;

    #[test]
    fn until_a_new_address_has_settled_the_one_of_before_counts_and_both_are_told() {
        let person = Person {
            account_id: AccountId::new([1; 16]),
            account: "clairesu1234".into(),
            name: "蘇小美".into(),
            email: Some("new@example.tw".into()),
            email_verified: true,
            state: AccountState::Active,
            security_epoch: 3,
            capacity_epoch: 1,
            capacity: None,
        };
        let former = |email: Option<&str>| FormerEmail { email: email.map(str::to_owned), changed_at: UnixMillis(5) };
        let (before, none, same) = (former(Some("claire@example.tw")), former(None), former(Some("new@example.tw")));
        for (former, resets, told) in [
            (None, Some("new@example.tw"), vec!["new@example.tw"]),
            (Some(&before), Some("claire@example.tw"), vec!["new@example.tw", "claire@example.tw"]),
            (Some(&none), None, vec!["new@example.tw"]),
            (Some(&same), Some("new@example.tw"), vec!["new@example.tw"]),
        ] {
            assert_eq!(reset_mailbox(&person, former), resets, "{former:?}");
            assert_eq!(mailboxes(&person, former), told, "{former:?}");
            assert_eq!(confirmed_mailboxes(&person, former), told, "{former:?}");
            let unconfirmed = Person { email_verified: false, ..person.clone() };
            assert!(confirmed_mailboxes(&unconfirmed, former).is_empty());
        }
        assert_eq!(before.until(), UnixMillis(5 + 7 * 86_400_000));
    }
}
