//! Who signs in where: the provider, the portal and the people that `script/load` has set up.

use crate::Outcome;
use crate::login::Portal;
use clap::Args;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What every measurement takes.
#[derive(Args)]
pub struct StageOptions {
    /// Where the provider listens
    #[arg(long)]
    pub provider: SocketAddr,
    /// Its process
    #[arg(long)]
    pub provider_pid: u32,
    /// The portal's client_id; it is trusted
    #[arg(long)]
    client_id: String,
    /// File that holds its secret
    #[arg(long)]
    client_secret_file: PathBuf,
    /// Its redirect URI
    #[arg(long)]
    redirect_uri: String,
    /// The people's account names, all with the same password
    #[arg(long, value_delimiter = ',')]
    pub accounts: Vec<String>,
    /// File that holds the password
    #[arg(long)]
    password_file: PathBuf,
}

impl StageOptions {
    /// The portal.
    pub fn portal(&self) -> Outcome<Portal> {
        self.another_portal(&self.client_id, &self.client_secret_file)
    }

    /// Another portal with the same redirect URI.
    pub fn another_portal(&self, client_id: &str, secret_file: &Path) -> Outcome<Portal> {
        Ok(Portal::new(client_id, std::fs::read_to_string(secret_file)?.trim(), &self.redirect_uri))
    }

    /// The password of all.
    pub fn password(&self) -> Outcome<String> {
        Ok(std::fs::read_to_string(&self.password_file)?.trim().to_owned())
    }
}
