//! Every URL, one line each. A handler's file is named after the URL's last word, but for the few that docs/architecture.md
//! names.

use crate::body::{BodyLimit, NotWhole, whole};
use crate::captcha::image;
use crate::failure::Failure;
use crate::membership::{
    activate, documents, forgot_account, forgot_password, join, resend_confirmation, reset_code, reset_password, sent,
    undo_deletion,
};
use crate::oauth::{
    authorize, cors, end_session, introspect, jwks, openid_configuration, par, register, revoke, token, userinfo,
};
use crate::pages::ErrorKind;
use crate::refusal::{Asked, MachineNo, PageNo};
use crate::server::connection_limits::Places;
use crate::wiring::{Ctx, Wired};
use crate::{account, assets, client_logo, consent, health, home, language, mailbox, sign_in};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::{CONNECTION, HeaderValue, STRICT_TRANSPORT_SECURITY};
use http::request::Parts;
use http::{HeaderMap, StatusCode, Version};
use idp_core::oauth::error::OAuthError;
use idp_core::oauth::params::LONGEST;
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// The style sheet.
pub const STYLE: &str = "/style.css";
/// The script beside a field in which a password is chosen.
pub const PASSWORD_SCRIPT: &str = "/password.js";
/// The script beside the fields of an address.
pub const ADDRESS_SCRIPT: &str = "/address.js";
/// The icon.
pub const ICON: &str = "/favicon.svg";
/// Forms carry a sealed interaction beside what a person types.
const LONGEST_BODY: usize = LONGEST * 2;

/// Every path that is routed below: by these requests are counted. A test holds the two together.
pub const PATHS: [&str; 50] = [
    "/connect/token",
    "/connect/userinfo",
    "/connect/revoke",
    "/connect/par",
    "/connect/register",
    "/connect/register/{client_id}",
    "/connect/introspect",
    "/.well-known/jwks.json",
    "/sign-in",
    "/captcha/image",
    "/livez",
    "/readyz",
    "/",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/connect/authorize",
    "/connect/authorize/continue",
    "/connect/end_session",
    "/connect/end_session/confirm",
    "/connect/end_session/portals",
    "/connect/end_session/done",
    "/consent",
    "/language",
    "/client-logo/{picture}",
    "/join",
    "/join/sent",
    "/activate",
    "/forgot-password",
    "/reset-password",
    "/reset-password/code",
    "/forgot-account",
    "/resend-confirmation",
    "/account",
    "/account/profile",
    "/account/email",
    "/account/email/confirm",
    "/account/recovery",
    "/account/password",
    "/account/portals",
    "/account/delete",
    "/undo-deletion",
    "/terms",
    "/privacy",
    "/mailbox",
    "/mailbox/{mail}",
    STYLE,
    PASSWORD_SCRIPT,
    ADDRESS_SCRIPT,
    ICON,
    "/favicon.ico",
];

/// The program's URLs.
pub fn router(wired: &Wired, places: &Places) -> Router {
    let base = wired.base.clone();
    let bodies = BodyLimit { time: wired.body_timeout, length: LONGEST_BODY, places: places.clone() };
    let machine: Router = Router::new()
        .route("/connect/token", post(token::post))
        .route("/connect/userinfo", get(userinfo::answer).post(userinfo::answer))
        .route("/connect/revoke", post(revoke::post))
        .route("/connect/par", post(par::post))
        // Bodies first: a preflight or a refusal that leaves one unread breaks the connection under a balancer.
        .layer((from_fn_with_state(bodies.clone(), whole_for_a_machine), from_fn_with_state(base.clone(), cors::layer)))
        .with_state(base.clone());
    // For servers alone: no browser calls it from another origin.
    let servers: Router = Router::new()
        .route("/connect/introspect", post(introspect::post))
        .layer(from_fn_with_state(bodies.clone(), whole_for_a_machine))
        .with_state(base.clone());
    let keys: Router = Router::new()
        .route("/.well-known/jwks.json", get(jwks::get))
        .layer(from_fn_with_state(bodies.clone(), whole_for_a_machine))
        .with_state(wired.jobs.clone());
    let register: Router = Router::new()
        .route("/connect/register", post(register::post))
        .route(
            "/connect/register/{client_id}",
            get(register::client::manage).put(register::client::manage).delete(register::client::manage),
        )
        .layer(from_fn_with_state(bodies.clone(), whole_for_a_machine))
        .with_state(wired.registration.clone());
    let health: Router = Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .with_state(wired.health.clone());
    let pages: Router = Router::new()
        .route("/", get(home::get))
        .route("/.well-known/openid-configuration", get(openid_configuration::get))
        .route("/.well-known/oauth-authorization-server", get(openid_configuration::get))
        .route("/connect/authorize", get(authorize::get).post(authorize::post))
        .route("/connect/authorize/continue", get(authorize::resume))
        .route("/connect/end_session", get(end_session::get).post(end_session::post))
        .route("/connect/end_session/confirm", post(end_session::confirm::post))
        .route("/connect/end_session/portals", get(end_session::portals::get))
        .route("/connect/end_session/done", get(end_session::done::get))
        .route("/consent", post(consent::post))
        .route("/undo-deletion", get(undo_deletion::get).post(undo_deletion::post))
        .route("/language", post(language::post))
        .route("/client-logo/{picture}", get(client_logo::get))
        .route("/terms", get(documents::terms))
        .route("/privacy", get(documents::privacy))
        .route(STYLE, get(assets::style))
        .route(PASSWORD_SCRIPT, get(assets::password_script))
        .route(ADDRESS_SCRIPT, get(assets::address_script))
        .route(ICON, get(assets::icon))
        .route("/favicon.ico", get(assets::icon))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(base.clone())
        .merge(of_people(wired))
        .merge(health)
        .layer(from_fn_with_state((base.clone(), bodies), whole_for_a_page));
    // Under https browsers shall come by https alone for a year (RFC 6797).
    let https = base.provider.issuer.starts_with("https:");
    let only_https = https.then_some(HeaderValue::from_static("max-age=31536000"));
    // In one step: axum boxes and clones every step anew for each request.
    let everywhere = (
        SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, only_https),
        CatchPanicLayer::custom(panicked),
        DefaultBodyLimit::max(LONGEST_BODY),
    );
    pages.merge(machine).merge(servers).merge(keys).merge(register).layer(everywhere)
}

/// What people do with their accounts.
fn of_people(wired: &Wired) -> Router {
    let sign_in: Router = Router::new()
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/captcha/image", get(image::get))
        .with_state(wired.sign_in.clone());
    let membership: Router = Router::new()
        .route("/join", get(join::get).post(join::post))
        .route("/join/sent", get(sent::get).post(sent::post))
        .route("/activate", get(activate::get).post(activate::post))
        .route("/forgot-password", get(forgot_password::get).post(forgot_password::post))
        .route("/reset-password", get(reset_password::get).post(reset_password::post))
        .route("/reset-password/code", get(reset_code::get).post(reset_code::post))
        .route("/forgot-account", get(forgot_account::get).post(forgot_account::post))
        .route("/resend-confirmation", get(resend_confirmation::get).post(resend_confirmation::post))
        .with_state(wired.membership.clone());
    let account: Router = Router::new()
        .route("/account", get(account::get))
        .route("/account/profile", get(account::profile::get).post(account::profile::post))
        .route("/account/email", get(account::email::get).post(account::email::post))
        .route("/account/email/confirm", get(account::email::confirm::get).post(account::email::confirm::post))
        .route("/account/recovery", get(account::recovery::get).post(account::recovery::post))
        .route("/account/password", get(account::password::get).post(account::password::post))
        .route("/account/portals", get(account::portals::get).post(account::portals::post))
        .route("/account/delete", get(account::delete::get).post(account::delete::post))
        .with_state(wired.account.clone());
    let mailbox: Router = Router::new()
        .route("/mailbox", get(mailbox::list))
        .route("/mailbox/{mail}", get(mailbox::mail))
        .with_state(wired.mailbox.clone());
    sign_in.merge(membership).merge(account).merge(mailbox)
}

/// A body that is too long or too slow never reaches a handler: the answer is made here.
async fn whole_for_a_machine(State(limit): State<BodyLimit>, request: Request, next: Next) -> Response {
    match whole(request, &limit).await {
        Ok(request) => next.run(request).await,
        Err(not) => {
            let (why, parts) = *not;
            let (status, words) = match why {
                NotWhole::TooLong => (StatusCode::BAD_REQUEST, "the body is too long"),
                NotWhole::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"),
                NotWhole::BrokenOff => (StatusCode::BAD_REQUEST, "the body broke off"),
            };
            let pushed = why == NotWhole::TooLong && parts.uri.path() == "/connect/par";
            // RFC 9126 §2.3 names it; elsewhere what is too long is as malformed as anything else.
            let status = if pushed { StatusCode::PAYLOAD_TOO_LARGE } else { status };
            let asked = Asked { route: parts.uri.path(), headers: &parts.headers, form: &[] };
            given_up(MachineNo::from(OAuthError::invalid_request(words)).into_response(&asked), status, &parts)
        }
    }
}

async fn whole_for_a_page(State((ctx, limit)): State<(Ctx, BodyLimit)>, request: Request, next: Next) -> Response {
    match whole(request, &limit).await {
        Ok(request) => next.run(request).await,
        Err(not) => {
            let (why, parts) = *not;
            let kind = match why {
                NotWhole::TooLong => ErrorKind::TooLarge,
                NotWhole::TooSlow => ErrorKind::TooSlow,
                NotWhole::BrokenOff => ErrorKind::BadRequest,
            };
            let response = PageNo::from(kind).into_response(&ctx, &parts.headers);
            let status = response.status();
            given_up(response, status, &parts)
        }
    }
}

/// RFC 9110 §15.5.9: the rest of the body is not waited for.
fn given_up(mut response: Response, status: StatusCode, parts: &Parts) -> Response {
    *response.status_mut() = status;
    if status == StatusCode::REQUEST_TIMEOUT && parts.version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A bug of ours: said with an incident code, like every failure.
fn panicked(why: Box<dyn Any + Send>) -> Response {
    let words = why.downcast_ref::<&str>().map(ToString::to_string).or_else(|| why.downcast_ref::<String>().cloned());
    let failed = MachineNo::Failed(Failure::Other(format!("panicked: {}", words.unwrap_or_default())));
    failed.into_response(&Asked { route: "", headers: &HeaderMap::new(), form: &[] })
}

async fn not_found(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    PageNo::from(ErrorKind::NotFound).into_response(&ctx, &headers)
}

async fn method_not_allowed(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    let mut response = PageNo::from(ErrorKind::MethodNotAllowed).into_response(&ctx, &headers);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

#[cfg(test)]
mod tests {
    use super::{ADDRESS_SCRIPT, ICON, PASSWORD_SCRIPT, PATHS, STYLE};

    #[test]
    fn every_path_is_counted_by_its_name() {
        let source = include_str!("routes.rs").split("#[cfg(test)]").next().unwrap();
        let routed = source.split(".route(").skip(1).map(|rest| match rest.split([',', ')']).next().unwrap().trim() {
            "STYLE" => STYLE,
            "ICON" => ICON,
            "PASSWORD_SCRIPT" => PASSWORD_SCRIPT,
            "ADDRESS_SCRIPT" => ADDRESS_SCRIPT,
            literal => literal.trim_matches('"'),
        });
        let routed: Vec<_> = routed.collect();
        assert!(routed.len() > 10);
        assert_eq!(routed.iter().filter(|path| !PATHS.contains(path)).count(), 0, "{routed:?}");
        assert_eq!(routed.len(), PATHS.len());
    }
}
