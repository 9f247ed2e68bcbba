//! `run`: makes each plan at the suite, runs its modules one after another, and writes down how each ended.

use super::api::{Api, Line, Module};
use super::plan::{Plan, plans};
use super::report::{Section, write_down};
use super::{Outcome, Place, configuration, rotation};
use std::io::Write;
use std::path::PathBuf;

/// Looks of at most 20 s each before a module is given up.
const LOOKS: usize = 12;
/// The one module that waits for its operator: it read our keys and wants other ones. Any other is in the same state for a moment.
const WAITS_FOR_ROTATION: &str = "oidcc-server-rotate-keys";
/// Lines of a module's log that are shown when it did not simply pass.
const SHOWN: usize = 6;

/// What to run, and where to write.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where suite and provider are.
    pub place: Place,
    /// Names of files in `plans`; all if empty.
    pub wanted: Vec<String>,
    /// Modules alone whose name contains one of these; all if empty. Then nothing is written down.
    pub only: Vec<String>,
    /// The folder of the plan files.
    pub plans: PathBuf,
    /// The page of results.
    pub page: PathBuf,
}

/// How one module ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The module, with what distinguishes it from others of the same name.
    pub module: String,
    /// `PASSED`, `REVIEW`, `SKIPPED`, `WARNING`, `FAILED`, `INTERRUPTED` or `TIMED OUT`.
    pub verdict: String,
    /// Why that is as it should be, or that it is not.
    pub remark: String,
    /// Whether it is as it should be.
    pub expected: bool,
}

/// Runs the plans. Whether everything ended as it should.
///
/// # Errors
/// When the suite does not answer, or a file cannot be read or written.
pub async fn run(job: &Job) -> Outcome<bool> {
    let api = Api::new(&job.place)?;
    job.place.settle().await?;
    let suite = api.version().await?;
    let mut fine = true;
    for plan in plans(&job.plans, &job.wanted)? {
        let ended = run_plan(&api, job, &plan).await?;
        fine &= ended.iter().all(|one| one.expected);
        say(&counts(&plan.title, &ended))?;
        if job.only.is_empty() {
            write_down(&job.page, &Section { title: &plan.title, plan: &plan.plan, suite: &suite, ended: &ended })?;
        }
    }
    Ok(fine)
}

async fn run_plan(api: &Api, job: &Job, plan: &Plan) -> Outcome<Vec<Ended>> {
    let configuration = configuration::configuration(&job.place, plan.clients)?;
    let made = api.make(&plan.plan, &plan.variant, &configuration).await?;
    let mut all = Vec::new();
    for module in &made.modules {
        if !job.only.is_empty() && !job.only.iter().any(|part| module.name.contains(part)) {
            continue;
        }
        let (id, verdict) = run_module(api, &job.place, &made.id, module).await?;
        let complaints = match verdict.as_str() {
            "PASSED" | "REVIEW" => Vec::new(),
            _ => complaints(api, &id).await?,
        };
        let ended = judge(plan, &made.modules, module, (verdict, &complaints));
        say(&format!("{:11} {} {id}", ended.verdict, ended.module))?;
        for line in complaints.iter().take(SHOWN) {
            let result = line.result.as_deref().unwrap_or_default();
            say(&format!("            {result} {}: {}", line.src, line.msg))?;
        }
        all.push(ended);
    }
    Ok(all)
}

/// Runs one module. Its id and verdict.
async fn run_module(api: &Api, place: &Place, plan: &str, module: &Module) -> Outcome<(String, String)> {
    let id = api.start(plan, module).await?;
    let mut waits_for_us = module.name == WAITS_FOR_ROTATION;
    for _ in 0..LOOKS {
        let states = if waits_for_us { "CONFIGURED,FINISHED,INTERRUPTED" } else { "FINISHED,INTERRUPTED" };
        api.wait(&id, states).await?;
        let info = api.info(&id).await?;
        match info.status.as_str() {
            "FINISHED" => return Ok((id, info.result.unwrap_or_else(|| "UNKNOWN".into()))),
            "INTERRUPTED" => return Ok((id, "INTERRUPTED".into())),
            "CONFIGURED" if waits_for_us => {
                waits_for_us = false;
                rotation::rotate(place).await?;
                api.go_on(&id).await?;
            }
            _ => {}
        }
    }
    api.stop(&id).await?;
    Ok((id, "TIMED OUT".into()))
}

/// * `(verdict, complaints)`: how the module ended, and the lines of its log that say why not better.
fn judge(plan: &Plan, modules: &[Module], module: &Module, (verdict, complaints): (String, &[Line])) -> Ended {
    let skipping = plan.may_skip.get(&module.name);
    let warning = plan.may_warn.get(&module.name).filter(|it| complaints.iter().all(|line| line.src == it.check));
    let (expected, remark) = match (verdict.as_str(), skipping, warning) {
        ("PASSED", _, _) => (true, String::new()),
        ("REVIEW", _, _) => (true, "a person looks at the picture of a page".into()),
        ("SKIPPED", Some(why), _) => (true, why.clone()),
        ("WARNING", _, Some(warning)) => (true, format!("`{}`: {}", warning.check, warning.why)),
        _ => (false, "**not as it should be**".into()),
    };
    Ended { module: full_name(modules, module), verdict, remark, expected }
}

/// The module's name, with those choices of its variant in which its namesakes in this plan differ.
fn full_name(modules: &[Module], module: &Module) -> String {
    let differing = |name: &str| {
        let namesakes = modules.iter().filter(|other| other.name == module.name);
        namesakes.filter(|other| other.variant.get(name) != module.variant.get(name)).count() > 0
    };
    let choices = module.variant.as_object().into_iter().flatten().filter(|(name, _)| differing(name));
    let choices: Vec<_> = choices.map(|(_, value)| value.as_str().unwrap_or_default()).collect();
    match choices.is_empty() {
        true => module.name.clone(),
        false => format!("{} ({})", module.name, choices.join(", ")),
    }
}

async fn complaints(api: &Api, id: &str) -> Outcome<Vec<Line>> {
    let log = api.log(id).await?;
    Ok(log.into_iter().filter(|line| matches!(line.result.as_deref(), Some("FAILURE" | "WARNING"))).collect())
}

fn counts(title: &str, ended: &[Ended]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for one in ended {
        *counts.entry(&one.verdict).or_default() += 1;
    }
    let counts: Vec<_> = counts.into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!("{title}: {} of {}\n", counts.join(", "), ended.len())
}

fn say(line: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

#[cfg(test)]
mod tests {
    use super::super::api::{Line, Module};
    use super::super::plan::Plan;
    use super::judge;
    use serde_json::json;

    fn plan() -> Plan {
        let file = json!({
            "title": "One", "plan": "one-plan", "variant": {}, "clients": "static",
            "may_skip": { "unsigned": "no unsigned tokens" },
            "may_warn": { "claims": { "check": "Unexpected", "why": "sessions have names" } },
        });
        serde_json::from_value(file).unwrap()
    }

    fn module(name: &str, variant: serde_json::Value) -> Module {
        Module { name: name.into(), variant }
    }

    #[test]
    fn only_what_passed_wants_a_person_or_may_be_skipped_is_as_it_should_be() {
        let ends = [
            ("server", "PASSED", true),
            ("server", "REVIEW", true),
            ("server", "SKIPPED", false),
            ("unsigned", "SKIPPED", true),
            ("unsigned", "FAILED", false),
            ("server", "WARNING", false),
            ("server", "FAILED", false),
            ("server", "INTERRUPTED", false),
            ("server", "UNKNOWN", false),
        ];
        for (name, verdict, expected) in ends {
            let module = module(name, json!({}));
            let ended = judge(&plan(), std::slice::from_ref(&module), &module, (verdict.into(), &[]));
            assert_eq!(ended.expected, expected, "{name} {verdict}");
        }
    }

    #[test]
    fn a_warning_is_as_it_should_be_if_the_one_check_alone_warns() {
        let claims = module("claims", json!({}));
        let expected = |verdict: &str, checks: &[&str]| {
            let line = |check: &&str| Line { src: (*check).into(), msg: String::new(), result: Some("WARNING".into()) };
            let lines: Vec<_> = checks.iter().map(line).collect();
            judge(&plan(), std::slice::from_ref(&claims), &claims, (verdict.into(), &lines)).expected
        };
        assert!(expected("WARNING", &["Unexpected"]));
        assert!(!expected("WARNING", &["Unexpected", "Another"]));
        assert!(!expected("FAILED", &["Unexpected"]));
        assert!(!expected("INTERRUPTED", &[]));
    }

    #[test]
    fn namesakes_are_told_apart_by_what_differs() {
        let modules = [
            module("server", json!({ "response_type": "code", "auth": "basic" })),
            module("server", json!({ "response_type": "id_token", "auth": "basic" })),
            module("other", json!({ "response_type": "code" })),
        ];
        let name = |index: usize| judge(&plan(), &modules, &modules[index], ("PASSED".into(), &[])).module;
        assert_eq!((name(0), name(2)), ("server (code)".into(), "other".into()));
    }
}
