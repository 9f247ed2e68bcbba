//! Reads a picture as a person does: the challenge is opened with the provider's own key. Nothing is switched off for tests.

use crate::{Page, Provider};
use idp::clock::Clock;
use idp::keystore::prepare::prepare;
use idp::settings::Settings;
use idp::wiring::wire;
use idp_core::captcha::Challenge;
use keys::Sealer;
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the picture of a challenge shows, or the mailed code says.
///
/// # Errors
/// When that provider did not make it.
pub fn answer(sealer: &Sealer, challenge: &str) -> Outcome<String> {
    let challenge = Challenge::open(sealer, challenge).map_err(|why| format!("no challenge: {why}"))?;
    Ok(challenge.answer().to_owned())
}

/// The same of a provider with these settings, in another process.
///
/// # Errors
/// When its database or master key cannot be read, or it did not make it.
pub async fn answer_at(settings: &Settings, challenge: &str) -> Outcome<String> {
    let clock = Clock::System;
    let wired = wire(settings, prepare(settings, &clock).await?, clock).await?;
    answer(&wired.base.directory.snapshot().sealer, challenge)
}

impl Provider {
    /// The fields that answer what a page asks; none, if it asks nothing.
    ///
    /// # Errors
    /// When another provider made the challenge.
    pub fn proof(&self, page: &Page) -> Outcome<Vec<(&'static str, String)>> {
        let Some(challenge) = page.field(idp::captcha::CHALLENGE) else { return Ok(Vec::new()) };
        let answer = answer(&self.wired.base.directory.snapshot().sealer, &challenge)?;
        Ok(vec![(idp::captcha::CHALLENGE, challenge), (idp::captcha::ANSWER, answer)])
    }
}
