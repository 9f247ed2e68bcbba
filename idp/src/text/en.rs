//! English

use super::{
    ClaimsText, ConsentText, ErrorText, ErrorWords, FrameText, HomeText, PortalLinksText, ProblemText, ProblemWords,
    RefusedText, ReturningText, Sentence, SignInText, SignOutText, Text, name, say,
};

pub(super) const TEXT: Text = Text {
    frame: FRAME,
    sign_in: SIGN_IN,
    consent: CONSENT,
    portal_links: PORTAL_LINKS,
    sign_out: SIGN_OUT,
    returning: RETURNING,
    refused: REFUSED,
    home: HOME,
    membership: super::membership::en::TEXT,
    account: super::account::en::TEXT,
    mailbox: super::mailbox::EN,
    error: ERROR,
    captcha: super::captcha::EN,
    claims: CLAIMS,
};

const FRAME: FrameText = FrameText {
    skip: "Skip to main content",
    service: "Single sign-on",
    signed_in_as: "Signed in as",
    language: "Change language",
    safety: "We never ask for your password by phone, text message or email. \
             Before you enter it, check that the address bar shows the address of this service.",
    service_desk: "Service desk: ",
    error_prefix: "Error: ",
};

const SIGN_IN: SignInText = SignInText {
    heading: "Sign in",
    for_portal: |brand, portal| {
        Sentence::new([say("Use your "), name(brand), say(" account to sign in to "), name(portal)])
    },
    for_provider: |brand| Sentence::new([say("Use your "), name(brand), say(" account")]),
    again: |person| {
        Sentence::new([
            say("You are signed in as "),
            name(person),
            say(". To protect your data, please enter your password again to confirm that it is you."),
        ])
    },
    title_for: |portal| format!("Sign in to {portal}"),
    username: "Account",
    password: "Password",
    password_hint: "Capital and small letters are different",
    submit: "Sign in",
    not_saved: "You were signed out before, so what you sent was not saved. Sign in again, then enter it once more.",
    cancel: "Cancel and go back",
    no_account: "No account yet?",
    problem: PROBLEM,
};

const PROBLEM: ProblemText = ProblemText {
    missing_heading: "Something is missing",
    missing_username: "Enter your account",
    missing_password: "Enter your password",
    wrong: ProblemWords {
        heading: "Sign-in did not succeed",
        what: "The account or the password is not correct",
        next: "Check the account for typing errors and see whether Caps Lock is on, then enter the password again.",
    },
    wrong_wait: |when| format!("Try again {when}."),
    last_try: |minutes| {
        let minutes = if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
        format!("One more wrong password locks the account for {minutes}.")
    },
    wait: ProblemWords {
        heading: "Please wait a moment",
        what: "It is too soon after the last attempt, so this password was not checked.",
        next: "",
    },
    wait_next: |when| format!("Enter the password again {when}."),
    locked: ProblemWords {
        heading: "This account cannot sign in for now",
        what: "There were too many failures in a row. The account is locked for a while to protect it; until then no password is checked, right or wrong.",
        next: "It unlocks by itself; if you forgot the password, reset it by the link below, which unlocks it at once.",
    },
    locked_until: |when| format!("Try again {when}."),
    not_activated: ProblemWords {
        heading: "This account is not activated yet",
        what: "The account has not been activated, so it cannot sign in.",
        next: "Open the confirmation email that was sent when you registered, follow its instructions, then come back and sign in. If you cannot find it, have it sent again by the link below.",
    },
    locked_by_administrator: ProblemWords {
        heading: "This account is disabled",
        what: "An administrator has disabled this account, so it cannot sign in.",
        next: "To have it restored, contact the service desk or, for an official account, the administrator of your agency.",
    },
    busy: ProblemWords {
        heading: "Many people are signing in right now",
        what: "The system is busy, so this password was not checked.",
        next: "Wait a few seconds, then enter the password again. This does not count as a failure.",
    },
    address: ProblemWords {
        heading: "Too many wrong passwords from your network",
        what: "Too many wrong passwords came from your network address, so this password was not checked.",
        next: "Your account is not locked.",
    },
    address_until: |when| format!("Try again {when}."),
    expired: ProblemWords {
        heading: "Please sign in again",
        what: "This page was open too long and is no longer valid.",
        next: "There is no need to go back: enter your account and password here.",
    },
};

const CONSENT: ConsentText = ConsentText {
    introduce_heading: "Confirm who you are",
    consent_heading: "Share your data?",
    select_heading: "Choose an account",
    introduce: |person, account, portal| {
        Sentence::new([
            say("You are signing in to "),
            name(portal),
            say(" as "),
            name(person),
            say(" ("),
            name(account),
            say(")."),
        ])
    },
    ask: |person, account, portal| {
        Sentence::new([
            say("You are signing in to "),
            name(portal),
            say(" as "),
            name(person),
            say(" ("),
            name(account),
            say("). Do you agree to share the data below?"),
        ])
    },
    select: |person, account, portal| {
        Sentence::new([
            name(portal),
            say(" asks you to choose an account. You are signed in as "),
            name(person),
            say(" ("),
            name(account),
            say(")."),
        ])
    },
    person: "You",
    portal: "Website",
    receives: |portal| Sentence::new([say("What "), name(portal), say(" will receive")]),
    receives_nothing: "This website learns only that you are signed in and receives no other personal data.",
    refusing: "You may refuse: nothing is sent and you return to the website.",
    go_on: "Continue",
    allow: "Agree and continue",
    deny: "Do not agree",
    not_you: "Not you? Use another account",
    another_account: "Use another account",
};

const PORTAL_LINKS: PortalLinksText = PortalLinksText {
    about: |portal| Sentence::new([say("About "), name(portal)]),
    site: "Website",
    policy: "Privacy policy",
    terms: "Terms of service",
    new_tab: "Provided by that website. Links open in a new tab; this page stays.",
};

const SIGN_OUT: SignOutText = SignOutText {
    question: |brand| Sentence::new([say("Sign out of "), name(brand), say("?")]),
    signed_in: |person| Sentence::new([say("You are signed in as "), name(person), say(".")]),
    asked_by: |portal| Sentence::new([name(portal), say(" asks you to confirm.")]),
    effect: "You will also be signed out of the other websites you entered with this account. Save unfinished work first.",
    confirm: "Sign out",
    cancel: "Stay signed in",
    done: "You are signed out",
    done_here: |brand| Sentence::new([say("You have signed out of "), name(brand), say(".")]),
    telling: "Signing you out of these websites",
    go_on: "Continue",
    portals: "Websites you were signed in to",
    signed_out_there: "Signed out",
    told_there: "Told to sign you out",
    telling_there: "Being told",
    no_answer_there: "No answer yet; we will tell it again",
    not_told_there: "Cannot be signed out from here",
    not_told_advice: "Please sign out yourself at websites that gave no answer or cannot be signed out from here.",
    look_again: "Check again",
    shared_computer: "If other people use this computer, close all browser windows.",
    to_home: |brand| Sentence::new([say("Go to "), name(brand)]),
    wanted_back: |host| Sentence::new([name(host), say(" wants to show you a page of its own now.")]),
};

const RETURNING: ReturningText = ReturningText {
    heading: "Returning you to the website",
    lead: |host| Sentence::new([say("If "), name(host), say(" does not open by itself, choose Continue.")]),
    go_on: "Continue",
};

const REFUSED: RefusedText = RefusedText {
    heading: "You have not been signed in",
    lead: |host| Sentence::new([name(host), say(" asked for a sign-in, and it did not come about.")]),
    unchecked: "That website registered itself here; nobody has checked whose it is. If you did not mean to go there, close this page.",
    go_back: |host| Sentence::new([say("Go to "), name(host)]),
};

const HOME: HomeText = HomeText {
    welcome: "One account for government websites",
    about: "Sign in once and use the websites of every agency without entering your password again.",
    how: "You can sign in here first, or go straight to the website you need.",
    greeting_before: "Hello, ",
    greeting_after: "",
    signed_in: "You are signed in. The websites of the agencies will not ask for your password again.",
    account: "Account",
    identity_type: "Capacity",
    agency: "Agency",
    agency_oid: "Agency OID",
    signed_in_at: "Signed in at",
    means: "Signed in by",
    means_password: "Password",
    natural_person: "Natural person",
    civil_servant: "Civil servant",
    contract_staff: "Civil servant (contract staff)",
    educator: "Civil servant (educator)",
    sign_in: "Sign in",
    sign_in_here: "Sign in to My account",
    to_portal: |portal| Sentence::new([say("Back to "), name(portal), say(" to sign in")]),
    sign_out: "Sign out",
};

const ERROR: ErrorText = ErrorText {
    incident: "Incident code",
    incident_how: "When you contact the service desk, give this code and the time it happened.",
    developer: "For the developers of the website",
    error_code: "Error code",
    unknown_client: ErrorWords {
        title: "We do not know this website",
        explanation: "The website that sent you here is not registered with this service. \
                      For your safety the sign-in has stopped. None of your data was sent.",
        what_next: "Make sure that you came from an agency you trust, and start again from its own website. \
                    If it happens again, tell the administrators of that website.",
    },
    disabled_client: ErrorWords {
        title: "This website cannot be used right now",
        explanation: "Sign-in for the website that sent you here is switched off. None of your data was sent.",
        what_next: "Try again later, or ask the administrators of that website.",
    },
    bad_redirect_uri: ErrorWords {
        title: "The return address is not correct",
        explanation: "The website asked us to send you to an address that it has not registered. \
                      So that your data cannot end up elsewhere, the sign-in has stopped. None of your data was sent.",
        what_next: "Start again from the agency's website. If it happens again, tell the administrators of that website.",
    },
    bad_request: ErrorWords {
        title: "There is a mistake in the sign-in request",
        explanation: "The request that the website sent us is incomplete or not correct, so we cannot go on. \
                      Nothing is wrong with your account, and none of your data was sent.",
        what_next: "Go back to the website and sign in again. If it happens again, show this page to the administrators of that website.",
    },
    spent_request: ErrorWords {
        title: "This sign-in request is no longer valid",
        explanation: "The website prepared your sign-in with us. Such a request works once and for a short time, \
                      and this one was used already or is too old. Your account is not affected.",
        what_next: "Go back to the website you want to use and sign in again.",
    },
    expired_page: ErrorWords {
        title: "This page is no longer valid",
        explanation: "It was open too long, or it was already used. Your account is not affected.",
        what_next: "Go back to the website you want to use and sign in again.",
    },
    application_over: ErrorWords {
        title: "This application is over",
        explanation: "The pages for creating an account work for a while, and only in the browser in which you began. This one was open too long, or the application is complete.",
        what_next: "Create an account anew. If you have received the confirmation already, open the link in it.",
    },
    foreign_form: ErrorWords {
        title: "We cannot tell whether this came from you",
        explanation: "The form was not made by a current page in this browser, so for your safety nothing was done. \
                      Your browser may also be blocking cookies.",
        what_next: "Allow cookies for this service, then go back to the website you want to use and try again.",
    },
    not_found: ErrorWords {
        title: "Page not found",
        explanation: "The address may be mistyped, or the page has moved.",
        what_next: "Check the address, or go to the home page.",
    },
    method_not_allowed: ErrorWords {
        title: "This page cannot be used in this way",
        explanation: "The address exists, but it does not accept this kind of request.",
        what_next: "Go back and try again, or go to the home page.",
    },
    too_large: ErrorWords {
        title: "Too much was sent",
        explanation: "What was sent is larger than this service accepts, so it was not processed.",
        what_next: "Shorten what you entered and try again. If another website sent you here, tell its administrators.",
    },
    too_slow: ErrorWords {
        title: "It took too long to arrive",
        explanation: "What you sent did not arrive in time, so it was not processed. Your connection may be unstable.",
        what_next: "Check your connection, then go back and send it again.",
    },
    too_busy: ErrorWords {
        title: "The system is busy",
        explanation: "Many people are using it right now, and your request was not processed. Your account is not affected.",
        what_next: "Wait a few seconds, then reload the page.",
    },
    internal: ErrorWords {
        title: "Something went wrong on our side",
        explanation: "This is a problem of the service, not of what you did. We have recorded it.",
        what_next: "Try again in a while. If it happens again, contact the service desk.",
    },
    not_ready: ErrorWords {
        title: "The service is not available right now",
        explanation: "It cannot answer for the moment, and your last step may not have been completed. Your account is not affected.",
        what_next: "Wait a moment, then reload the page. If this goes on, wait a few minutes and sign in again from the website you want to use.",
    },
};

const CLAIMS: ClaimsText = ClaimsText {
    name: "Name",
    nickname: "Nickname",
    account: "Account",
    email: "Email",
    identity_type: "Capacity",
    agency_name: "Agency",
    agency_oid: "Agency OID",
    official_type: "Official position",
    uid: "National ID number",
    birthdate: "Date of birth",
    gender: "Sex",
    phone: "Telephone",
    address: "Address",
    profile: "Name and basic data",
    identity: "Capacity and agency",
    gsp_profile: "Name, account and way of signing in",
    offline_access: "To keep receiving this data while you are away",
};
