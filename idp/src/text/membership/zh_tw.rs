//! 正體中文（臺灣）

use super::{
    ActivateText, DocumentsText, FieldWords, FurtherText, JoinText, LettersText, MembershipText, MeterText,
    RecoveryText, SentText, forgotten, leaving, rescue,
};
use crate::text::{CurrentPasswordText, ProblemWords, Sentence, name, say};
use idp_core::membership::field::{Field, Wrong};
use idp_core::membership::further::Gender;
use idp_core::membership::recovery::ReadyQuestion;
use idp_core::membership::steps::Step;

/// All words.
pub const TEXT: MembershipText = MembershipText {
    correct: "請更正以下資料",
    optional: "（選填）",
    field,
    wrong,
    meter: METER,
    join: JOIN,
    further: FURTHER,
    recovery: RECOVERY,
    sent: SENT,
    activate: ACTIVATE,
    documents: DOCUMENTS,
    letters: LETTERS,
    forgotten: forgotten::zh_tw::TEXT,
    rescue: rescue::ZH_TW,
    leaving: leaving::zh_tw::TEXT,
};

fn field(field: Field) -> FieldWords {
    let (label, hint) = match field {
        Field::Account => ("帳號", "5 到 15 個英文字母或數字，第一個字須為英文字母，例如 clairesu1234"),
        Field::Password => ("設定密碼", "至少 8 個字，可以使用任何文字與符號；英文字母大小寫視為不同"),
        Field::PasswordAgain => ("確認密碼", ""),
        Field::Name => ("中文姓名", "請填寫與身分證件相同的姓名"),
        Field::Email => ("電子信箱", "確認信會寄到這個信箱"),
        Field::EmailAgain => ("確認電子信箱", "請再輸入一次，避免打錯"),
        Field::Nickname => ("暱稱", ""),
        Field::BirthYear => ("年", ""),
        Field::BirthMonth => ("月", ""),
        Field::BirthDay => ("日", ""),
        Field::NationalId => ("身分證字號或外來人口統一證號", "一個或兩個英文字母加上數字，共 10 碼，例如 A123456789"),
        Field::Gender => ("性別", ""),
        Field::County => ("縣市", ""),
        Field::District => ("鄉鎮市區", "選擇之後，會一併填入縣市與郵遞區號"),
        Field::PostalCode => ("郵遞區號", "3 碼、5 碼或 6 碼，例如 116"),
        Field::Street => ("街道門牌", "例如 木柵路一段 1 號"),
        Field::Phone => ("電話", "行動電話，或加上區碼的市內電話，例如 0212345678"),
        Field::Extension => ("分機", ""),
        Field::HintQuestion => ("密碼提示問題", ""),
        Field::OwnQuestion => ("自訂問題", "上面選「自訂問題」時填寫；請選擇只有您自己知道答案的問題"),
        Field::HintAnswer => ("密碼提示答案", "至少 2 個字；英文字母大小寫視為相同"),
        Field::RescueMobile => ("救援手機", "09 開頭的 10 個數字，例如 0911123456"),
        Field::Agree => ("同意條款", ""),
        Field::Way => ("用什麼方式", ""),
        Field::TextCode => ("簡訊驗證碼", "8 個數字"),
    };
    FieldWords { label, hint }
}

fn wrong(field: Field, wrong: Wrong) -> String {
    let label = self::field(field).label;
    match wrong {
        Wrong::Missing => match field {
            Field::PasswordAgain => "請再輸入一次密碼".into(),
            Field::EmailAgain => "請再輸入一次電子信箱".into(),
            Field::Password => "請輸入密碼".into(),
            Field::BirthYear => "請輸入出生年".into(),
            Field::BirthMonth => "請輸入出生月份".into(),
            Field::BirthDay => "請輸入出生日".into(),
            Field::Way | Field::Gender | Field::County | Field::District | Field::HintQuestion => {
                format!("請選擇{label}")
            }
            _ => format!("請輸入{label}"),
        },
        Wrong::AccountMalformed => "帳號須為 5 到 15 個英文字母或數字，第一個字須為英文字母".into(),
        Wrong::AccountTaken => "這個帳號已經有人使用，請換一個".into(),
        Wrong::PasswordTooShort => "密碼至少要 8 個字".into(),
        Wrong::PasswordTooLong(most) => format!("密碼最多 {most} 個字"),
        Wrong::PasswordNeedsLetterAndDigit => "密碼須包含英文字母及數字".into(),
        Wrong::PasswordNotOnKeyboard => "密碼只能使用英文字母、數字與鍵盤上的符號".into(),
        Wrong::PasswordIsAccountName => "密碼不能與帳號相同".into(),
        Wrong::PasswordUnchanged => "新密碼不能與目前的密碼相同".into(),
        Wrong::PasswordCommon => "這個密碼太常見或太容易猜中，請換一個，例如用幾個不相關的詞組成".into(),
        Wrong::NotTheSame => match field {
            Field::EmailAgain => "兩次輸入的電子信箱不同".into(),
            _ => "兩次輸入的密碼不同".into(),
        },
        Wrong::NameMalformed => format!("{label}含有無法顯示的字元，請重新輸入"),
        Wrong::TooLong(most) => format!("{label}最多 {most} 個字"),
        Wrong::EmailMalformed => "電子信箱的格式不正確，例如 name@example.tw".into(),
        Wrong::EmailUnchanged => "這就是目前的電子信箱，請輸入新的電子信箱".into(),
        Wrong::EmailCorrectedOften => {
            "這次申請更正電子信箱的次數太多，不能再更正；請用另一個帳號名稱重新加入會員".into()
        }
        Wrong::NoSuchDay => match field {
            Field::BirthYear => "出生年請填數字，例如民國 70 年填 70，或西元 1981".into(),
            Field::BirthMonth => "月份請填 1 到 12".into(),
            _ => "沒有這一天，請核對生日".into(),
        },
        Wrong::InFuture => "生日不能在今天以後".into(),
        Wrong::TooLongAgo => "生日距今太久，請核對出生年".into(),
        Wrong::NationalIdMalformed => "證號不正確：格式不符，或檢查碼不符，請核對證件".into(),
        Wrong::NotOffered if field == Field::District => "請重新選擇鄉鎮市區：原來的不在清單中".into(),
        Wrong::NotOffered => format!("請從選項中選擇{label}"),
        Wrong::DistrictElsewhere(county) => format!("這個鄉鎮市區位於{}，請核對縣市與鄉鎮市區", county.name),
        Wrong::PostalCodeElsewhere(district) => {
            format!("郵遞區號與鄉鎮市區不符：{}是 {}", district.name, district.postal_code)
        }
        Wrong::PostalCodeMalformed => "郵遞區號須為 3 碼、5 碼或 6 碼數字".into(),
        Wrong::PhoneMalformed => "電話須為 09 開頭的行動電話，或 0 開頭、含區碼的市內電話".into(),
        Wrong::ExtensionMalformed => "分機須為 1 到 6 個數字；行動電話沒有分機".into(),
        Wrong::MobileMalformed => "救援手機須為 09 開頭的 10 個數字".into(),
        Wrong::AnswerTooShort(fewest) => format!("密碼提示答案至少要 {fewest} 個字"),
        Wrong::AnswerInQuestion => "密碼提示答案不能出現在問題裡，任何人都看得到問題".into(),
        Wrong::AnswerIsAccountName => "密碼提示答案不能與帳號相同".into(),
        Wrong::CodeMalformed(digits) => format!("簡訊驗證碼是 {digits} 個數字"),
        Wrong::CodeWrong(left) => format!("驗證碼不正確，還可以輸入 {left} 次"),
        Wrong::AnswerWrong(left) => format!("答案不正確，還可以輸入 {left} 次"),
        Wrong::NotAgreed => "請閱讀後勾選同意，才能建立帳號".into(),
    }
}

const METER: MeterText =
    MeterText {
        label: "密碼強度", levels: ["太短或太容易猜", "弱", "普通", "強", "很強"], show: "顯示密碼"
    };

const JOIN: JoinText = JoinText {
    heading: "加入會員",
    choose: "請選擇要申請的帳號。",
    general: "一般會員",
    general_for: "民眾使用各機關網站的服務。日後任職公務機關，仍可再申請公務帳號。",
    general_go: "申請一般會員",
    official: "公務帳號",
    official_for: "公務人員、約聘僱人員及教育人員。先在這裡申請帳號；公務身分由服務機關的管理人員辦理，請洽貴機關的人事單位。",
    official_go: "申請公務帳號",
    official_lead: "您要申請的是公務帳號：先在這裡建立帳號，公務身分再由服務機關的管理人員辦理，請洽貴機關的人事單位。",
    official_later: "申請公務帳號的話：帳號啟用之後，公務身分由服務機關的管理人員辦理，請洽貴機關的人事單位。",
    have_one: "已經有帳號了？",
    step: |step| match step {
        Step::Account => "選擇您的帳號及密碼",
        Step::Basics => "提供您的基本資料",
        Step::Further => "提供您的進階資料",
        Step::Recovery => "設定忘記密碼救援",
        Step::Confirm => "註冊確認",
    },
    progress: |number, all| format!("步驟 {number}／{all}"),
    password_of_manuals: "8 到 15 個英文字母、數字或符號，至少須含英文字母及數字；英文字母大小寫視為不同",
    password_stays: "密碼已經設定好了；要更改帳號或密碼才需要填寫",
    go_on: "下一步",
    back: "上一步",
    skip: "略過",
    change: "修改",
    create: "建立我的帳號",
    agree_before: "我已經詳細閱讀並同意",
    agree_between: "和",
    agree_after: "（會另開新分頁）",
    too_many: ProblemWords {
        heading: "請稍候再試",
        what: "從您所在的網路位置送出的註冊次數太多，這次的資料沒有處理。",
        next: "",
    },
    too_many_until: |when| format!("請於{when}再送出一次。已經填寫的資料都還在。"),
    busy: ProblemWords {
        heading: "目前使用人數較多",
        what: "系統正忙，這次的資料沒有處理。",
        next: "請等候數秒後再送出一次。",
    },
    other_documents: ProblemWords {
        heading: "服務條款或隱私權政策已經更新",
        what: "請閱讀新的版本，再勾選同意",
        next: "您看到這一頁之後，文件有了新的版本，所以帳戶還沒有建立。已經填寫的資料都還在。",
    },
    password_again: "密碼請重新輸入。",
};

const FURTHER: FurtherText = FurtherText {
    lead: |required| match required {
        true => "申請公務帳號須提供完整的進階資料，服務機關辦理公務身分時會用到。除了分機，每一項都要填寫。",
        false => "每一項都可以不填，日後需要時再補。有了進階資料，才能使用需要確認身分的服務。資料會加密保存。",
    },
    birthday: "生日",
    birthday_how: "民國年，例如 70；也可以填西元年，例如 1981",
    gender: |gender| match gender {
        Gender::Female => "女",
        Gender::Male => "男",
    },
    not_said: "不提供",
    address: "通訊地址",
    choose: "請選擇",
    county: |county| county.name.to_owned(),
    district: |district| district.name.to_owned(),
    not_listed: |typed| format!("{typed}（不在清單中）"),
    telephone: "聯絡電話",
    with_extension: |phone, extension| format!("{phone} 分機 {extension}"),
    section: |step| match step {
        Step::Account => "帳號",
        Step::Basics => "基本資料",
        Step::Further => "進階資料",
        Step::Recovery => "忘記密碼救援",
        Step::Confirm => "註冊確認",
    },
    nothing: "填寫情形",
    nothing_given: "未填寫",
};

const RECOVERY: RecoveryText = RecoveryText {
    lead: "可以不填，但建議您設定：忘記密碼時，提示問題與救援手機可以幫助確認是您本人，也避免別人冒用您的信箱改掉密碼。",
    no_question: "不設定",
    ready: |question| match question {
        ReadyQuestion::School => "您就讀的第一所小學是哪一所？",
        ReadyQuestion::Friend => "您小時候最要好的朋友叫什麼名字？",
        ReadyQuestion::Journey => "您第一次出國去了哪個城市？",
        ReadyQuestion::Teacher => "您印象最深的老師叫什麼名字？",
        ReadyQuestion::Pet => "您的第一隻寵物叫什麼名字？",
    },
    own: "自訂問題",
    answer_stays: "答案已經設定好了；要更改才需要填寫",
    answer_kept: "已設定（不顯示）",
};

const SENT: SentText = SentText {
    heading: "還差一步：請到信箱收確認信",
    sent_to: |email| Sentence::new([say("我們會把確認信寄到 "), name(email), say("。")]),
    before: "這份申請先前已經送出",
    before_what: |account| {
        format!("帳號「{account}」已經用先送出的資料申請了；在另一個分頁填寫而沒有一起送出的資料，沒有存入這個帳號。")
    },
    before_next: |is_active| match is_active {
        true => "要更改資料，請登入後到「我的專區」修改。",
        false => "要更改資料，請先啟用帳號，登入後到「我的專區」修改；電子信箱打錯了，可以在下面更正。",
    },
    queued: |until| {
        format!(
            "確認信正在寄出，通常只要幾秒鐘。這段時間寄到同一個信箱的信太多時會晚一點，最晚約在 {until}。不必重寄，也可以先關閉這個頁面。"
        )
    },
    delayed: |until| format!("對方的郵件伺服器暫時沒有收下確認信，我們會在 {until} 再寄一次。"),
    sent_at: |at| format!("確認信已於 {at} 寄達對方的郵件伺服器。"),
    refused: "確認信沒有寄達",
    refused_at: |email| {
        Sentence::new([say("寄到 "), name(email), say(" 的確認信沒有送到信箱，最常見的原因是電子信箱打錯了。")])
    },
    refused_correct: "更正電子信箱",
    refused_correct_how: "請填寫正確的電子信箱，我們會立即把確認信寄過去。",
    refused_again: "電子信箱沒有打錯的話",
    refused_again_how: "可能是信箱已滿、對方的郵件伺服器暫時不收信，或這段時間寄到這個信箱的信太多。請過一會兒再重寄一次。",
    activated: "帳號已經啟用",
    activated_now: "您的帳號已經啟用，可以登入了。",
    look_again: "更新寄送狀態",
    what_next: "接下來",
    press_link: "請開啟信中的連結，輸入剛才設定的密碼，按下「啟用帳號」。連結七日內有效。",
    junk: "如果幾分鐘後仍沒有收到，請看看垃圾郵件匣，或重寄一次。",
    again: "重寄確認信",
    too_soon: ProblemWords {
        heading: "剛剛才寄過",
        what: "為了避免信箱被塞滿，同樣的信不會一直重寄。請先看看信箱與垃圾郵件匣。",
        next: "",
    },
    wrong_address: "電子信箱打錯了？",
    correct: "更正並重寄確認信",
};

const ACTIVATE: ActivateText = ActivateText {
    heading: "啟用帳號",
    ready: |account| Sentence::new([say("請輸入申請時設定的密碼，啟用帳號 "), name(account), say("。")]),
    password: CurrentPasswordText {
        heading: "密碼",
        label: "密碼",
        hint: "申請這個帳號時設定的密碼",
        missing: "請輸入密碼",
        wrong: ProblemWords {
            heading: "帳號還沒有啟用",
            what: "密碼不正確",
            next: "請檢查大寫鎖定（Caps Lock）是否開啟，再重新輸入申請時設定的密碼。",
        },
        locked: ProblemWords {
            heading: "目前不能啟用帳號",
            what: "連續輸入錯誤的次數太多，為了保護帳號已暫時鎖定。鎖定期間不論密碼是否正確都不會檢查。",
            next: "到時會自動解除，請再開啟信中的連結。",
        },
        expired: ProblemWords {
            heading: "請再輸入一次",
            what: "這個頁面開啟太久，帳號還沒有啟用。",
            next: "請再輸入密碼。",
        },
    },
    press: "啟用帳號",
    discard_ask: "忘記密碼，或不是您申請的？",
    discard_what: "可以取消這個申請，帳號和申請時填寫的資料都會刪除。忘記密碼的話，取消之後可以用同一個帳號名稱重新申請。",
    discard: "取消這個申請",
    discarded: "申請已經取消",
    discarded_now: |account| Sentence::new([say("帳號 "), name(account), say(" 和申請時填寫的資料已經刪除。")]),
    done: "帳號已啟用成功",
    done_now: |account| Sentence::new([say("帳號 "), name(account), say(" 已經可以登入了。")]),
    already: "帳號先前已經啟用",
    already_now: |account| Sentence::new([say("帳號 "), name(account), say(" 先前已經啟用，可以直接登入。")]),
    over: "這個連結已經失效",
    over_why: "確認信的連結七日內有效；更正電子信箱或重寄後，請使用最新的一封。",
    over_next: "請由下面重寄一封確認信；如果帳號已經啟用，可以直接登入。",
};

const DOCUMENTS: DocumentsText =
    DocumentsText { terms: "服務條款", privacy: "隱私權政策", version: |version| format!("版本 {version}") };

const LETTERS: LettersText = LettersText {
    activation_subject: |brand| format!("「{brand}」會員確認信"),
    activation_why: |brand, account| format!("您收到這封信，是因為有人以這個電子信箱申請「{brand}」的帳號 {account}。"),
    activation_how: |until| {
        format!("如果是您本人申請，請開啟下面的連結，輸入申請時設定的密碼，再按「啟用帳號」。連結在 {until} 以前有效。")
    },
    activation_link: "啟用帳號",
    activation_not_you: "如果不是您申請的，請不要理會這封信：沒有人能用這個帳號。您也可以在連結開啟的頁面取消申請。",
    no_answer: "這封信由系統自動寄出，請不要回覆。我們不會在信中詢問您的密碼。",
};
