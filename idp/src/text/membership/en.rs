//! English

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
    correct: "Please correct the following",
    optional: "(optional)",
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
    forgotten: forgotten::en::TEXT,
    rescue: rescue::EN,
    leaving: leaving::en::TEXT,
};

fn field(field: Field) -> FieldWords {
    let (label, hint) = match field {
        Field::Account => ("Account name", "5 to 15 letters and digits, the first a letter, such as clairesu1234"),
        Field::Password => {
            ("Choose a password", "At least 8 characters of any kind; capital letters count as different")
        }
        Field::PasswordAgain => ("Password again", ""),
        Field::Name => ("Name", "As it stands on your identity card"),
        Field::Email => ("Email address", "We send the confirmation there"),
        Field::EmailAgain => ("Email address again", "So that a slip of the finger is noticed"),
        Field::Nickname => ("Nickname", ""),
        Field::BirthYear => ("Year", ""),
        Field::BirthMonth => ("Month", ""),
        Field::BirthDay => ("Day", ""),
        Field::NationalId => {
            ("National ID or UI number", "One or two letters and digits, 10 together, such as A123456789")
        }
        Field::Gender => ("Sex", ""),
        Field::County => ("City or county", ""),
        Field::District => ("District or township", "Fills in the city or county and the postal code"),
        Field::PostalCode => ("Postal code", "3, 5 or 6 digits, such as 116"),
        Field::Street => ("Street and number", "Such as 木柵路一段 1 號"),
        Field::Phone => ("Telephone", "A mobile, or a landline with its area code, such as 0212345678"),
        Field::Extension => ("Extension", ""),
        Field::HintQuestion => ("Hint question", ""),
        Field::OwnQuestion => {
            ("Your own question", "If you chose “my own question” above; ask what nobody but you can answer")
        }
        Field::HintAnswer => ("Answer", "At least 2 characters; capital letters do not count as different"),
        Field::RescueMobile => ("Rescue mobile", "10 digits that begin with 09, such as 0911123456"),
        Field::Agree => ("Agreement", ""),
        Field::Way => ("By which way", ""),
        Field::TextCode => ("Code", "8 digits, out of the text message"),
    };
    FieldWords { label, hint }
}

fn missing(field: Field) -> &'static str {
    match field {
        Field::Account => "Enter an account name",
        Field::Password => "Enter a password",
        Field::PasswordAgain => "Enter the password once more",
        Field::Name => "Enter your name",
        Field::Email => "Enter your email address",
        Field::EmailAgain => "Enter the email address once more",
        Field::Nickname => "Enter a nickname",
        Field::BirthYear => "Enter the year of your birth",
        Field::BirthMonth => "Enter the month of your birth",
        Field::BirthDay => "Enter the day of your birth",
        Field::NationalId => "Enter your national ID or UI number",
        Field::Gender => "Choose your sex",
        Field::County => "Choose your city or county",
        Field::District => "Choose your district or township",
        Field::PostalCode => "Enter your postal code",
        Field::Street => "Enter street and number",
        Field::Phone => "Enter a telephone number",
        Field::Extension => "Enter the extension",
        Field::HintQuestion => "Choose a question",
        Field::OwnQuestion => "Enter your own question",
        Field::HintAnswer => "Enter the answer",
        Field::RescueMobile => "Enter a mobile number",
        Field::Agree => "Tick the box",
        Field::Way => "Choose mail or text message",
        Field::TextCode => "Enter the code",
    }
}

fn wrong(field: Field, wrong: Wrong) -> String {
    match wrong {
        Wrong::Missing => missing(field).into(),
        Wrong::AccountMalformed => "An account name has 5 to 15 letters and digits, the first a letter".into(),
        Wrong::AccountTaken => "Somebody has this account name; choose another".into(),
        Wrong::PasswordTooShort => "A password has at least 8 characters".into(),
        Wrong::PasswordTooLong(most) => format!("A password has at most {most} characters"),
        Wrong::PasswordNeedsLetterAndDigit => "A password needs a letter and a digit".into(),
        Wrong::PasswordNotOnKeyboard => "A password has letters, digits and signs of the keyboard only".into(),
        Wrong::PasswordIsAccountName => "The password must not be the account name".into(),
        Wrong::PasswordUnchanged => "The new password must not be the current one".into(),
        Wrong::PasswordCommon => "This password is common or soon guessed; choose another, such as several words that have nothing to do with each other".into(),
        Wrong::NotTheSame => match field {
            Field::EmailAgain => "The two email addresses are different".into(),
            _ => "The two passwords are different".into(),
        },
        Wrong::NameMalformed => "It holds characters that cannot be shown; enter it again".into(),
        Wrong::TooLong(most) => format!("At most {most} characters"),
        Wrong::EmailMalformed => "This is no email address; one looks like name@example.tw".into(),
        Wrong::EmailUnchanged => "This is your current email address; enter the new one".into(),
        Wrong::EmailCorrectedOften => {
            "The address was corrected too often for this application; create an account of another name".into()
        }
        Wrong::NoSuchDay => match field {
            Field::BirthYear => "Enter the year as a number: 1981, or 70 for the year 70 of the Republic",
            Field::BirthMonth => "A month is a number from 1 to 12",
            _ => "There is no such day; check the date of your birth",
        }
        .into(),
        Wrong::InFuture => "A birthday cannot be after today".into(),
        Wrong::TooLongAgo => "That is too long ago; check the year of your birth".into(),
        Wrong::NationalIdMalformed => {
            "This is no such number, or its check digit is wrong; compare it with your card".into()
        }
        Wrong::NotOffered if field == Field::District => "Choose your district again: this one is not in the list".into(),
        Wrong::NotOffered => "Choose one of those that are offered".into(),
        Wrong::DistrictElsewhere(county) => {
            format!("This district is in {}; check the city or county, and the district", county.english)
        }
        Wrong::PostalCodeElsewhere(district) => {
            format!("This is not the postal code of {}, which is {}", district.english, district.postal_code)
        }
        Wrong::PostalCodeMalformed => "A postal code has 3, 5 or 6 digits".into(),
        Wrong::PhoneMalformed => {
            "Enter a mobile that begins with 09, or a landline with its area code, from 0 on".into()
        }
        Wrong::ExtensionMalformed => "An extension has 1 to 6 digits; a mobile has none".into(),
        Wrong::MobileMalformed => "A rescue mobile has 10 digits and begins with 09".into(),
        Wrong::AnswerTooShort(fewest) => format!("An answer has at least {fewest} characters"),
        Wrong::AnswerInQuestion => "The answer must not stand in the question, which anybody can see".into(),
        Wrong::AnswerIsAccountName => "The answer must not be the account name".into(),
        Wrong::CodeMalformed(digits) => format!("The code has {digits} digits"),
        Wrong::CodeWrong(left) => format!("That is not the code; tries left: {left}"),
        Wrong::AnswerWrong(left) => format!("That is not the answer; tries left: {left}"),
        Wrong::NotAgreed => "Read both documents and tick the box to create the account".into(),
    }
}

const METER: MeterText = MeterText {
    label: "Strength",
    levels: ["too short or easily guessed", "weak", "fair", "strong", "very strong"],
    show: "Show password",
};

const JOIN: JoinText = JoinText {
    heading: "Create an account",
    choose: "Which account do you need?",
    general: "General account",
    general_for: "For everybody who uses the sites of government agencies. You can apply for an official account later.",
    general_go: "Apply for a general account",
    official: "Official account",
    official_for: "For civil servants, contract staff and educators. Get the account here; the official capacity is given by the administrators of your agency. Ask your personnel office.",
    official_go: "Apply for an official account",
    official_lead: "You are applying for an official account: the account is created here, and the administrators of your agency then give it the official capacity. Ask your personnel office.",
    official_later: "If you apply for an official account: once the account is active, the administrators of your agency give it the official capacity. Ask your personnel office.",
    have_one: "You have an account?",
    step: |step| match step {
        Step::Account => "Choose your account name and password",
        Step::Basics => "Tell us who you are",
        Step::Further => "Tell us more about you",
        Step::Recovery => "In case you forget the password",
        Step::Confirm => "Check and create",
    },
    progress: |number, all| format!("Step {number} of {all}"),
    password_of_manuals: "8 to 15 letters, digits and signs, among them a letter and a digit; capital letters count as different",
    password_stays: "Your password is set; fill this in only to change it or the account name",
    go_on: "Continue",
    back: "Back",
    skip: "Skip this step",
    change: "Change",
    create: "Create my account",
    agree_before: "I have read and agree to the ",
    agree_between: " and the ",
    agree_after: " (each opens in a new tab)",
    too_many: ProblemWords {
        heading: "Please try again later",
        what: "Too many accounts were applied for from your network; nothing was done.",
        next: "",
    },
    too_many_until: |when| format!("Send it again {when}. What you typed is still there."),
    busy: ProblemWords {
        heading: "Many people are using this service",
        what: "The system is busy; nothing was done.",
        next: "Wait a few seconds and send it again.",
    },
    other_documents: ProblemWords {
        heading: "The terms have changed meanwhile",
        what: "Read both documents as they are now and tick the box again",
        next: "They have changed since you were shown this page, so the account was not created yet. What you typed is still there.",
    },
    password_again: "Please type the password once more.",
};

const FURTHER: FurtherText = FurtherText {
    lead: |required| match required {
        true => {
            "An official account needs all of this: your agency looks at it when it gives the official capacity. Only the extension may be left out."
        }
        false => {
            "You may leave out any of this and add it later. Services that have to know who you are need it. It is kept encrypted."
        }
    },
    birthday: "Date of birth",
    birthday_how: "Such as 1981 1 31; a year of the Republic, such as 70, will do as well",
    gender: |gender| match gender {
        Gender::Female => "Female",
        Gender::Male => "Male",
    },
    not_said: "Rather not say",
    address: "Postal address",
    choose: "Please choose",
    county: |county| format!("{} {}", county.english, county.name),
    district: |district| format!("{} {}", district.english, district.name),
    not_listed: |typed| format!("{typed} (not listed)"),
    telephone: "Telephone",
    with_extension: |phone, extension| format!("{phone}, extension {extension}"),
    section: |step| match step {
        Step::Account => "Account",
        Step::Basics => "Who you are",
        Step::Further => "More about you",
        Step::Recovery => "If you forget the password",
        Step::Confirm => "Check and create",
    },
    nothing: "This step",
    nothing_given: "Left out",
};

const RECOVERY: RecoveryText = RecoveryText {
    lead: "You may leave this out, but it helps: if you forget the password, question and mobile help to know that it is you, and keep somebody who got into your mailbox from changing it.",
    no_question: "No question",
    ready: |question| match question {
        ReadyQuestion::School => "What was your first school?",
        ReadyQuestion::Friend => "Who was your best friend as a child?",
        ReadyQuestion::Journey => "Which town did you go to on your first journey abroad?",
        ReadyQuestion::Teacher => "Which teacher do you remember best?",
        ReadyQuestion::Pet => "What was your first pet called?",
    },
    own: "My own question",
    answer_stays: "Your answer is set; fill this in only to change it",
    answer_kept: "Set (not shown)",
};

const SENT: SentText = SentText {
    heading: "One more step: look into your mailbox",
    sent_to: |email| Sentence::new([say("The confirmation goes to "), name(email), say(".")]),
    before: "You have applied already",
    before_what: |account| {
        format!(
            "You applied for the account “{account}” with what was sent first. What you typed in another tab and did not send with it is not in the account."
        )
    },
    before_next: |is_active| match is_active {
        true => "To change it, sign in and go to “My account”.",
        false => {
            "To change it, activate the account, sign in and go to “My account”. A wrong address can be corrected below."
        }
    },
    queued: |until| {
        format!(
            "It is leaving now; as a rule that takes a few seconds. When too many mails go to one mailbox it leaves later, by about {until}. You need not ask for it again, and may close this page."
        )
    },
    delayed: |until| format!("The other mail server did not take it yet. We try again at {until}."),
    sent_at: |at| format!("The other mail server took it at {at}."),
    refused: "The confirmation did not arrive",
    refused_at: |email| {
        Sentence::new([
            say("The confirmation to "),
            name(email),
            say(" did not reach the mailbox, most likely because of a slip in the address."),
        ])
    },
    refused_correct: "Correct the address",
    refused_correct_how: "Enter the right address; we send the confirmation there at once.",
    refused_again: "If the address is right",
    refused_again_how: "The mailbox may be full, its server may not take mail for a while, or too many mails went to it just now. Have it sent again in a while.",
    activated: "Your account is active",
    activated_now: "You can sign in.",
    look_again: "Look again",
    what_next: "What to do now",
    press_link: "Open the link in the mail, enter the password that you have just chosen, and press “Activate my account”. The link works for seven days.",
    junk: "If nothing has come after a few minutes, look among the junk mail, or have it sent again.",
    again: "Send it again",
    too_soon: ProblemWords {
        heading: "It was sent just now",
        what: "So that no mailbox is filled, the same mail is not sent again and again. Look into your mailbox, and among the junk mail.",
        next: "",
    },
    wrong_address: "Is the address wrong?",
    correct: "Correct it and send again",
};

const ACTIVATE: ActivateText = ActivateText {
    heading: "Activate your account",
    ready: |account| {
        Sentence::new([
            say("Enter the password that you chose when you applied, to activate the account "),
            name(account),
            say("."),
        ])
    },
    password: CurrentPasswordText {
        heading: "Password",
        label: "Password",
        hint: "The one that you chose when you applied for this account",
        missing: "Enter the password",
        wrong: ProblemWords {
            heading: "Your account is not active yet",
            what: "The password is not correct",
            next: "See whether Caps Lock is on, then enter the password that you chose when you applied.",
        },
        locked: ProblemWords {
            heading: "Your account cannot be activated for now",
            what: "There were too many failures in a row. The account is locked for a while to protect it; until then no password is checked, right or wrong.",
            next: "It unlocks by itself. Then open the link of the mail again.",
        },
        expired: ProblemWords {
            heading: "Please enter it once more",
            what: "This page was open too long; your account is not active yet.",
            next: "Enter the password again.",
        },
    },
    press: "Activate my account",
    discard_ask: "Forgot the password, or was it not you?",
    discard_what: "You can cancel this application: the account and all that was entered are deleted. If you forgot the password, apply again then; the same account name is free.",
    discard: "Cancel this application",
    discarded: "The application is cancelled",
    discarded_now: |account| {
        Sentence::new([say("The account "), name(account), say(" and all that was entered for it are deleted.")])
    },
    done: "Your account is active",
    done_now: |account| Sentence::new([say("You can sign in as "), name(account), say(" now.")]),
    already: "Your account was active already",
    already_now: |account| Sentence::new([say("You can sign in as "), name(account), say(".")]),
    over: "This link does not work any more",
    over_why: "A link works for seven days. If the address was corrected or the mail sent again, use the newest one.",
    over_next: "Have the confirmation sent again below. If the account is active already, sign in.",
};

const DOCUMENTS: DocumentsText = DocumentsText {
    terms: "Terms of Service",
    privacy: "Privacy Policy",
    version: |version| format!("Version {version}"),
};

const LETTERS: LettersText = LettersText {
    activation_subject: |brand| format!("Confirm your account at {brand}"),
    activation_why: |brand, account| {
        format!("Somebody applied for the account {account} at {brand} with this email address.")
    },
    activation_how: |until| {
        format!(
            "If it was you, open the link, enter the password that you chose and press “Activate my account”. It works until {until}."
        )
    },
    activation_link: "Activate my account",
    activation_not_you: "If it was not you, do nothing: nobody can use the account. You can also cancel the application on the page that the link opens.",
    no_answer: "This mail was sent by a machine; please do not answer. We never ask for your password.",
};
