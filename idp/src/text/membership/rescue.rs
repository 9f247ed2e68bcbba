//! The words of 忘記密碼 beyond the mailed link: the code of a text message, the hint question, an account that is locked; both languages.

use crate::text::{ProblemWords, Sentence, name, say};

/// All of them.
pub struct RescueText {
    /// 忘記密碼, where mail and text message are offered.
    pub ways: WaysText,
    /// The page where a code is typed.
    pub code: CodeText,
    /// The page that asks the hint question.
    pub answer: AnswerText,
    /// (brand, code): the text message. One segment of 70 characters with a short brand.
    pub code_message: fn(&str, &str) -> String,
    /// (brand, masked account): the password was changed, as a text message.
    pub changed_message: fn(&str, &str) -> String,
    /// (brand, masked account): 忘記密碼救援 was changed, as a text message.
    pub recovery_message: fn(&str, &str) -> String,
    /// (brand, masked account): the e-mail address was changed, as a text message.
    pub email_message: fn(&str, &str) -> String,
    /// What is mailed when wrong passwords lock an account.
    pub locked: LockedLetter,
    /// What is mailed when an operator removed the hint question.
    pub hint_forgotten: HintForgottenLetter,
}

/// Words of the choice between mail and text message.
pub struct WaysText {
    /// What happens, in place of what is said where mail alone is offered.
    pub lead: &'static str,
    /// By mail.
    pub mail: &'static str,
    /// By text message.
    pub text: &'static str,
    /// The button.
    pub submit: &'static str,
    /// A code was texted a moment ago, or often.
    pub too_soon: ProblemWords,
}

/// Words of the page where a code is typed.
pub struct CodeText {
    /// Heading.
    pub heading: &'static str,
    /// (account): what was sent if there is something to be sent to.
    pub lead: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (account): the same for who came from the hint question and was shown the mobile.
    pub lead_known: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (tries): how long it is worth something.
    pub lasts: fn(u32) -> String,
    /// The button.
    pub submit: &'static str,
    /// (most, first, all): what if nothing comes. So many go to one mobile in a day, the first of each account besides, and so many in all.
    pub nothing_came: fn(i64, i64, i64) -> String,
    /// The same for who came from the hint question.
    pub nothing_came_known: &'static str,
    /// The way back there.
    pub back_to_question: &'static str,
    /// Heading when the code is over.
    pub over: &'static str,
    /// (tries): why.
    pub over_why: fn(u32) -> String,
    /// What to do.
    pub over_next: &'static str,
    /// The same for who came from the hint question.
    pub over_next_known: &'static str,
}

/// Words of the page that asks the hint question.
pub struct AnswerText {
    /// Heading.
    pub heading: &'static str,
    /// (account): why.
    pub lead: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Label over the question.
    pub question: &'static str,
    /// Label of the answer.
    pub answer: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Heading of what who forgot it does.
    pub forgot: &'static str,
    /// (masked mobile): by text message.
    pub by_text: fn(&str) -> String,
    /// The button for that.
    pub by_text_go: &'static str,
    /// By mail, for who came by text message.
    pub by_mail: &'static str,
    /// Neither: whom to ask.
    pub by_people: &'static str,
    /// Too many wrong answers.
    pub too_many: ProblemWords,
}

/// Words of the letter that tells of a lock.
pub struct LockedLetter {
    /// (brand): subject.
    pub subject: fn(&str) -> String,
    /// (brand, account, from, until): what happened.
    pub what: fn(&str, &str, &str, &str) -> String,
    /// Whoever it was.
    pub you: &'static str,
    /// Whoever it was not.
    pub not_you: &'static str,
    /// The link to 忘記密碼.
    pub link: &'static str,
}

/// Words of the letter that tells of a hint question that is gone.
pub struct HintForgottenLetter {
    /// (brand): subject.
    pub subject: fn(&str) -> String,
    /// (brand, account): what happened.
    pub what: fn(&str, &str) -> String,
    /// Whoever did not ask for it.
    pub not_you: &'static str,
}

pub(super) const ZH_TW: RescueText = RescueText {
    ways: WaysText {
        lead: "請輸入您的帳號，再選擇要用電子郵件還是手機簡訊。帳號因輸入錯誤密碼而鎖定時，也可以這樣解除。",
        mail: "電子郵件：寄連結到帳號的電子信箱",
        text: "手機簡訊：傳驗證碼到救援手機",
        submit: "下一步",
        too_soon: ProblemWords {
            heading: "驗證碼剛剛才傳過",
            what: "為了避免打擾別人，傳給同一個帳號的簡訊有間隔與次數的限制，這次沒有傳送。",
            next: "您也可以改用電子郵件。",
        },
    },
    code: CodeText {
        heading: "輸入簡訊驗證碼",
        lead: |account| {
            Sentence::new([
                say("如果帳號 "),
                name(account),
                say(" 存在，而且設有救援手機，我們已把 8 個數字的驗證碼傳到那支手機。"),
            ])
        },
        lead_known: |account| {
            Sentence::new([say("我們已把 8 個數字的驗證碼傳到帳號 "), name(account), say(" 的救援手機。")])
        },
        lasts: |tries| format!("驗證碼 10 分鐘內有效，最多可以輸入 {tries} 次。請不要把驗證碼告訴任何人。"),
        submit: "下一步",
        nothing_came: |most, first, all| {
            format!(
                "如果一、兩分鐘後仍沒有收到，可能是帳號沒有設定救援手機，救援手機變更還不滿七天，或是那支手機今天已經收到太多驗證碼：同一支手機一天最多傳 {most} 則，每個帳號的前 {first} 則另計，合計最多 {all} 則，超過就不會再傳。請由下面的連結改用電子郵件。為了保護每個人的資料，我們不會在這裡告訴任何人某個帳號是否存在。"
            )
        },
        nothing_came_known: "如果一、兩分鐘後仍沒有收到，請確認手機收得到訊號，或回到密碼提示問題再傳一次。",
        back_to_question: "回到密碼提示問題",
        over: "這組驗證碼已經失效",
        over_why: |tries| {
            format!("驗證碼 10 分鐘內有效，只能使用一次；輸入錯誤 {tries} 次，或密碼、救援手機變更後，也會失效。")
        },
        over_next: "如果仍需要重設密碼，請重新要求一次，或改用電子郵件。",
        over_next_known: "如果仍需要重設密碼，請回到密碼提示問題，回答問題或再傳一次簡訊。",
    },
    answer: AnswerText {
        heading: "回答密碼提示問題",
        lead: |account| {
            Sentence::new([say("帳號 "), name(account), say(" 設有密碼提示問題。回答之後，就可以設定新密碼。")])
        },
        question: "您的提示問題",
        answer: "您的答案",
        submit: "下一步",
        forgot: "不記得答案？",
        by_text: |mobile| format!("可以改用簡訊：我們會把驗證碼傳到您的救援手機 {mobile}。"),
        by_text_go: "改用手機簡訊",
        by_mail: "可以改用電子郵件：請到「忘記密碼」選擇電子郵件，開啟信中的連結，再選擇「改用手機簡訊」。",
        by_people: "沒有其他方式可用時，請洽客服中心：確認是您本人之後，可以取消提示問題。公務帳號請洽貴機關的管理人員。",
        too_many: ProblemWords {
            heading: "答案輸入錯誤的次數太多",
            what: "為了保護帳號，暫時不檢查答案；您的帳號沒有鎖定，原來的密碼仍然可以登入。",
            next: "",
        },
    },
    code_message: |brand, code| {
        format!("「{brand}」重設密碼驗證碼 {code}，10 分鐘內有效。請勿告訴任何人；不是您要求的請不必理會。")
    },
    changed_message: |brand, account| {
        format!("「{brand}」帳號 {account} 的密碼已變更。如果不是您變更的，請立即重設密碼，並通知客服中心。")
    },
    recovery_message: |brand, account| {
        format!("「{brand}」帳號 {account} 的忘記密碼救援已變更。如果不是您變更的，請立即重設密碼，並通知客服中心。")
    },
    email_message: |brand, account| {
        format!("「{brand}」帳號 {account} 的電子信箱已變更。如果不是您變更的，請立即重設密碼，並通知客服中心。")
    },
    locked: LockedLetter {
        subject: |brand| format!("「{brand}」帳號暫時鎖定"),
        what: |brand, account, from, until| {
            format!(
                "「{brand}」帳號 {account} 連續輸入錯誤密碼的次數太多，已於 {from} 暫時鎖定，{until} 自動解除。鎖定期間不論密碼是否正確都不會檢查。"
            )
        },
        you: "如果是您本人，可以等到自動解除，或由下面的連結重設密碼，重設之後立即解除。",
        not_you: "如果不是您，表示有人在嘗試您的密碼，但沒有成功。密碼若曾用在其他網站，請重設為只用在這裡的密碼。為了不塞滿您的信箱，一天之內再次鎖定不會再寄信。",
        link: "重設密碼",
    },
    hint_forgotten: HintForgottenLetter {
        subject: |brand| format!("「{brand}」密碼提示問題已取消"),
        what: |brand, account| {
            format!(
                "「{brand}」帳號 {account} 的密碼提示問題已由管理人員取消。忘記密碼時，信中的連結或簡訊驗證碼就足以設定新密碼。"
            )
        },
        not_you: "如果不是您要求的，請立即通知客服中心。",
    },
};

pub(super) const EN: RescueText = RescueText {
    ways: WaysText {
        lead: "Enter your account name, and choose between mail and text message. This also opens an account that wrong passwords have locked.",
        mail: "Mail: a link to the account's email address",
        text: "Text message: a code to the rescue mobile",
        submit: "Continue",
        too_soon: ProblemWords {
            heading: "A code was texted just now",
            what: "So that nobody is disturbed, text messages for one account are limited in number and time; none was sent this time.",
            next: "You can have a link mailed instead.",
        },
    },
    code: CodeText {
        heading: "Enter the code of the text message",
        lead: |account| {
            Sentence::new([
                say("If there is an account "),
                name(account),
                say(" and it has a rescue mobile, we have sent a code of 8 digits to that mobile."),
            ])
        },
        lead_known: |account| {
            Sentence::new([
                say("We have sent a code of 8 digits to the rescue mobile of the account "),
                name(account),
                say("."),
            ])
        },
        lasts: |tries| format!("The code works for 10 minutes and can be entered {tries} times. Tell it to nobody."),
        submit: "Continue",
        nothing_came: |most, first, all| {
            format!(
                "If nothing has come after a minute or two, the account may have no rescue mobile, its mobile may have been changed within the last seven days, or that mobile has had too many codes within a day: {most} a day are sent to one mobile, the first {first} of each account besides, and {all} in all. Have a link mailed instead, by the link below. To protect everybody's data, we tell nobody here whether an account exists."
            )
        },
        nothing_came_known: "If nothing has come after a minute or two, see that the mobile has a signal, or go back to your hint question and have the code sent again.",
        back_to_question: "Back to your hint question",
        over: "This code does not work any more",
        over_why: |tries| {
            format!(
                "A code works for 10 minutes, and once. It is also over after {tries} wrong tries, or when the password or the mobile changes."
            )
        },
        over_next: "If you still need another password, ask again, or have a link mailed.",
        over_next_known: "If you still need another password, go back to your hint question: answer it, or have another code sent.",
    },
    answer: AnswerText {
        heading: "Answer your hint question",
        lead: |account| {
            Sentence::new([
                say("The account "),
                name(account),
                say(" has a hint question. Answer it, then choose another password."),
            ])
        },
        question: "Your hint question",
        answer: "Your answer",
        submit: "Continue",
        forgot: "Forgot the answer?",
        by_text: |mobile| format!("Have a code sent to your rescue mobile {mobile} instead."),
        by_text_go: "Use a text message instead",
        by_mail: "Use mail as well: choose mail at “Reset your password”, open the link in the mail, then “Use a text message instead”.",
        by_people: "If there is no other way, contact the service desk: once you have shown who you are, the question can be removed. For an official account, contact the administrator of your agency.",
        too_many: ProblemWords {
            heading: "There were too many wrong answers",
            what: "To protect the account, no answer is checked for now. Your account is not locked; the password that it has still signs in.",
            next: "",
        },
    },
    code_message: |brand, code| format!("{brand}: {code} resets your password within 10 min. Tell nobody."),
    changed_message: |brand, account| format!("{brand}: password of {account} changed. Not you? Reset it now."),
    recovery_message: |brand, account| format!("{brand}: recovery of {account} changed. Not you? Reset password."),
    email_message: |brand, account| format!("{brand}: email of {account} changed. Not you? Reset password now."),
    locked: LockedLetter {
        subject: |brand| format!("Your account at {brand} is locked for a while"),
        what: |brand, account, from, until| {
            format!(
                "There were too many wrong passwords in a row for the account {account} at {brand}. It was locked at {from} and opens by itself at {until}. Until then no password is checked, right or wrong."
            )
        },
        you: "If it was you, wait until then, or reset the password by the link below, which opens the account at once.",
        not_you: "If it was not you, somebody is trying passwords, so far without success. If you use your password elsewhere too, change it to one that you use here alone. So that your mailbox is not filled, no further mail about this comes within a day.",
        link: "Reset your password",
    },
    hint_forgotten: HintForgottenLetter {
        subject: |brand| format!("Your hint question at {brand} was removed"),
        what: |brand, account| {
            format!(
                "An administrator removed the hint question of the account {account} at {brand}. A mailed link or a texted code is now enough to set another password."
            )
        },
        not_you: "If you did not ask for this, tell the service desk at once.",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    /// 3GPP TS 23.038: a message in UCS-2 has 70 characters in one segment.
    #[test]
    fn a_text_message_is_one_segment() {
        for text in [&ZH_TW, &EN] {
            let told = [text.changed_message, text.recovery_message, text.email_message]
                .map(|says| says("我的E政府", "cl****"));
            for message in std::iter::once((text.code_message)("我的E政府", "12345678")).chain(told) {
                assert!(message.encode_utf16().count() <= 70, "{}: {message}", message.encode_utf16().count());
            }
        }
    }
}
