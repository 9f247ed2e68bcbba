//! English

use super::{
    AccountLetters, AccountText, ConfirmText, CurrentPasswordText, EmailText, OverviewText, PasswordText, ProfileText,
    RecoverText, portals,
};
use crate::pages::account::Place;
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: AccountText = AccountText {
    heading: "My account",
    home: "Home",
    overview_link: "See my details",
    not_saved: "What you sent was not saved, because you had been signed out before. Enter it once more.",
    place: |place| match place {
        Place::Overview => "My details",
        Place::Profile => "Change details",
        Place::Email => "Email address",
        Place::Recovery => "Password recovery",
        Place::Password => "Password",
        Place::Portals => "Websites I use",
        Place::Delete => "Delete account",
    },
    current: CurrentPasswordText {
        heading: "Confirm that it is you",
        label: "Current password",
        hint: "Enter the password you use now, to confirm that it is you",
        missing: "Enter your current password",
        wrong: ProblemWords {
            heading: "Nothing was changed",
            what: "The current password is not correct",
            next: "See whether Caps Lock is on, then enter it again.",
        },
        locked: ProblemWords {
            heading: "Your password cannot be checked for now",
            what: "There were too many failures in a row. The account is locked for a while to protect it; until then no password is checked, right or wrong.",
            next: "It unlocks by itself.",
        },
        expired: ProblemWords {
            heading: "Please confirm once more",
            what: "This page was open too long, or you have signed in again since. What you sent was not saved.",
            next: "Check what stands below, then send it again.",
        },
    },
    overview: OverviewText {
        lead: "This is what you registered. Nobody but you can see this page.",
        nothing: "Not given",
        show: "Show the whole number",
        change: |place| match place {
            Place::Overview | Place::Portals | Place::Delete => "Look up",
            Place::Profile => "Change",
            Place::Email => "Change address",
            Place::Recovery => "Change",
            Place::Password => "Change password",
        },
        basics: "About you",
        standing: "Capacity",
        contact: "Contact",
        confirmed: "Confirmed",
        not_confirmed: "Not confirmed",
        settles: |until| {
            format!(
                "Confirmed. It counts for resetting the password from {until}; until then, those links go to the address before"
            )
        },
        waiting: "New address, waiting",
        waiting_how: "It counts once you open the link mailed to it",
        further: "Further details",
        proven: "Verified",
        recovery: "Password recovery",
        counts_from: |from| format!("Counts from {from}; until then it does not reset the password"),
        agreed: "What you agreed to",
        agreed_at: |at| format!("Agreed on {at}"),
        sign_ins: "Latest sign-ins",
        sign_in_last: "The last",
        sign_in_before: "Before",
        this_one: "In use now",
        identity: "Citizen or civil servant",
        agency: "Agency (civil servants)",
        no_agency: "None",
        no_agency_how: "If you work for an agency: its administrators give the official capacity. Ask your personnel office.",
        agency_oid: "Agency OID",
    },
    portals: portals::en::TEXT,
    password: PasswordText {
        lead: |account| Sentence::new([say("Change the password of account "), name(account), say(".")]),
        new: "New password",
        new_missing: "Enter a new password",
        ends: "You stay signed in here. Every other device is signed out and has to sign in with the new password. We will tell you by email.",
        submit: "Change password",
        done: "Your password was changed",
        done_now: "Every other device has been signed out. Sign in with the new password from now on. We have also told you by email.",
    },
    profile: ProfileText {
        lead: "The websites you use receive what you change here the next time you use them.",
        fixed: |labels| {
            format!(
                "{labels}: approved by an agency or verified, and not to be changed here. To have it corrected, civil servants contact the personnel office of their agency, everybody else the service desk."
            )
        },
        and: ", ",
        further: "Further details",
        submit: "Save",
        saved: "Saved",
        saved_now: "Your details were updated.",
        changed_meanwhile: ProblemWords {
            heading: "Nothing was saved",
            what: "These details were changed in another window or on another device a moment ago. So as not to undo that, nothing was saved this time.",
            next: "Below is what you entered. Look at your details as they are now first; if what stands below shall replace them, save once more.",
        },
        too_often: ProblemWords {
            heading: "Nothing was saved",
            what: "Your details were changed too often within an hour, so nothing was saved this time. Below is what you entered.",
            next: "",
        },
    },
    recovery: RecoverText {
        lead: "If you forget your password, an answer or a text message to your rescue mobile confirms that it is you, beside your email. Leave empty what you do not want. What you change counts after seven days, and you are told of it; what you do not goes on as before.",
        saved_now: "Your means of recovery were updated; what is new counts after seven days. We have also told you.",
        hint_counts_from: |from| {
            format!("Your hint question was changed. It counts from {from}; until then, it is not asked.")
        },
        mobile_counts_from: |from| {
            format!("Your rescue mobile was changed. It counts from {from}; until then, no codes go to it.")
        },
    },
    email: EmailText {
        current: "Current email address",
        none: "Not given",
        waiting: "Waiting for you to confirm",
        settles: |until, before| match before {
            Some(before) => Sentence::new([
                say(format!(
                    "This address counts for resetting the password from {until}. Until then, those links go to the address before, "
                )),
                name(before),
                say(
                    "; what happens to the account is told to both. Changing back to the address before counts at once.",
                ),
            ]),
            None => Sentence::new([say(format!(
                "This address counts for resetting the password from {until}. Until then, no such link is mailed."
            ))]),
        },
        waiting_at: |email| {
            Sentence::new([say("The link goes to "), name(email), say(". Open it for the new address to count.")])
        },
        until: |until| format!("The link works until {until}."),
        refused: "The other mail server does not take mail for the new address. Cancel, then enter the right one.",
        send_again: "Send the link again",
        withdraw: "Cancel the change",
        change: "Change your email address",
        change_instead: "Use another address instead",
        how: "We mail a link to the new address, and tell the current one. Until you confirm, the current address counts. To protect your account, the new address counts for resetting the password seven days after you confirmed it; until then, those links go to the address before.",
        new: "New email address",
        new_hint: "The link goes to this address",
        again: "New email address once more",
        submit: "Send the link",
        too_soon: "One was sent a moment ago, or too many were. Nothing was done this time.",
    },
    confirm: ConfirmText {
        heading: "Confirm your new email address",
        ready: |account, email| {
            Sentence::new([
                say("When you press the button, the email address of account "),
                name(account),
                say(" becomes "),
                name(email),
                say("."),
            ])
        },
        press: "Confirm the change",
        done: "Your email address was changed",
        done_now: |account, email| {
            Sentence::new([say("The email address of account "), name(account), say(" is now "), name(email), say(".")])
        },
        done_settles: "The new address counts for resetting the password after seven days; until then, those links go to the address before. “My details” says from which day on.",
        somebody_elses: "This link belongs to another account",
        somebody_elses_why: |account| {
            Sentence::new([
                say("You are signed in as "),
                name(account),
                say(". Sign out first, sign in with the account that asked for the change, then open the link again."),
            ])
        },
        over: "This link no longer works",
        over_why: "The link that confirms a new address works for a day, and once. It ends when you cancel the change, ask for another address or change your password.",
    },
    letters: AccountLetters {
        confirm_subject: |brand| format!("{brand}: confirm your new email address"),
        confirm_why: |brand, account| {
            format!("You receive this because account {account} at {brand} asked to use this email address.")
        },
        confirm_how: |until| {
            format!(
                "Open the link below, sign in and confirm the change: then the new address counts. The link works once, until {until}."
            )
        },
        confirm_link: "Confirm the new email address",
        confirm_not_you: "If this is not your account, ignore this mail: nothing will change.",
        asked_subject: |brand| format!("{brand}: another email address was asked for"),
        asked_what: |brand, account, at| {
            format!(
                "Account {account} at {brand} asked on {at} to use another email address. The right password was entered."
            )
        },
        asked_not_you: "If it was you, there is nothing to do. If it was not, somebody knows your password: reset it at once by the link below. That ends the request, and every sign-in on every device.",
        asked_until: "Until the new address is confirmed, this one counts.",
        asked_counts: "Even when the new address is confirmed, the links that reset the password come to this mailbox alone for seven days: reset your password within that time, sign in, and change the address back under “My account”.",
        changed_subject: |brand| format!("{brand}: your email address was changed"),
        changed_what: |brand, account, at| {
            format!("The email address of account {account} at {brand} was changed on {at}.")
        },
        changed_until: |until| {
            format!(
                "Until {until}, the links that reset the password come to this mailbox alone, and so does what happens to the account; after that, they go to the new address."
            )
        },
        changed_undo: |until| {
            format!(
                "If it was not you, somebody knows your password. Before {until}: reset it by the link below, which is mailed here, then sign in and change the email address back to this one under “My account”. That counts at once. The service desk helps."
            )
        },
        changed_no_more: "We will not write to this address any more.",
        changed_not_you: "If it was not you, tell the service desk at once.",
        resets_not_before: |until| {
            format!(
                "Your email address was changed lately: until {until}, the links that reset the password do not come to this mailbox. They go to the address before."
            )
        },
        recovery_subject: |brand| format!("{brand}: your means of recovery were changed"),
        recovery_what: |brand, account, at| {
            format!("The means of recovery of account {account} at {brand} were changed on {at}.")
        },
        recovery_hint: |from| {
            format!(
                "The hint question is another: whoever resets the password is asked it from {from} on, and none before."
            )
        },
        recovery_no_hint: "The hint question was removed: whoever resets the password is not asked any more.",
        recovery_mobile: |from| {
            format!(
                "The rescue mobile is another: codes that reset the password go to the new number from {from} on, and to none before."
            )
        },
        recovery_no_mobile: "The rescue mobile was removed: no codes that reset the password are texted any more.",
        recovery_not_you: "If it was not you, somebody knows your password: reset it at once by the link below.",
        recovery_undone: "Within seven days, that removes what is new as well.",
    },
};
