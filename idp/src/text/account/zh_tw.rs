//! 正體中文（臺灣）

use super::{
    AccountLetters, AccountText, ConfirmText, CurrentPasswordText, EmailText, OverviewText, PasswordText, ProfileText,
    RecoverText, portals,
};
use crate::pages::account::Place;
use crate::text::{ProblemWords, Sentence, name, say};

/// All words.
pub const TEXT: AccountText = AccountText {
    heading: "我的專區",
    home: "首頁",
    overview_link: "查詢個人資料",
    not_saved: "剛才送出的內容沒有儲存，因為您的登入在那之前已經結束。請再輸入一次。",
    place: |place| match place {
        Place::Overview => "個人資料查詢",
        Place::Profile => "個人資料維護",
        Place::Email => "電子信箱",
        Place::Recovery => "忘記密碼救援",
        Place::Password => "密碼維護",
        Place::Portals => "我使用的網站",
        Place::Delete => "刪除帳號",
    },
    current: CurrentPasswordText {
        heading: "確認是您本人",
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
        lead: "這些是您登錄的資料，只有您自己看得到這個頁面。",
        nothing: "未填寫",
        show: "顯示完整號碼",
        change: |place| match place {
            Place::Overview | Place::Portals | Place::Delete => "查詢",
            Place::Profile => "修改",
            Place::Email => "變更信箱",
            Place::Recovery => "修改",
            Place::Password => "變更密碼",
        },
        basics: "基本資料",
        standing: "身分",
        contact: "聯絡方式",
        confirmed: "已確認",
        not_confirmed: "尚未確認",
        settles: |until| format!("已確認，{until} 起用於忘記密碼；在那之前，忘記密碼的連結仍寄到變更前的信箱"),
        waiting: "等待確認的新信箱",
        waiting_how: "開啟寄到新信箱的連結後才會生效",
        further: "進階資料",
        proven: "已驗證",
        recovery: "忘記密碼救援",
        counts_from: |from| format!("計入日期：{from}，在那之前不能用來重設密碼"),
        agreed: "同意的條款",
        agreed_at: |at| format!("{at} 同意"),
        sign_ins: "最近登入",
        sign_in_last: "最近一次",
        sign_in_before: "先前",
        this_one: "目前使用中",
        identity: "一般民眾／公務人員",
        agency: "所屬機關或單位（公務人員適用）",
        no_agency: "無",
        no_agency_how: "任職公務機關的話，公務身分由服務機關的管理人員辦理，請洽貴機關的人事單位。",
        agency_oid: "機關 OID",
    },
    portals: portals::zh_tw::TEXT,
    password: PasswordText {
        lead: |account| Sentence::new([say("變更帳號 "), name(account), say(" 的密碼。")]),
        new: "新密碼",
        new_missing: "請輸入新密碼",
        ends: "變更之後，這裡的登入會繼續，其他裝置上的登入都會結束，須以新密碼重新登入。我們會寄信通知您。",
        submit: "變更密碼",
        done: "密碼已經變更",
        done_now: "其他裝置上的登入都已經結束，下次請以新密碼登入。我們也寄了一封信通知您。",
    },
    profile: ProfileText {
        lead: "修改之後，您下次使用各機關網站時，網站收到的就是新的資料。",
        fixed: |labels| {
            format!(
                "{labels}已由機關核定或經過驗證，不能在這裡修改。如需更正，公務人員請洽服務機關的人事單位，其他人請洽客服中心。"
            )
        },
        and: "、",
        further: "進階資料",
        submit: "儲存",
        saved: "已經儲存",
        saved_now: "您的資料已經更新。",
        changed_meanwhile: ProblemWords {
            heading: "沒有儲存",
            what: "這些資料剛才在其他視窗或裝置上修改過，為了不覆蓋那次的修改，這次沒有儲存。",
            next: "下面是您剛才輸入的內容。請先到「個人資料查詢」看看目前的資料，確定要以下面的內容取代時，再按一次「儲存」。",
        },
        too_often: ProblemWords {
            heading: "沒有儲存",
            what: "一小時內修改的次數太多，這次沒有儲存。下面是您剛才輸入的內容。",
            next: "",
        },
    },
    recovery: RecoverText {
        lead: "忘記密碼時，可以回答提示問題，或以救援手機收取簡訊，作為信箱以外的確認。不需要的欄位請清空。變更的部分七天之後生效，沒有變更的部分照常使用；我們也會通知您。",
        saved_now: "忘記密碼時的確認方式已經更新，變更的部分七天之後生效。我們也通知了您。",
        hint_counts_from: |from| format!("密碼提示問題變更過，計入日期：{from}。在那之前，重設密碼時不會詢問。"),
        mobile_counts_from: |from| format!("救援手機變更過，計入日期：{from}。在那之前，驗證碼不會傳到這支手機。"),
    },
    email: EmailText {
        current: "目前的電子信箱",
        none: "未填寫",
        waiting: "等待您確認",
        settles: |until, before| match before {
            Some(before) => Sentence::new([
                say(format!("這個信箱 {until} 起用於忘記密碼。在那之前，忘記密碼的連結仍寄到變更前的信箱 ")),
                name(before),
                say("，帳號的通知兩個信箱都會收到。改回變更前的信箱會立即生效。"),
            ]),
            None => Sentence::new([say(format!("這個信箱 {until} 起用於忘記密碼，在那之前不會寄送忘記密碼的連結。"))]),
        },
        waiting_at: |email| {
            Sentence::new([say("確認連結會寄到 "), name(email), say("。請開啟信中的連結，新的信箱才會生效。")])
        },
        until: |until| format!("連結在 {until} 以前有效。"),
        refused: "新信箱的郵件伺服器不收這封信。請取消，再輸入正確的信箱。",
        send_again: "重寄確認連結",
        withdraw: "取消變更",
        change: "變更電子信箱",
        change_instead: "改用其他信箱",
        how: "我們會寄一封確認信到新的信箱，也會通知目前的信箱。確認之前，仍使用目前的信箱。為了保護帳號，新的信箱確認七天之後才用於忘記密碼；在那之前，忘記密碼的連結仍寄到變更前的信箱。",
        new: "新的電子信箱",
        new_hint: "確認連結會寄到這個信箱",
        again: "再輸入一次新的電子信箱",
        submit: "寄出確認信",
        too_soon: "剛才已經寄過，或是寄出的次數太多，這次沒有處理。",
    },
    confirm: ConfirmText {
        heading: "確認新的電子信箱",
        ready: |account, email| {
            Sentence::new([
                say("按下按鈕後，帳號 "),
                name(account),
                say(" 的電子信箱就會改為 "),
                name(email),
                say("。"),
            ])
        },
        press: "確認變更",
        done: "電子信箱已經變更",
        done_now: |account, email| {
            Sentence::new([say("帳號 "), name(account), say(" 的電子信箱現在是 "), name(email), say("。")])
        },
        done_settles: "新的信箱七天之後才用於忘記密碼；在那之前，忘記密碼的連結仍寄到變更前的信箱。從哪一天起，可在「個人資料查詢」查看。",
        somebody_elses: "這是其他帳號的連結",
        somebody_elses_why: |account| {
            Sentence::new([
                say("您目前以帳號 "),
                name(account),
                say(" 登入。請先登出，以要求變更信箱的帳號登入後，再開啟信中的連結。"),
            ])
        },
        over: "這個連結已經失效",
        over_why: "確認新信箱的連結一天內有效，只能使用一次。取消變更、改用其他信箱或變更密碼之後，先前的連結也會失效。",
    },
    letters: AccountLetters {
        confirm_subject: |brand| format!("「{brand}」確認新的電子信箱"),
        confirm_why: |brand, account| {
            format!("您收到這封信，是因為「{brand}」帳號 {account} 要求把電子信箱改為這個信箱。")
        },
        confirm_how: |until| {
            format!(
                "請開啟下面的連結，登入後按下「確認變更」，新的信箱才會生效。連結在 {until} 以前有效，只能使用一次。"
            )
        },
        confirm_link: "確認新的電子信箱",
        confirm_not_you: "如果這不是您的帳號，請不要理會這封信，什麼都不會改變。",
        asked_subject: |brand| format!("「{brand}」有人要求變更電子信箱"),
        asked_what: |brand, account, at| {
            format!("「{brand}」帳號 {account} 於 {at} 要求改用另一個電子信箱。要求時輸入了正確的密碼。")
        },
        asked_not_you: "如果是您本人要求的，不需要做任何事。如果不是，有人知道您的密碼：請立即以下面的連結重設密碼。重設之後，變更信箱的要求隨即失效，所有裝置上的登入也會結束。",
        asked_until: "新的信箱確認之前，仍使用這個信箱。",
        asked_counts: "即使新的信箱已經確認，七天之內忘記密碼的連結仍然只寄到這個信箱：請在這段期間重設密碼，再登入「我的專區」，把電子信箱改回來。",
        changed_subject: |brand| format!("「{brand}」電子信箱已變更"),
        changed_what: |brand, account, at| format!("「{brand}」帳號 {account} 的電子信箱已於 {at} 變更。"),
        changed_until: |until| {
            format!("{until} 以前，忘記密碼的連結仍然只寄到這個信箱，帳號的通知也會寄來；之後就改寄到新的信箱。")
        },
        changed_undo: |until| {
            format!(
                "如果不是您變更的，有人知道您的密碼：請在 {until} 以前，由下面的連結以這個信箱重設密碼，再以新密碼登入，在「我的專區」的「電子信箱」改回這個信箱。改回之後立即生效。如需協助，請洽客服中心。"
            )
        },
        changed_no_more: "以後的通知不再寄到這個信箱。",
        changed_not_you: "如果不是您變更的，請立即通知客服中心。",
        resets_not_before: |until| {
            format!("您的電子信箱最近變更過：{until} 以前，忘記密碼的連結不會寄到這個信箱，而是寄到變更前的信箱。")
        },
        recovery_subject: |brand| format!("「{brand}」忘記密碼救援已變更"),
        recovery_what: |brand, account, at| format!("「{brand}」帳號 {account} 的忘記密碼救援已於 {at} 變更。"),
        recovery_hint: |from| {
            format!("密碼提示問題已變更：重設密碼時，{from} 起才會詢問新的問題，在那之前不會詢問任何問題。")
        },
        recovery_no_hint: "密碼提示問題已取消：重設密碼時不再詢問。",
        recovery_mobile: |from| {
            format!("救援手機已變更：{from} 起才會把重設密碼的驗證碼傳到新的號碼，在那之前不會傳到任何號碼。")
        },
        recovery_no_mobile: "救援手機已取消：不再以簡訊傳送重設密碼的驗證碼。",
        recovery_not_you: "如果不是您變更的，有人知道您的密碼：請立即由下面的連結重設密碼。",
        recovery_undone: "七天之內重設，這次設定的新內容也會一併移除。",
    },
};
