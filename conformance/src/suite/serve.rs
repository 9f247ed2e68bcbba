//! `serve`: the provider alone, in its conformance configuration, with a new database each time.

use super::{ACCOUNTS, ISSUER, Outcome, PASSWORD, Place, certificate, clients, fapi};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use url::Url;

/// Every standard claim, so that no module misses one.
const CLAIMS: &str = include_str!("../../plans/claims.json");

/// Makes the configuration and becomes `idp serve`.
///
/// # Errors
/// What cannot be made or started. There is no return without one.
pub fn serve(place: &Place) -> Outcome<()> {
    if !place.suite_certificate.is_file() {
        return Err(format!("{}: no such file; give the suite's certificate", place.suite_certificate.display()).into());
    }
    if place.folder.exists() {
        if !place.settings().exists() {
            return Err(format!("{} was not made by this program; give another folder", place.folder.display()).into());
        }
        std::fs::remove_dir_all(&place.folder)?;
    }
    std::fs::create_dir_all(&place.folder)?;
    let issuer = Url::parse(ISSUER)?;
    certificate::make(&place.folder, issuer.host_str().ok_or("an issuer without a host")?)?;
    std::fs::write(place.settings(), settings(place, &issuer)?)?;
    seed(place)?;
    // It takes the place of this program: who ends this one ends the provider.
    Err(Command::new(&place.idp).arg("--config").arg(place.settings()).arg("serve").exec().into())
}

/// The settings. `{:?}` writes a TOML string.
fn settings(place: &Place, issuer: &Url) -> Outcome<String> {
    let port = issuer.port().ok_or("an issuer without a port")?;
    let suite_host = place.suite.host_str().ok_or("the suite's address has no host")?;
    let suite_port = place.suite.port_or_known_default().ok_or("the suite's address has no port")?;
    let file = |path: &Path| path.display().to_string();
    let here = |name: &str| file(&place.folder.join(name));
    Ok(format!(
        "[server]\nissuer = {ISSUER:?}\nlisten = \"127.0.0.1:{port}\"\ntls_certificate_file = {:?}\ntls_key_file = {:?}\n\
         [database]\nurl = {:?}\n\
         [keys]\njwks_max_age = \"1s\"\n\
         [oauth]\nfront_channel_tokens = true\n\
         [requests]\nfetch_request_uris = true\n\
         [outbound]\nallow_hosts = [\"{suite_host}:{suite_port}\"]\nextra_ca_file = {:?}\n\
         [registration]\nmode = \"open\"\nper_address = 100000\nmost_clients = 100000\nuse_allow_hosts = true\nreturn_at_once = true\nshow_logos = true\n\
         [log]\nformat = \"text\"\nfilter = \"idp=info\"\n",
        here("certificate.pem"),
        here("key.pem"),
        format!("sqlite:{}", here("idp.db")),
        file(&std::path::absolute(&place.suite_certificate)?),
    ))
}

fn seed(place: &Place) -> Outcome<()> {
    let file = |name: &str, text: &str| -> Outcome<String> {
        let path = place.folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    };
    let (password, claims) = (file("password", PASSWORD)?, file("claims.json", CLAIMS)?);
    place.command(&["keys", "init"])?;
    for person in ACCOUNTS {
        let mail = format!("{person}@example.gov.tw");
        place.command(&[
            "accounts",
            "add",
            person,
            "--password-file",
            &password,
            "--name",
            "蘇小美",
            "--email",
            &mail,
        ])?;
        place.command(&["accounts", "set-claims", person, &claims])?;
    }
    clients::register(place)?;
    fapi::register(place)?;
    Ok(std::fs::write(place.started(), [])?)
}
