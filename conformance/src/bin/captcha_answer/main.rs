//! Says what the picture of a challenge shows, for tests in a browser: `captcha_answer CHALLENGE`, with the settings of the provider
//! (its database and its master key) in the environment.

use idp::settings::Settings;
use std::error::Error;
use std::io::Write;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let challenge = std::env::args().nth(1).ok_or("captcha_answer CHALLENGE")?;
    let answer = conformance::captcha::answer_at(&Settings::read(None)?, &challenge).await?;
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}
