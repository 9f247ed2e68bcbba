//! English

use super::{AccountText, CurrentPasswordText, OverviewText, PasswordText, portals};
use crate::pages::account::Place;
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: AccountText = AccountText {
    heading: "My account",
    place: |place| match place {
        Place::Overview => "My details",
        Place::Password => "Password",
        Place::Portals => "Websites I use",
        Place::Delete => "Delete account",
    },
    current: CurrentPasswordText {
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
        lead: "This is what you registered here.",
        basics: "About you",
        identity: "Citizen or civil servant",
        agency: "Agency (civil servants)",
        no_agency: "None",
        agency_oid: "Agency OID",
    },
    portals: portals::en::TEXT,
    password: PasswordText {
        lead: |account| Sentence::new([say("Change the password of account "), name(account), say(".")]),
        new: "New password",
        ends: "You stay signed in here. Every other device is signed out and has to sign in with the new password. We will tell you by email.",
        submit: "Change password",
        done: "Your password was changed",
        done_now: "Every other device has been signed out. Sign in with the new password from now on. We have also told you by email.",
    },
};
