//! `[captcha]`: where people show that they are no program.

use serde::{Deserialize, Serialize};

/// 圖形驗證碼.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaptchaSection {
    /// Whether the pages of membership ask.
    pub membership: bool,
    /// After how many wrong passwords in a row signing in asks; 0: never.
    pub sign_in_from: u32,
}

impl CaptchaSection {
    /// After how many wrong passwords in a row signing in asks; `None`: never.
    pub fn sign_in_from(&self) -> Option<u32> {
        Some(self.sign_in_from).filter(|from| *from > 0)
    }
}

impl Default for CaptchaSection {
    fn default() -> Self {
        Self { membership: true, sign_in_from: 3 }
    }
}
