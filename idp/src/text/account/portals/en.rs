//! English

use super::PortalsText;
use crate::text::{Sentence, name, say};

/// All words.
pub const TEXT: PortalsText = PortalsText {
    lead: "These are the websites you have used with this account, and what each receives. You can stop at any time.",
    none: "No website is connected with this account now.",
    none_next: "A website is listed here when you sign in to it.",
    since: "Used since",
    last_used: "Last used",
    receives: "Receives",
    receives_nothing: "Nothing but the sign-in itself",
    and: ", ",
    while_away: "This website can get the data above while you are away",
    ours: "A government website: it does not ask for your consent when you enter",
    stop: "Stop using",
    more: "More websites",
    first: "Back to the first page",
    done: |portal| Sentence::new([say("You have stopped using "), name(portal)]),
    done_next: "It can no longer get your data. It will ask again when you enter it next.",
    sure: |portal| Sentence::new([say("Stop using "), name(portal), say("?")]),
    sure_lines: &[
        "The website can no longer get your data from here, from this moment on",
        "We tell the website that you have signed out. A website that takes no such notices may show you as signed in for a while",
        "When you enter it next, you are told with which account. A website that needs your consent asks for it again",
    ],
    sure_keeps: "What the website has already received and keeps is managed by that website. Ask the website if you want it deleted. You stay signed in to other websites.",
    sure_yes: "Stop using it",
    sure_no: "Go back",
};
