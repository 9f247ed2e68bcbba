//! English

use super::{DeleteText, LeavingLetters, LeavingText, UndoText};
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: LeavingText = LeavingText {
    delete: DeleteText {
        heading: "Delete account",
        lead: |account, until| {
            let then = format!(" will be deleted on {until}. You can change your mind until then.");
            Sentence::new([say("If you ask for it now, account "), name(account), say(then)])
        },
        now: "At once",
        now_lines: &[
            "You are signed out on every device",
            "The account can no longer be used to sign in to any website",
            "Websites that were allowed to use your data while you are away no longer can",
        ],
        meanwhile: "If you change your mind",
        meanwhile_how: |until| {
            format!("Sign in with your account and password before {until} and press “Keep my account”.")
        },
        then: "After that",
        then_lines: &[
            "Your name, email address, national ID number, contact details, password and recovery details are removed from here for good",
            "Everything you agreed to for websites is removed",
            "Nobody can ever have the same account name again, and neither can you",
            "Security records are kept as the law requires, with nothing in them that identifies you",
        ],
        portals: "Websites you use",
        portals_told: "We tell these websites at once that your sign-in, and what you allowed them, is over. A website that takes no such notices finds out when it next asks us:",
        portals_none: "You are not using any website at the moment.",
        portals_keep: "What a website keeps itself (such as your course records) is managed by that website and is not deleted with the account. Ask the website if you want it deleted.",
        portals_more: "and other websites",
        mailed: |address| {
            Sentence::new([
                say("We will write to "),
                name(address),
                say(" when you ask, when you change your mind and when the account is gone."),
            ])
        },
        not_mailed: "Your account has no confirmed email address, so we cannot write to you about it.",
        understood: "I understand that my data cannot be brought back afterwards",
        not_ticked: "Tick that you understand that your data cannot be brought back afterwards",
        submit: "Delete my account",
        keep: "Keep it and go back",
        last_administrator: ProblemWords {
            heading: "Your account cannot be deleted now",
            what: "You are the last administrator. Without you nobody could manage this system.",
            next: "Have somebody else made an administrator first, then try again.",
        },
        asked: "Your account will be deleted",
        asked_now: |account, until| {
            Sentence::new([say("Account "), name(account), say(format!(" will be deleted on {until}."))])
        },
        asked_undo: "You have been signed out on every device. If you change your mind, sign in before then with your account and password and press “Keep my account”.",
    },
    undo: UndoText {
        heading: "Your account is about to be deleted",
        lead: |account, until| {
            Sentence::new([
                say("The deletion of account "),
                name(account),
                say(format!(" was asked for. It will be deleted on {until}.")),
            ])
        },
        until_then: "Until then the account cannot be used to sign in to any website. To go on using it, keep it.",
        undo: "Keep my account",
        or_not: "If you still want it deleted, there is nothing to do. You can close this page.",
        done: "Your account is kept",
        done_now: |account| {
            Sentence::new([say("Account "), name(account), say(" can be used again, with all its data.")])
        },
        done_next: "You were signed out on every device. Please sign in again.",
        over: "This page no longer works",
        over_why: "It was open too long, or the account has changed since. Please sign in again.",
        too_late: "It is too late to keep this account",
        too_late_why: |account| {
            Sentence::new([
                say("The time to change your mind about account "),
                name(account),
                say(" is over. Its data is being deleted and cannot be brought back."),
            ])
        },
    },
    letters: LeavingLetters {
        asked_subject: |brand| format!("{brand}: your account will be deleted"),
        asked_what: |brand, account, until| {
            format!(
                "The deletion of your {brand} account {account} was asked for. The account and its data will be deleted on {until}. Until then it cannot be used to sign in to any website."
            )
        },
        asked_undo: |until| {
            format!(
                "If you change your mind, sign in with your account and password before {until} and press “Keep my account”."
            )
        },
        asked_link: "Sign in and keep my account",
        asked_not_you: "If it was neither you nor the service desk or your agency on your behalf, somebody may know your password: sign in and keep the account as soon as you can, then change the password. If the password no longer works, use “Reset your password” first.",
        undone_subject: |brand| format!("{brand}: your account is kept"),
        undone_what: |brand, account, at| {
            format!(
                "The deletion of your {brand} account {account} was cancelled on {at}. It can be used again, with all its data."
            )
        },
        undone_not_you: "If this was not you, somebody may know your password: set another one with the link below and tell the service desk.",
        undone_link: "Reset your password",
        gone_subject: |brand| format!("{brand}: your account has been deleted"),
        gone_what: |brand, at| {
            format!("Your {brand} account was deleted on {at} as asked, with its data. It cannot be brought back.")
        },
        gone_portals: "What websites keep themselves is managed by them. Ask the website if you want it deleted.",
        gone_again: "This is our last mail: we no longer keep your address. You are welcome to join again.",
    },
};
