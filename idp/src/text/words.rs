//! The structure both languages fill. A field is named after the place where it is read.

use super::{AccountText, CaptchaText, ClaimsText, MailboxText, MembershipText, Sentence};
use idp_core::identity::capacity::OfficialType;

/// All words of one language.
pub struct Text {
    /// Around every page.
    pub frame: FrameText,
    /// The sign-in page.
    pub sign_in: SignInText,
    /// 圖形驗證碼, wherever a page asks for it.
    pub captcha: CaptchaText,
    /// The page that says as whom a person enters a portal, and asks for consent.
    pub consent: ConsentText,
    /// What a portal says of itself, where a person decides.
    pub portal_links: PortalLinksText,
    /// The pages before and after signing out.
    pub sign_out: SignOutText,
    /// The page that posts an answer to its portal.
    pub returning: ReturningText,
    /// The page before a website that registered itself.
    pub refused: RefusedText,
    /// The provider's own first page.
    pub home: HomeText,
    /// Membership.
    pub membership: MembershipText,
    /// 我的專區.
    pub account: AccountText,
    /// The mailbox, while the provider is tried out.
    pub mailbox: MailboxText,
    /// The error page.
    pub error: ErrorText,
    /// What a portal receives.
    pub claims: ClaimsText,
}

/// Words around every page.
pub struct FrameText {
    /// Link over the header to the content, for keyboards and screen readers.
    pub skip: &'static str,
    /// Beside the brand.
    pub service: &'static str,
    /// Before the name of who is signed in.
    pub signed_in_as: &'static str,
    /// Name of the language switch for screen readers.
    pub language: &'static str,
    /// What protects a person from impostors.
    pub safety: &'static str,
    /// Before how to reach the service desk.
    pub service_desk: &'static str,
    /// Before the title of a page with a problem.
    pub error_prefix: &'static str,
}

/// Words of the sign-in page.
pub struct SignInText {
    /// Heading.
    pub heading: &'static str,
    /// (brand, portal): where this sign-in leads.
    pub for_portal: for<'a> fn(&'a str, &'a str) -> Sentence<'a>,
    /// (brand): a sign-in at the provider itself.
    pub for_provider: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (person): why somebody who is signed in is asked again.
    pub again: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Title with the portal's name.
    pub title_for: fn(&str) -> String,
    /// Label of the account field.
    pub username: &'static str,
    /// Label of the password field.
    pub password: &'static str,
    /// Under the password's label.
    pub password_hint: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Nobody was signed in any more when a form was sent.
    pub not_saved: &'static str,
    /// The button that goes back to the portal.
    pub cancel: &'static str,
    /// Before the link to getting an account.
    pub no_account: &'static str,
    /// Why a sign-in did not succeed.
    pub problem: ProblemText,
}

/// A problem: its heading, what happened, what to do next.
pub struct ProblemWords {
    /// Heading of the summary.
    pub heading: &'static str,
    /// What happened, and why.
    pub what: &'static str,
    /// What to do next; empty when the first says it.
    pub next: &'static str,
}

/// Why a sign-in did not succeed.
pub struct ProblemText {
    /// Heading when a field was left empty.
    pub missing_heading: &'static str,
    /// The account is missing.
    pub missing_username: &'static str,
    /// The password is missing.
    pub missing_password: &'static str,
    /// Account or password is wrong: the same whether the account exists or not.
    pub wrong: ProblemWords,
    /// (`dates::again_text`): when to try again after a wrong password.
    pub wrong_wait: fn(&str) -> String,
    /// (minutes): one more wrong password locks the account for so long.
    pub last_try: fn(u64) -> String,
    /// Tried again too soon; the password was not looked at.
    pub wait: ProblemWords,
    /// (`dates::again_text`): when to try again after trying too soon.
    pub wait_next: fn(&str) -> String,
    /// Too many failures.
    pub locked: ProblemWords,
    /// (`dates::again_text`): until when it is locked.
    pub locked_until: fn(&str) -> String,
    /// 尚未啟用; said only after the right password.
    pub not_activated: ProblemWords,
    /// Locked by an administrator; said only after the right password.
    pub locked_by_administrator: ProblemWords,
    /// Too many sign-ins at this moment.
    pub busy: ProblemWords,
    /// Too many failures from this network address.
    pub address: ProblemWords,
    /// (`dates::again_text`): until when guesses from there are not looked at.
    pub address_until: fn(&str) -> String,
    /// The page was open too long.
    pub expired: ProblemWords,
}

/// Words of the consent page.
pub struct ConsentText {
    /// Heading when a person is told as whom they enter.
    pub introduce_heading: &'static str,
    /// Heading when consent is asked for.
    pub consent_heading: &'static str,
    /// Heading when the portal asks to choose an account.
    pub select_heading: &'static str,
    /// (person, account, portal): as whom this person is entering.
    pub introduce: for<'a> fn(&'a str, &'a str, &'a str) -> Sentence<'a>,
    /// (person, account, portal): the same, when consent is asked for.
    pub ask: for<'a> fn(&'a str, &'a str, &'a str) -> Sentence<'a>,
    /// (person, account, portal): the same, when an account is to be chosen.
    pub select: for<'a> fn(&'a str, &'a str, &'a str) -> Sentence<'a>,
    /// Label of the person.
    pub person: &'static str,
    /// Label of the portal.
    pub portal: &'static str,
    /// (portal): heading of what the portal receives.
    pub receives: for<'a> fn(&'a str) -> Sentence<'a>,
    /// When it receives nothing but who signed in.
    pub receives_nothing: &'static str,
    /// What refusing means.
    pub refusing: &'static str,
    /// Button: go on.
    pub go_on: &'static str,
    /// Button: consent and go on.
    pub allow: &'static str,
    /// Button: refuse.
    pub deny: &'static str,
    /// Button: 「不是您？」
    pub not_you: &'static str,
    /// Button: use another account.
    pub another_account: &'static str,
}

/// Words around the links to what a portal says of itself.
pub struct PortalLinksText {
    /// (portal): heading.
    pub about: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Its own site.
    pub site: &'static str,
    /// What it does with people's data.
    pub policy: &'static str,
    /// What people agree to who use it.
    pub terms: &'static str,
    /// Where the links open.
    pub new_tab: &'static str,
}

/// Words of the pages around signing out.
pub struct SignOutText {
    /// (brand): heading of the question.
    pub question: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (person): who is signed in here.
    pub signed_in: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (portal): who asked.
    pub asked_by: for<'a> fn(&'a str) -> Sentence<'a>,
    /// What signing out does.
    pub effect: &'static str,
    /// Button.
    pub confirm: &'static str,
    /// Link.
    pub cancel: &'static str,
    /// Heading afterwards.
    pub done: &'static str,
    /// (brand): what was done.
    pub done_here: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading of the page that tells portals.
    pub telling: &'static str,
    /// Link to the next page, for who is not sent on.
    pub go_on: &'static str,
    /// Over the list of portals.
    pub portals: &'static str,
    /// The portal said that it signed the person out.
    pub signed_out_there: &'static str,
    /// The portal was told by the browser.
    pub told_there: &'static str,
    /// The portal is being told.
    pub telling_there: &'static str,
    /// The portal did not answer.
    pub no_answer_there: &'static str,
    /// The portal cannot be told.
    pub not_told_there: &'static str,
    /// What to do about such portals.
    pub not_told_advice: &'static str,
    /// Link that shows the page anew.
    pub look_again: &'static str,
    /// Advice for shared computers.
    pub shared_computer: &'static str,
    /// (brand): link to the provider's own page.
    pub to_home: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (host): a website that registered itself wants the person back.
    pub wanted_back: for<'a> fn(&'a str) -> Sentence<'a>,
}

/// Words of the page that posts an answer to its portal.
pub struct ReturningText {
    /// Heading.
    pub heading: &'static str,
    /// (host): what to do if nothing happens.
    pub lead: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Button.
    pub go_on: &'static str,
}

/// Words of the page that lets a person decide whether to go back to a website that registered itself.
pub struct RefusedText {
    /// Heading.
    pub heading: &'static str,
    /// (host): who asked.
    pub lead: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Why nobody is sent there.
    pub unchecked: &'static str,
    /// (host): button.
    pub go_back: for<'a> fn(&'a str) -> Sentence<'a>,
}

/// Words of the provider's own page.
pub struct HomeText {
    /// Heading when nobody is signed in.
    pub welcome: &'static str,
    /// What this is.
    pub about: &'static str,
    /// What to do.
    pub how: &'static str,
    /// Heading when somebody is signed in, before the name.
    pub greeting_before: &'static str,
    /// Heading when somebody is signed in, after the name.
    pub greeting_after: &'static str,
    /// Under the greeting.
    pub signed_in: &'static str,
    /// Label: account.
    pub account: &'static str,
    /// Label: 身分別.
    pub identity_type: &'static str,
    /// Label: agency.
    pub agency: &'static str,
    /// Label: OID of the agency.
    pub agency_oid: &'static str,
    /// Label: when.
    pub signed_in_at: &'static str,
    /// Label: by which means.
    pub means: &'static str,
    /// The value of the means: by password.
    pub means_password: &'static str,
    /// 身分別: no agency vouches for more.
    pub natural_person: &'static str,
    /// 身分別: 公務人員.
    pub civil_servant: &'static str,
    /// 身分別: 約聘僱人員.
    pub contract_staff: &'static str,
    /// 身分別: 教育人員.
    pub educator: &'static str,
    /// Link: sign in.
    pub sign_in: &'static str,
    /// The same beside [`Self::to_portal`]: to 我的專區, and no portal.
    pub sign_in_here: &'static str,
    /// (portal): link back to it.
    pub to_portal: fn(&str) -> Sentence<'_>,
    /// Link: sign out.
    pub sign_out: &'static str,
}

/// An error: what happened, why, what to do next.
pub struct ErrorWords {
    /// What happened, in a few words.
    pub title: &'static str,
    /// Why.
    pub explanation: &'static str,
    /// What to do next.
    pub what_next: &'static str,
}

/// Words of the error page.
pub struct ErrorText {
    /// Label of the incident code.
    pub incident: &'static str,
    /// How to report it.
    pub incident_how: &'static str,
    /// Heading over what only a portal's developer needs.
    pub developer: &'static str,
    /// Label of the OAuth error code.
    pub error_code: &'static str,
    /// Unknown `client_id`.
    pub unknown_client: ErrorWords,
    /// A client that was switched off.
    pub disabled_client: ErrorWords,
    /// A redirect URI that is not registered.
    pub bad_redirect_uri: ErrorWords,
    /// A request that does not follow the protocol.
    pub bad_request: ErrorWords,
    /// A pushed request that was used already, is over, or is another portal's.
    pub spent_request: ErrorWords,
    /// A page that was open too long and cannot be resumed.
    pub expired_page: ErrorWords,
    /// An application for an account that is over, or another browser's.
    pub application_over: ErrorWords,
    /// A form that another site, or another browser, made.
    pub foreign_form: ErrorWords,
    /// No such page.
    pub not_found: ErrorWords,
    /// The page exists, and not for this method.
    pub method_not_allowed: ErrorWords,
    /// The request was too large.
    pub too_large: ErrorWords,
    /// The request did not arrive in time.
    pub too_slow: ErrorWords,
    /// Too many requests at this moment.
    pub too_busy: ErrorWords,
    /// A fault of ours.
    pub internal: ErrorWords,
    /// Without its database, with a clock that is off, starting or stopping.
    pub not_ready: ErrorWords,
}

impl HomeText {
    /// 身分別 of a person: the kind of 公務人員, or 自然人.
    pub fn identity(&self, kind: Option<OfficialType>) -> &'static str {
        match kind {
            None => self.natural_person,
            Some(OfficialType::CivilServant) => self.civil_servant,
            Some(OfficialType::ContractStaff) => self.contract_staff,
            Some(OfficialType::Educator) => self.educator,
        }
    }
}
