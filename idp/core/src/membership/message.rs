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
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 1] = [Self::Activation];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activation => "activation",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}
