//! 正體中文（臺灣）

use super::{
    ClaimsText, ConsentText, ErrorText, ErrorWords, FrameText, HomeText, PortalLinksText, ProblemText, ProblemWords,
    RefusedText, ReturningText, Sentence, SignInText, SignOutText, Text, name, say,
};

pub(super) const TEXT: Text = Text {
    frame: FRAME,
    sign_in: SIGN_IN,
    consent: CONSENT,
    portal_links: PORTAL_LINKS,
    sign_out: SIGN_OUT,
    returning: RETURNING,
    refused: REFUSED,
    home: HOME,
    membership: super::membership::zh_tw::TEXT,
    account: super::account::zh_tw::TEXT,
    mailbox: super::mailbox::ZH_TW,
    error: ERROR,
    captcha: super::captcha::ZH_TW,
    claims: CLAIMS,
};

const FRAME: FrameText = FrameText {
    skip: "跳到主要內容",
    service: "單一登入服務",
    signed_in_as: "目前登入者",
    language: "切換語言",
    safety: "我們不會以電話、簡訊或電子郵件詢問您的密碼。輸入密碼前，請先確認網址列顯示的是本服務的網址。",
    service_desk: "客服中心：",
    error_prefix: "錯誤：",
};

const SIGN_IN: SignInText = SignInText {
    heading: "帳號登入",
    for_portal: |brand, portal| {
        Sentence::new([say("您將透過「"), name(brand), say("」帳號進行「"), name(portal), say("」登入")])
    },
    for_provider: |brand| Sentence::new([say("請使用您的「"), name(brand), say("」帳號登入")]),
    again: |person| {
        Sentence::new([
            say("您已經以「"),
            name(person),
            say("」的身分登入。為了保護您的資料，請再輸入一次密碼，確認是您本人。"),
        ])
    },
    title_for: |portal| format!("登入「{portal}」"),
    username: "帳號",
    password: "密碼",
    password_hint: "英文字母大小寫視為不同",
    submit: "登入",
    not_saved: "您的登入已經結束，剛才送出的內容沒有儲存。請重新登入，再輸入一次。",
    cancel: "取消，返回原網站",
    no_account: "還沒有帳號嗎？",
    problem: PROBLEM,
};

const PROBLEM: ProblemText = ProblemText {
    missing_heading: "請補上漏填的資料",
    missing_username: "請輸入帳號",
    missing_password: "請輸入密碼",
    wrong: ProblemWords {
        heading: "登入沒有成功",
        what: "帳號或密碼不正確",
        next: "請檢查帳號有沒有打錯、大寫鎖定（Caps Lock）是否開啟，再重新輸入密碼。",
    },
    wrong_wait: |when| format!("請於{when}再試。"),
    last_try: |minutes| format!("再輸入錯誤一次，帳號會暫時鎖定 {minutes} 分鐘。"),
    wait: ProblemWords {
        heading: "請稍候再試",
        what: "距離上一次嘗試登入的時間太短，這次輸入的密碼沒有檢查。",
        next: "",
    },
    wait_next: |when| format!("請於{when}重新輸入密碼。"),
    locked: ProblemWords {
        heading: "這個帳號暫時不能登入",
        what: "連續輸入錯誤的次數太多，為了保護帳號已暫時鎖定。鎖定期間不論密碼是否正確都不會檢查。",
        next: "到時會自動解除；如果忘記密碼，可以由下面的「忘記密碼」重設，重設之後立即解除。",
    },
    locked_until: |when| format!("請於{when}再試。"),
    not_activated: ProblemWords {
        heading: "帳號尚未啟用",
        what: "這個帳號還沒有完成啟用，因此不能登入。",
        next: "請開啟註冊時寄到您電子信箱的確認信，依照信中的說明完成啟用，再回來登入。找不到這封信時，請由下面的「重寄確認信」再寄一次。",
    },
    locked_by_administrator: ProblemWords {
        heading: "帳號已停用",
        what: "這個帳號已由管理人員停用，因此不能登入。",
        next: "如需恢復使用，請洽客服中心；公務帳號請洽貴機關的管理人員。",
    },
    busy: ProblemWords {
        heading: "目前登入人數較多",
        what: "系統正忙，這次輸入的密碼沒有檢查。",
        next: "請等候數秒後重新輸入密碼。這不會算作輸入錯誤。",
    },
    address: ProblemWords {
        heading: "這個網路位置輸入錯誤的次數太多",
        what: "從您所在的網路位置輸入錯誤密碼的次數太多，這次輸入的密碼沒有檢查。",
        next: "您的帳號沒有被鎖定。",
    },
    address_until: |when| format!("請於{when}再試。"),
    expired: ProblemWords {
        heading: "請再登入一次",
        what: "這個頁面開啟太久，已經失效。",
        next: "您不需要回到原網站，直接在這裡重新輸入即可。",
    },
};

const CONSENT: ConsentText = ConsentText {
    introduce_heading: "確認登入身分",
    consent_heading: "同意提供資料",
    select_heading: "選擇登入帳號",
    introduce: |person, account, portal| {
        Sentence::new([
            say("您以 "),
            name(person),
            say("（"),
            name(account),
            say("）的身分登入「"),
            name(portal),
            say("」。"),
        ])
    },
    ask: |person, account, portal| {
        Sentence::new([
            say("您以 "),
            name(person),
            say("（"),
            name(account),
            say("）的身分登入「"),
            name(portal),
            say("」，請確認是否同意提供下列資料。"),
        ])
    },
    select: |person, account, portal| {
        Sentence::new([
            say("「"),
            name(portal),
            say("」請您選擇登入的帳號。您目前的身分是 "),
            name(person),
            say("（"),
            name(account),
            say("）。"),
        ])
    },
    person: "您的身分",
    portal: "要登入的網站",
    receives: |portal| Sentence::new([say("登入後，「"), name(portal), say("」會收到")]),
    receives_nothing: "這個網站只會知道您已登入，不會收到其他個人資料。",
    refusing: "不同意也沒有關係：資料不會送出，您會回到原網站。",
    go_on: "以此身分繼續",
    allow: "同意並繼續",
    deny: "不同意",
    not_you: "不是您？改用其他帳號",
    another_account: "使用其他帳號",
};

const PORTAL_LINKS: PortalLinksText = PortalLinksText {
    about: |portal| Sentence::new([say("關於「"), name(portal), say("」")]),
    site: "網站",
    policy: "隱私權政策",
    terms: "服務條款",
    new_tab: "由該網站提供，會另開新分頁；這個頁面仍會保留。",
};

const SIGN_OUT: SignOutText = SignOutText {
    question: |brand| Sentence::new([say("要登出「"), name(brand), say("」嗎？")]),
    signed_in: |person| Sentence::new([say("目前登入的是 "), name(person), say("。")]),
    asked_by: |portal| Sentence::new([say("「"), name(portal), say("」請您確認登出。")]),
    effect: "登出後，您用這個帳號登入的其他網站也會一併登出。還沒有儲存的資料，請先儲存。",
    confirm: "登出",
    cancel: "不登出",
    done: "您已登出",
    done_here: |brand| Sentence::new([say("您已登出「"), name(brand), say("」。")]),
    telling: "正在通知網站將您登出",
    go_on: "繼續",
    portals: "您登入過的網站",
    signed_out_there: "已登出",
    told_there: "已通知登出",
    telling_there: "正在通知",
    no_answer_there: "尚未回應，我們會再通知",
    not_told_there: "無法代為登出",
    not_told_advice: "「尚未回應」和「無法代為登出」的網站，請到該網站自行登出。",
    look_again: "更新狀態",
    shared_computer: "如果這是公用或共用的電腦，請關閉所有瀏覽器視窗。",
    to_home: |brand| Sentence::new([say("前往「"), name(brand), say("」")]),
    wanted_back: |host| Sentence::new([name(host), say(" 希望接著顯示它的網頁。")]),
};

const RETURNING: ReturningText = ReturningText {
    heading: "正在返回網站",
    lead: |host| Sentence::new([say("如果沒有自動前往 "), name(host), say("，請按「繼續」。")]),
    go_on: "繼續",
};

const REFUSED: RefusedText = RefusedText {
    heading: "沒有完成登入",
    lead: |host| Sentence::new([name(host), say(" 要求您登入，但是沒有完成。")]),
    unchecked: "這個網站是自行登記的，我們沒有查核過它屬於誰。如果您原本沒有要前往這個網站，請關閉這個頁面。",
    go_back: |host| Sentence::new([say("前往 "), name(host)]),
};

const HOME: HomeText = HomeText {
    welcome: "一組帳號，登入政府網站",
    about: "只要登入一次，就能使用各機關的網站，不必重複輸入密碼。",
    how: "您可以在這裡先登入，也可以直接到要使用的網站登入。",
    greeting_before: "",
    greeting_after: "，您好",
    signed_in: "您已登入。前往各機關網站時，不需要再輸入密碼。",
    account: "帳號",
    identity_type: "身分別",
    agency: "所屬機關",
    agency_oid: "機關 OID",
    signed_in_at: "登入時間",
    means: "登入方式",
    means_password: "密碼",
    natural_person: "自然人",
    civil_servant: "公務人員",
    contract_staff: "公務人員之約聘僱人員",
    educator: "公務人員之教育人員",
    sign_in: "登入",
    sign_in_here: "登入我的專區",
    to_portal: |portal| Sentence::new([say("返回 "), name(portal), say(" 登入")]),
    sign_out: "登出",
};

const ERROR: ErrorText = ErrorText {
    incident: "事件代碼",
    incident_how: "向客服中心反映時，請提供這組代碼與發生的時間。",
    developer: "給網站開發人員的資訊",
    error_code: "錯誤代碼",
    unknown_client: ErrorWords {
        title: "無法辨識要登入的網站",
        explanation: "帶您過來的網站沒有在本服務登錄，為了您的安全，登入已經停止。您的資料沒有送出。",
        what_next: "請確認網址來自您信任的機關，再從該機關的網站重新登入。如果仍然發生，請告知該網站的管理人員。",
    },
    disabled_client: ErrorWords {
        title: "這個網站暫時不能登入",
        explanation: "帶您過來的網站目前已停用本服務的登入。您的資料沒有送出。",
        what_next: "請稍後再試，或洽詢該網站的管理人員。",
    },
    bad_redirect_uri: ErrorWords {
        title: "登入後要返回的網址不正確",
        explanation: "這個網站要求的返回網址與登錄的不同，為了避免您的資料送到別處，登入已經停止。您的資料沒有送出。",
        what_next: "請從該機關的網站重新登入。如果仍然發生，請告知該網站的管理人員。",
    },
    bad_request: ErrorWords {
        title: "登入要求有誤",
        explanation: "網站送來的登入要求不完整或不正確，因此不能繼續。問題不在您的帳號，您的資料沒有送出。",
        what_next: "請回到該網站重新登入。如果仍然發生，請將這個畫面告知該網站的管理人員。",
    },
    spent_request: ErrorWords {
        title: "這次的登入要求已經失效",
        explanation: "網站事先送來的登入要求只能使用一次，而且有時間限制。這一個已經使用過，或已經逾時。您的帳號沒有受到影響。",
        what_next: "請回到您要使用的網站，重新登入一次。",
    },
    expired_page: ErrorWords {
        title: "這個頁面已經失效",
        explanation: "頁面開啟太久，或已經使用過，因此不能再送出。您的帳號沒有受到影響。",
        what_next: "請回到您要使用的網站，重新登入一次。",
    },
    application_over: ErrorWords {
        title: "這次申請已經結束",
        explanation: "加入會員的頁面只保留一段時間，也只能在開始申請的瀏覽器繼續。頁面可能開啟太久，或申請已經完成。",
        what_next: "請重新加入會員。如果已經收到確認信，請開啟信中的連結啟用帳號。",
    },
    foreign_form: ErrorWords {
        title: "無法確認這個操作是由您送出",
        explanation: "送出的表單不是由這個瀏覽器目前的頁面產生，為了您的安全，沒有執行。也可能是瀏覽器封鎖了 Cookie。",
        what_next: "請允許本服務使用 Cookie，再回到您要使用的網站重新操作一次。",
    },
    not_found: ErrorWords {
        title: "找不到這個頁面",
        explanation: "網址可能打錯了，或頁面已經移動。",
        what_next: "請檢查網址，或回到首頁。",
    },
    method_not_allowed: ErrorWords {
        title: "不能這樣使用這個頁面",
        explanation: "這個網址存在，但不接受這種送出方式。",
        what_next: "請回到上一頁重新操作，或回到首頁。",
    },
    too_large: ErrorWords {
        title: "送出的內容太大",
        explanation: "送出的內容超過本服務能處理的大小，因此沒有處理。",
        what_next: "請縮短輸入的內容後再試。如果您是從其他網站過來，請告知該網站的管理人員。",
    },
    too_slow: ErrorWords {
        title: "連線逾時",
        explanation: "您送出的內容沒有在時限內送達，因此沒有處理。可能是網路連線不穩定。",
        what_next: "請確認網路連線正常，再回到上一頁重新送出。",
    },
    too_busy: ErrorWords {
        title: "系統目前忙碌中",
        explanation: "同時使用的人數較多，這次的操作沒有處理。您的帳號沒有受到影響。",
        what_next: "請稍候數秒，再重新整理頁面。",
    },
    internal: ErrorWords {
        title: "系統發生問題",
        explanation: "這是本服務的問題，不是您操作錯誤。我們已經記錄下來。",
        what_next: "請稍後再試一次。如果仍然發生，請向客服中心反映。",
    },
    not_ready: ErrorWords {
        title: "服務暫時無法使用",
        explanation: "系統目前無法回應，剛才的操作可能沒有完成。您的帳號沒有受到影響。",
        what_next: "請稍候片刻，再重新整理頁面。如果持續發生，請過幾分鐘再從您要使用的網站登入。",
    },
};

const CLAIMS: ClaimsText = ClaimsText {
    name: "姓名",
    nickname: "暱稱",
    account: "帳號",
    email: "電子信箱",
    identity_type: "身分別",
    agency_name: "所屬機關",
    agency_oid: "機關 OID",
    official_type: "公務身分",
    uid: "身分證字號",
    birthdate: "生日",
    gender: "性別",
    phone: "聯絡電話",
    address: "通訊地址",
    profile: "姓名與基本資料",
    identity: "身分別與所屬機關",
    gsp_profile: "姓名、帳號與登入方式",
    offline_access: "在您離開後繼續取得以上資料",
};
