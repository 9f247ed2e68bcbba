//! Three years of a ring under jobs that run late or not at all, administrators, and nodes that lag behind.
//!
//! Relying parties are as unhelpful as the specifications allow: they cache the JWKS for as long as they were told, with
//! a clock that is off by the skew, and never fetch it early because of an unknown `kid`.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::testing::Seeded;

const THREE_YEARS: Duration = Duration::from_secs(3 * 365 * 86_400);
const RELYING_PARTIES: usize = 6;

/// A relying party's copy of the JWKS.
#[derive(Clone, Default)]
struct Cache {
    kids: BTreeSet<Kid>,
    until: Option<UnixMillis>,
}

struct World {
    seed: u64,
    chance: Seeded,
    policy: Policy,
    now: UnixMillis,
    /// Each state of the records with the moment it was written, for nodes that lag.
    versions: Vec<(UnixMillis, Vec<SigningKeyRecord>)>,
    job_down_until: UnixMillis,
    caches: Vec<Cache>,
    /// By key, how long its youngest token is accepted: a party that can verify that one can verify the others.
    tokens: BTreeMap<Kid, UnixMillis>,
    /// Keys that a compromise made sign early, and from when on every cache has them.
    rushed: BTreeMap<Kid, UnixMillis>,
    verified: u64,
    activations: u64,
}

impl World {
    fn new(seed: u64, policy: Policy) -> Self {
        let records = planned(START, &[], &policy);
        Self {
            seed,
            chance: Seeded(seed),
            policy,
            now: START,
            versions: vec![(START, records)],
            job_down_until: START,
            caches: vec![Cache::default(); RELYING_PARTIES],
            tokens: BTreeMap::new(),
            rushed: BTreeMap::new(),
            verified: 0,
            activations: 0,
        }
    }

    fn one_in(&mut self, chance: u64) -> bool {
        self.chance.below(chance) == 0
    }

    fn records(&self) -> Vec<SigningKeyRecord> {
        self.versions.last().unwrap().1.clone()
    }

    /// What some node sees: the records as they were up to ten seconds ago.
    fn seen(&mut self) -> Vec<SigningKeyRecord> {
        let lag = Duration::from_millis(self.chance.below(u64::try_from(PROPAGATION.as_millis()).unwrap()));
        let moment = self.now.minus(lag);
        let seen = self.versions.iter().rev().find(|(written, _)| *written <= moment);
        seen.unwrap_or(&self.versions[0]).1.clone()
    }

    /// Time passes: mostly a little, sometimes days, and often to just before or after something is due.
    fn pass(&mut self) {
        let span = match self.chance.below(20) {
            0..10 => 1 + self.chance.below(20_000),
            10..16 => self.chance.below(300_000),
            16..19 => self.chance.below(7_200_000),
            _ => self.chance.below(3 * 86_400_000),
        };
        let mut then = self.now.plus(Duration::from_millis(span));
        if self.one_in(3) {
            let due = self.records().into_iter().filter_map(|record| match record.state {
                KeyState::Next { ready_at, .. } => Some(ready_at),
                KeyState::Retiring { remove_at, .. } => Some(remove_at),
                _ => None,
            });
            let edge = due.filter(|at| *at > self.now).min();
            let off = Duration::from_millis(self.chance.below(2000));
            then = edge.map_or(then, |at| at.plus(off).minus(Duration::from_secs(1)));
        }
        self.now = then.max(self.now.plus(Duration::from_millis(1)));
        let kept = self.now.minus(PROPAGATION);
        let stale = self.versions.iter().rposition(|(written, _)| *written <= kept).unwrap_or(0);
        self.versions.drain(..stale);
    }

    /// Applies steps one by one: after each, every algorithm has its Active and a Next.
    fn commit(&mut self, steps: &[Step]) {
        let mut records = self.records();
        for step in steps {
            self.activations += u64::from(matches!(step, Step::Activate { .. }));
            records = applied(self.now, &records, &self.policy, std::slice::from_ref(step));
            for algorithm in &self.policy.algorithms {
                let own = || records.iter().filter(|record| record.algorithm == *algorithm);
                assert_eq!(own().filter(|record| record.state.is_active()).count(), 1, "seed {}: {step:?}", self.seed);
                let next = own().filter(|record| record.state.is_next()).count();
                assert!((1..=3).contains(&next), "seed {}: {next} Next after {step:?}", self.seed);
            }
        }
        // Long-gone keys are forgotten, to keep three years of them from slowing the run down.
        let old = self.now.minus(Duration::from_secs(60));
        records.retain(|record| match record.state {
            KeyState::Retired { since } | KeyState::Compromised { since } => {
                since > old || self.tokens.contains_key(&record.kid)
            }
            _ => true,
        });
        self.versions.push((self.now, records));
    }

    fn job(&mut self) {
        if self.one_in(400) {
            self.job_down_until = self.now.plus(Duration::from_secs(self.chance.below(30 * 86_400)));
        }
        if self.now < self.job_down_until {
            return;
        }
        self.commit(&plan(self.now, &self.records(), &self.policy));
        assert_eq!(plan(self.now, &self.records(), &self.policy), [], "seed {}: not idempotent", self.seed);
    }

    fn any_kid(&mut self) -> Kid {
        let records = self.records();
        let published: Vec<_> = records.iter().filter(|record| record.state.is_published()).collect();
        published[self.chance.below(published.len() as u64) as usize].kid.clone()
    }

    fn administrator(&mut self) {
        let records = self.records();
        let algorithm = self.policy.algorithms[self.chance.below(self.policy.algorithms.len() as u64) as usize];
        let kid = self.any_kid();
        let steps = match self.chance.below(400) {
            0..12 => rotate(self.now, &records, algorithm).unwrap().steps,
            12..15 => activate(self.now, &records, &self.policy, &kid, When::Safe).map_or(Vec::new(), |r| r.steps),
            15..18 => retire(self.now, &records, &self.policy, &kid).unwrap_or_default(),
            18 => {
                let answer = compromise(self.now, &records, &self.policy, &kid).unwrap();
                let until = answer.successor_unknown_until;
                self.rushed.extend(answer.successor.zip(until));
                answer.steps
            }
            _ => return,
        };
        self.commit(&steps);
    }

    fn sign(&mut self) {
        let seen = self.seen();
        for record in seen.iter().filter(|record| record.state.is_active()) {
            let accepted_until = self.now.plus(self.policy.longest_token).plus(self.policy.clock_skew);
            self.tokens.insert(record.kid.clone(), accepted_until);
        }
        let now = self.now;
        self.tokens.retain(|_, accepted_until| now < *accepted_until);
    }

    fn fetch(&mut self) -> Cache {
        let seen = self.seen();
        let kids = seen.iter().filter(|record| record.state.is_published()).map(|record| record.kid.clone()).collect();
        let max_age = jwks_max_age(self.now, &seen, &self.policy);
        Cache { kids, until: Some(self.now.plus(max_age).plus(self.policy.clock_skew)) }
    }

    fn verify(&mut self) {
        let records = self.records();
        for party in 0..RELYING_PARTIES {
            if self.one_in(3) {
                continue;
            }
            if self.caches[party].until.is_none_or(|until| until <= self.now) {
                self.caches[party] = self.fetch();
            }
            for kid in self.tokens.keys() {
                let compromised = matches!(state_of(&records, kid), KeyState::Compromised { .. });
                let rushed = self.rushed.get(kid).is_some_and(|known_from| self.now < *known_from);
                if !compromised && !rushed {
                    let known = self.caches[party].kids.contains(kid);
                    assert!(known, "seed {}: a party cannot verify {} at {:?}", self.seed, kid, self.now);
                    self.verified += 1;
                }
            }
        }
    }

    /// Until the max-age is over nothing becomes due that was not due before.
    fn check_max_age(&self) {
        let records = self.records();
        let due = plan(self.now, &records, &self.policy);
        let max_age = jwks_max_age(self.now, &records, &self.policy);
        assert!((Duration::from_secs(1)..=self.policy.jwks_max_age).contains(&max_age));
        if max_age > Duration::from_secs(1) {
            assert_eq!(due, [], "seed {}: overdue, and yet {max_age:?}", self.seed);
            let end = self.now.plus(max_age).minus(Duration::from_millis(1));
            assert_eq!(plan(end, &records, &self.policy), [], "seed {}: a change within {max_age:?}", self.seed);
        }
    }

    fn run(&mut self) {
        while self.now < START.plus(THREE_YEARS) {
            self.pass();
            self.job();
            self.administrator();
            self.sign();
            self.verify();
            self.check_max_age();
        }
        assert!(self.verified > 20_000, "seed {}: only {} verifications", self.seed, self.verified);
        assert!(self.activations > 30, "seed {}: only {} activations", self.seed, self.activations);
    }
}

#[test]
fn for_three_years_every_party_verifies_every_token_that_is_still_valid() {
    let both = vec![ES, Algorithm::Rs256];
    let monthly = Some(Duration::from_secs(30 * 86_400));
    let day = Duration::from_secs(86_400);
    let policies = [
        Policy { algorithms: both.clone(), rotate_every: monthly, ..policy() },
        Policy { algorithms: both.clone(), rotate_every: Some(Duration::ZERO), ..policy() },
        Policy { jwks_max_age: Duration::from_secs(1), clock_skew: Duration::ZERO, rotate_every: monthly, ..policy() },
        Policy { jwks_max_age: day, longest_token: 2 * day, algorithms: both, ..policy() },
        Policy { algorithms: Algorithm::ALL.to_vec(), rotate_every: monthly, ..policy() },
    ];
    for (at, policy) in policies.into_iter().enumerate() {
        for seed in 0..2 {
            World::new(at as u64 * 10 + seed, policy.clone()).run();
        }
    }
}
