//! 正體中文（臺灣）

use super::{AccountText, CurrentPasswordText, OverviewText, PasswordText, portals};
use crate::pages::account::Place;
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: AccountText = AccountText {
    heading: "我的專區",
    place: |place| match place {
        Place::Overview => "個人資料查詢",
        Place::Password => "密碼維護",
        Place::Portals => "我使用的網站",
        Place::Delete => "刪除帳號",
    },
    current: CurrentPasswordText {
        label: "目前的密碼",
        hint: "請輸入現在使用的密碼，確認是您本人",
        missing: "請輸入目前的密碼",
        wrong: ProblemWords {
            heading: "沒有變更任何資料",
            what: "目前的密碼不正確",
            next: "請檢查大寫鎖定（Caps Lock）是否開啟，再重新輸入。",
        },
        locked: ProblemWords {
            heading: "目前不能確認密碼",
            what: "連續輸入錯誤的次數太多，為了保護帳號已暫時鎖定。鎖定期間不論密碼是否正確都不會檢查。",
            next: "到時會自動解除。",
        },
        expired: ProblemWords {
            heading: "請再確認一次",
            what: "這個頁面開啟太久，或是您重新登入過，剛才送出的資料沒有儲存。",
            next: "請檢查下面的內容，再送出一次。",
        },
    },
    overview: OverviewText {
        lead: "以下是您在這裡登錄的資料。",
        basics: "基本資料",
        identity: "一般民眾／公務人員",
        agency: "所屬機關或單位（公務人員適用）",
        no_agency: "無",
        agency_oid: "機關 OID",
    },
    portals: portals::zh_tw::TEXT,
    password: PasswordText {
        lead: |account| Sentence::new([say("變更帳號 "), name(account), say(" 的密碼。")]),
        new: "新密碼",
        ends: "變更之後，這裡以外的登入都會結束，其他裝置須以新密碼重新登入。我們會寄信通知您。",
        submit: "變更密碼",
        done: "密碼已經變更",
        done_now: "其他裝置上的登入都已經結束，下次請以新密碼登入。我們也寄了一封信通知您。",
    },
};
