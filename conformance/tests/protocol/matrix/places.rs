//! Every place where a value is taken, what it says to one that is not its own, and what to its own.

use super::kinds::{Kind, NEW_PASSWORD, Scene};
use crate::client_authentication::{Asking, basic, everywhere, send};
use crate::request_object::brought;
use conformance::{ASSERTION_TYPE, Answer, CIVIL_SERVANT, PASSWORD, Page};
use reqwest::RequestBuilder;

#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// At the token endpoint.
    Code,
    RefreshToken,
    /// What proves a client, wherever one does.
    Secret(Asking),
    Assertion(Asking),
    /// Of which somebody asks, and which somebody gives back.
    Introspection,
    Revocation,
    /// At UserInfo.
    Bearer,
    BearerInForm,
    BoundToken,
    /// The header `DPoP` of a POST to a path.
    Proof(&'static str),
    NonceInProof,
    /// At the authorization endpoint, and pushed.
    Request,
    PushedRequest,
    RequestUri,
    RequestUriByName,
    PushedRequestUri,
    Hint,
    HintOfSignOut,
    Posted,
    PostedInAddress,
    /// The cookie.
    Session,
    /// At registration.
    Registration,
    Management,
    /// In forms and addresses of pages.
    SignIn,
    Consent,
    Continue,
    Confirmation,
    ReturnTo,
    Farewell(&'static str),
    Join,
    JoinSent,
    Activate,
    ResetPassword,
    /// The picture of a challenge, and forms that hold one.
    Picture,
    Letters(&'static str),
    ConfirmEmail,
    ResetCode,
    MemberPage(&'static str),
    UndoDeletion,
}

/// The paths that take no value of these kinds. With those of [`Place::paths`] they are all.
pub const TAKE_NOTHING: [&str; 17] = [
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/livez",
    "/readyz",
    "/",
    "/account",
    "/terms",
    "/privacy",
    "/client-logo/{picture}",
    "/mailbox",
    "/mailbox/{mail}",
    "/style.css",
    "/password.js",
    "/address.js",
    "/favicon.svg",
    "/favicon.ico",
];

const CONFIRM: &str = "/account/email/confirm";
/// Pages of who is signed in that have a form of their own.
const MEMBER_PAGES: [&str; 6] = [
    "/account/password",
    "/account/profile",
    "/account/recovery",
    "/account/email",
    "/account/portals",
    "/account/delete",
];
const DONE: &str = "/connect/end_session/done";
const ASKING: [&str; 3] = ["/forgot-password", "/forgot-account", "/resend-confirmation"];
const FRAMES: &str = "/connect/end_session/portals";

impl Place {
    pub fn all() -> Vec<Self> {
        use Place::*;
        let mut all = vec![Code, RefreshToken, Introspection, Revocation, Bearer, BearerInForm, BoundToken];
        all.extend(["/connect/token", "/connect/par", "/connect/userinfo"].map(Proof));
        all.extend([NonceInProof, Request, PushedRequest, RequestUri, RequestUriByName, PushedRequestUri]);
        all.extend([Hint, HintOfSignOut, Posted, PostedInAddress, Session, Registration, Management]);
        all.extend([SignIn, Consent, Continue, Confirmation, ReturnTo, Farewell(DONE), Farewell(FRAMES)]);
        all.extend([Join, JoinSent, Activate, ResetPassword, ConfirmEmail, ResetCode, UndoDeletion]);
        all.extend(MEMBER_PAGES.map(MemberPage));
        all.push(Picture);
        all.extend(ASKING.map(Letters));
        all.extend(everywhere().into_iter().flat_map(|at| [Secret(at), Assertion(at)]));
        all
    }

    /// The path of the endpoint.
    pub fn path(self) -> &'static str {
        match self {
            Self::Code | Self::RefreshToken | Self::NonceInProof => "/connect/token",
            Self::Secret(at) | Self::Assertion(at) => at.path,
            Self::Introspection => "/connect/introspect",
            Self::Revocation => "/connect/revoke",
            Self::Bearer | Self::BearerInForm | Self::BoundToken => "/connect/userinfo",
            Self::Proof(path) | Self::Farewell(path) | Self::MemberPage(path) => path,
            Self::Request | Self::RequestUri | Self::RequestUriByName | Self::Hint => "/connect/authorize",
            Self::Posted | Self::PostedInAddress | Self::Session => "/connect/authorize",
            Self::PushedRequest | Self::PushedRequestUri => "/connect/par",
            Self::HintOfSignOut => "/connect/end_session",
            Self::Registration => "/connect/register",
            Self::Management => "/connect/register/{client_id}",
            Self::SignIn => "/sign-in",
            Self::Consent => "/consent",
            Self::Continue => "/connect/authorize/continue",
            Self::Confirmation => "/connect/end_session/confirm",
            Self::ReturnTo => "/language",
            Self::Join => "/join",
            Self::JoinSent => "/join/sent",
            Self::Activate => "/activate",
            Self::ResetPassword => "/reset-password",
            Self::Picture => "/captcha/image",
            Self::Letters(path) => path,
            Self::ConfirmEmail => CONFIRM,
            Self::ResetCode => "/reset-password/code",
            Self::UndoDeletion => "/undo-deletion",
        }
    }

    /// Whether a value of this kind belongs here.
    pub fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Code => kind == Kind::Code,
            Self::RefreshToken => kind == Kind::RefreshToken,
            Self::Secret(_) => kind == Kind::ClientSecret,
            Self::Assertion(_) => kind == Kind::ClientAssertion,
            Self::Introspection if kind == Kind::ClientToken => true,
            Self::Introspection | Self::Revocation => {
                [Kind::AccessToken, Kind::BoundAccessToken, Kind::RefreshToken].contains(&kind)
            }
            Self::Bearer | Self::BearerInForm => kind == Kind::AccessToken,
            Self::BoundToken => kind == Kind::BoundAccessToken,
            // Another path's proof is none.
            Self::Proof(path) => kind == Kind::DpopProof && path == "/connect/token",
            Self::NonceInProof => kind == Kind::DpopNonce,
            Self::Request | Self::PushedRequest => [Kind::RequestObject, Kind::UntypedRequestObject].contains(&kind),
            Self::RequestUri => kind == Kind::RequestUri,
            Self::RequestUriByName | Self::PushedRequestUri => false,
            Self::Hint | Self::HintOfSignOut => kind == Kind::IdToken,
            Self::Posted => kind == Kind::PostedRequest,
            Self::PostedInAddress => kind == Kind::PostedInAddress,
            Self::Session => kind == Kind::Session,
            Self::Registration => kind == Kind::InitialAccessToken,
            Self::Management => kind == Kind::RegistrationAccessToken,
            Self::SignIn | Self::Consent | Self::Continue => kind == Kind::Interaction,
            Self::Confirmation => kind == Kind::Confirmation,
            Self::ReturnTo => kind == Kind::ReturnTo,
            Self::Farewell(_) => kind == Kind::Farewell,
            Self::Join => kind == Kind::Application,
            Self::JoinSent => kind == Kind::WaitingForMail,
            Self::Activate => kind == Kind::ActivationKey,
            Self::ResetPassword => kind == Kind::ResetKey,
            Self::Picture => kind == Kind::Captcha,
            Self::Letters(path) => kind == Kind::Captcha && path == "/forgot-password",
            Self::MemberPage(_) => kind == Kind::MemberPage,
            Self::ConfirmEmail => kind == Kind::EmailKey,
            Self::ResetCode => kind == Kind::CodePage,
            Self::UndoDeletion => kind == Kind::UndoKey,
        }
    }

    /// What is said to a value of a kind that does not.
    pub fn refusal(self, kind: Kind) -> &'static str {
        match self {
            // It is a token, and about nobody; and nothing is kept of it that could be revoked.
            Self::Bearer | Self::BearerInForm | Self::BoundToken if kind == Kind::ClientToken => {
                "403 insufficient_scope"
            }
            Self::Revocation if kind == Kind::ClientToken => "400 unsupported_token_type",
            Self::Code | Self::RefreshToken => "400 invalid_grant",
            Self::Secret(_) | Self::Assertion(_) => "401 invalid_client",
            Self::Introspection => "200 {\"active\":false}",
            // RFC 7009 §2.2: as good as revoked.
            Self::Revocation => "200 ",
            Self::Bearer | Self::BearerInForm | Self::BoundToken => "401 invalid_token",
            Self::Registration | Self::Management => "401 invalid_token",
            Self::Proof("/connect/userinfo") => "401 invalid_dpop_proof",
            Self::Proof(_) => "400 invalid_dpop_proof",
            Self::NonceInProof => "400 use_dpop_nonce",
            Self::Request => "303 invalid_request_object",
            Self::PushedRequest => "400 invalid_request_object",
            Self::RequestUri => "303 request_uri_not_supported",
            Self::PushedRequestUri => "400 invalid_request",
            Self::Hint => "303 invalid_request",
            Self::Session => "303 login_required",
            // The person is asked, and stays signed in.
            Self::HintOfSignOut => "200 logout-confirm",
            Self::RequestUriByName | Self::Posted | Self::PostedInAddress => "400 error-title",
            Self::SignIn | Self::Consent | Self::Continue | Self::Confirmation | Self::ReturnTo => "400 error-title",
            // Nothing is left to do: nobody is told, and nobody's name is shown.
            Self::Farewell(_) => "200 logged-out",
            Self::Join | Self::JoinSent | Self::MemberPage(_) | Self::ResetCode => "400 error-title",
            Self::Activate | Self::ResetPassword | Self::UndoDeletion | Self::ConfirmEmail => "200 link-over",
            Self::Picture => "400 error-title",
            // Another one is shown; nothing is mailed.
            Self::Letters(_) => "422 over",
        }
    }
}

/// What an answer says: its status, and its error, wherever it stands, or its body.
fn said(answer: &Answer) -> String {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let error = challenge.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
    let words = error.unwrap_or(answer.error());
    format!("{} {}", answer.status.as_u16(), if words.is_empty() { &answer.body } else { words })
}

/// The same of what a browser ends up with: the error that it carries to the portal, or by which element the page is known.
fn seen(page: &Page) -> String {
    let known = ["error-title", "logout-confirm", "logged-out", "login-submit", "join-next", "mail-state"];
    let known = known
        .into_iter()
        .chain([
            "activate",
            "reset",
            "link-over",
            "change-password",
            "confirm-email",
            "save",
            "change-email",
            "type-code",
            "deletion-undone",
        ])
        .find(|id| page.has(id));
    let code = page.parameter("code").map(|_| "code".to_owned());
    let error = page.parameter("error").filter(|_| page.parameter("iss").is_some()).or(code);
    format!("{} {}", page.status.as_u16(), error.as_deref().or(known).unwrap_or(&page.url))
}

/// Presents a value; all else in the request is right.
pub async fn present(scene: &Scene, place: Place, value: &str) -> String {
    let Scene { provider, portal, bound, .. } = scene;
    let url = provider.url(place.path());
    let form = |name: &'static str| vec![(name, value)];
    let answered = async |request: RequestBuilder| said(&Answer::of(request).await.unwrap());
    let refresh = scene.values.iter().find(|(kind, _)| *kind == Kind::RefreshToken).unwrap().1.as_str();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let proofs = bound.proofs.as_ref().unwrap();
    match place {
        Place::Code => said(&portal.redeem(&scene.request, value).await.unwrap()),
        Place::RefreshToken => said(&portal.refresh(value).await.unwrap()),
        Place::Secret(at) => said(&send(provider, at, &[&basic("emic", value)], &[]).await),
        Place::Assertion(at) => {
            let form = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", value)];
            said(&send(provider, at, &[], &form).await)
        }
        Place::Introspection | Place::Revocation => said(&portal.post(place.path(), &form("token")).await.unwrap()),
        Place::Bearer => said(&portal.userinfo(value).await.unwrap()),
        Place::BearerInForm => answered(portal.http.post(url).form(&form("access_token"))).await,
        Place::BoundToken => said(&bound.userinfo(value).await.unwrap()),
        Place::Proof("/connect/userinfo") => {
            let token = scene.values.iter().find(|(kind, _)| *kind == Kind::BoundAccessToken).unwrap();
            let request = portal.http.get(url).header("authorization", format!("DPoP {}", token.1));
            answered(request.header("DPoP", value)).await
        }
        Place::Proof(path) => {
            let request = portal.http.post(url).header("DPoP", value);
            let pushed = [("response_type", "code"), ("scope", "openid"), ("redirect_uri", &portal.redirect_uri)];
            let form = if path == "/connect/par" { pushed.to_vec() } else { refresh.to_vec() };
            said(&portal.send(request, &form).await.unwrap())
        }
        Place::NonceInProof => {
            let proof = bound.proof(proofs, "POST", place.path()).claim("nonce", value);
            said(&portal.send(portal.http.post(url).header("DPoP", proofs.sign(&proof)), &refresh).await.unwrap())
        }
        Place::PushedRequest => said(&portal.push(&brought(&portal.request(), value)).await.unwrap()),
        Place::PushedRequestUri => said(&portal.push(&portal.request().with("request_uri", value)).await.unwrap()),
        Place::Session => {
            let request = portal.http.get(portal.request().with("prompt", "none").url());
            let answer = Answer::of(request.header("cookie", format!("idp_session={value}"))).await.unwrap();
            let at = answer.header("location").unwrap_or_default().to_owned();
            seen(&Page { status: answer.status, headers: answer.headers, url: at, body: answer.body })
        }
        Place::Registration => {
            let asked = serde_json::json!({ "redirect_uris": ["http://localhost:9/callback"] });
            answered(portal.http.post(url).bearer_auth(value).json(&asked)).await
        }
        Place::Management => {
            answered(portal.http.get(url.replace("{client_id}", &scene.registered)).bearer_auth(value)).await
        }
        Place::Letters(path) => {
            let field =
                if path == "/forgot-account" { ("email", "nobody@example.tw") } else { ("account", "nobody01") };
            let form = [field, ("captcha", value), ("captcha-answer", "xxxxx")];
            let page = scene.applicant.submit(path, &form).await.unwrap();
            let over = page.body.contains("已使用過或已逾時");
            format!("{} {}", page.status.as_u16(), if over { "over" } else { "misread" })
        }
        _ => seen(&browse(scene, place, value).await),
    }
}

/// The same, by a browser.
async fn browse(scene: &Scene, place: Place, value: &str) -> Page {
    let Scene { provider, portal, browser, .. } = scene;
    let url = provider.url(place.path());
    let page = match place {
        Place::Request => {
            let request = brought(&portal.request(), value).with("redirect_uri", &portal.redirect_uri);
            browser.open(&request.url()).await
        }
        Place::RequestUri => browser.open(&portal.request().with("request_uri", value).url()).await,
        Place::RequestUriByName => {
            let named = format!("urn:ietf:params:oauth:request_uri:{value}");
            browser.open(&portal.request().with("request_uri", &named).url()).await
        }
        Place::Hint => {
            let request = portal.request().with("prompt", "none").with("id_token_hint", value);
            browser.open(&request.url()).await
        }
        Place::HintOfSignOut | Place::Posted | Place::PostedInAddress | Place::Farewell(_) | Place::Continue => {
            let name = match place {
                Place::HintOfSignOut => "id_token_hint",
                Place::Posted => "posted",
                Place::PostedInAddress => "sealed",
                Place::Continue => "interaction",
                _ => "farewell",
            };
            browser.open(&format!("{url}?{name}={value}")).await
        }
        Place::SignIn => {
            // The page belongs to the browser that it was shown in.
            let form = [("interaction", value), ("username", CIVIL_SERVANT), ("password", PASSWORD)];
            scene.fresh.submit("/sign-in", &form).await
        }
        Place::Consent => browser.submit("/consent", &[("interaction", value), ("decision", "allow")]).await,
        Place::Confirmation => browser.submit(place.path(), &[("confirmation", value)]).await,
        Place::ReturnTo => scene.fresh.submit("/language", &[("return_to", value), ("lang", "en")]).await,
        Place::Join => {
            let new = [("account", "applicant2"), ("new-password", NEW_PASSWORD), ("new-password-again", NEW_PASSWORD)];
            scene.applicant.submit("/join", &[&[("application", value)], new.as_slice()].concat()).await
        }
        Place::ResetCode => scene.applicant.open(&format!("{url}?asking={value}")).await,
        Place::JoinSent => scene.applicant.open(&format!("{url}?waiting={value}")).await,
        Place::MemberPage(_) => {
            let form = [("page", value), ("new-password", NEW_PASSWORD), ("new-password-again", NEW_PASSWORD)];
            browser.submit(place.path(), &form).await
        }
        Place::UndoDeletion => {
            let page = scene.applicant.open(&scene.provider.url("/sign-in")).await.unwrap();
            let interaction = page.field("interaction").unwrap();
            scene.applicant.submit(place.path(), &[("key", value), ("interaction", &interaction)]).await
        }
        Place::Picture => scene.applicant.open(&format!("{url}?challenge={value}")).await,
        Place::Activate | Place::ResetPassword | Place::ConfirmEmail => {
            browser.open(&format!("{url}?key={value}")).await
        }
        other => unreachable!("{other:?} is no place of a browser"),
    };
    page.unwrap()
}
