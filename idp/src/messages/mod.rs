//! A mail or text message to a person, ready to be noted in the transaction of the act; what became of it, in words.
//!
//! Owns what of it is sealed in its row. What it says is in `letters`, who delivers it is `jobs::messages`.

pub mod sealed;

use crate::failure::Failure;
use crate::pages::dates::until_text;
use crate::pages::membership::MailState;
use crate::text::Language;
use idp_core::ids::{moment_of, time_ordered};
use idp_core::membership::former_email::{FormerEmail, mailboxes};
use idp_core::membership::mailbox_limit;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::people::account::Person;
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::{NewMessage, Standing, State as Delivery};
use keys::Sealer;
use sealed::Part;
use std::time::Duration;

/// A mail that was asked for is not sent again before: a mailbox is not to be filled by somebody else.
pub const NOT_AGAIN_WITHIN: Duration = Duration::from_secs(60);

/// A mail without content of its own.
///
/// # Errors
/// When randomness fails.
pub fn mail(
    sealer: &Sealer,
    about: (&AccountId, &str),
    purpose: Purpose,
    lang: Language,
    now: UnixMillis,
) -> Result<NewMessage, Failure> {
    message(sealer, about, (Channel::Mail, purpose), lang, now)
}

/// A mail or text message without content of its own.
///
/// # Errors
/// When randomness fails.
pub fn message(
    sealer: &Sealer,
    (account, to): (&AccountId, &str),
    (channel, purpose): (Channel, Purpose),
    lang: Language,
    now: UnixMillis,
) -> Result<NewMessage, Failure> {
    let id = time_ordered(now, keys::random()?);
    Ok(NewMessage {
        recipient_sealed: Part::Recipient.seal(sealer, &id, to)?,
        id,
        channel,
        purpose,
        account: account.clone(),
        language: lang.tag(),
        content_sealed: None,
    })
}

/// The same mail to many mailboxes: where a person is told what happens to the account (`idp_core::membership::former_email`).
///
/// # Errors
/// When randomness fails.
pub fn mails(
    sealer: &Sealer,
    (account, to): (&AccountId, &[&str]),
    purpose: Purpose,
    lang: Language,
    now: UnixMillis,
) -> Result<Vec<NewMessage>, Failure> {
    to.iter().map(|to| mail(sealer, (account, to), purpose, lang, now)).collect()
}

/// That a password was changed: by mail, and by text message to who has a 救援手機. Whoever reads somebody else's mails cannot keep it
/// from them; nor can whoever changes the number right after, because it is noted here.
///
/// * `former`: the address of before, while that of the account settles.
/// * `mobile`: the number, if text messages are sent.
///
/// # Errors
/// When randomness fails.
pub fn password_changed(
    sealer: &Sealer,
    (person, former): (&Person, Option<&FormerEmail>),
    mobile: Option<&str>,
    lang: Language,
    now: UnixMillis,
) -> Result<Vec<NewMessage>, Failure> {
    let mailed = mailboxes(person, former).into_iter().map(|to| (Channel::Mail, to));
    let texted = mobile.map(|to| (Channel::Text, to));
    let about = &person.account_id;
    let noted = |(by, to)| message(sealer, (about, to), (by, Purpose::PasswordChanged), lang, now);
    mailed.chain(texted).map(noted).collect()
}

/// Until when such a mail is not sent again; `None`: it may be.
pub fn too_soon(newest: Option<&Standing>, now: UnixMillis) -> Option<UnixMillis> {
    let noted_at = moment_of(&newest?.id)?;
    let until = noted_at.plus(NOT_AGAIN_WITHIN);
    (now < until).then_some(until)
}

/// What became of a mail, as people read it.
pub fn mail_state(newest: Option<&Standing>, (now, lang): (UnixMillis, Language)) -> MailState {
    let moment = |at: UnixMillis| until_text(at.0, now.0, lang);
    // Alike whether it is about to leave or is held: what else goes to that mailbox is nobody's business here.
    let noted = newest.and_then(|standing| moment_of(&standing.id)).unwrap_or(now);
    let leaves = |next: UnixMillis| MailState::Queued(moment(next.max(noted.plus(mailbox_limit::WINDOW))));
    match newest.map(|standing| standing.state) {
        None | Some(Delivery::Queued) => leaves(now),
        Some(Delivery::Held { next }) => leaves(next),
        Some(Delivery::Delayed { next }) => MailState::Delayed(moment(next)),
        Some(Delivery::Sent { at }) => MailState::Sent(moment(at)),
        Some(Delivery::NotSent { .. }) => MailState::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_a_full_mailbox_reads_as_what_is_about_to_leave() {
        let noted = UnixMillis(1_795_240_800_000);
        let id = time_ordered(noted, [7; 10]);
        let after = |minutes: u64| noted.plus(Duration::from_secs(minutes * 60));
        let shown = |state, minutes| {
            let standing = Standing { id: id.clone(), state, detail: None };
            mail_state(Some(&standing), (after(minutes), Language::En))
        };
        for minutes in [0, 1, 40] {
            let (queued, held) = (Delivery::Queued, Delivery::Held { next: after(45) });
            assert_eq!(shown(queued, minutes), shown(held, minutes), "{minutes}");
        }
        // A second hour: the true moment.
        let MailState::Queued(until) = shown(Delivery::Held { next: after(105) }, 61) else { panic!("it waits") };
        assert_eq!(until, until_text(after(105).0, after(61).0, Language::En));
    }
}
