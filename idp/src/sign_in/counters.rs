//! Where guesses at a name are counted: together, whoever makes them; but in a browser with which somebody signed in by that name
//! before, apart.

use crate::browser::Cookie;
use crate::failure::Failure;
use crate::wiring::{Ctx, SignInCtx};
use axum::response::Response;
use http::HeaderMap;
use idp_core::people::account::Person;
use idp_core::people::account_name::counter_key;
use idp_core::people::password_attempt::will_need_proof;
use idp_core::sign_in::known_browser::{KnownBrowser, OwnCounter};
use idp_store::{Conn, accounts, password_attempts};
use keys::hmac_sha256;

/// Of a name in a browser.
#[derive(Clone, Copy, Debug)]
pub struct Counters {
    /// Keyed digest of the name, known or not.
    pub name: [u8; 32],
    /// Where it is counted, if the browser is known for the name.
    own: Option<OwnCounter>,
}

impl Counters {
    /// Of a name that somebody typed in this browser.
    pub fn of(ctx: &Ctx, headers: &HeaderMap, username: &str) -> Self {
        let key = &ctx.directory.snapshot().secrets.typed_name;
        let name = hmac_sha256(key, counter_key(username).as_bytes());
        let own = known(ctx, headers).and_then(|browser| browser.counter(&name, key, ctx.clock.now()));
        Self { name, own }
    }

    /// Under which digest a guess is counted.
    ///
    /// * `person`: who has the name, if anybody has.
    pub fn own(&self, person: Option<&Person>) -> [u8; 32] {
        let epoch = person.map(|person| person.security_epoch);
        self.own.and_then(|own| own.of(epoch)).unwrap_or(self.name)
    }

    /// Whether the next guess needs proof that a person makes it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn ask(&self, ctx: &SignInCtx, username: &str) -> Result<bool, Failure> {
        let (counters, key) = (*self, counter_key(username));
        let seen = move |conn: &mut Conn| {
            // For a browser that nobody is known in, nobody is looked up.
            let login = if counters.own.is_some() { accounts::login(conn, &key)? } else { None };
            password_attempts::find(conn, &counters.own(login.as_ref().map(|login| &login.person)))
        };
        let seen = ctx.base.db.read(seen).await?;
        Ok(will_need_proof(seen, ctx.base.clock.now(), &ctx.attempts))
    }

    /// Has the browser known for the name: somebody signed in.
    ///
    /// * `security_epoch`: of their account.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn remember(
        &self,
        ctx: &Ctx,
        headers: &HeaderMap,
        security_epoch: i64,
        response: &mut Response,
    ) -> Result<(), Failure> {
        let key = &ctx.directory.snapshot().secrets.typed_name;
        let browser = match known(ctx, headers) {
            Some(browser) => browser,
            None => KnownBrowser::new(keys::random()?),
        };
        let browser = browser.after_sign_in(&self.name, security_epoch, ctx.clock.now());
        ctx.cookies.set(response, Cookie::Known, &browser.write(key));
        Ok(())
    }
}

fn known(ctx: &Ctx, headers: &HeaderMap) -> Option<KnownBrowser> {
    KnownBrowser::read(ctx.cookies.get(headers, Cookie::Known)?, &ctx.directory.snapshot().secrets.typed_name)
}
