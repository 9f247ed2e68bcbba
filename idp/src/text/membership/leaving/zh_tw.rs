//! 正體中文（臺灣）

use super::{DeleteText, LeavingLetters, LeavingText, UndoText};
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: LeavingText = LeavingText {
    delete: DeleteText {
        heading: "刪除帳號",
        lead: |account, until| {
            let then = format!(" 將於{until} 刪除，在那之前都可以取消。");
            Sentence::new([say("如果您現在申請，帳號 "), name(account), say(then)])
        },
        now: "申請之後立即",
        now_lines: &[
            "您在所有裝置上的登入都會結束",
            "不能再用這個帳號登入任何網站",
            "網站在您離開時使用您資料的權限全部終止",
        ],
        meanwhile: "改變主意的話",
        meanwhile_how: |until| format!("請在{until} 以前，以帳號密碼登入，再按「取消刪除」，帳號就會恢復。"),
        then: "到期之後",
        then_lines: &[
            "您的姓名、電子信箱、身分證字號、聯絡資料、密碼與救援資料都會從這裡刪除，不能復原",
            "您同意過的網站授權全部刪除",
            "帳號名稱不會再給任何人使用，您自己也不能再申請相同的名稱",
            "安全紀錄依法保存，但其中不再有可以辨識您的資料",
        ],
        portals: "您使用的網站",
        portals_told: "我們會立即通知下列網站，您的登入與授權已經終止；不接受通知的網站，會在下次向我們確認時得知：",
        portals_none: "您目前沒有使用任何網站。",
        portals_keep: "各網站自己保存的資料（例如您的學習紀錄）由各網站管理，不會隨著帳號刪除；如需刪除，請洽各網站。",
        portals_more: "以及其他網站",
        mailed: |address| {
            Sentence::new([say("申請、取消與刪除完成時，我們都會寄信到 "), name(address), say(" 通知您。")])
        },
        not_mailed: "您的帳號沒有經過確認的電子信箱，我們無法寄信通知您。",
        understood: "我了解帳號刪除後資料不能復原",
        not_ticked: "請勾選您了解帳號刪除後資料不能復原",
        submit: "申請刪除帳號",
        keep: "不刪除，返回我的專區",
        last_administrator: ProblemWords {
            heading: "您的帳號目前不能刪除",
            what: "您是最後一位系統管理人員，刪除後就沒有人能管理這個系統。",
            next: "請先請人指派另一位系統管理人員，再申請刪除。",
        },
        asked: "已申請刪除帳號",
        asked_now: |account, until| Sentence::new([say("帳號 "), name(account), say(format!(" 將於{until} 刪除。"))]),
        asked_undo: "您已在所有裝置上登出。如果改變主意，請在那之前以帳號密碼登入，再按「取消刪除」。",
    },
    undo: UndoText {
        heading: "您的帳號即將刪除",
        lead: |account, until| {
            Sentence::new([say("帳號 "), name(account), say(format!(" 已申請刪除，將於{until} 刪除。"))])
        },
        until_then: "在那之前，這個帳號不能登入任何網站。要繼續使用，請取消刪除。",
        undo: "取消刪除",
        or_not: "如果您仍要刪除，不需要做任何事，關閉這個頁面即可。",
        done: "已取消刪除",
        done_now: |account| Sentence::new([say("帳號 "), name(account), say(" 已恢復，資料都還在。")]),
        done_next: "先前在各裝置上的登入都已結束，請重新登入。",
        over: "這個頁面已經失效",
        over_why: "頁面開啟太久，或是帳號的狀態已經改變。請重新登入。",
        too_late: "帳號的刪除期限已到",
        too_late_why: |account| {
            Sentence::new([say("帳號 "), name(account), say(" 的取消期限已過，資料正在刪除，不能再恢復。")])
        },
    },
    letters: LeavingLetters {
        asked_subject: |brand| format!("「{brand}」帳號將刪除"),
        asked_what: |brand, account, until| {
            format!(
                "您的「{brand}」帳號 {account} 已申請刪除，帳號與資料將於{until} 刪除。在那之前，這個帳號不能登入任何網站。"
            )
        },
        asked_undo: |until| format!("如果改變主意，請在{until} 以前以帳號密碼登入，再按「取消刪除」。"),
        asked_link: "登入並取消刪除",
        asked_not_you: "如果不是您申請、也不是請客服中心或貴機關辦理的，有人可能知道您的密碼：請儘快登入並取消刪除，再變更密碼；密碼已被更改時，請先使用「忘記密碼」。",
        undone_subject: |brand| format!("「{brand}」帳號已取消刪除"),
        undone_what: |brand, account, at| {
            format!("「{brand}」帳號 {account} 已於{at} 取消刪除，可以繼續使用，資料都還在。")
        },
        undone_not_you: "如果不是您取消的，有人可能知道您的密碼：請以下面的連結重設密碼，並通知客服中心。",
        undone_link: "忘記密碼",
        gone_subject: |brand| format!("「{brand}」帳號已刪除"),
        gone_what: |brand, at| format!("您的「{brand}」帳號與資料已依申請於{at} 刪除，不能復原。"),
        gone_portals: "各網站自己保存的資料由各網站管理；如需刪除，請洽各網站。",
        gone_again: "這是最後一封信，我們已不再保存您的電子信箱。日後如需使用，歡迎重新加入會員。",
    },
};
