//! 正體中文（臺灣）

use super::{AskText, ForgottenLetters, ForgottenText, ResetText};
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: ForgottenText = ForgottenText {
    password: AskText {
        heading: "忘記密碼",
        lead: "請輸入您的帳號，我們會把重設密碼的連結寄到這個帳號的電子信箱。帳號因輸入錯誤密碼而鎖定時，也可以這樣解除。",
        hint: "不分英文字母大小寫",
        submit: "寄送連結",
        asked: "如果這個帳號存在，我們已寄出重設密碼的連結。",
        next: "請到帳號的電子信箱收信，開啟信中的連結，再設定新密碼。連結一小時內有效，只能使用一次。",
    },
    account: AskText {
        heading: "忘記帳號",
        lead: "請輸入您註冊時使用的電子信箱，我們會把帳號寄給您。",
        hint: "",
        submit: "寄送帳號",
        asked: "如果有帳號使用這個電子信箱，我們已把帳號寄到那裡。",
        next: "請到信箱收信，再以信中的帳號登入。",
    },
    confirmation: AskText {
        heading: "重寄確認信",
        lead: "帳號還沒有啟用時，請輸入您的帳號，我們會把啟用帳號的連結再寄一次。",
        hint: "不分英文字母大小寫",
        submit: "重寄確認信",
        asked: "如果這個帳號存在且還沒有啟用，我們已重寄確認信。",
        next: "請到註冊時填寫的電子信箱收信，開啟信中的連結，按下「啟用帳號」。連結七日內有效。",
    },
    password_question: "忘記密碼？",
    account_question: "忘記帳號？",
    asked: "請到信箱收信",
    nothing_came: "如果幾分鐘後仍沒有收到，請看看垃圾郵件匣，並確認輸入的資料正確。變更過的電子信箱七天後才用於忘記密碼，在那之前信會寄到變更前的信箱。為了保護每個人的資料，我們不會在這裡告訴任何人某個帳號或信箱是否存在。",
    too_soon: ProblemWords {
        heading: "剛剛才寄過",
        what: "為了避免信箱被塞滿，同樣的信不會一直重寄。請先看看信箱，之前寄出的信中的連結仍然有效。",
        next: "",
    },
    too_many: ProblemWords {
        heading: "請稍後再試", what: "從您的網路要求寄信的次數太多，這次沒有處理。", next: ""
    },
    until: |when| format!("請於{when}再試一次。"),
    reset: ResetText {
        heading: "設定新密碼",
        ready: |account| Sentence::new([say("請為帳號 "), name(account), say(" 設定新密碼。")]),
        password: "新密碼",
        ends: "設定之後，所有裝置上的登入都會結束，請以新密碼重新登入。",
        submit: "設定新密碼",
        done: "密碼已經重設",
        done_now: |account| Sentence::new([say("帳號 "), name(account), say(" 請改用新密碼登入。")]),
        done_ends: "先前在所有裝置上的登入都已經結束。我們也寄了一封信通知您。",
        recovery_removed: "密碼提示問題和救援手機在七天之內變更過，為了保護帳號已經移除。登入後可以在「我的專區」的「忘記密碼救援」重新設定。",
        email_changed: "這個帳號的電子信箱在七天之內變更過。如果不是您變更的，請立即登入，在「我的專區」的「電子信箱」改回您的信箱，否則七天期滿後，忘記密碼的連結會改寄到那個信箱。",
        over: "這個連結已經失效",
        over_why: "重設密碼的連結一小時內有效，只能使用一次；密碼或電子信箱變更後，先前的連結也會失效。",
        over_next: "如果仍需要重設密碼，請重新要求一個連結。",
    },
    letters: ForgottenLetters {
        reset_subject: |brand| format!("「{brand}」重設密碼"),
        reset_why: |brand, account| format!("您收到這封信，是因為有人要求重設「{brand}」帳號 {account} 的密碼。"),
        reset_how: |until| {
            format!("如果是您本人要求，請開啟下面的連結，再設定新密碼。連結在 {until} 以前有效，只能使用一次。")
        },
        reset_link: "設定新密碼",
        not_you: "如果不是您要求的，請不要理會這封信，您的密碼不會改變。",
        not_activated: "這個帳號還沒有啟用，需要申請時設定的密碼才能啟用。忘記的話，可以在下面連結開啟的頁面取消申請，再用同一個帳號名稱重新申請。",
        locked: "這個帳號已由管理人員停用，不能重設密碼。如需恢復使用，請洽客服中心；公務帳號請洽貴機關的管理人員。",
        names_subject: |brand| format!("您在「{brand}」的帳號"),
        names_why: |brand| format!("您收到這封信，是因為有人在「{brand}」查詢使用這個電子信箱的帳號。"),
        names_are: "使用這個電子信箱的帳號：",
        sign_in_link: "登入",
        changed_subject: |brand| format!("「{brand}」密碼已變更"),
        changed_what: |brand, account, at| format!("「{brand}」帳號 {account} 的密碼已於 {at} 變更。"),
        changed_ends: "先前在其他裝置上的登入都已經結束，請以新密碼重新登入。",
        changed_not_you: "如果不是您變更的，有人可能知道您的密碼，或使用了您的電子信箱：請先更改信箱的密碼，再以下面的連結重設密碼，並通知客服中心。",
        changed_link: "忘記密碼",
    },
};
