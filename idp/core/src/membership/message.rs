//! What people are told by mail or text message: the kinds there are.

/// By which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// E-mail.
    Mail,
    /// 簡訊.
    Text,
}

impl Channel {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Mail, Self::Text].into_iter().find(|channel| channel.as_str() == text)
    }
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// 帳號確認信: the link that activates the account.
    Activation,
    /// 忘記密碼: asked for by account name; whether anybody has it is found out when it leaves.
    PasswordReset,
    /// 忘記帳號: asked for by e-mail address; whose it is is found out when it leaves.
    AccountNames,
    /// 重寄確認信: asked for by account name; whether anybody waits for it is found out when it leaves.
    ActivationAgain,
    /// The password was changed.
    PasswordChanged,
    /// 忘記密碼 by text message: the code that is typed where it was asked for, by account name; whether anybody has it, and a
    /// 救援手機, is found out when it leaves.
    ResetCode,
    /// Wrong passwords locked the account: asked for by nobody, noted by the name that was typed, whether anybody has it or not.
    SignInLocked,
    /// An operator removed the hint question.
    HintForgotten,
    /// 刪除帳號 was asked for: until when it can be undone, and how.
    DeletionAsked,
    /// It was undone.
    DeletionUndone,
    /// The account is gone.
    AccountDeleted,
    /// The code beside the picture of 加入會員, to the address that was typed.
    JoinCode,
    /// The same of 會員登入: asked for by account name; whether anybody has it is found out when it leaves.
    SignInCode,
    /// Another e-mail address: the link that confirms it, to the new one.
    EmailConfirm,
    /// The same, to the old one: it was asked for.
    EmailChangeAsked,
    /// The same, to the old one: it was done; as a text message, to the 救援手機.
    EmailChanged,
    /// 忘記密碼救援 was changed; as a text message, to the mobile of before.
    RecoveryChanged,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 17] = [
        Self::Activation,
        Self::PasswordReset,
        Self::AccountNames,
        Self::ActivationAgain,
        Self::PasswordChanged,
        Self::ResetCode,
        Self::SignInLocked,
        Self::HintForgotten,
        Self::DeletionAsked,
        Self::DeletionUndone,
        Self::AccountDeleted,
        Self::JoinCode,
        Self::SignInCode,
        Self::EmailConfirm,
        Self::EmailChangeAsked,
        Self::EmailChanged,
        Self::RecoveryChanged,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::PasswordReset => "password_reset",
            Self::AccountNames => "account_names",
            Self::ActivationAgain => "activation_again",
            Self::PasswordChanged => "password_changed",
            Self::ResetCode => "reset_code",
            Self::SignInLocked => "sign_in_locked",
            Self::HintForgotten => "hint_forgotten",
            Self::DeletionAsked => "deletion_asked",
            Self::DeletionUndone => "deletion_undone",
            Self::AccountDeleted => "account_deleted",
            Self::JoinCode => "join_code",
            Self::SignInCode => "sign_in_code",
            Self::EmailConfirm => "email_confirm",
            Self::EmailChangeAsked => "email_change_asked",
            Self::EmailChanged => "email_changed",
            Self::RecoveryChanged => "recovery_changed",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}
