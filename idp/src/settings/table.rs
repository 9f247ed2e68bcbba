//! What each setting means, in one table: `docs/settings.md` is printed from it, and a test holds that it names every key.

/// A setting and what it means.
pub struct Row {
    /// `section.key`.
    pub key: &'static str,
    /// What it is for, its unit, its bounds.
    pub meaning: &'static str,
}

const fn row(key: &'static str, meaning: &'static str) -> Row {
    Row { key, meaning }
}

/// Every setting.
pub const TABLE: &[Row] = &[
    row(
        "server.issuer",
        "The issuer: scheme, host and port alone. https, or http on a loopback host. Every address that the provider writes begins with it; `Host`, `X-Forwarded-Host` and `X-Forwarded-Proto` are believed from nobody.",
    ),
    row("server.listen", "Address and port to listen on."),
    row(
        "server.max_connections",
        "Connections at once. One more is told 503 and closed (with TLS: closed), those that are open go on. When three quarters are taken, whoever is silent or lets a handshake, a head or a body trickle is closed after 5 s, and new connections are taken from an address or network that has less than a quarter of its share. Needs as many open files and 1024 more.",
    ),
    row(
        "server.connections_per_address",
        "Connections at once from one address (IPv6: one /64); one more is told 429 and closed. Trusted proxies have no such limit. A ministry can sit behind one address.",
    ),
    row(
        "server.connections_per_network",
        "Connections at once from one /48 of IPv6, which holds 65,536 times a /64; one more is told 429 and closed. IPv4 has no such limit: the neighbours of an address are strangers behind a carrier's NAT.",
    ),
    row("server.handshake_timeout", "For a TLS handshake."),
    row(
        "server.head_timeout",
        "For the head of a request, from its first byte to its last; and for the first one from the beginning of the connection.",
    ),
    row("server.body_timeout", "For the body of a request, from its head to its last byte; then 408."),
    row(
        "server.idle_timeout",
        "For the next request on a connection that is kept open. Behind a proxy: longer than the proxy keeps its connections.",
    ),
    row(
        "server.drain",
        "After the signal to stop: for how long `/readyz` says 503 while everything else goes on, so that a balancer that asks it stops sending. Then no connection is accepted, and requests under way have 10 s.",
    ),
    row(
        "server.trusted_proxies",
        "Addresses and networks (`10.1.2.3`, `10.1.0.0/16`) of proxies whose `X-Forwarded-For` is believed about a person's address: the rightmost entry that is no trusted proxy. Nobody else's is.",
    ),
    row(
        "server.metrics_listen",
        "Address and port on which `/metrics` is served, to whoever reaches it, in plain HTTP: a loopback or an inner address. Without it there is none. Never on `server.listen`.",
    ),
    row("server.tls_certificate_file", "PEM certificate chain. With it and the key the provider speaks TLS itself."),
    row("server.tls_key_file", "PEM private key of the certificate; readable by its owner alone."),
    row("server.brand", "The provider's name as people read it, 1 to 80 characters."),
    row(
        "server.service_desk",
        "How people reach the service desk (客服中心) that pages and letters speak of: a telephone number, hours, an address; 1 to 200 characters. It stands at the foot of each page and letter. None: nothing stands there.",
    ),
    row(
        "database.url",
        "`sqlite:PATH` or `postgres://USER@HOST:PORT/DATABASE`. Over a network PostgreSQL is spoken to by TLS, and its certificate has to name the host; `?sslmode=disable` turns that off, `?sslmode=verify-full` on for this machine too. `postgres://USER@%2Frun%2Fpostgresql/DATABASE` for a Unix socket in /run/postgresql.",
    ),
    row(
        "database.password_file",
        "The password for PostgreSQL: the first line of a file that its owner alone can read. Rather than in the URL.",
    ),
    row(
        "database.ca_file",
        "PEM file of the certificate authorities that PostgreSQL's certificate may come from. Without it those of the system.",
    ),
    row(
        "database.connections",
        "Connections to PostgreSQL that this program opens at most, 1 to 1000. All nodes together, with commands, must stay below its `max_connections`.",
    ),
    row(
        "ephemeral.url",
        "Where limits per address, posted and pushed requests, long nonces and replay guards are kept: `memory:` (in the process; one node), `redis://HOST:PORT` on this machine, or `rediss://[USER@]HOST:PORT[/DATABASE]` with TLS.",
    ),
    row(
        "ephemeral.ca_file",
        "PEM file of the certificate authorities to trust for `rediss://`, instead of the system's.",
    ),
    row("ephemeral.password_file", "File with the password for Redis; readable by its owner alone."),
    row(
        "ephemeral.prefix",
        "What every key in Redis begins with. All nodes of one deployment have the same, and no other deployment on that Redis has it.",
    ),
    row("ephemeral.allow_plain", "Whether `redis://`, which encrypts nothing, may lead to another machine."),
    row(
        "keys.master_key_file",
        "The master key: 32 bytes in base64url, readable by its owner alone. With SQLite it is made beside the database if it is not given; with PostgreSQL it must be given.",
    ),
    row(
        "keys.jwks_max_age",
        "The longest a portal may keep the JWKS, 1 s to 1 h. A new key is published that long, and a little more, before it signs.",
    ),
    row("keys.rotate_every", "How long a key signs before the next takes over by itself. `0s`: only on command."),
    row(
        "keys.sealing_rotate_every",
        "How long a sealing key seals before another takes over by itself. `0s`: only on command.",
    ),
    row(
        "keys.clock_skew",
        "How far the clocks of provider and portals may be apart, and a node's from PostgreSQL's: further off it issues nothing.",
    ),
    row("lifetimes.code", "An authorization code, 5 s to 10 min."),
    row("lifetimes.access_token", "An access token."),
    row("lifetimes.id_token", "An ID token's `exp`."),
    row("lifetimes.logout_token", "A logout token's `exp`."),
    row(
        "lifetimes.session_idle",
        "A session after it last let somebody into a portal, or a portal refreshed its tokens (written every 5 minutes at most).",
    ),
    row("lifetimes.session", "A session, used or not."),
    row("lifetimes.refresh_idle", "A refresh token that nobody uses."),
    row("lifetimes.refresh", "A chain of refresh tokens, used or not."),
    row(
        "lifetimes.refresh_grace",
        "For how long a client that lost an answer may present the same refresh token again.",
    ),
    row(
        "lifetimes.pushed_request",
        "A pushed authorization request, from being pushed to being brought by the browser, 5 s to 10 min. Whoever began in time has as long as a sign-in page to finish.",
    ),
    row(
        "lifetimes.sign_in_page",
        "A sign-in page, from being shown to being sent. Afterwards it starts anew by itself.",
    ),
    row(
        "requests.pushed_per_minute",
        "Authorization requests that one client may push (`/connect/par`) within a minute; one more is told 429. A client that registered itself, and one without a secret from each address, may push 120 at most. Each waits in ephemeral state until it is used or over.",
    ),
    row(
        "requests.fetch_request_uris",
        "Whether a request object is fetched when an authorization request names its address (`request_uri`), of clients that registered the address. Whoever opens such a link makes the provider fetch, within the bounds of `outbound`. Pushed requests need none of it.",
    ),
    row(
        "oauth.front_channel_tokens",
        "Whether clients that are registered for it are sent tokens through the browser (implicit and hybrid flow). Weaker than the flow with a code: tokens can end in a browser's history. Discovery says so.",
    ),
    row(
        "passwords.argon2_memory_kib",
        "Memory of one Argon2id hash, in KiB. Raised hashes are renewed at the next sign-in.",
    ),
    row("passwords.argon2_passes", "Passes of one Argon2id hash."),
    row("passwords.hashing_threads", "Threads that hash, each with its memory. `0`: half the cores, at least one."),
    row("passwords.wait", "To wait after a wrong password."),
    row("passwords.longer_wait", "To wait from failure `longer_from` on; doubles each time."),
    row("passwords.longer_from", "From which failure the longer wait holds."),
    row("passwords.lock_at", "How many failures in a row lock a name."),
    row("passwords.lock_for", "How long it stays locked."),
    row(
        "passwords.failures_per_address",
        "Wrong passwords from one address within 5 minutes before it is asked to wait. A ministry can sit behind one address: only failures count. Of one /48 of IPv6, four times as many. As many wrong answers to pictures and mailed codes (圖形驗證碼), counted apart.",
    ),
    row(
        "passwords.policy",
        "Which passwords people may choose: `length` (8 to 128 characters of any kind) or `manuals` (8 to 15 letters, digits and signs, among them a letter and a digit). Neither takes common ones or the account name.",
    ),
    row(
        "passwords.common_file",
        "A text file with passwords that nobody may choose, one a line, in either case: names of your agency, of your city, what was leaked. Beside the common ones that the program knows. Read at the start.",
    ),
    row(
        "membership.applications_per_address",
        "Applications for an account from one address (IPv6: one /64) within an hour: first steps that ask whether a name is free, and as many answers to hint questions. One more is told when to try again. A ministry can sit behind one address.",
    ),
    row(
        "membership.mails_per_address",
        "Mails that may be asked for, from one address (IPv6: one /64) within an hour. What goes to one mailbox is counted besides, whoever asks; of what is asked for by a typed name or address (忘記密碼 and the like), five of each.",
    ),
    row(
        "membership.documents",
        "A folder with your own 服務條款 and 隱私權政策: `terms.zh-Hant-TW.md`, `terms.en.md`, `privacy.zh-Hant-TW.md`, `privacy.en.md`. Each begins with a line `version: 2026-11-22`, the same in both languages, which is kept with the account of whoever agrees; then `# heading` lines with paragraphs, an empty line between them. Read at the start.",
    ),
    row(
        "membership.keep_not_activated",
        "How long an account stays that nobody activates, with all its data; then its name is free again. Whoever has the link mailed again keeps it as long as the newest one works, 7 days, and to three times the time at most. 7 days at least. `0s`: for ever.",
    ),
    row(
        "membership.deletion_waits",
        "From 刪除帳號 to the removal of an account with all its data. Until then nothing of it works, and its person undoes that by signing in. 1 day at least, 90 days at most. What was asked for before a change keeps its moment.",
    ),
    row(
        "captcha.membership",
        "Whether the last step of 加入會員, 忘記密碼, 忘記帳號 and 重寄確認信 ask for the letters of a picture (圖形驗證碼), or what stands beside it for who cannot see it.",
    ),
    row(
        "captcha.sign_in_from",
        "After how many wrong passwords in a row for an account name, known or not, signing in asks for the letters of a picture as well. `0`: never. From `passwords.lock_at` on it makes no difference.",
    ),
    row(
        "mail.url",
        "Where mail goes: `folder:PATH` (one `.eml` file a mail, for trying things out), `smtp://[USER@]HOST[:PORT]` (STARTTLS; port 587) or `smtps://[USER@]HOST[:PORT]` (TLS from the first byte; port 465). Without TLS on this machine alone, unless `mail.allow_plain` says otherwise.",
    ),
    row("mail.password_file", "The password for the mail server: a file that its owner alone can read."),
    row("mail.ca_file", "PEM file of certificate authorities to trust for the mail server, beside the system's."),
    row(
        "mail.allow_plain",
        "Whether `smtp://` may lead to another machine without TLS (port 25), without a password. Links that let somebody in are read by whoever listens there.",
    ),
    row(
        "mail.timeout",
        "How long the mail server may take for one mail, 10 minutes at most; then it is tried again later. After a node died with a mail, another tries it half a minute after that time.",
    ),
    row("mail.from", "The address that mail comes from. Its name is `server.brand`."),
    row(
        "mail.show_mailbox",
        "Whether the mails in the folder are shown at `/mailbox`, to everybody who reaches the page: for trying things out. Only with `folder:` and an issuer of `http` on this machine.",
    ),
    row(
        "texts.url",
        "Where text messages go: `folder:PATH` (one file a message), or `https://…`, a gateway, which gets one POST a message. `http://` is for a gateway on this machine alone. In a folder nobody reads them: unless the issuer is on this machine, for trying things out, people are then offered nothing by text message.",
    ),
    row("texts.body", "How the gateway wants its fields: `json` or `form`."),
    row(
        "texts.fields",
        "The fields that the gateway is sent, as it names them. In their texts `{number}` stands for the number as it is dialled in Taiwan, `{international}` for `+886…`, `{text}` for what the message says, `{id}` for a name of the message that stays the same when it is sent again, `{secret}` for what `texts.secret_file` holds. JSON may have lists and tables. Such as `{ to = \"{international}\", text = \"{text}\", ref = \"{id}\" }`.",
    ),
    row(
        "texts.headers",
        "Headers for the gateway, with the same names in braces, and `{secret_base64}`: `{ Authorization = \"Bearer {secret}\" }`, or `\"Basic {secret_base64}\"` with a file that holds `USER:PASSWORD`. `Idempotency-Key: {id}` is sent in any case.",
    ),
    row(
        "texts.secret_file",
        "The secret for the gateway: the first line of a file that its owner alone can read. It goes where `{secret}` stands.",
    ),
    row("texts.ca_file", "PEM file of certificate authorities to trust beside the system's, for the gateway."),
    row(
        "texts.taken_when",
        "For a gateway that answers 200 to everything: a regular expression that the answer's body has to match if the message was taken. Without it every 2xx says so.",
    ),
    row(
        "texts.refused_when",
        "A regular expression that the answer's body matches if the number will never be taken: then it is not tried again. Without it 400, 409, 410 and 422 say so; everything else is tried again.",
    ),
    row("texts.timeout", "How long the gateway may take for one message, 1 s to 1 min. Then it is tried again."),
    row(
        "registration.mode",
        "Who may register clients at `/connect/register`: `off`, nobody; `initial_access_token`, who was given one (`idp clients registration-tokens add`); `open`, everybody. Clients that are registered manage themselves on, whatever it says.",
    ),
    row(
        "registration.scope",
        "The scopes that a client can have by registering itself, and has if it asks for none. More is given by `idp clients update`.",
    ),
    row(
        "registration.per_address",
        "Open registrations from one address within an hour, refused ones included; one more is told 429.",
    ),
    row("registration.most_clients", "Clients of open registration at once; one more is told 429."),
    row(
        "registration.keep_unused",
        "How long a client of open registration stays at which nobody ever signed in, an hour at least. `0s`: for ever.",
    ),
    row(
        "registration.use_allow_hosts",
        "Whether `outbound.allow_hosts` holds for addresses of clients that registered themselves, too. Whoever may register can then have the provider call these hosts. Without it such clients have public https addresses alone.",
    ),
    row(
        "registration.return_at_once",
        "Whether refusals and sign-outs send people at once to clients of open registration, of which nobody knows whose they are. Otherwise people are shown where they would go, and go there by themselves: whoever registers could lead them anywhere through the address of the provider (RFC 9700 §4.11.2). Certification wants it on.",
    ),
    row(
        "registration.show_logos",
        "Whether logos of clients of open registration are fetched and shown. Anybody could show people there a picture that looks official. Logos of the operator's clients, of trusted ones, and of those who registered with an initial access token, are shown in any case.",
    ),
    row(
        "audit.keep",
        "How long audit lines are kept, a day at least. `0s`: for ever. 400 days: a year that is looked at, and a month to look at it.",
    ),
    row(
        "outbound.allow_hosts",
        "Private hosts that addresses of the operator's clients may lead to: `host` or `host:port`. Everything else must be https on a public address.",
    ),
    row(
        "outbound.extra_ca_file",
        "PEM file of certificate authorities to trust beside the system's, for clients' addresses.",
    ),
    row(
        "dpop.require_nonce",
        "Whether a DPoP proof has to carry a nonce of the provider's, 5 minutes old at most: a proof made in advance is worth nothing then, and each client makes one request more to learn its first nonce. Without it a nonce is asked for only in the first seconds after a start.",
    ),
    row("log.filter", "What is logged: `info`, `warn`, `idp=debug`."),
    row("log.format", "`json` or `text`, in colours on a terminal alone and never with `NO_COLOR`."),
    row(
        "log.lines_of_a_kind",
        "Lines of one kind (a place in the program, and the error code of refusals) that are written within 10 seconds; how many more there were is said in one. `0`: all are written.",
    ),
];

/// The table as Markdown, with each default.
///
/// # Errors
/// Never in practice: serialisation of the defaults.
pub fn markdown() -> Result<String, serde_json::Error> {
    let defaults = serde_json::to_value(super::Settings::default())?;
    let mut text = String::from("| Setting | Environment | Default | Meaning |\n|---|---|---|---|\n");
    for Row { key, meaning } in TABLE {
        let default = key.split('.').fold(&defaults, |value, part| value.get(part).unwrap_or(&serde_json::Value::Null));
        let default = match default {
            serde_json::Value::Null => "none".to_owned(),
            serde_json::Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let environment = format!("IDP__{}", key.replace('.', "__").to_uppercase());
        text.push_str(&format!("| `{key}` | `{environment}` | {default} | {meaning} |\n"));
    }
    Ok(text)
}
