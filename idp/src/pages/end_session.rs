//! The pages before and after signing out.

use askama::Template;

use super::{Frame, document};
use crate::text::{Sentence, SignOutText};

/// Asks whether to sign out. Posts the hidden field `confirmation` to `action_path`.
#[derive(Clone, Debug, Template)]
#[template(path = "logout.html", whitespace = "minimize")]
pub struct LogoutPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Who is signed in.
    pub person_name: &'a str,
    /// The value that proves that this page was shown to this browser.
    pub token: &'a str,
    /// Where the form is posted.
    pub action_path: &'a str,
    /// The portal that asked, if one did.
    pub portal_name: Option<&'a str>,
}

/// Where a sign-out arrived, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrived {
    /// The portal said that it took it.
    SignedOut,
    /// The browser opened the portal's address, which is all that it can say.
    Told,
    /// The portal is being told.
    Telling,
    /// The portal did not answer; it is told again.
    NoAnswer,
    /// The portal cannot be told, or was given up.
    NotTold,
}

/// Says that a person is signed out, and at which portals that arrived.
#[derive(Clone, Debug, Template)]
#[template(path = "logged_out.html", whitespace = "minimize")]
pub struct LoggedOutPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Names of the portals, and where they stand.
    pub portals: Vec<(&'a str, Arrived)>,
    /// This page's address, while it is worth another look.
    pub again: Option<&'a str>,
    /// Host and address of a website that registered itself and wants the person back (RFC 9700 §4.11.2).
    pub wanted_back: Option<(&'a str, &'a str)>,
}

/// A hidden frame that tells a portal.
#[derive(Clone, Debug)]
pub struct LogoutFrame<'a> {
    /// Its place among those that the browser tells.
    pub number: usize,
    /// The portal's name.
    pub portal: &'a str,
    /// What the frame opens.
    pub address: String,
}

/// Tells portals by hidden frames and goes on to `next`.
#[derive(Clone, Debug, Template)]
#[template(path = "signing_out.html", whitespace = "minimize")]
pub struct SigningOutPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The frames.
    pub frames: &'a [LogoutFrame<'a>],
    /// Path and query of the page to go on to.
    pub next: &'a str,
}

/// Goes on when every frame has loaded or failed, after five seconds at the latest, and says which have loaded. It stands before the
/// frames, so that it misses none. The policy of the page names this text by its digest.
pub const SCRIPT: &str = "(function () {
  var loaded = [], left = false;
  function leave() {
    if (left) return;
    left = true;
    location.replace(document.getElementById('continue').href + '&answered=' + loaded.join('.'));
  }
  document.addEventListener('load', function (event) {
    if (event.target.tagName === 'IFRAME') loaded.push(event.target.getAttribute('data-number'));
  }, true);
  window.addEventListener('load', leave);
  setTimeout(leave, 5000);
})();";

impl LogoutPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static SignOutText {
        &self.frame.text().sign_out
    }

    fn heading(&self) -> Sentence<'_> {
        (self.words().question)(self.frame.brand)
    }

    fn title(&self) -> String {
        self.heading().to_string()
    }

    fn signed_in(&self) -> Sentence<'_> {
        (self.words().signed_in)(self.person_name)
    }

    fn asked_by(&self) -> Option<Sentence<'_>> {
        self.portal_name.map(self.words().asked_by)
    }
}

impl LoggedOutPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn wanted_back<'b>(&self, host: &'b str) -> Sentence<'b> {
        (self.words().wanted_back)(host)
    }

    fn go_back<'b>(&self, host: &'b str) -> Sentence<'b> {
        (self.frame.text().refused.go_back)(host)
    }

    fn words(&self) -> &'static SignOutText {
        &self.frame.text().sign_out
    }

    fn title(&self) -> &'static str {
        self.words().done
    }

    fn arrived(&self, arrived: &Arrived) -> &'static str {
        let words = self.words();
        match arrived {
            Arrived::SignedOut => words.signed_out_there,
            Arrived::Told => words.told_there,
            Arrived::Telling => words.telling_there,
            Arrived::NoAnswer => words.no_answer_there,
            Arrived::NotTold => words.not_told_there,
        }
    }

    fn some_not_told(&self) -> bool {
        self.portals.iter().any(|(_, arrived)| *arrived >= Arrived::NoAnswer)
    }

    fn done_here(&self) -> Sentence<'_> {
        (self.words().done_here)(self.frame.brand)
    }

    fn to_home(&self) -> Sentence<'_> {
        (self.words().to_home)(self.frame.brand)
    }
}

impl SigningOutPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static SignOutText {
        &self.frame.text().sign_out
    }

    fn title(&self) -> &'static str {
        self.words().telling
    }

    fn script(&self) -> &'static str {
        SCRIPT
    }
}
