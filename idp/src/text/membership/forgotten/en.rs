//! English

use super::{AskText, ForgottenLetters, ForgottenText, ResetText};
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: ForgottenText = ForgottenText {
    password: AskText {
        heading: "Reset your password",
        lead: "Enter your account name. We send a link to the account's email address by which you choose another password. It also opens an account that wrong passwords have locked.",
        hint: "Capital and small letters are the same",
        submit: "Send the link",
        asked: "If there is such an account, we have sent a link to its email address.",
        next: "Open the link in the mail and choose another password. It works for an hour, and once.",
    },
    account: AskText {
        heading: "Find your account name",
        lead: "Enter the email address that you registered with. We send your account name there.",
        hint: "",
        submit: "Send the account name",
        asked: "If an account has this email address, we have sent its name there.",
        next: "Look into your mailbox and sign in with the account name in the mail.",
    },
    confirmation: AskText {
        heading: "Send the confirmation again",
        lead: "If your account is not activated yet, enter its name. We send the link that activates it once more.",
        hint: "Capital and small letters are the same",
        submit: "Send it again",
        asked: "If there is such an account and it is not activated yet, we have sent the confirmation again.",
        next: "Look into the mailbox that you registered with, open the link in the mail and press “Activate my account”. It works for seven days.",
    },
    password_question: "Reset your password",
    account_question: "Forgot your account name?",
    asked: "Look into your mailbox",
    nothing_came: "If nothing has come after a few minutes, look among the junk mail, and check what you entered. A changed email address counts here after seven days; until then, mail goes to the one before. To protect everybody's data, we tell nobody here whether an account or an address exists.",
    too_soon: ProblemWords {
        heading: "It was sent just now",
        what: "So that no mailbox is filled, the same mail is not sent again and again. Look into your mailbox: the link in the last mail still works.",
        next: "",
    },
    too_many: ProblemWords {
        heading: "Please try again later",
        what: "Too many mails were asked for from your network; nothing was done.",
        next: "",
    },
    until: |when| format!("Try again {when}."),
    reset: ResetText {
        heading: "Choose another password",
        ready: |account| Sentence::new([say("Choose another password for the account "), name(account), say(".")]),
        password: "New password",
        ends: "This signs you out on every device; sign in again with the new password.",
        submit: "Set the password",
        done: "Your password is changed",
        done_now: |account| Sentence::new([say("Sign in as "), name(account), say(" with the new password.")]),
        done_ends: "You have been signed out on every device. We have also sent you a mail about it.",
        recovery_removed: "Hint question and rescue mobile were changed within the last seven days, so they were removed to protect the account. Sign in and set them again under “My account”.",
        email_changed: "The email address of this account was changed within the last seven days. If it was not you, sign in now and change it back under “My account”: seven days after the change, the links that reset the password go to that address.",
        over: "This link does not work any more",
        over_why: "A link works for an hour, and once. When the password or the address changes, those of before are over as well.",
        over_next: "If you still need another password, ask for another link.",
    },
    letters: ForgottenLetters {
        reset_subject: |brand| format!("Reset your password at {brand}"),
        reset_why: |brand, account| {
            format!("Somebody asked for another password for the account {account} at {brand}.")
        },
        reset_how: |until| {
            format!("If it was you, open the link and choose another password. It works until {until}, and once.")
        },
        reset_link: "Choose another password",
        not_you: "If it was not you, do nothing: your password stays as it is.",
        not_activated: "This account is not activated yet, and activating it takes the password that you chose when you applied. If you forgot that, cancel the application on the page that the link opens and apply again; the same account name is free then.",
        locked: "An administrator has disabled this account; its password cannot be reset. To have it restored, contact the service desk or, for an official account, the administrator of your agency.",
        names_subject: |brand| format!("Your account name at {brand}"),
        names_why: |brand| format!("Somebody asked {brand} which accounts have this email address."),
        names_are: "The accounts with this email address:",
        sign_in_link: "Sign in",
        changed_subject: |brand| format!("Your password at {brand} was changed"),
        changed_what: |brand, account, at| {
            format!("The password of the account {account} at {brand} was changed at {at}.")
        },
        changed_ends: "Every other device was signed out; sign in again there with the new password.",
        changed_not_you: "If it was not you, somebody may know your password or be using your mailbox: change the password of the mailbox first, reset this one by the link below, and tell the service desk.",
        changed_link: "Reset your password",
    },
};
