//! A provider of its own for each test: a database in a temporary folder, a free port, a clock that can be moved.

use crate::database::TestDatabase;
use crate::people::{CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD};
use idp::client_address::TrustedProxies;
use idp::clock::Clock;
use idp::directory::{StoredSecret, seal_secrets};
use idp::keystore::prepare::set_up;
use idp::passwords::{Cost, Passwords};
use idp::routes;
use idp::server::Server;
use idp::server::connection_limits::{Most, Places};
use idp::settings::{EphemeralSection, SecretUrl, Settings};
use idp::wiring::Wired;
use idp_core::AccountId;
use idp_core::client::GrantType;
use idp_core::client::registration::{Registration, register};
use idp_core::identity::agency::read_list;
use idp_core::identity::capacity::OfficialType;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_store::accounts::{self, NewAccount};
use idp_store::clients::StoredClient;
use idp_store::ephemeral::AHEAD;
use idp_store::{agencies, capacities, clients};
use keys::Algorithm;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const AGENCIES: &str =
    "oid,name\n2.16.886.101.20003.20001.20003,內政部消防署\n2.16.886.101.20003.20005.20097,教育部國民及學前教育署\n";
/// Cheap hashes: tests sign in thousands of times. What a hash costs is tested where it is made.
const CHEAP: Cost = Cost { memory_kib: 7 * 1024, passes: 1 };

/// What a test wants otherwise.
#[derive(Clone, Debug, Default)]
pub struct ProviderOptions {
    /// Changes to the settings, as TOML.
    pub settings: Option<fn(&mut Settings)>,
    /// `https://localhost:PORT` with this certificate and key (PEM files).
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where ephemeral state is kept; in the process if neither this nor the environment says otherwise.
    pub ephemeral: Option<EphemeralSection>,
    /// Its database's folder is made in this one, instead of where temporary files go.
    pub disk: Option<PathBuf>,
    /// A PostgreSQL of the test's own, `postgres://…/postgres`, whatever the environment chooses.
    pub database_server: Option<String>,
    /// Another clock than one that the test moves.
    pub clock: Option<Clock>,
}

/// A running provider.
pub struct Provider {
    /// `http://localhost:PORT`.
    pub issuer: String,
    /// The clock it was given.
    pub clock: Clock,
    /// Its parts, for looking behind the pages.
    pub wired: Wired,
    /// Its settings, for starting it again.
    pub settings: Settings,
    folder: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    _database: TestDatabase,
}

/// A port that is free now.
///
/// # Errors
/// When the operating system gives none.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?.local_addr()?.port())
}

impl Provider {
    /// Starts a provider with three people, two agencies and the clients `emic` (trusted) and `weather` (asks consent).
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn start() -> Outcome<Self> {
        Self::start_with(ProviderOptions::default()).await
    }

    /// Starts a provider otherwise.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn start_with(options: ProviderOptions) -> Outcome<Self> {
        let folder = options.disk.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
        let port = free_port()?;
        let mut settings = Settings::default();
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        settings.server.issuer = format!("{scheme}://localhost:{port}");
        settings.server.listen = SocketAddr::from(([127, 0, 0, 1], port));
        settings.passwords.argon2_memory_kib = CHEAP.memory_kib;
        settings.passwords.argon2_passes = CHEAP.passes;
        // Everybody comes from one address here, often many at once, and on a busy machine a cheap hash takes long as well: places for
        // all of them.
        settings.passwords.hashing_threads = 16;
        settings.outbound.allow_hosts = vec!["localhost".into(), "127.0.0.1".into()];
        settings.registration.use_allow_hosts = true;
        settings.mail.url = SecretUrl(format!("folder:{}", folder.path().join("mail").display()));
        settings.texts.url = SecretUrl(format!("folder:{}", folder.path().join("texts").display()));
        if let Some((certificate, key)) = options.tls {
            settings.server.tls_certificate_file = Some(certificate);
            settings.server.tls_key_file = Some(key);
        }
        settings.ephemeral = match options.ephemeral {
            Some(chosen) => chosen,
            None => ephemeral_of_environment()?,
        };
        if let Some(change) = options.settings {
            change(&mut settings);
        }
        let database = match options.database_server {
            None if keys_as_usual(&settings) => TestDatabase::with_keys(folder.path(), &mut settings).await?,
            None => TestDatabase::empty(folder.path(), &mut settings).await?,
            Some(server) => TestDatabase::on_server(server, folder.path(), &mut settings).await?,
        };
        // After the keys that are copied: nothing in the database is from the clock's future.
        let own_clock = options.clock.is_none();
        let clock = options.clock.unwrap_or_else(Clock::manual);
        drop(set_up(&settings, &clock).await?);
        let server = Server::set_up(&settings, clock.clone()).await?;
        let wired = server.wired().clone();
        seed(&wired).await?;
        if own_clock {
            // So long after its start it vouches for what it is shown once, as any provider that people come to.
            clock.advance(AHEAD);
        }
        let (stop, task) = run(server);
        let issuer = settings.server.issuer.clone();
        Ok(Self { issuer, clock, wired, settings, folder, stop: Some(stop), task: Some(task), _database: database })
    }

    /// Stops it and starts it again on the same database and port.
    ///
    /// # Errors
    /// When it cannot start.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.stop().await;
        let server = Server::set_up(&self.settings, self.clock.clone()).await?;
        self.wired = server.wired().clone();
        let (stop, task) = run(server);
        self.stop = Some(stop);
        self.task = Some(task);
        Ok(())
    }

    /// Goes on at the same address without its jobs: what its database is asked from now on, requests ask. What a job would do is not
    /// done; [`Self::advance`] looks at the directory.
    ///
    /// # Errors
    /// When the port is not free again.
    pub async fn without_jobs(&mut self) -> Outcome<()> {
        self.stop().await;
        let listener = tokio::net::TcpListener::bind(self.settings.server.listen).await?;
        let places = Places::new(Most { all: 100, per_address: 100, per_network: 100 }, TrustedProxies::default());
        let service = routes::router(&self.wired, &places).into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.task = Some(tokio::spawn(async move {
            let _ = axum::serve(listener, service).with_graceful_shutdown(async { drop(stopped.await) }).await;
        }));
        Ok(())
    }

    /// Stops it.
    pub async fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }

    /// Moves the clock, and lets the provider check its directory as it does every second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn advance(&self, by: Duration) -> Outcome<()> {
        self.clock.advance(by);
        Ok(self.wired.base.directory.check().await?)
    }

    /// The newest lines of the audit trail, the last one first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit(&self, most: i64) -> Outcome<Vec<idp_store::audit::Stored>> {
        let unit =
            move |conn: &mut idp_store::Conn| idp_store::audit::newest(conn, &Default::default(), None, (most, most));
        Ok(self.wired.base.db.scan(unit).await?.lines)
    }

    /// The folder of its database.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Registers a client with the secret `SECRET-OF-{id}` padded to 32 characters ([`Self::secret`]).
    ///
    /// # Errors
    /// When the registration breaks a rule.
    pub async fn register(&self, registration: Registration) -> Outcome<()> {
        add_client(&self.wired, registration).await
    }

    /// The secret of a client.
    pub fn secret(client_id: &str) -> String {
        format!("{:-<40}", format!("secret-of-{client_id}"))
    }

    /// A registration to change: government profile, consent asked, refresh tokens, ES256.
    pub fn registration(id: &str, redirect_uri: &str) -> Registration {
        Registration {
            scope: "openid profile email phone address identity gsp.profile uid offline_access".into(),
            id_token_signed_response_alg: Algorithm::Es256,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            ..Registration::of(id, format!("入口網 {id}"), redirect_uri)
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// With `IDP_TEST_PROVIDER_EPHEMERAL=redis` every provider is on the Redis of `IDP_TEST_REDIS_URL`, each with a prefix of its own.
fn ephemeral_of_environment() -> Outcome<EphemeralSection> {
    match std::env::var("IDP_TEST_PROVIDER_EPHEMERAL").as_deref() {
        Err(_) | Ok("memory") => Ok(EphemeralSection::default()),
        Ok("redis") => {
            let url = std::env::var("IDP_TEST_REDIS_URL").map_err(|_| "IDP_TEST_REDIS_URL is missing")?;
            let prefix = format!("provider-{}:", keys::b64::encode(&keys::random::<9>()?));
            Ok(EphemeralSection { url: SecretUrl(url), prefix, ..EphemeralSection::default() })
        }
        Ok(other) => Err(format!("IDP_TEST_PROVIDER_EPHEMERAL={other}: give memory or redis").into()),
    }
}

/// Whether the keys of a database made beforehand are those that these settings would have made.
fn keys_as_usual(settings: &Settings) -> bool {
    let usual = Settings { server: settings.server.clone(), ..Settings::default() };
    settings.key_policy() == usual.key_policy() && settings.keys.master_key_file.is_none()
}

fn run(server: Server) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // A test that needs the provider finds out by itself that it is gone.
        let _ = server.run(async { drop(stopped.await) }).await;
    });
    (stop, task)
}

async fn seed(wired: &Wired) -> Outcome<()> {
    let now = wired.base.clock.now();
    let list = read_list(AGENCIES.as_bytes()).map_err(|bad| format!("{bad:?}"))?;
    wired.base.db.write(move |tx| agencies::import(tx, &list, now)).await?;
    let passwords = Passwords::start(CHEAP, 1)?;
    let password_hash = passwords.hash(None, zeroize::Zeroizing::new(PASSWORD.to_owned())).await?;
    let people = [
        (NATURAL_PERSON, "蘇小美", None),
        (CIVIL_SERVANT, "林大勇", Some(("2.16.886.101.20003.20001.20003", OfficialType::CivilServant))),
        (EDUCATOR, "陳書文", Some(("2.16.886.101.20003.20005.20097", OfficialType::Educator))),
    ];
    for (account, name, capacity) in people {
        let new = NewAccount {
            id: AccountId::new(keys::random()?),
            account: AccountName::parse(account).ok_or("an account name")?,
            name: name.into(),
            email: Some(format!("{account}@example.gov.tw")),
            email_verified: true,
            state: AccountState::Active,
            password_hash: password_hash.clone(),
            name_digest: idp::keystore::personal::name_digest(
                &wired.base.directory.snapshot().secrets.typed_name,
                &account.to_ascii_lowercase(),
            ),
        };
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            accounts::insert(tx, &new, now)?;
            if let Some((oid, kind)) = capacity
                && let Some(oid) = idp_core::identity::agency::AgencyOid::parse(oid)
            {
                capacities::set(tx, &new.id, (&oid, kind), now)?;
            }
            Ok(())
        };
        wired.base.db.write(unit).await?;
    }
    let emic = Provider::registration("emic", "http://localhost:1/callback");
    add_client(wired, Registration { trusted: true, name: "EMIC 應變管理資訊雲端服務".into(), ..emic }).await?;
    add_client(wired, Provider::registration("weather", "http://localhost:2/callback")).await
}

async fn add_client(wired: &Wired, registration: Registration) -> Outcome<()> {
    let client = register(registration).map_err(|wrong| format!("{wrong:?}"))?;
    let secrets = match client.auth_method {
        method if !method.has_secret() => vec![],
        _ => vec![StoredSecret { secret: Provider::secret(client.id.as_str()), expires_at: None }],
    };
    let secrets_sealed = seal_secrets(&wired.base.directory.snapshot().sealer, &client.id, &secrets)?;
    let (stored, now) = (StoredClient { client, secrets_sealed }, wired.base.clock.now());
    wired.base.db.write(move |tx| clients::insert(tx, &stored, now)).await?;
    wired.base.directory.check().await?;
    Ok(())
}
