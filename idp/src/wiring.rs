//! Puts the parts together: what each area of the program is given.

use crate::account::AccountCtx;
use crate::browser::Cookies;
use crate::captcha::Captcha;
use crate::client_address::TrustedProxies;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::failure::Failure;
use crate::health::Draining;
use crate::jobs::mailbox_limit::MailboxLimits;
use crate::keystore::Prepared;
use crate::letters::Sender;
use crate::mailbox::MailboxCtx;
use crate::membership::MembershipCtx;
use crate::metrics::Metrics;
use crate::metrics::gauges::Gauges;
use crate::oauth::pushed::PushLimits;
use crate::oauth::register::RegistrationCtx;
use crate::outside::fetch::{Fetch, FetchSettings};
use crate::outside::mail::Post;
use crate::outside::reach::Reach;
use crate::outside::texts::Texts;
use crate::pages::House;
use crate::passwords::{Cost, Passwords};
use crate::settings::{BadSetting, RegistrationMode, Settings};
use crate::sign_in::address_limit::AddressLimit;
use crate::sign_in::sent_again::SentAgain;
use crate::text::Documents;
use axum::extract::FromRef;
use idp_core::Lifetimes;
use idp_core::oauth::discovery::{self, Metadata};
use idp_core::people::password_attempt::AttemptPolicy;
use idp_store::{Db, Ephemeral};
use openidconnect::IssuerUrl;
use prometheus_client::registry::Registry;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Who this provider is.
pub struct Provider {
    /// `iss`, byte for byte.
    pub issuer: String,
    /// The same, parsed.
    pub issuer_url: IssuerUrl,
    /// Its name for people.
    pub brand: String,
    /// How people reach the service desk.
    pub service_desk: Option<String>,
    /// What people agree to.
    pub documents: Arc<Documents>,
    /// What the discovery document says, whatever the keys.
    pub metadata: Metadata,
    /// Whether a DPoP proof has to carry a nonce of ours.
    pub dpop_nonces: bool,
    /// Whether refusals and sign-outs send people to clients that nobody vouches for without asking.
    pub return_at_once: bool,
}

impl Provider {
    /// For its pages.
    pub fn house(&self) -> House<'_> {
        House { brand: &self.brand, service_desk: self.service_desk.as_deref() }
    }
}

/// What the protocol endpoints and pages are given. Cheap to clone: every request has its own.
#[derive(Clone)]
pub struct Ctx(Arc<Parts>);

/// See [`Ctx`].
pub struct Parts {
    /// Who this provider is.
    pub provider: Arc<Provider>,
    /// Clients and keys.
    pub directory: Directory,
    /// Records.
    pub db: Db,
    /// What a person can redo.
    pub ephemeral: Ephemeral,
    /// The clock.
    pub clock: Clock,
    /// How long things live.
    pub lifetimes: Arc<Lifetimes>,
    /// Cookies.
    pub cookies: Cookies,
    /// Proxies that are believed about where a request comes from.
    pub proxies: TrustedProxies,
    /// How many requests a client may push.
    pub pushing: PushLimits,
    /// Fetches request objects (`request_uri`), if the operator allows that.
    pub fetch_request_objects: Option<Reach>,
    /// Rung when something was put into the outbox.
    pub outbox_bell: Arc<Notify>,
    /// Rung when a client with a logo registered or changed itself.
    pub logo_bell: Arc<Notify>,
    /// Rung when a mail or text message was noted.
    pub message_bell: Arc<Notify>,
}

impl Deref for Ctx {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What signing in is given besides.
#[derive(Clone)]
pub struct SignInCtx {
    /// What every page is given.
    pub base: Ctx,
    /// Hashing.
    pub passwords: Passwords,
    /// The rule of wrong passwords.
    pub attempts: Arc<AttemptPolicy>,
    /// Failures from one address before it has to wait.
    pub address_limit: AddressLimit,
    /// What asks that people show they are no programs.
    pub captcha: Captcha,
    /// Forms that were sent again and wait for their time.
    pub sent_again: SentAgain,
    /// Figures of guesses.
    pub metrics: Metrics,
}

impl FromRef<SignInCtx> for Ctx {
    fn from_ref(area: &SignInCtx) -> Self {
        area.base.clone()
    }
}

/// What the jobs are given.
#[derive(Clone)]
pub struct JobsCtx {
    /// What every page is given.
    pub base: Ctx,
    /// The policy of the signing keys.
    pub key_policy: Arc<keys::Policy>,
    /// How old a sealing key becomes; `None`: until a command.
    pub sealing_every: Option<Duration>,
    /// The one client that leaves the house.
    pub reach: Reach,
    /// How long a client of open registration stays that nobody entered; `None`: for ever.
    pub unused_kept: Option<Duration>,
    /// How long an account stays that nobody activates; `None`: for ever.
    pub not_activated_kept: Option<Duration>,
    /// How long audit lines are kept; `None`: for ever.
    pub audit_kept: Option<Duration>,
    /// Where mail goes.
    pub post: Post,
    /// From whom it comes.
    pub sender: Arc<Sender>,
    /// Where text messages go.
    pub texts: Texts,
    /// How many mails go to one mailbox.
    pub mailboxes: MailboxLimits,
    /// How long wrong passwords lock a name.
    pub locked_for: Duration,
    /// What is counted.
    pub metrics: Metrics,
}

/// What those who ask whether it lives are given.
#[derive(Clone)]
pub struct HealthCtx {
    /// What every page is given.
    pub base: Ctx,
    /// Whether it was told to stop.
    pub draining: Draining,
}

/// What those who watch the program are given.
#[derive(Clone)]
pub struct Figures {
    /// What is counted while requests are answered.
    pub metrics: Metrics,
    /// What is so now.
    pub gauges: Arc<Gauges>,
    /// All of it, with names.
    pub registry: Arc<Registry>,
}

impl Figures {
    fn new(db: &Db, with_certificate: bool) -> Self {
        let mut registry = Registry::default();
        let metrics = Metrics::new(&mut registry);
        db.register(registry.sub_registry_with_prefix(crate::metrics::PREFIX));
        let gauges = Gauges::default().register(&mut registry, with_certificate);
        Self { metrics, gauges, registry: Arc::new(registry) }
    }
}

/// Everything.
#[derive(Clone)]
pub struct Wired {
    /// For endpoints and pages.
    pub base: Ctx,
    /// For signing in.
    pub sign_in: SignInCtx,
    /// For getting an account.
    pub membership: MembershipCtx,
    /// For 我的專區.
    pub account: AccountCtx,
    /// For looking at the mails in the folder.
    pub mailbox: MailboxCtx,
    /// For clients that register themselves.
    pub registration: RegistrationCtx,
    /// For the jobs.
    pub jobs: JobsCtx,
    /// For balancers.
    pub health: HealthCtx,
    /// For those who watch.
    pub figures: Figures,
    /// For how long the body of a request may arrive.
    pub body_timeout: Duration,
}

/// Why the parts do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum CannotWire {
    /// A setting.
    #[error("{0}")]
    Setting(#[from] BadSetting),
    /// The database or the keys.
    #[error("{0}")]
    Failure(#[from] Failure),
}

/// Puts the parts together.
///
/// # Errors
/// [`CannotWire`].
pub async fn wire(settings: &Settings, prepared: Prepared, clock: Clock) -> Result<Wired, CannotWire> {
    let url = settings.issuer()?;
    let issuer = settings.server.issuer.clone();
    let parsed = IssuerUrl::new(issuer.clone()).map_err(|why| BadSetting(format!("setting server.issuer: {why}")))?;
    let reach = outbound(settings)?;
    let registers = settings.registration.mode != RegistrationMode::Off;
    let metadata = discovery::metadata(&issuer, settings.requests.fetch_request_uris, registers, settings.allowed());
    let provider = Provider {
        issuer,
        issuer_url: parsed,
        brand: settings.server.brand.clone(),
        service_desk: settings.server.service_desk.clone(),
        documents: Arc::new(settings.membership.documents()?),
        metadata,
        dpop_nonces: settings.dpop.require_nonce,
        return_at_once: settings.registration.return_at_once,
    };
    let ephemeral = ephemeral(settings, &clock).await?;
    let parts = Parts {
        provider: Arc::new(provider),
        db: prepared.db.clone(),
        directory: Directory::load(prepared, reach.clone(), (clock.clone(), settings.keys.clock_skew.0)).await?,
        pushing: PushLimits::new(settings, ephemeral.clone(), clock.now())?,
        ephemeral,
        clock,
        lifetimes: Arc::new(settings.lifetimes()),
        cookies: Cookies::new(&url),
        proxies: TrustedProxies::parse(&settings.server.trusted_proxies)?,
        fetch_request_objects: settings.requests.fetch_request_uris.then(|| reach.clone()),
        outbox_bell: Arc::default(),
        logo_bell: Arc::default(),
        message_bell: Arc::default(),
    };
    let base = Ctx(Arc::new(parts));
    let figures = Figures::new(&base.db, settings.server.tls_certificate_file.is_some());
    let sign_in = sign_in(settings, &base, &figures.metrics)?;
    let jobs = JobsCtx {
        base: base.clone(),
        key_policy: Arc::new(settings.key_policy()),
        sealing_every: settings.sealing_every(),
        reach,
        unused_kept: settings.registration.unused_kept(),
        not_activated_kept: settings.membership.not_activated_kept(),
        audit_kept: settings.audit.kept(),
        post: settings.post()?,
        sender: Arc::new(settings.sender()?),
        texts: settings.texts()?,
        mailboxes: MailboxLimits::new(&base.ephemeral, base.clock.now()),
        locked_for: sign_in.attempts.lock_for,
        metrics: figures.metrics.clone(),
    };
    let health = HealthCtx { base: base.clone(), draining: Draining::default() };
    let registration = RegistrationCtx::new(settings, base.clone(), jobs.reach.of(true).clone())?;
    let membership = MembershipCtx::new(settings, &sign_in)?;
    let account = AccountCtx::new(&sign_in, &membership);
    let mailbox = MailboxCtx::new(settings, base.clone())?;
    Ok(Wired {
        base,
        sign_in,
        membership,
        account,
        mailbox,
        registration,
        jobs,
        health,
        figures,
        body_timeout: settings.server.body_timeout.0,
    })
}

/// What signing in is given.
fn sign_in(settings: &Settings, base: &Ctx, metrics: &Metrics) -> Result<SignInCtx, CannotWire> {
    let (rule, now) = (&settings.passwords, base.clock.now());
    let limit = |of, most: u32| AddressLimit::new(of, most.into(), base.ephemeral.clone(), now);
    let mails = limit("mail", settings.membership.mails_per_address).within(crate::membership::WINDOW);
    let misread = limit("captcha", rule.failures_per_address);
    let cost = Cost { memory_kib: rule.argon2_memory_kib, passes: rule.argon2_passes };
    Ok(SignInCtx {
        base: base.clone(),
        passwords: Passwords::start(cost, rule.hashing_threads)?,
        attempts: Arc::new(settings.attempt_policy()),
        address_limit: limit("sign_in", rule.failures_per_address),
        captcha: Captcha::new(&settings.captcha, (mails, misread), base.proxies.clone(), now),
        sent_again: SentAgain::default(),
        metrics: metrics.clone(),
    })
}

/// Ephemeral state. A Redis that does not answer stops nobody from starting: the node goes on without until it does.
async fn ephemeral(settings: &Settings, clock: &Clock) -> Result<Ephemeral, BadSetting> {
    let clock = clock.clone();
    Ok(match settings.ephemeral.redis()? {
        None => Ephemeral::in_process(clock.now()),
        Some(redis) => Ephemeral::redis(redis, Arc::new(move || clock.now())).await,
    })
}

/// The client that leaves the house, as the settings allow for each kind of clients.
///
/// # Errors
/// When a setting is wrong.
pub fn outbound(settings: &Settings) -> Result<Reach, BadSetting> {
    let wrong = |why: String| BadSetting(format!("setting outbound: {why}"));
    let read =
        |path: &std::path::PathBuf| std::fs::read(path).map_err(|why| wrong(format!("{}: {why}", path.display())));
    let extra_ca_pem = settings.outbound.extra_ca_file.as_ref().map(read).transpose()?;
    let allowed = settings.outbound.allow_hosts.clone();
    let fetch = FetchSettings { allow_hosts: allowed, extra_ca_pem, ..FetchSettings::default() };
    let fetch = Fetch::new(fetch).map_err(|why| wrong(why.to_string()))?;
    Ok(Reach::new(fetch, settings.registration.use_allow_hosts))
}
