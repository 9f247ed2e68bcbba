//! The verbs as scripts: each is one round trip and nothing comes between its parts. The text is kept by the server under its
//! digest; it is sent again only if the server does not know it.

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd};
use std::sync::LazyLock;

/// A script: its text and the digest that Redis knows it by.
pub(super) struct Script {
    text: &'static str,
    sha1: String,
}

macro_rules! script {
    ($name:ident, $file:literal) => {
        pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("scripts/prelude.lua"), include_str!(concat!("scripts/", $file, ".lua"))))
        });
    };
}

script!(START, "start");
script!(PUT, "put");
script!(GET, "get");
script!(TAKE, "take");
script!(ONCE, "once");
script!(BUMP, "bump");
script!(UNBUMP, "unbump");
script!(COUNT, "count");

impl Script {
    fn new(text: &'static str) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        Self { text, sha1: digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    /// Runs it with what `fill` appends: the number of keys, the keys, the arguments.
    ///
    /// # Errors
    /// What the connection or the server says.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
        fill: impl Fn(&mut Cmd),
    ) -> Result<T, RedisError> {
        let ask = |name: &str, script: &str| {
            let mut ask = cmd(name);
            ask.arg(script);
            fill(&mut ask);
            ask
        };
        match ask("EVALSHA", &self.sha1).query_async(connection).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                ask("EVAL", self.text).query_async(connection).await
            }
            answered => answered,
        }
    }
}
