//! What a backup holds: every table with its columns, parents before children. A test holds that none is forgotten.

use serde::{Deserialize, Serialize};

/// What a column holds; both databases write it alike into a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A number, as a number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Lower-case hexadecimal digits.
    Bytes,
}

/// A table: its name, its primary key in SQL, its columns.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Text, all of it: rows stand in the order of its bytes.
    pub(super) key: &'static [&'static str],
    pub(super) columns: &'static [(&'static str, Kind)],
}

use Kind::{Boolean, Bytes, Integer, Text};

/// All but `schema_info` and `directory_version`, which a new schema holds already and a restore writes from the header, and
/// `job_turns`: where a backup is restored, every job is due.
pub(super) const TABLES: &[Table] = &[
    Table { name: "secrets", key: &["name"], columns: &[("name", Text), ("wrapped", Bytes)] },
    Table {
        name: "sealing_keys",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("wrapped", Bytes),
            ("is_current", Boolean),
            ("created_at", Integer),
            ("superseded_at", Integer),
        ],
    },
    Table {
        name: "signing_keys",
        key: &["kid"],
        columns: &[
            ("kid", Text),
            ("algorithm", Text),
            ("state", Text),
            ("state_at", Integer),
            ("ready_at", Integer),
            ("due_at", Integer),
            ("public_jwk", Text),
            ("private_wrapped", Bytes),
            ("created_at", Integer),
        ],
    },
    Table {
        name: "agencies",
        key: &["oid"],
        columns: &[
            ("oid", Text),
            ("name", Text),
            ("org_code", Text),
            ("dn", Text),
            ("zip", Text),
            ("address", Text),
            ("phone", Text),
            ("url", Text),
            ("imported_at", Integer),
        ],
    },
    Table {
        name: "accounts",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("account_key", Text),
            ("account", Text),
            ("name", Text),
            ("email", Text),
            ("email_verified", Boolean),
            ("state", Text),
            ("password_hash", Text),
            ("security_epoch", Integer),
            ("capacity_epoch", Integer),
            ("national_id_sealed", Bytes),
            ("national_id_index", Bytes),
            ("national_id_verified", Boolean),
            ("claims_sealed", Bytes),
            ("created_at", Integer),
            ("updated_at", Integer),
            ("leaves_at", Integer),
        ],
    },
    Table { name: "former_accounts", key: &["name_digest"], columns: &[("name_digest", Bytes)] },
    Table { name: "account_roles", key: &["account_id", "role"], columns: &[("account_id", Text), ("role", Text)] },
    Table {
        name: "capacities",
        key: &["account_id"],
        columns: &[("account_id", Text), ("agency_oid", Text), ("official_type", Text), ("since", Integer)],
    },
    Table {
        name: "agreements",
        key: &["account_id", "document", "version"],
        columns: &[("account_id", Text), ("document", Text), ("version", Text), ("agreed_at", Integer)],
    },
    Table {
        name: "recovery",
        key: &["account_id"],
        columns: &[
            ("account_id", Text),
            ("question_sealed", Bytes),
            ("answer_hash", Text),
            ("mobile_sealed", Bytes),
            ("mobile_index", Bytes),
            ("updated_at", Integer),
            ("hint_changed_at", Integer),
            ("mobile_changed_at", Integer),
        ],
    },
    Table {
        name: "email_changes",
        key: &["account_id"],
        columns: &[
            ("account_id", Text),
            ("email", Text),
            ("security_epoch", Integer),
            ("asked_at", Integer),
            ("expires_at", Integer),
        ],
    },
    Table {
        name: "former_emails",
        key: &["account_id"],
        columns: &[("account_id", Text), ("email", Text), ("changed_at", Integer)],
    },
    Table {
        name: "messages",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("channel", Text),
            ("purpose", Text),
            ("account_id", Text),
            ("language", Text),
            ("recipient_sealed", Bytes),
            ("content_sealed", Bytes),
            ("attempts", Integer),
            ("not_before", Integer),
            ("leased_until", Integer),
            ("finished_at", Integer),
            ("state", Text),
            ("detail", Text),
        ],
    },
    Table {
        name: "reset_codes",
        key: &["id"],
        columns: &[("id", Text), ("tries", Integer), ("used_at", Integer), ("mobile_index", Bytes)],
    },
    Table {
        name: "clients",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("document", Text),
            ("secrets_sealed", Bytes),
            ("created_at", Integer),
            ("updated_at", Integer),
        ],
    },
    Table {
        name: "registration_tokens",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("digest", Bytes),
            ("note", Text),
            ("profile", Text),
            ("uses", Integer),
            ("used", Integer),
            ("created_at", Integer),
            ("expires_at", Integer),
            ("revoked_at", Integer),
        ],
    },
    Table {
        name: "registrations",
        key: &["client_id"],
        columns: &[
            ("client_id", Text),
            ("access_digest", Bytes),
            ("registration_token", Text),
            ("registered_at", Integer),
        ],
    },
    Table { name: "pictures", key: &["name"], columns: &[("name", Text), ("png", Bytes)] },
    Table {
        name: "client_logos",
        key: &["client_id", "uri"],
        columns: &[
            ("client_id", Text),
            ("uri", Text),
            ("picture", Text),
            ("failures", Integer),
            ("next_try_at", Integer),
            ("tried_at", Integer),
            ("problem", Text),
        ],
    },
    Table {
        name: "sessions",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("secret_hash", Bytes),
            ("account_id", Text),
            ("security_epoch", Integer),
            ("auth_time", Integer),
            ("acr", Text),
            ("last_used_at", Integer),
            ("expires_at", Integer),
            ("ended_at", Integer),
        ],
    },
    Table {
        name: "grants",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("account_id", Text),
            ("session_id", Text),
            ("client_id", Text),
            ("scope", Text),
            ("offline", Boolean),
            ("security_epoch", Integer),
            ("capacity_epoch", Integer),
            ("auth_time", Integer),
            ("acr", Text),
            ("generation", Integer),
            ("refreshed_at", Integer),
            ("expires_at", Integer),
            ("revoked_at", Integer),
        ],
    },
    Table {
        name: "consents",
        key: &["account_id", "client_id"],
        columns: &[
            ("account_id", Text),
            ("client_id", Text),
            ("scope", Text),
            ("told_at", Integer),
            ("withdrawn_at", Integer),
        ],
    },
    Table {
        name: "password_attempts",
        key: &["name_digest"],
        columns: &[("name_digest", Bytes), ("failures", Integer), ("not_before", Integer), ("last_at", Integer)],
    },
    Table {
        name: "outbox",
        key: &["id"],
        columns: &[
            ("id", Text),
            ("kind", Text),
            ("client_id", Text),
            ("account_id", Text),
            ("session_id", Text),
            ("attempts", Integer),
            ("not_before", Integer),
            ("leased_until", Integer),
            ("finished_at", Integer),
            ("outcome", Text),
        ],
    },
    Table {
        name: "audit",
        key: &["id"],
        columns: &[("id", Text), ("event", Text), ("account_id", Text), ("client_id", Text), ("detail", Text)],
    },
];
