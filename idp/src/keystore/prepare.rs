//! Before anything else: open the database, migrate it, find the master key, make what is missing; or say clearly why not.
//!
//! A command that was given without its settings, or pointed at a wrong place, must not set up a second provider there: only
//! `idp keys init` makes a database and a master key, and with SQLite, where nobody else can share them, `idp serve` as well.

use super::master_key_file::{self, MasterKeyFileError};
use super::{secrets, signing_ring};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::settings::{BadSetting, Settings};
use idp_core::oauth::authorize::Allowed;
use idp_store::migrate::{self, Fit};
use idp_store::{Db, DbUrl, Fault};
use keys::MasterKey;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

/// What every command and the server start from.
#[derive(Clone)]
pub struct Prepared {
    /// The database, migrated.
    pub db: Db,
    /// The master key, the database's own.
    pub master: Arc<MasterKey>,
    /// Where it was read from.
    pub master_key_file: PathBuf,
    /// What the operator allows clients.
    pub allowed: Allowed,
    /// Whether logos of clients of open registration are shown.
    pub shows_open_logos: bool,
}

/// Why the program does not start. The words tell the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// A setting.
    #[error("{0}")]
    Setting(#[from] BadSetting),
    /// The database.
    #[error("{0}")]
    Failure(#[from] Failure),
    /// The schema is newer than this program.
    #[error(
        "the database's schema does not serve this program any more (it serves from {0} on); install a newer release"
    )]
    TooNew(i64),
    /// The master key file.
    #[error("{0}")]
    MasterKeyFile(#[from] MasterKeyFileError),
    /// The database is set up and the file is not there.
    #[error("the database was set up with a master key, and {0} is not there; restore the file from your backup")]
    MasterKeyLost(String),
    /// There is no SQLite file, or nobody set it up.
    #[error("there is no database {0}; if there is none yet, idp serve or idp keys init makes it")]
    NoDatabase(String),
    /// Nobody ran `idp keys init`.
    #[error(
        "{0} is not set up; once, on one machine, run: idp keys init --master-key-file FILE; then give FILE to every node"
    )]
    NotSetUp(String),
    /// The schema is older than this program, and it may not change it.
    #[error(
        "the schema of {0} is older than this program, and it may not change it ({1}); run as the owner of its tables: idp migrate"
    )]
    MayNotMigrate(String, Fault),
    /// Another master key.
    #[error(
        "{0} is not the master key of this database; restore the right file from your backup, or put in its place what idp keys change-master made"
    )]
    WrongMasterKey(String),
}

impl From<Fault> for CannotStart {
    fn from(fault: Fault) -> Self {
        Self::Failure(fault.into())
    }
}

/// Opens and prepares what was set up once: every command.
///
/// # Errors
/// [`CannotStart`].
pub async fn prepare(settings: &Settings, clock: &Clock) -> Result<Prepared, CannotStart> {
    let db = open(settings).await?;
    if secrets::stored_check(&db).await?.is_none() {
        return Err(not_set_up(&settings.database_url()?));
    }
    make_what_is_missing(settings, db, clock).await
}

/// The same for the server, whose first start sets up a SQLite file.
///
/// # Errors
/// [`CannotStart`].
pub async fn prepare_to_serve(settings: &Settings, clock: &Clock) -> Result<Prepared, CannotStart> {
    match settings.database_url()? {
        DbUrl::Sqlite(_) => set_up(settings, clock).await,
        DbUrl::Postgres(_) => prepare(settings, clock).await,
    }
}

/// Opens and prepares, and sets up what nobody set up: `idp keys init`.
///
/// # Errors
/// [`CannotStart`].
pub async fn set_up(settings: &Settings, clock: &Clock) -> Result<Prepared, CannotStart> {
    // Before anything is made: a setting that is missing is said first.
    settings.master_key_file()?;
    let db = connect(settings)?;
    match migrate::fit(&db).await? {
        Fit::Serves => {}
        Fit::Older => migrate::run(&db).await?,
        Fit::Empty => {
            migrate::run(&db).await?;
            tracing::info!(database = place(&settings.database_url()?), "the database was made");
        }
        Fit::TooNew { serves_from } => return Err(CannotStart::TooNew(serves_from)),
    }
    make_what_is_missing(settings, db, clock).await
}

/// Opens the database, whatever is in it.
///
/// # Errors
/// [`CannotStart`].
pub fn connect(settings: &Settings) -> Result<Db, CannotStart> {
    check_folder(settings)?;
    Ok(Db::open(&settings.database_url()?)?)
}

/// A SQLite file needs a folder that is there.
///
/// # Errors
/// Which one is not.
pub fn check_folder(settings: &Settings) -> Result<(), BadSetting> {
    let DbUrl::Sqlite(path) = settings.database_url()? else { return Ok(()) };
    match path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(BadSetting(format!("setting database.url: there is no folder {}", folder.display()))),
        None => Ok(()),
    }
}

async fn open(settings: &Settings) -> Result<Db, CannotStart> {
    let db = connect_to_what_is_there(settings)?;
    match (migrate::fit(&db).await?, settings.database_url()?) {
        (Fit::Serves, _) => {}
        (Fit::TooNew { serves_from }, _) => return Err(CannotStart::TooNew(serves_from)),
        (Fit::Empty, url) => return Err(not_set_up(&url)),
        (Fit::Older, DbUrl::Postgres(url)) => {
            let words = |fault| match fault {
                Fault::Database(_) => CannotStart::MayNotMigrate(url.to_string(), fault),
                other => other.into(),
            };
            migrate::run(&db).await.map_err(words)?;
        }
        (Fit::Older, DbUrl::Sqlite(_)) => migrate::run(&db).await?,
    }
    Ok(db)
}

async fn make_what_is_missing(settings: &Settings, db: Db, clock: &Clock) -> Result<Prepared, CannotStart> {
    let master_key_file = settings.master_key_file()?;
    let master = Arc::new(find_master_key(&db, &master_key_file).await?);
    let now = clock.now();
    secrets::ensure(&db, &master, now).await?;
    let policy = settings.key_policy();
    let plan_policy = policy.clone();
    // A ring that is there is changed by the running server and by commands alone: whoever looks at it with other settings
    // must not rotate it.
    let planned = signing_ring::change(&db, &master, &policy, now, move |records| {
        let steps = if records.is_empty() { keys::ring::plan(now, records, &plan_policy) } else { Vec::new() };
        Ok((steps, ()))
    });
    planned.await?.map_err(|refusal| Failure::Other(refusal.to_string()))?;
    let shows_open_logos = settings.registration.show_logos;
    Ok(Prepared { db, master, master_key_file, allowed: settings.allowed(), shows_open_logos })
}

/// Opens a database that is there: nothing is made, nothing migrated.
///
/// # Errors
/// [`CannotStart`].
pub fn connect_to_what_is_there(settings: &Settings) -> Result<Db, CannotStart> {
    let url = settings.database_url()?;
    match &url {
        DbUrl::Sqlite(path) if !path.is_file() => {
            check_folder(settings)?;
            Err(not_set_up(&url))
        }
        _ => connect(settings),
    }
}

fn not_set_up(url: &DbUrl) -> CannotStart {
    match url {
        DbUrl::Sqlite(_) => CannotStart::NoDatabase(place(url)),
        DbUrl::Postgres(_) => CannotStart::NotSetUp(place(url)),
    }
}

/// Where a database is, without its password. Of a file the whole path: the setting may speak of the folder one stands in.
pub fn place(url: &DbUrl) -> String {
    match url {
        DbUrl::Sqlite(path) => absolute(path).unwrap_or_else(|_| path.clone()).display().to_string(),
        DbUrl::Postgres(url) => url.to_string(),
    }
}

async fn find_master_key(db: &Db, path: &Path) -> Result<MasterKey, CannotStart> {
    let name = path.display().to_string();
    let master = match master_key_file::read(path) {
        Err(MasterKeyFileError::Missing(_)) if secrets::stored_check(db).await?.is_some() => {
            return Err(CannotStart::MasterKeyLost(name));
        }
        Err(MasterKeyFileError::Missing(_)) => match master_key_file::create(path) {
            // Another program was faster.
            Err(MasterKeyFileError::Exists(_)) => master_key_file::read(path)?,
            made => {
                let made = made?;
                let words = "the master key was made; keep a copy of its file apart from the database: a backup without it \
                             is no backup";
                tracing::info!(file = name, "{words}");
                made
            }
        },
        read => read?,
    };
    match secrets::matches_database(db, &master).await? {
        Some(false) => Err(CannotStart::WrongMasterKey(name)),
        _ => Ok(master),
    }
}
