//! Every page in every state with sample data, plain and hostile.

use super::{
    Arrived, ConsentItem, ConsentPage, ConsentReason, ErrorKind, ErrorPage, Frame, HomePage, HomePerson, House,
    LoggedOutPage, LogoutFrame, LogoutPage, PortalLinks, RefusedPage, ReturningPage, SignInPage, SignInProblem,
    SigningOutPage, WayBack, dates,
};
use crate::text::Language;
use idp_core::captcha::Place;

mod account;
mod captcha;
mod mailbox;
mod membership;

/// 2026-11-21 15:04:05 in Taipei.
const NOW: i64 = 1_795_244_645_000;

/// The names that stand in a page.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    brand: &'static str,
    service_desk: Option<&'static str>,
    portal: &'static str,
    host: &'static str,
    person: &'static str,
    account: &'static str,
    agency: &'static str,
    link: &'static str,
}

impl Names {
    fn house(self) -> House<'static> {
        House { brand: self.brand, service_desk: self.service_desk }
    }
}

/// Where a portal's logo is.
pub(crate) const LOGO: &str = "/client-logo/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.png";

/// Names as they will be.
pub(crate) const PLAIN: Names = Names {
    brand: "我的E政府",
    service_desk: Some("0800-000-000（24 小時）、service@example.gov.tw"),
    portal: "EMIC 應變管理資訊雲端服務",
    host: "portal.emic.gov.tw",
    person: "王美善",
    account: "clairesu1234",
    agency: "內政部消防署",
    link: "https://portal.emic.gov.tw/about?a=b&c=d",
};

/// Markup that must never come through.
pub(crate) const HOSTILE_TEXT: &str = "\"><script>alert(1)</script>'&<b>\u{202e}";

/// Names that try to break out of the page.
pub(crate) const HOSTILE: Names = Names {
    brand: HOSTILE_TEXT,
    service_desk: Some(HOSTILE_TEXT),
    portal: HOSTILE_TEXT,
    host: HOSTILE_TEXT,
    person: HOSTILE_TEXT,
    account: HOSTILE_TEXT,
    agency: HOSTILE_TEXT,
    link: HOSTILE_TEXT,
};

/// Every page in every state, with a file name each.
pub(crate) fn all(lang: Language, names: Names) -> Vec<(String, String)> {
    let mut pages = sign_in_pages(lang, names);
    pages.extend(consent_pages(lang, names));
    pages.extend(sign_out_pages(lang, names));
    pages.push(("returning", returning_page(lang, names)));
    pages.extend(refused_pages(lang, names));
    pages.extend(home_pages(lang, names));
    pages.extend(membership::pages(lang, names));
    pages.extend(account::pages(lang, names));
    pages.extend(mailbox::pages(lang, names));
    pages.extend(error_pages(lang, names));
    pages.into_iter().map(|(file, html)| (file.to_owned(), html)).collect()
}

/// The sign-in page as a person first sees it, with sealed values of the size they have.
pub(crate) fn sign_in(lang: Language, names: Names, sealed: &str) -> String {
    let page = SignInPage {
        frame: frame(lang, names).returning_to(sealed),
        portal_name: Some(names.portal),
        portal_logo: None,
        portal_links: PortalLinks::default(),
        unchecked: None,
        interaction: sealed,
        username: "",
        reauthenticating_as: None,
        problem: None,
        can_cancel: true,
        captcha: None,
        not_saved: false,
    };
    page.html()
}

fn links(names: Names) -> PortalLinks<'static> {
    PortalLinks { site: Some(names.link), policy: Some(names.link), terms: Some(names.link) }
}

/// To the portal of these names.
fn way_back(names: Names) -> WayBack {
    WayBack { host: names.host.to_owned(), ..WayBack::new(names.portal, names.link.to_owned()) }
}

fn frame(lang: Language, names: Names) -> Frame<'static> {
    Frame::new(lang, names.house()).returning_to("c2VhbGVk")
}

fn inside(lang: Language, names: Names) -> Frame<'static> {
    frame(lang, names).signed_in_as(Some(names.person))
}

fn sign_in_pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let base = SignInPage {
        frame: frame(lang, names),
        portal_name: Some(names.portal),
        portal_logo: Some(LOGO),
        portal_links: links(names),
        unchecked: None,
        interaction: names.account,
        username: "",
        reauthenticating_as: None,
        problem: None,
        can_cancel: true,
        captcha: None,
        not_saved: false,
    };
    let (soon, late) = (dates::again_text(NOW + 5_000, NOW, lang), dates::again_text(NOW + 900_000, NOW, lang));
    let problems = [
        ("sign-in-missing-username", SignInProblem::MissingUsername),
        ("sign-in-missing-password", SignInProblem::MissingPassword),
        ("sign-in-missing-both", SignInProblem::MissingBoth),
        ("sign-in-wrong", SignInProblem::Wrong { when: Some(soon.clone()), locks_for: None }),
        ("sign-in-wrong-before-the-lock", SignInProblem::Wrong { when: Some(soon.clone()), locks_for: Some(15) }),
        ("sign-in-wrong-at-once", SignInProblem::Wrong { when: None, locks_for: None }),
        ("sign-in-wait", SignInProblem::Wait { when: soon }),
        ("sign-in-locked", SignInProblem::Locked { when: late.clone() }),
        ("sign-in-too-many-from-address", SignInProblem::TooManyFromAddress { when: late }),
        ("sign-in-not-activated", SignInProblem::NotActivated),
        ("sign-in-locked-by-administrator", SignInProblem::LockedByAdministrator),
        ("sign-in-busy", SignInProblem::Busy),
        ("sign-in-expired", SignInProblem::Expired),
    ];
    let again = SignInPage {
        frame: inside(lang, names),
        reauthenticating_as: Some(names.person),
        username: names.account,
        ..base.clone()
    };
    let alone = SignInPage { portal_name: None, portal_logo: None, can_cancel: false, ..base.clone() };
    let bare = SignInPage { portal_logo: None, ..base.clone() };
    let mut pages = vec![("sign-in", base.html()), ("sign-in-again", again.html()), ("sign-in-alone", alone.html())];
    pages.push(("sign-in-without-logo", bare.html()));
    pages.push(("sign-in-not-saved", SignInPage { not_saved: true, ..alone.clone() }.html()));
    pages.push(("sign-in-unchecked", SignInPage { unchecked: Some(names.host), ..base.clone() }.html()));
    pages.extend(problems.map(|(file, problem)| {
        (file, SignInPage { problem: Some(problem), username: names.account, ..base.clone() }.html())
    }));
    let fields = captcha::captchas(Place::SignIn);
    let files = ["sign-in-letters", "sign-in-letters-problem", "sign-in-code"];
    pages.extend(files.into_iter().zip(&fields).map(|(file, field)| {
        (file, SignInPage { captcha: Some(field), username: names.account, ..base.clone() }.html())
    }));
    let fields = captcha::code_problems(Place::SignIn);
    let files = [
        "sign-in-code-mistyped-problem",
        "sign-in-code-used-up-problem",
        "sign-in-code-sent-problem",
        "sign-in-code-often-problem",
        "sign-in-letters-many-problem",
    ];
    pages.extend(files.into_iter().zip(&fields).map(|(file, field)| {
        (file, SignInPage { captcha: Some(field), username: names.account, ..base.clone() }.html())
    }));
    pages
}

fn consent_pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let words = &lang.text().claims;
    let number = dates::identity_number_text("A123456789");
    let base = ConsentPage {
        frame: frame(lang, names),
        portal_name: names.portal,
        portal_host: names.host,
        unchecked: false,
        portal_logo: Some(LOGO),
        portal_links: links(names),
        person_name: names.person,
        account: names.account,
        interaction: names.account,
        reason: ConsentReason::Introduce,
        claims: vec![
            ConsentItem { label: words.name, value: Some(names.person) },
            ConsentItem { label: words.email, value: Some("claire.su@example.gov.tw") },
            ConsentItem { label: words.identity_type, value: Some("公務人員") },
            ConsentItem { label: words.agency_name, value: Some(names.agency) },
            ConsentItem { label: words.uid, value: Some(&number) },
            ConsentItem { label: words.offline_access, value: None },
        ],
    };
    vec![
        ("consent-introduce", base.html()),
        ("consent-without-logo", ConsentPage { portal_logo: None, ..base.clone() }.html()),
        ("consent-ask", ConsentPage { reason: ConsentReason::Consent, ..base.clone() }.html()),
        ("consent-unchecked", ConsentPage { unchecked: true, reason: ConsentReason::Consent, ..base.clone() }.html()),
        (
            "consent-select",
            ConsentPage { reason: ConsentReason::SelectAccount, claims: Vec::new(), ..base.clone() }.html(),
        ),
    ]
}

fn sign_out_pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let ask = LogoutPage {
        frame: frame(lang, names),
        person_name: names.person,
        token: names.account,
        action_path: "/connect/end_session/confirm",
        portal_name: Some(names.portal),
    };
    let alone = LogoutPage { portal_name: None, ..ask.clone() };
    let done = LoggedOutPage {
        frame: frame(lang, names),
        portals: vec![
            (names.portal, Arrived::SignedOut),
            ("e等公務園", Arrived::Telling),
            ("全民健康保險署個人化資料自主運用系統", Arrived::NotTold),
        ],
        again: Some("/connect/end_session/done?farewell=c2VhbGVk"),
        wanted_back: None,
    };
    let done_alone = LoggedOutPage { portals: Vec::new(), again: None, ..done.clone() };
    let done_wanted =
        LoggedOutPage { wanted_back: Some((names.host, "https://shop.example/out?a=1&b=2")), ..done.clone() };
    let frame_of =
        |number, portal, host: &str| LogoutFrame { number, portal, address: format!("https://{host}/out?iss=a&sid=b") };
    let frames = [frame_of(0, names.portal, "portal.emic.gov.tw"), frame_of(1, "e等公務園", "elearn.example.gov.tw")];
    let telling = SigningOutPage {
        frame: Frame::new(lang, names.house()),
        frames: &frames,
        next: "/connect/end_session/done?farewell=c2VhbGVk",
    };
    vec![
        ("logout", ask.html()),
        ("logout-alone", alone.html()),
        ("logged-out", done.html()),
        ("logged-out-alone", done_alone.html()),
        ("logged-out-wanted", done_wanted.html()),
        ("signing-out", telling.html()),
    ]
}

fn returning_page(lang: Language, names: Names) -> String {
    let fields = [("code".to_owned(), "c2VhbGVk".to_owned()), ("state".to_owned(), names.portal.to_owned())];
    ReturningPage {
        frame: Frame::new(lang, names.house()),
        host: names.host,
        action: "https://portal.emic.gov.tw/callback?a=1&b=2",
        fields: &fields,
    }
    .html()
}

fn refused_pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let fields = [("error".to_owned(), "access_denied".to_owned()), ("state".to_owned(), names.portal.to_owned())];
    let by_link = RefusedPage {
        frame: Frame::new(lang, names.house()),
        host: names.host,
        address: "https://shop.example/callback?a=1&error=access_denied",
        fields: None,
        error_code: "access_denied",
        details: names.portal,
    };
    let by_form = RefusedPage { address: "https://shop.example/callback", fields: Some(&fields), ..by_link.clone() };
    vec![("refused", by_link.html()), ("refused-form", by_form.html())]
}

fn home_pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let out = HomePage {
        frame: frame(lang, names),
        person: None,
        sign_in_href: "/sign-in",
        sign_out_href: "/connect/end_session",
        icon_path: crate::routes::ICON,
    };
    let citizen = HomePerson {
        name: names.person,
        account: names.account,
        identity_type_name: "自然人",
        agency_name: None,
        agency_oid: None,
        signed_in_at: dates::moment_text(NOW, lang),
        how: lang.text().home.means_password.to_owned(),
    };
    let official = HomePerson {
        identity_type_name: "公務人員",
        agency_name: Some(names.agency),
        agency_oid: Some("2.16.886.101.20003.20001.20003"),
        ..citizen.clone()
    };
    vec![
        ("home", out.html()),
        ("home-citizen", HomePage { person: Some(citizen), ..out.clone() }.html()),
        ("home-official", HomePage { person: Some(official), ..out.clone() }.html()),
    ]
}

fn error_pages(lang: Language, names: Names) -> Vec<(&'static str, String)> {
    let file = |kind| match kind {
        ErrorKind::UnknownClient => "error-unknown-client",
        ErrorKind::DisabledClient => "error-disabled-client",
        ErrorKind::BadRedirectUri => "error-bad-redirect-uri",
        ErrorKind::BadRequest => "error-bad-request",
        ErrorKind::SpentRequest => "error-spent-request",
        ErrorKind::ExpiredPage => "error-expired-page",
        ErrorKind::ApplicationOver => "error-application-over",
        ErrorKind::ForeignForm => "error-foreign-form",
        ErrorKind::NotFound => "error-not-found",
        ErrorKind::MethodNotAllowed => "error-method-not-allowed",
        ErrorKind::TooLarge => "error-too-large",
        ErrorKind::TooSlow => "error-too-slow",
        ErrorKind::TooBusy => "error-too-busy",
        ErrorKind::Internal => "error-internal",
        ErrorKind::NotReady => "error-not-ready",
    };
    let page = |kind: ErrorKind| {
        let mut page = ErrorPage { home_href: Some("/"), ..ErrorPage::of(frame(lang, names), kind) };
        if kind == ErrorKind::Internal {
            page.incident = Some("7K3M-Q2XD");
        }
        if kind == ErrorKind::BadRequest {
            page.error_code = Some("invalid_request");
            page.details = Some(names.portal);
        }
        (file(kind), page.html())
    };
    ErrorKind::ALL.into_iter().map(page).collect()
}
