//! The phases of a day, and what was counted in each.

use conformance::crowd::{Figures, Gathering};
use conformance::history::run::{Outcome, Stage};
use conformance::servers::nginx::Passed;
use conformance::servers::process::cpu_time;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// How often the cost of a login is measured, on two nodes and on one in turn.
const ROUNDS: usize = 5;

/// A day of two nodes and many people.
pub struct Day<'a> {
    stage: &'a mut Stage,
    people: &'a Gathering,
    logins: usize,
    phases: Vec<(&'static str, Figures, Vec<Passed>)>,
    /// By the number of nodes.
    costs: BTreeMap<usize, Vec<Duration>>,
}

impl<'a> Day<'a> {
    pub fn new(stage: &'a mut Stage, people: &'a Gathering, logins: usize) -> Self {
        Self { stage, people, logins, phases: vec![], costs: BTreeMap::new() }
    }

    /// Nothing happens.
    pub async fn quiet(&mut self) -> Outcome<()> {
        let begun = self.begin()?;
        self.people.more(self.logins * 10).await;
        self.end("quiet", begun)
    }

    /// The nodes are killed in turn, and started again.
    pub async fn kills(&mut self, times: usize) -> Outcome<()> {
        let begun = self.begin()?;
        for time in 0..times {
            self.people.more(self.logins).await;
            self.stage.kill(time % 2)?;
            self.people.more(self.logins).await;
            self.stage.start_again(time % 2).await?;
        }
        self.end("nodes killed in turn", begun)
    }

    /// Every signing key becomes another one.
    pub async fn rotation(&mut self) -> Outcome<()> {
        let begun = self.begin()?;
        self.people.more(self.logins).await;
        self.stage.rotate().await?;
        self.people.more(self.logins).await;
        self.end("keys rotated", begun)
    }

    /// Each node is replaced by another program, and both by the first one again.
    pub async fn replacement(&mut self, other: Option<&Path>) -> Outcome<()> {
        let begun = self.begin()?;
        let own = conformance::servers::idp_node::program()?;
        for program in [other.unwrap_or(&own), own.as_path()] {
            for node in 0..2 {
                self.people.more(self.logins).await;
                self.stage.replace(node, program).await?;
            }
        }
        self.people.more(self.logins).await;
        self.end("nodes replaced in turn", begun)
    }

    /// What single sign-on costs two nodes together and one alone.
    pub async fn costs(&mut self) -> Outcome<()> {
        // Everybody's last password is typed by then.
        self.people.more(self.logins).await;
        for _ in 0..ROUNDS {
            for nodes in [2, 1] {
                self.stage.use_nodes(nodes).await?;
                let (logins, cpu) = (self.people.count(), self.cpu()?);
                self.people.more(self.logins * 5).await;
                let spent = self.cpu()?.saturating_sub(cpu);
                let count = u32::try_from(self.people.count() - logins)?;
                self.costs.entry(nodes).or_default().push(spent / count);
            }
        }
        self.stage.use_nodes(2).await
    }

    fn cpu(&self) -> Outcome<Duration> {
        self.stage.nodes.iter().filter_map(|node| node.pid()).map(cpu_time).sum()
    }

    fn begin(&self) -> Outcome<(usize, usize)> {
        Ok((self.people.count(), self.stage.passed()?.len()))
    }

    fn end(&mut self, name: &'static str, (logins, passed): (usize, usize)) -> Outcome<()> {
        let passed = self.stage.passed()?.split_off(passed);
        self.phases.push((name, Figures::of(&self.people.since(logins)), passed));
        Ok(())
    }

    /// Whether nobody saw an error or typed a password twice.
    pub fn unnoticed(&self) -> bool {
        self.phases.iter().all(|(_, figures, _)| figures.problems.is_empty() && figures.typed_again.is_empty())
    }

    /// As Markdown.
    pub fn table(&self) -> String {
        let mut out = String::from(
            "| | sign-ins with a password | without | requests | broken off | not reached | token requests lost | sign-ins begun \
             again | sent again by browsers | people who saw an error | passwords typed again | p50 ms | p99 ms | longest ms |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        );
        for (name, figures, passed) in &self.phases {
            let (broken, unreached): (usize, usize) =
                passed.iter().fold((0, 0), |(one, two), request| (one + request.broken_off, two + request.unreached));
            let lost = passed.iter().filter(|one| one.path == "/connect/token" && one.status == 502).count();
            let Figures { with_password, single_sign_on, restarted, repeated, .. } = figures;
            let typed_again: usize = figures.typed_again.values().sum();
            let ms = |percent| figures.percentile(percent).as_secs_f64() * 1e3;
            let (requests, errors, p50, p99, longest) = (passed.len(), figures.saw_an_error(), ms(50), ms(99), ms(100));
            let _ = writeln!(
                out,
                "| {name} | {with_password} | {single_sign_on} | {requests} | {broken} | {unreached} | {lost} | {restarted} | {repeated} | {errors} \
                 | {typed_again} | {p50:.1} | {p99:.1} | {longest:.1} |"
            );
        }
        for (name, figures, _) in &self.phases {
            for (problem, count) in &figures.problems {
                let _ = writeln!(out, "\n{name}: {count} people read: {problem}");
            }
            for (read, count) in &figures.typed_again {
                let _ = writeln!(out, "\n{name}: {count} passwords typed again after: {read}");
            }
        }
        for (nodes, costs) in &self.costs {
            let mut sorted = costs.clone();
            sorted.sort_unstable();
            let ms = |at: usize| sorted.get(at).map_or(f64::NAN, |cost| cost.as_secs_f64() * 1e3);
            let (median, least, most) = (ms(sorted.len() / 2), ms(0), ms(sorted.len().saturating_sub(1)));
            let _ = writeln!(
                out,
                "\nCPU of a single sign-on, {nodes} nodes together: {median:.3} ms ({least:.3}–{most:.3})"
            );
        }
        out
    }
}
