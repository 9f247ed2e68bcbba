//! What a step shows: its fields with what they hold, and what has to be corrected.

use super::super::MembershipCtx;
use super::captcha;
use crate::answer;
use crate::browser::language;
use crate::failure::Failure;
use crate::pages::membership::{JoinPage, JoinProblem, StepForm, Taken};
use crate::pages::{CaptchaField, Frame};
use crate::refusal::PageNo;
use crate::retry_after;
use crate::text::Language;
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::application::{Application, Kind};
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::further::{Further, FurtherForm, Years};
use idp_core::membership::recovery::{Recovery, RecoveryForm};
use idp_core::membership::steps::{Basics, Step};
use idp_core::oauth::params::Params;
use idp_core::people::password_rule::PasswordPolicy;

/// The fields whose contents come back; those of passwords never do.
pub(super) fn fields(step: Step) -> &'static [Field] {
    match step {
        Step::Account => &[Field::Account],
        Step::Basics => &[Field::Name, Field::Email, Field::EmailAgain, Field::Nickname],
        Step::Further => &[
            Field::BirthYear,
            Field::BirthMonth,
            Field::BirthDay,
            Field::NationalId,
            Field::Gender,
            Field::County,
            Field::District,
            Field::PostalCode,
            Field::Street,
            Field::Phone,
            Field::Extension,
        ],
        Step::Recovery => &[Field::HintQuestion, Field::OwnQuestion, Field::HintAnswer, Field::RescueMobile],
        Step::Confirm => &[],
    }
}

/// What a step shows in its fields.
#[derive(Default)]
pub(super) struct Shown {
    values: Vec<(Field, String)>,
    errors: Vec<FieldError>,
    /// With the seconds to wait.
    problem: Option<(JoinProblem, Option<u64>)>,
    captcha: Option<CaptchaField>,
    agreed: bool,
}

impl Shown {
    /// What was taken before.
    pub(super) fn stored(application: &Application, lang: Language) -> Self {
        let step = application.due();
        let value = |field: Field| {
            application.typed(field).map_or_else(|| stored(application, field, lang.years()), str::to_owned)
        };
        let values = fields(step).iter().map(|field| (*field, value(*field)));
        Self { values: values.collect(), ..Self::default() }
    }

    /// What was typed just now.
    pub(super) fn typed(step: Step, form: &Params<'_>) -> Self {
        let values = fields(step).iter().map(|field| (*field, form.get(field.id()).unwrap_or_default().to_owned()));
        Self { values: values.collect(), agreed: form.get(Field::Agree.id()).is_some(), ..Self::default() }
    }

    pub(super) fn wrong(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    /// Of the last step: the documents are others than those that were shown, so nobody has agreed to them.
    pub(super) fn asking_anew(self) -> Self {
        Self { agreed: false, problem: Some((JoinProblem::OtherDocuments, None)), ..self }
    }

    /// * `seconds`: how long to wait.
    pub(super) fn because(self, problem: JoinProblem, seconds: u64) -> Self {
        Self { problem: Some((problem, Some(seconds))), ..self }
    }

    pub(super) fn asking(self, captcha: CaptchaField) -> Self {
        Self { captcha: Some(captcha), ..self }
    }

    fn of(&self, field: Field) -> &str {
        self.values.iter().find(|(known, _)| *known == field).map_or("", |(_, value)| value.as_str())
    }

    fn captcha_status(&self) -> Option<u16> {
        self.captcha.as_ref()?.status()
    }

    fn status(&self) -> u16 {
        match &self.problem {
            Some((JoinProblem::TooMany { .. }, _)) => 429,
            Some((JoinProblem::Busy, _)) => 503,
            None if self.errors.is_empty() => self.captcha_status().unwrap_or(200),
            Some((JoinProblem::OtherDocuments, _)) | None => self.captcha_status().unwrap_or(422),
        }
    }

    /// Seconds to wait, for `Retry-After`.
    fn retry_after(&self) -> Option<u64> {
        let captcha = self.captcha.as_ref().and_then(CaptchaField::retry_after);
        self.problem.as_ref().and_then(|(_, seconds)| *seconds).or(captcha)
    }

    fn form<'a>(
        &'a self,
        application: &'a Application,
        (basics, policy, documents): (&'a Basics, PasswordPolicy, &'a str),
    ) -> StepForm<'a> {
        let account = application.chosen.as_ref().map_or("", |chosen| chosen.account.as_str());
        match application.due() {
            Step::Account => {
                let has_password = application.chosen.is_some();
                StepForm::Account { account: self.of(Field::Account), has_password, policy }
            }
            Step::Basics => StepForm::Basics {
                name: self.of(Field::Name),
                email: self.of(Field::Email),
                email_again: self.of(Field::EmailAgain),
                nickname: self.of(Field::Nickname),
            },
            Step::Further => StepForm::Further {
                form: FurtherForm::read(|field| self.of(field)),
                required: application.kind == Kind::Official,
            },
            Step::Recovery => StepForm::Recovery {
                form: RecoveryForm::read(|field| self.of(field)),
                has_answer: application.recovery.as_ref().is_some_and(|recovery| recovery.hint.is_some()),
            },
            Step::Confirm => {
                let (further, recovery) = (application.further.as_ref(), application.recovery.as_ref());
                let taken = Taken { account, basics, further, recovery };
                StepForm::Confirm { taken, documents, agreed: self.agreed, captcha: self.captcha.as_ref() }
            }
        }
    }
}

fn stored(application: &Application, field: Field, years: Years) -> String {
    let basics = |of: fn(&Basics) -> String| application.basics.as_ref().map(of).unwrap_or_default();
    match field {
        Field::Account => application.chosen.as_ref().map(|chosen| chosen.account.clone()).unwrap_or_default(),
        Field::Name => basics(|basics| basics.name.clone()),
        Field::Email | Field::EmailAgain => basics(|basics| basics.email.clone()),
        Field::Nickname => basics(|basics| basics.nickname.clone().unwrap_or_default()),
        field => {
            let further = application.further.as_ref().map(|further: &Further| further.value(field, years));
            let recovery = application.recovery.as_ref().map(|recovery: &Recovery| recovery.value(field));
            further.into_iter().chain(recovery).find(|value| !value.is_empty()).unwrap_or_default()
        }
    }
}

/// Keeps what stands in the form of the step that is left by 「上一步」, not judged.
pub(super) fn keep(mut application: Application, form: &Params<'_>, lang: Language) -> Application {
    let fields = fields(application.due());
    // A form without any of them says nothing about them.
    if !fields.iter().any(|field| form.get(field.id()).is_some()) {
        return application;
    }
    application.forget_typed(fields);
    let typed = fields.iter().map(|field| (*field, form.get(field.id()).unwrap_or_default().to_owned()));
    let other: Vec<_> = typed.filter(|(field, text)| *text != stored(&application, *field, lang.years())).collect();
    application.keep_typed(other.into_iter());
    application
}

/// The page of the step that comes now.
pub(super) fn show(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    application: &Application,
    mut shown: Shown,
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    if application.due() == Step::Confirm && shown.captcha.is_none() {
        shown.captcha = captcha::fresh(ctx, application)?;
    }
    let snapshot = base.directory.snapshot();
    let now_at = Application { step: application.due(), ..application.clone() };
    let sealed = now_at.seal(&snapshot.sealer, base.clock.now()).map_err(Failure::from)?;
    let nobody = Basics { name: String::new(), email: String::new(), nickname: None };
    let documents = base.provider.documents.in_force();
    let basics = application.basics.as_ref().unwrap_or(&nobody);
    let page = JoinPage {
        frame: Frame::new(language(&base.cookies, headers, None), base.provider.house()),
        application: &sealed,
        kind: application.kind,
        form: shown.form(application, (basics, ctx.policy, &documents)),
        errors: &shown.errors,
        problem: shown.problem.as_ref().map(|(problem, _)| problem.clone()),
    };
    Ok(retry_after::on(answer::form_page(page.script(), shown.status(), page.html()), shown.retry_after()))
}
