//! GET, POST /join — 加入會員 (manual of the account service, 會員註冊 Step 1 to 5).
//!
//! Each step is judged, sealed with those before it, and sent on by a redirect: reloading sends nothing twice, and back goes back.
//! The last makes the account ([`super::create`]).

use super::create;
use super::{MembershipCtx, WINDOW};
use crate::browser::{Cookie, language};
use crate::failure::Failure;
use crate::pages::dates::until_text;
use crate::pages::membership::{ChoicePage, JoinPage, JoinProblem, StepForm};
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::text::Language;
use crate::{answer, language as language_endpoint};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::{HeaderValue, RETRY_AFTER};
use idp_core::AccountId;
use idp_core::membership::application::{Application, Chosen, Kind};
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::steps::{self, AccountForm, BasicsForm, Step};
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::Interaction;
use keys::b64;
use std::net::{IpAddr, SocketAddr};
use zeroize::Zeroizing;

/// GET /join: the choice; with `kind` the first step; with `application` the step it has come to.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let shown = open(&ctx, &headers, &query.unwrap_or_default()).await;
    shown.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

/// POST /join.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let from = ctx.proxies.client(peer.ip(), &headers);
    let taken = submit(&ctx, &headers, &body, from).await;
    taken.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

async fn open(ctx: &MembershipCtx, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = posted_form::query(query.as_bytes())?;
    if let Some(sealed) = params.get("application") {
        let application = resume(ctx, headers, sealed).await?;
        if let Some(waiting) = create::waiting(ctx, &application).await? {
            return Ok(to_waiting(&waiting));
        }
        return show(ctx, headers, &application, Shown::stored(&application));
    }
    match params.get("kind") {
        Some(kind) => begin(ctx, headers, Kind::parse(kind).ok_or(ErrorKind::NotFound)?),
        None => {
            let lang = language(&ctx.base.cookies, headers, None);
            let return_to = language_endpoint::seal_return(&ctx.base.directory.snapshot().sealer, "/join")?;
            let frame = Frame::new(lang, &ctx.base.provider.brand).returning_to(&return_to);
            Ok(answer::page(200, ChoicePage { frame }.html()))
        }
    }
}

/// Begins an application, for the browser that asks.
fn begin(ctx: &MembershipCtx, headers: &HeaderMap, kind: Kind) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let random = || keys::random::<16>().map_err(Failure::from);
    let new = match base.cookies.get(headers, Cookie::Browser) {
        Some(_) => None,
        None => Some(b64::encode(&random()?)),
    };
    let cookie = new.as_deref().or(base.cookies.get(headers, Cookie::Browser)).unwrap_or_default();
    let browser = Interaction::browser_digest(cookie);
    let application = Application::begin(AccountId::new(random()?), kind, browser, base.clock.now());
    let mut response = show(ctx, headers, &application, Shown::stored(&application))?;
    if let Some(cookie) = new {
        base.cookies.set(&mut response, Cookie::Browser, &cookie);
    }
    Ok(response)
}

/// An application that comes back.
async fn resume(ctx: &MembershipCtx, headers: &HeaderMap, sealed: &str) -> Result<Application, PageNo> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let application = Application::open(&base.directory.snapshot().sealer, sealed);
    let application = application.map_err(|_| ErrorKind::ExpiredPage)?;
    let browser = base.cookies.get(headers, Cookie::Browser).map(Interaction::browser_digest);
    let usable = browser.is_some_and(|browser| application.belongs_to(&browser))
        && !application.is_expired(base.clock.now(), &base.lifetimes);
    if usable { Ok(application) } else { Err(ErrorKind::ExpiredPage.into()) }
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let form = posted_form::fields(base, headers, body)?;
    let sealed = form.get("application").ok_or(ErrorKind::ExpiredPage)?;
    let application = resume(ctx, headers, sealed).await?;
    // Whoever goes back after the last step changes nothing any more, and shall not believe otherwise.
    if let Some(waiting) = create::waiting(ctx, &application).await? {
        return Ok(to_waiting(&waiting));
    }
    if form.get("decision") == Some("back") {
        let step = application.step.previous().unwrap_or(application.step);
        return go_on(ctx, &Application { step, ..application });
    }
    match application.step {
        Step::Account => account(ctx, headers, application, (&form, from)).await,
        Step::Basics => basics(ctx, headers, application, &form),
        Step::Confirm => confirm(ctx, headers, application, &form).await,
    }
}

/// Step 1. A password that was chosen before stays if none is typed.
async fn account(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    application: Application,
    (form, from): (&Params<'_>, IpAddr),
) -> Result<Response, PageNo> {
    let typed = |field: Field| form.get(field.id()).unwrap_or_default();
    let name = typed(Field::Account).trim();
    let password = Zeroizing::new(typed(Field::Password).to_owned());
    let shown = Shown { account: name.into(), ..Shown::stored(&application) };
    let keeps = application
        .chosen
        .as_ref()
        .filter(|chosen| password.is_empty() && typed(Field::PasswordAgain).is_empty() && chosen.account == name);
    if let Some(chosen) = keeps.cloned() {
        return go_on(ctx, &Application { step: Step::Basics, chosen: Some(chosen), ..application });
    }
    let now = ctx.base.clock.now();
    let typed = AccountForm { account: name, password: &password, password_again: typed(Field::PasswordAgain) };
    let judged = steps::account(typed, ctx.policy, |lower| ctx.listed.contains(lower));
    let account = match judged {
        Ok(account) => account,
        Err(errors) => return show(ctx, headers, &application, shown.wrong(errors)),
    };
    // Hashing costs, and whether a name is free is told: both are counted for each address.
    if !ctx.applications.take(from, now).await? {
        let until = until_text(now.plus(WINDOW).0, now.0, language(&ctx.base.cookies, headers, None));
        let mut response = show(ctx, headers, &application, shown.because(JoinProblem::TooMany { until }))?;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(WINDOW.as_secs()));
        return Ok(response);
    }
    let key = account.key();
    if ctx.base.db.read(move |conn| idp_store::accounts::is_taken(conn, &key)).await? {
        return show(
            ctx,
            headers,
            &application,
            shown.wrong(vec![FieldError::new(Field::Account, Wrong::AccountTaken)]),
        );
    }
    let password_hash = match ctx.passwords.hash(password).await {
        Err(Failure::Busy) => return show(ctx, headers, &application, shown.because(JoinProblem::Busy)),
        hashed => hashed?,
    };
    let chosen = Some(Chosen { account: account.as_str().to_owned(), password_hash });
    go_on(ctx, &Application { step: Step::Basics, chosen, ..application })
}

/// Step 2.
fn basics(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    application: Application,
    form: &Params<'_>,
) -> Result<Response, PageNo> {
    let typed = |field: Field| form.get(field.id()).unwrap_or_default();
    let typed = BasicsForm {
        name: typed(Field::Name),
        email: typed(Field::Email),
        email_again: typed(Field::EmailAgain),
        nickname: typed(Field::Nickname),
    };
    match steps::basics(typed) {
        Ok(basics) => go_on(ctx, &Application { step: Step::Confirm, basics: Some(basics), ..application }),
        Err(errors) => {
            let shown = Shown {
                name: typed.name.into(),
                email: typed.email.into(),
                email_again: typed.email_again.into(),
                nickname: typed.nickname.into(),
                ..Shown::default()
            };
            show(ctx, headers, &application, shown.wrong(errors))
        }
    }
}

/// The last step.
async fn confirm(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    application: Application,
    form: &Params<'_>,
) -> Result<Response, PageNo> {
    if form.get(Field::Agree.id()).is_none() {
        let shown = Shown::stored(&application).wrong(vec![FieldError::new(Field::Agree, Wrong::NotAgreed)]);
        return show(ctx, headers, &application, shown);
    }
    let lang = language(&ctx.base.cookies, headers, None);
    match create::account(ctx, &application, lang).await? {
        create::Created::Waits(waiting) => Ok(to_waiting(&waiting)),
        create::Created::TooManyMails => {
            let second = Application { step: Step::Basics, ..application };
            let shown = Shown::stored(&second).wrong(vec![FieldError::new(Field::Email, Wrong::EmailTooMany)]);
            show(ctx, headers, &second, shown)
        }
        create::Created::Taken => {
            let first = Application { step: Step::Account, ..application };
            let shown = Shown::stored(&first).wrong(vec![FieldError::new(Field::Account, Wrong::AccountTaken)]);
            show(ctx, headers, &first, shown)
        }
    }
}

fn go_on(ctx: &MembershipCtx, application: &Application) -> Result<Response, PageNo> {
    let sealed = application.seal(&ctx.base.directory.snapshot().sealer, ctx.base.clock.now());
    Ok(answer::redirect(&format!("/join?application={}", sealed.map_err(Failure::from)?)))
}

/// To the page that waits for the mail.
fn to_waiting(waiting: &str) -> Response {
    answer::redirect(&format!("/join/sent?waiting={waiting}"))
}

/// What a step shows in its fields.
#[derive(Default)]
struct Shown {
    account: String,
    name: String,
    email: String,
    email_again: String,
    nickname: String,
    errors: Vec<FieldError>,
    problem: Option<JoinProblem>,
}

impl Shown {
    /// What was taken before.
    fn stored(application: &Application) -> Self {
        let account = application.chosen.as_ref().map(|chosen| chosen.account.clone()).unwrap_or_default();
        match &application.basics {
            None => Self { account, ..Self::default() },
            Some(basics) => Self {
                account,
                name: basics.name.clone(),
                email: basics.email.clone(),
                email_again: basics.email.clone(),
                nickname: basics.nickname.clone().unwrap_or_default(),
                ..Self::default()
            },
        }
    }

    fn wrong(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    fn because(self, problem: JoinProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    fn status(&self) -> u16 {
        match &self.problem {
            Some(JoinProblem::TooMany { .. }) => 429,
            Some(JoinProblem::Busy) => 503,
            None if self.errors.is_empty() => 200,
            None => 422,
        }
    }
}

fn show(ctx: &MembershipCtx, headers: &HeaderMap, application: &Application, shown: Shown) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let snapshot = base.directory.snapshot();
    let sealed = application.seal(&snapshot.sealer, base.clock.now()).map_err(Failure::from)?;
    let return_to = language_endpoint::seal_return(&snapshot.sealer, &format!("/join?application={sealed}"))?;
    let lang: Language = language(&base.cookies, headers, None);
    let chosen = application.chosen.as_ref();
    let form = match (application.step, &application.basics) {
        (Step::Account, _) => {
            StepForm::Account { account: &shown.account, has_password: chosen.is_some(), policy: ctx.policy }
        }
        (Step::Basics, _) | (Step::Confirm, None) => StepForm::Basics {
            name: &shown.name,
            email: &shown.email,
            email_again: &shown.email_again,
            nickname: &shown.nickname,
        },
        (Step::Confirm, Some(basics)) => {
            let account = chosen.map_or("", |chosen| chosen.account.as_str());
            StepForm::Confirm { account, basics, agreed: false }
        }
    };
    let page = JoinPage {
        frame: Frame::new(lang, &base.provider.brand).returning_to(&return_to),
        application: &sealed,
        form,
        errors: &shown.errors,
        problem: shown.problem.clone(),
    };
    Ok(answer::page(shown.status(), page.html()))
}
