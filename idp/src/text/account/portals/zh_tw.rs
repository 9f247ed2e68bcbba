//! 正體中文（臺灣）

use super::PortalsText;
use crate::text::{Sentence, name, say};

/// All words.
pub const TEXT: PortalsText = PortalsText {
    lead: "以下是您以這個帳號使用過的網站，以及各網站會收到的資料。您可以隨時停止。",
    none: "目前沒有任何網站與這個帳號連結。",
    none_next: "登入網站之後，會列在這裡。",
    since: "開始使用",
    last_used: "最近使用",
    receives: "會收到",
    receives_nothing: "除了登入本身，不會收到其他資料",
    and: "、",
    while_away: "您離開時，這個網站仍可取得以上資料",
    ours: "政府入口網站：進入時不再詢問是否同意",
    stop: "停止使用",
    more: "看更多網站",
    first: "回到第一頁",
    done: |portal| Sentence::new([say("已停止使用 "), name(portal)]),
    done_next: "這個網站不能再取得您的資料。下次進入時，會重新詢問您。",
    sure: |portal| Sentence::new([say("要停止使用 "), name(portal), say(" 嗎？")]),
    sure_lines: &[
        "這個網站立即不能再從這裡取得您的資料",
        "我們會通知這個網站您已登出；不接受通知的網站，可能還會顯示一段時間",
        "下次進入時，會重新告訴您以哪個帳號進入；需要同意的網站，會再詢問您是否同意",
    ],
    sure_keeps: "網站已經取得、自行保存的資料由該網站管理；如需刪除，請洽該網站。您在其他網站的登入不受影響。",
    sure_yes: "停止使用",
    sure_no: "返回",
};
