//! Every event in words: what an operator, or a program that reads the audit, can rely on.

/// What stands beside an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Never.
    Never,
    /// At times.
    Sometimes,
    /// Always.
    Always,
}

/// An event as it is documented.
#[derive(Clone, Copy, Debug)]
pub struct Documented {
    /// Its name.
    pub name: &'static str,
    /// What happened.
    pub meaning: &'static str,
    /// Whether an account stands beside it.
    pub account: Column,
    /// Whether a portal does.
    pub client: Column,
    /// The members of `detail`, with what they mean.
    pub detail: &'static [(&'static str, &'static str)],
}

use Column::{Always, Never, Sometimes};

/// Every event.
pub const EVENTS: &[Documented] = &[
    Documented {
        name: "sign_in.succeeded",
        meaning: "Somebody signed in. The portal is the one that asked; none: at the provider itself.",
        account: Always,
        client: Sometimes,
        detail: &[("acr", "how strongly")],
    },
    Documented {
        name: "sign_in.failed",
        meaning: "A wrong password, alike for names that somebody has and for others. The portal is the one that asked.",
        account: Never,
        client: Sometimes,
        detail: &[
            ("name", "keyed digest of the name that was typed: equal for equal names"),
            ("failures", "failures of that name in a row"),
        ],
    },
    Documented {
        name: "sign_in.refused",
        meaning: "The right password of an account that cannot be used.",
        account: Always,
        client: Never,
        detail: &[("state", "`locked`, `not_activated` or `leaving` (about to be removed)")],
    },
    Documented {
        name: "session.ended",
        meaning: "A session was ended.",
        account: Always,
        client: Never,
        detail: &[
            (
                "by",
                "`person`, `another_person` (on the same browser), `operator` (on the command line), `lock`, `password_reset`, `password_change` (the session in which it was changed goes on), `deletion` (刪除帳號 was asked for)",
            ),
            ("portals", "how many portals are told"),
        ],
    },
    Documented {
        name: "consent.given",
        meaning: "A person agreed to what a portal receives, or went on as who they are.",
        account: Always,
        client: Always,
        detail: &[("scope", "the scopes")],
    },
    Documented {
        name: "tokens.issued",
        meaning: "Tokens were issued, for a code or by the authorization endpoint itself.",
        account: Always,
        client: Always,
        detail: &[],
    },
    Documented {
        name: "tokens.issued_to_client",
        meaning: "A client got an access token of its own, about nobody (`client_credentials`).",
        account: Never,
        client: Always,
        detail: &[],
    },
    Documented {
        name: "tokens.refreshed",
        meaning: "Tokens were issued for a refresh token.",
        account: Always,
        client: Always,
        detail: &[],
    },
    Documented {
        name: "code.refused",
        meaning: "A code was presented that gave nothing and is worth nothing now: used twice, or presented wrongly by its own client.",
        account: Never,
        client: Always,
        detail: &[("reason", "in words")],
    },
    Documented {
        name: "refresh.reused",
        meaning: "A refresh token was used twice: the portal has a fault or a thief. What it belonged to was revoked.",
        account: Always,
        client: Always,
        detail: &[],
    },
    Documented {
        name: "grant.revoked",
        meaning: "What a person gave a portal was taken back.",
        account: Always,
        client: Always,
        detail: &[("by", "`portal` (it gave a token back), `operator` (on the command line)")],
    },
    Documented {
        name: "client.secret_forgotten",
        meaning: "A secret that had been rotated out, and worked no more, was removed.",
        account: Never,
        client: Always,
        detail: &[],
    },
    Documented {
        name: "client.registered",
        meaning: "A client registered itself.",
        account: Never,
        client: Always,
        detail: &[
            ("registration_token", "the id of the initial access token; none: in open registration"),
            ("client", "as what, in the members of a registration (never its secret)"),
        ],
    },
    Documented {
        name: "client.changed",
        meaning: "A client that had registered itself changed its registration.",
        account: Never,
        client: Always,
        detail: &[(
            "changed",
            "`from` and `to` of every field that changed; of a value with more than 200 characters, as JSON, its `beginning`, `characters` and `sha256`",
        )],
    },
    Documented {
        name: "client.logo_fetched",
        meaning: "The logo of a client was fetched: people are shown it from now on.",
        account: Never,
        client: Always,
        detail: &[("uri", "where it was"), ("picture", "the copy that is shown, at `/client-logo/PICTURE.png`")],
    },
    Documented {
        name: "client.removed",
        meaning: "A client that had registered itself is gone, and with it what it was given.",
        account: Never,
        client: Always,
        detail: &[("by", "`portal` (by its registration access token), `sweep` (nobody ever entered it)")],
    },
    Documented {
        name: "signing_key",
        meaning: "A signing key changed its state, by itself or on the command line.",
        account: Never,
        client: Never,
        detail: &[("kid", "which"), ("change", "`next`, `active`, `retiring`, `retired`, `compromised`")],
    },
    Documented {
        name: "sealing_key",
        meaning: "A sealing key changed its state, by itself or on the command line.",
        account: Never,
        client: Never,
        detail: &[("id", "which"), ("change", "`next`, `current`, `retired`")],
    },
    Documented {
        name: "account.applied",
        meaning: "Somebody applied for an account. It cannot be used before its address is confirmed.",
        account: Always,
        client: Never,
        detail: &[("kind", "`general` (一般會員) or `official` (goes on to apply for an official capacity)")],
    },
    Documented {
        name: "account.activated",
        meaning: "The link mailed to an account's address was followed and the account's password entered: it can be used from now on.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.never_activated",
        meaning: "An account was removed that nobody had activated in time. Its name is free again.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.application_discarded",
        meaning: "Whoever reads the mail of an account that was not activated yet did away with it, or an operator (`administered`). Its name is free again.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.email_corrected",
        meaning: "The address of an account that was not activated yet was corrected, by the browser that had applied for it.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.activation_asked_again",
        meaning: "The link that activates an account was asked for once more.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "recovery.asked",
        meaning: "Help was asked for at a name or an address, whether anybody has it or not. A mail or text message goes out if somebody has.",
        account: Never,
        client: Never,
        detail: &[
            ("name", "a keyed digest of what was typed; of an account name the same as in `sign_in.failed`"),
            (
                "what",
                "`password` (忘記密碼 by mail), `password_by_text` (by text message), `account` (忘記帳號), `confirmation` (重寄確認信), `join_code` and `sign_in_code` (a code beside the picture of 加入會員, 會員登入)",
            ),
        ],
    },
    Documented {
        name: "recovery.tried",
        meaning: "Somebody who forgot a password typed the code of a text message, whether anybody has the name or not, or the \
                  answer to the hint question behind a link or code that is right.",
        account: Never,
        client: Never,
        detail: &[
            ("name", "a keyed digest of the account name, the same as in `sign_in.failed`"),
            ("proof", "`text_code` or `answer`"),
            ("right", "whether it was right"),
        ],
    },
    Documented {
        name: "account.record_changed",
        meaning: "A person changed their own record (個人資料維護). Portals receive it with the next UserInfo or token.",
        account: Always,
        client: Never,
        detail: &[(
            "fields",
            "which of `name`, `nickname`, `birthdate`, `national_id`, `gender`, `address`, `phone_number`, `hint_question`, `hint_answer`, `rescue_mobile`; never what they hold",
        )],
    },
    Documented {
        name: "account.email_change_asked",
        meaning: "A person asked for another e-mail address, with the current password, or for its link once more. The old one still counts.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.email_change_withdrawn",
        meaning: "A person took that back before it was confirmed.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.email_changed",
        meaning: "A person confirmed another e-mail address by the mailed link: it counts from now on.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.password_changed",
        meaning: "A person who was signed in set another password (密碼維護). What began with the old one has ended, but for the session in which it was changed.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "account.password_reset",
        meaning: "Another password was set by who forgot the old one (忘記密碼). What began with the old one has ended.",
        account: Always,
        client: Never,
        detail: &[
            ("proofs", "what they had proven: `mail` (the link), `text_code`, `answer` (to the hint question)"),
            (
                "recovery_removed",
                "whether hint question and rescue mobile were removed: they were changed less than 7 days before",
            ),
        ],
    },
    Documented {
        name: "account.deletion_asked",
        meaning: "刪除帳號 was asked for. Nothing of the account works any more; its person can undo that by signing in.",
        account: Always,
        client: Never,
        detail: &[
            ("until", "when the account is removed, in milliseconds since 1970"),
            ("by", "`person`, `operator` (on the command line)"),
        ],
    },
    Documented {
        name: "account.deletion_undone",
        meaning: "The account can be used again.",
        account: Always,
        client: Never,
        detail: &[("by", "`person`, `operator` (on the command line)")],
    },
    Documented {
        name: "account.deleted",
        meaning: "An account is gone, with everything that says whose it was. Its id stands in the lines of before, and leads to nobody.",
        account: Always,
        client: Never,
        detail: &[],
    },
    Documented {
        name: "consent.withdrawn",
        meaning: "A person took back what a portal had of them. The portal is told; it asks again when it is entered next.",
        account: Always,
        client: Always,
        detail: &[("grants", "how many grants ended")],
    },
    Documented {
        name: "administered",
        meaning: "An operator's act on the command line.",
        account: Sometimes,
        client: Sometimes,
        detail: &[
            ("act", "the command, such as `accounts.lock`, `clients.update`, `agencies.import`, `restore`"),
            ("target", "what it was done to"),
            (
                "operator",
                "who ran the command, as the operating system knows it: `uid`, and `sudo_user` if the rights came by sudo",
            ),
            (
                "detail",
                "further members, each command's own: `clients.update` has `changed` with `from` and `to` of every field \
                 that changed, `clients.add` has the whole `client` (never its secret), `accounts.set_claims` the names \
                 in `claims` (never what they say)",
            ),
        ],
    },
];
