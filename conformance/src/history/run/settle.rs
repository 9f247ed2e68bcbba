//! Makes the people and the portals of a run, with the program's own commands.

use super::Outcome;
use super::drive::Plan;
use super::portal::Portal;
use crate::history::check::Limits;
use crate::people::PASSWORD;
use crate::servers::idp_node::{Commands, IdpNode};
use std::path::Path;
use std::time::Duration;

/// Settings under which seconds show what takes hours otherwise. Hashes are cheap: people sign in thousands of times.
const SETTINGS: [(&str, &str); 11] = [
    ("IDP__KEYS__JWKS_MAX_AGE", "1s"),
    ("IDP__KEYS__CLOCK_SKEW", "0s"),
    ("IDP__KEYS__ROTATE_EVERY", "0s"),
    ("IDP__LIFETIMES__CODE", "5s"),
    ("IDP__LIFETIMES__ID_TOKEN", "20s"),
    ("IDP__LIFETIMES__REFRESH_GRACE", "2s"),
    ("IDP__PASSWORDS__ARGON2_MEMORY_KIB", "7168"),
    ("IDP__PASSWORDS__ARGON2_PASSES", "1"),
    ("IDP__PASSWORDS__WAIT", "1s"),
    ("IDP__PASSWORDS__LONGER_FROM", "1000000"),
    ("IDP__PASSWORDS__LOCK_AT", "1000000"),
];
const CODE: Duration = Duration::from_secs(5);
const ID_TOKEN: Duration = Duration::from_secs(20);
const GRACE: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_secs(1);

/// Settings of a node: those above, and a database with its master key beside it.
pub fn settings(folder: &Path, database_url: &str) -> Vec<(String, String)> {
    let master_key = folder.join("idp.master-key").display().to_string();
    let outgoing = |kind: &str| format!("folder:{}", folder.join(kind).display());
    let (mails, texts) = (outgoing("mail"), outgoing("texts"));
    let own = [
        ("IDP__DATABASE__URL", database_url),
        ("IDP__KEYS__MASTER_KEY_FILE", &master_key),
        ("IDP__MAIL__URL", &mails),
        ("IDP__TEXTS__URL", &texts),
        ("IDP__LOG__FILTER", "warn"),
        // Whoever hammers from one address must not be asked to wait.
        ("IDP__PASSWORDS__FAILURES_PER_ADDRESS", "1000000"),
    ];
    SETTINGS.iter().chain(&own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What these settings promise. `directory_lag`: how late a switched client may be known at a node, whatever befalls it.
pub fn limits(directory_lag: Duration) -> Limits {
    Limits {
        grace: GRACE,
        directory_lag,
        code: CODE,
        access_token: Duration::from_secs(600),
        id_token: ID_TOKEN,
        jwks_max_age: Duration::from_secs(1),
        password_wait: WAIT,
        slack: Duration::from_millis(500),
    }
}

/// Makes people and portals in the database of a node, and a plan for them: everybody comes in at that node, and the operator
/// is at work.
///
/// # Errors
/// When a command is refused.
pub async fn settle(node: &IdpNode, folder: &Path, people: usize) -> Outcome<Plan> {
    let commands = node.commands();
    let master_key = folder.join("idp.master-key").display().to_string();
    commands.run(&["keys", "init", "--master-key-file", &master_key]).await?;
    let password = folder.join("password");
    std::fs::write(&password, PASSWORD)?;
    let password = password.display().to_string();
    let mut accounts = Vec::new();
    for number in 0..people {
        let account = format!("citizen{number:04}");
        let mail = format!("{account}@example.gov.tw");
        let add = ["accounts", "add", &account, "--password-file", &password, "--name", "王小明", "--email", &mail];
        commands.run(&add).await?;
        accounts.push(account);
    }
    let mut portals = Vec::new();
    for (id, algorithm) in [("emic", "ES256"), ("elearn", "RS256"), ("weather", "ES256")] {
        portals.push(add_portal(&commands, folder, (id, algorithm)).await?);
    }
    Ok(Plan {
        seed: 1,
        operations: 0,
        entrances: vec![node.base()],
        nodes: vec![],
        issuer: node.issuer().to_owned(),
        people: accounts,
        password: PASSWORD.to_owned(),
        portals,
        waits: (GRACE, WAIT),
        commands: Some(commands),
    })
}

async fn add_portal(commands: &Commands, folder: &Path, (id, algorithm): (&str, &str)) -> Outcome<Portal> {
    let secret_file = folder.join(format!("{id}.secret"));
    let redirect_uri = format!("https://{id}.example.gov.tw/callback");
    let add = ["clients", "add", id, "--name", id, "--redirect-uri", &redirect_uri];
    let scope = ["--scope", "openid identity offline_access", "--trusted", "--id-token-signed-response-alg", algorithm];
    let grants = ["--grant-type", "authorization_code", "--grant-type", "refresh_token", "--secret-file"];
    let secret_path = secret_file.display().to_string();
    let arguments: Vec<&str> = add.into_iter().chain(scope).chain(grants).chain([secret_path.as_str()]).collect();
    commands.run(&arguments).await?;
    let secret = std::fs::read_to_string(&secret_file)?.trim().to_owned();
    Ok(Portal { id: id.to_owned(), secret, redirect_uri })
}
