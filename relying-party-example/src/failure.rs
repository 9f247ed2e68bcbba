//! Why a request did not get what it asked for: a status and words for the person, a detail for the log, never mixed.

use axum::http::StatusCode;

use crate::http::Unreachable;
use crate::language::Both;

#[derive(Debug)]
pub(crate) enum Failure {
    /// The provider does not answer; the detail says where.
    Unreachable(String),
    /// `state` is missing, used, expired, or another browser's.
    UnknownSignIn,
    UnknownSignOut,
    /// `iss` is not our provider's.
    OtherIssuer,
    /// The provider's error code at the authorization endpoint.
    Refused(String),
    /// The token endpoint's no.
    TokensRefused(String),
    /// A token or UserInfo did not pass a check.
    NotVerified(String),
    /// The provider has ended the session while its tokens were on their way.
    EndedMeanwhile,
    /// A refresh token is refused after an earlier answer to it was lost.
    AnswerLost(String),
    /// The portal's own file cannot be read or written.
    Storage(String),
    ForeignForm,
    BadRequest(String),
    TooLong,
    NotFound,
}

impl From<Unreachable> for Failure {
    fn from(error: Unreachable) -> Self {
        Self::Unreachable(error.0)
    }
}

/// What the person reads: what happened, and what to do next.
pub(crate) struct Words {
    pub(crate) status: StatusCode,
    pub(crate) title: Both,
    pub(crate) next: Both,
    pub(crate) action: Action,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    SignInAgain,
    GoHome,
}

fn words(
    status: StatusCode,
    action: Action,
    title: (&'static str, &'static str),
    next: (&'static str, &'static str),
) -> Words {
    Words { status, action, title: Both { zh: title.0, en: title.1 }, next: Both { zh: next.0, en: next.1 } }
}

impl Failure {
    /// For the log only.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Self::Unreachable(detail)
            | Self::Refused(detail)
            | Self::TokensRefused(detail)
            | Self::NotVerified(detail)
            | Self::AnswerLost(detail)
            | Self::Storage(detail)
            | Self::BadRequest(detail) => detail,
            Self::UnknownSignIn => "no such sign-in in this browser",
            Self::UnknownSignOut => "no such sign-out in this browser",
            Self::OtherIssuer => "iss is not our provider's",
            Self::EndedMeanwhile => "the provider ended the session meanwhile",
            Self::ForeignForm => "sign-out form without its token",
            Self::TooLong => "the address is too long",
            Self::NotFound => "no such page",
        }
    }

    pub(crate) fn words(&self) -> Words {
        use Action::{GoHome, SignInAgain};
        match self {
            Self::Refused(code) => refused(code),
            Self::EndedMeanwhile | Self::AnswerLost(_) => refused("login_required"),
            Self::Storage(_) => storage(),
            Self::Unreachable(_) => words(
                StatusCode::SERVICE_UNAVAILABLE,
                SignInAgain,
                ("目前無法連線至「我的E政府」", "我的E政府 cannot be reached at the moment"),
                (
                    "這不是您的問題，您的帳號也沒有受到影響。請稍候幾分鐘，再登入一次。",
                    "Nothing is wrong with your account. Wait a few minutes, then sign in again.",
                ),
            ),
            Self::UnknownSignIn => words(
                StatusCode::BAD_REQUEST,
                SignInAgain,
                ("這次登入已經失效", "This sign-in is no longer valid"),
                (
                    "登入須在 10 分鐘內、於同一個瀏覽器完成，而且只能使用一次。請重新登入；若仍發生，請確認瀏覽器允許 Cookie。",
                    "A sign-in must be completed within 10 minutes, in the same browser, and only once. Sign in again; \
                     if this page comes back, check that your browser accepts cookies.",
                ),
            ),
            Self::TokensRefused(_) | Self::NotVerified(_) => words(
                StatusCode::BAD_GATEWAY,
                SignInAgain,
                ("無法確認您的身分", "Your identity could not be confirmed"),
                (
                    "本站收到的登入結果未通過安全檢查，因此沒有讓您登入。請再登入一次；若仍發生，請將下方的編號告知客服。",
                    "The answer that this site received did not pass its security checks, so you were not signed in. \
                     Try again; if it fails once more, give the reference below to the help desk.",
                ),
            ),
            Self::OtherIssuer => words(
                StatusCode::BAD_REQUEST,
                SignInAgain,
                ("登入結果不是來自「我的E政府」", "This answer did not come from 我的E政府"),
                (
                    "為了保護您的帳號，本站沒有採用這個結果。請由本站首頁重新登入，不要使用他人提供的連結。",
                    "To protect your account this site did not use it. Sign in again from this site's home page, \
                     not through a link that somebody sent you.",
                ),
            ),
            Self::UnknownSignOut => words(
                StatusCode::BAD_REQUEST,
                GoHome,
                ("無法確認這次登出", "This sign-out is not known here"),
                (
                    "這個網頁不屬於您剛才的登出動作。請回到首頁，查看您是否仍在登入狀態。",
                    "This page does not belong to a sign-out that you began here. Go to the home page to see whether \
                     you are still signed in.",
                ),
            ),
            Self::ForeignForm => words(
                StatusCode::FORBIDDEN,
                GoHome,
                ("沒有登出", "You were not signed out"),
                (
                    "登出的要求不是由本站的網頁送出，或網頁已經過期。請回到首頁，再按一次「登出」。",
                    "The request did not come from a page of this site, or the page was too old. Go to the home page \
                     and press the button to sign out again.",
                ),
            ),
            Self::BadRequest(_) | Self::TooLong => words(
                if matches!(self, Self::TooLong) { StatusCode::URI_TOO_LONG } else { StatusCode::BAD_REQUEST },
                GoHome,
                ("本站無法處理這個要求", "This site cannot use this request"),
                (
                    "網址不完整或有誤。請回到首頁重新開始。",
                    "The address is incomplete or wrong. Start again from the home page.",
                ),
            ),
            Self::NotFound => words(
                StatusCode::NOT_FOUND,
                GoHome,
                ("找不到網頁", "Page not found"),
                ("請檢查網址是否正確，或回到首頁。", "Check the address, or go to the home page."),
            ),
        }
    }
}

fn storage() -> Words {
    words(
        StatusCode::SERVICE_UNAVAILABLE,
        Action::GoHome,
        ("本站暫時無法提供服務", "This site is unavailable for the moment"),
        (
            "這不是您的問題，您的帳號也沒有受到影響。請稍候幾分鐘，再試一次。",
            "This is not your fault, and nothing is wrong with your account. Wait a few minutes, then try again.",
        ),
    )
}

/// Error codes of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
fn refused(code: &str) -> Words {
    use Action::SignInAgain;
    match code {
        "access_denied" => words(
            StatusCode::FORBIDDEN,
            SignInAgain,
            ("您沒有登入", "You are not signed in"),
            (
                "您在「我的E政府」取消了登入，或沒有同意提供資料，本站沒有收到您的任何資料。若要使用本站，請再登入一次。",
                "You cancelled at 我的E政府, or did not agree to share your data. This site received nothing about you. \
                 To use it, sign in again.",
            ),
        ),
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => words(
            StatusCode::FORBIDDEN,
            SignInAgain,
            ("需要您親自登入", "You need to sign in yourself"),
            (
                "「我的E政府」需要您輸入密碼、選擇帳號或表示同意，才能繼續。請按下方按鈕登入。",
                "我的E政府 needs your password, your choice of account or your consent. Sign in with the button below.",
            ),
        ),
        "unmet_authentication_requirements" => words(
            StatusCode::FORBIDDEN,
            SignInAgain,
            ("需要更高強度的登入方式", "A stronger way of signing in is needed"),
            (
                "請改用自然人憑證、通行金鑰等登入方式，再登入一次。",
                "Sign in again with your citizen certificate, a passkey or another stronger way.",
            ),
        ),
        "server_error" | "temporarily_unavailable" => words(
            StatusCode::SERVICE_UNAVAILABLE,
            SignInAgain,
            ("「我的E政府」暫時無法提供服務", "我的E政府 is unavailable for the moment"),
            (
                "這不是您的問題。請稍候幾分鐘，再登入一次。",
                "This is not your fault. Wait a few minutes, then sign in again.",
            ),
        ),
        _ => words(
            StatusCode::BAD_GATEWAY,
            SignInAgain,
            ("「我的E政府」沒有接受本站的要求", "我的E政府 did not accept this site's request"),
            (
                "這是本站設定的問題，不是您的帳號有問題。請將下方的編號告知客服。",
                "This is a fault in this site's settings, not in your account. Give the reference below to the help desk.",
            ),
        ),
    }
}
