//! The words of the mailbox, which is shown while the provider is tried out; both languages.

/// Words of the mailbox.
pub struct MailboxText {
    /// Heading of the list.
    pub heading: &'static str,
    /// What this is.
    pub what: &'static str,
    /// There is none.
    pub empty: &'static str,
    /// (number): only the newest ones stand here.
    pub newest: fn(usize) -> String,
    /// Shows the list anew.
    pub look_again: &'static str,
    /// A text message.
    pub text_message: &'static str,
    /// A mail without a subject.
    pub no_subject: &'static str,
    /// Label: from whom.
    pub from: &'static str,
    /// Label: to whom.
    pub to: &'static str,
    /// Label: when.
    pub at: &'static str,
    /// Heading of what the mail says.
    pub says: &'static str,
    /// Back to the list.
    pub back: &'static str,
}

pub(super) const ZH_TW: MailboxText = MailboxText {
    heading: "測試信箱",
    what: "這是試用環境：系統寄出的信與簡訊不會送到真正的信箱或手機，而是放在這裡，任何人都看得到。",
    empty: "還沒有信。",
    newest: |number| format!("只列出最新的 {number} 封。"),
    look_again: "重新整理",
    text_message: "手機簡訊",
    no_subject: "（沒有主旨）",
    from: "寄件者",
    to: "收件者",
    at: "時間",
    says: "內容",
    back: "回測試信箱",
};

pub(super) const EN: MailboxText = MailboxText {
    heading: "Mailbox for trying out",
    what: "Mail and text messages of this trial go to no real mailbox or mobile: they are put here, where everybody can see them.",
    empty: "No mail yet.",
    newest: |number| format!("The newest {number} only."),
    look_again: "Look again",
    text_message: "Text message",
    no_subject: "(no subject)",
    from: "From",
    to: "To",
    at: "Time",
    says: "What it says",
    back: "Back to the mailbox",
};
