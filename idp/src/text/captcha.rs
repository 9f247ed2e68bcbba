//! The words of 圖形驗證碼 and of the code by mail beside it; both languages.

use idp_core::captcha::No;

/// Words of the field, and of the letter with the code.
pub struct CaptchaText {
    /// Label.
    pub label: &'static str,
    /// Under it.
    pub hint: &'static str,
    /// The same once the picture was exchanged.
    pub hint_of_another: &'static str,
    /// Instead of the picture.
    pub alt: &'static str,
    /// Button: another picture.
    pub another: &'static str,
    /// Button: a code by mail instead.
    pub mail: &'static str,
    /// Button where the mail itself is what was asked for: without the picture.
    pub without: &'static str,
    /// Label of a mailed code.
    pub code_label: &'static str,
    /// Where it was mailed: to the address that was typed.
    pub code_at_join: &'static str,
    /// The same: to the account's address, if there is one.
    pub code_at_sign_in: &'static str,
    /// Button: mail another.
    pub code_again: &'static str,
    /// Button: back to the picture.
    pub picture_instead: &'static str,
    /// Heading over a field that has to be filled in anew.
    pub heading: &'static str,
    /// What else was kept or not, at signing in.
    pub password_again: &'static str,
    /// Why an answer does not count.
    pub no: fn(No) -> String,
    /// (brand): subject of the letter.
    pub letter_subject: fn(&str) -> String,
    /// (brand): why somebody gets it.
    pub letter_why: fn(&str) -> String,
    /// How long it counts.
    pub letter_how: &'static str,
    /// Whoever did not ask for it.
    pub letter_not_you: &'static str,
}

pub(super) const ZH_TW: CaptchaText = CaptchaText {
    label: "圖形驗證碼",
    hint: "請輸入圖片中的 5 個英文字母或數字，不分大小寫",
    hint_of_another: "已顯示新的圖片。請輸入圖片中的 5 個英文字母或數字，不分大小寫",
    alt: "圖形驗證碼的圖片。看不到圖片時，請使用旁邊的按鈕",
    another: "換一張圖片",
    mail: "看不到圖片？改用電子郵件驗證碼",
    without: "看不到圖片？不輸入驗證碼，直接寄信給我",
    code_label: "電子郵件驗證碼",
    code_at_join: "我們已將 6 位數字的驗證碼寄到您填寫的電子信箱，請在 15 分鐘內輸入",
    code_at_sign_in: "如果這個帳號存在，我們已將 6 位數字的驗證碼寄到該帳號的電子信箱，請在 15 分鐘內輸入",
    code_again: "再寄一次驗證碼",
    picture_instead: "改用圖形驗證碼",
    heading: "請輸入驗證碼",
    password_again: "密碼不會保留，請再輸入一次。",
    no: |no| match no {
        No::Missing => "請輸入圖片中的驗證碼".to_owned(),
        No::Wrong => "驗證碼不正確，已換一張新的圖片，請再輸入一次".to_owned(),
        No::Over => "驗證碼已使用過或已逾時，已換一張新的圖片，請再輸入一次".to_owned(),
        No::CodeMissing => "請輸入電子郵件驗證碼".to_owned(),
        No::CodeWrong => "電子郵件驗證碼不正確，請再輸入一次".to_owned(),
        No::CodeOver => "電子郵件驗證碼已使用過、已逾時，或輸入錯誤太多次，請改用圖片，或再寄一次驗證碼".to_owned(),
        No::MailedOften { seconds } => {
            let minutes = seconds.div_ceil(60);
            format!("驗證碼剛寄出不久，或寄送太多次了，請輸入圖片中的驗證碼，或在 {minutes} 分鐘後再試")
        }
        No::CodeSent { seconds } => {
            let minutes = seconds.div_ceil(60);
            format!("驗證碼已經寄出，請查看您的信箱並在下方輸入；沒有收到時，請在 {minutes} 分鐘後再試，或改用圖片")
        }
        No::TooMany { seconds } => {
            let minutes = seconds.div_ceil(60);
            format!("從您的網路位址輸入錯誤的驗證碼太多次了，這次輸入的沒有檢查，請在 {minutes} 分鐘後再試")
        }
    },
    letter_subject: |brand| format!("「{brand}」驗證碼"),
    letter_why: |brand| format!("有人在「{brand}」的網頁上選擇以電子郵件接收驗證碼。驗證碼是："),
    letter_how: "請在 15 分鐘內，於原來的網頁輸入。我們的人員絕不會向您詢問這個驗證碼。",
    letter_not_you: "如果這不是您，請不要把驗證碼告訴任何人，並忽略這封信。",
};

pub(super) const EN: CaptchaText = CaptchaText {
    label: "Letters in the picture",
    hint: "Type the 5 letters or digits you see. Capitals do not matter",
    hint_of_another: "Here is another picture. Type the 5 letters or digits you see. Capitals do not matter",
    alt: "Picture of the letters to type. If you cannot see it, use the button beside it",
    another: "Show another picture",
    mail: "Cannot see the picture? Get a code by email",
    without: "Cannot see the picture? Send me the email without it",
    code_label: "Code from the email",
    code_at_join: "We have sent a code of 6 digits to the email address you typed. Type it within 15 minutes",
    code_at_sign_in: "If this account exists, we have sent a code of 6 digits to its email address. Type it within 15 minutes",
    code_again: "Send another code",
    picture_instead: "Use the picture instead",
    heading: "Show that you are a person",
    password_again: "Passwords are not kept. Please type yours again.",
    no: |no| match no {
        No::Missing => "Type the letters in the picture".to_owned(),
        No::Wrong => "Those are not the letters. Here is another picture: please try again".to_owned(),
        No::Over => "That picture was used already or is too old. Here is another: please try again".to_owned(),
        No::CodeMissing => "Type the code from the email".to_owned(),
        No::CodeWrong => "That is not the code. Please type it again".to_owned(),
        No::CodeOver => {
            "That code was used already, is too old or was mistyped too often. Use the picture or get another code"
                .to_owned()
        }
        No::MailedOften { seconds } => {
            let minutes = seconds.div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            format!("A code was sent a moment ago, or too many were. Use the picture, or try again in {minutes} {unit}")
        }
        No::CodeSent { seconds } => {
            let minutes = seconds.div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            format!(
                "The code was sent already. Look into your mailbox and type it below; if nothing came, try again in {minutes} {unit}, or use the picture"
            )
        }
        No::TooMany { seconds } => {
            let minutes = seconds.div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            format!(
                "Too many wrong answers came from your network address, so this one was not looked at. Please try again in {minutes} {unit}"
            )
        }
    },
    letter_subject: |brand| format!("Your code for {brand}"),
    letter_why: |brand| format!("Somebody asked for a code by email on a page of {brand}. The code is:"),
    letter_how: "Type it on that page within 15 minutes. Our staff will never ask you for it.",
    letter_not_you: "If this was not you, tell the code to nobody and ignore this email.",
};
