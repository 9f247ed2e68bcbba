//! `[passwords]`: the cost of a hash, the rule of wrong ones, and which ones people may choose.

use super::{BadSetting, Span, bad};
use idp_core::people::password_attempt::AttemptPolicy;
use idp_core::people::password_rule::{PasswordPolicy, normalised};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::PathBuf;

/// Passwords: the cost of a hash and the rule of wrong ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the table of settings says what each is")]
pub struct Passwords {
    pub argon2_memory_kib: u32,
    pub argon2_passes: u32,
    pub hashing_threads: usize,
    pub wait: Span,
    pub longer_wait: Span,
    pub longer_from: u32,
    pub lock_at: u32,
    pub lock_for: Span,
    pub failures_per_address: u32,
    pub policy: PasswordRule,
    pub common_file: Option<PathBuf>,
}

/// Which passwords people may choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordRule {
    /// 8 to 128 characters of any kind.
    #[default]
    Length,
    /// 8 to 15 characters, among them a letter and a digit.
    Manuals,
}

impl From<PasswordRule> for PasswordPolicy {
    fn from(rule: PasswordRule) -> Self {
        match rule {
            PasswordRule::Length => Self::Length,
            PasswordRule::Manuals => Self::Manuals,
        }
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let rule = AttemptPolicy::default();
        Self {
            argon2_memory_kib: 19 * 1024,
            argon2_passes: 2,
            hashing_threads: 0,
            wait: Span(rule.wait),
            longer_wait: Span(rule.longer_wait),
            longer_from: rule.longer_from,
            lock_at: rule.lock_at,
            lock_for: Span(rule.lock_for),
            failures_per_address: 300,
            policy: PasswordRule::default(),
            common_file: None,
        }
    }
}

impl Passwords {
    /// The operator's own list of passwords that nobody may choose, in lower case. Empty without a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn listed(&self) -> Result<HashSet<String>, BadSetting> {
        let Some(path) = &self.common_file else { return Ok(HashSet::new()) };
        let wrong = |why: std::io::Error| bad("passwords.common_file", format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(wrong)?;
        Ok(text.lines().map(|line| normalised(line.trim()).to_lowercase()).filter(|line| !line.is_empty()).collect())
    }
}
