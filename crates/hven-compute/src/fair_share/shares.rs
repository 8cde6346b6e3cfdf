//! The use of the runners by each user and project, in the past and now.
//!
//! A run uses the largest fraction of all attached resources that it takes: of the cores, the memory or a named resource
//! (the dominant share: Ghodsi et al., *Dominant Resource Fairness*, NSDI 2011). Use is counted as this share times seconds,
//! and it decays: after a half-life, it counts half. So a user who used the machine yesterday is not behind for ever.

use std::{collections::BTreeMap, time::Duration};

use hven_app::ports::engine::{LimitOf, Queueing, SharingRules, UseLimit, WaitReason};
use hven_core::{ActorId, Time, project::ProjectPath, resources::Resources};

/// A user together with a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Account {
    pub(super) user: ActorId,
    pub(super) project: ProjectPath,
}

impl Account {
    pub(super) fn of(queueing: &Queueing) -> Self {
        Self { user: queueing.user, project: queueing.project.clone() }
    }
}

/// The resources that an account holds for one assigned attempt. The share is in millionths, so that sums have no rounding errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) share_ppm: u64,
    pub(super) cpus: u32,
}

/// The use by an account before the engine was made, in runs that ended about this time.
#[derive(Clone, Debug)]
pub(super) struct PastUse {
    pub(super) account: Account,
    /// Reserved cores times seconds.
    pub(super) core_seconds: f64,
    pub(super) ended: Time,
}

/// After how many half-lives earlier use does not matter any more: less than a thousandth of it is left.
const HALF_LIVES: u32 = 10;

/// For how long present use is counted in advance. Without this, the first user could take a whole idle machine in the
/// moment in which all users have used nothing.
const AHEAD_S: f64 = 60.0;

#[derive(Clone, Debug, Default)]
struct Use {
    /// The decayed use at `as_of_us`, in shares times seconds.
    share_seconds: f64,
    as_of_us: u64,
    share_ppm: u64,
    cpus: u64,
    runs: u64,
}

impl Use {
    /// The decayed use at a time.
    fn at(&self, now_us: u64, half_life_s: f64) -> f64 {
        let elapsed_s = now_us.saturating_sub(self.as_of_us) as f64 / 1e6;
        let left = (-elapsed_s / half_life_s).exp2();
        let rate = self.share_ppm as f64 / 1e6;
        self.share_seconds * left + rate * half_life_s / std::f64::consts::LN_2 * (1.0 - left)
    }

    fn advance(&mut self, now_us: u64, half_life_s: f64) {
        self.share_seconds = self.at(now_us, half_life_s);
        self.as_of_us = now_us;
    }

    fn rank(&self, now_us: u64, half_life_s: f64) -> f64 {
        self.at(now_us, half_life_s) + self.share_ppm as f64 / 1e6 * AHEAD_S
    }
}

#[derive(Debug, Default)]
pub(super) struct Shares {
    rules: SharingRules,
    users: BTreeMap<ActorId, Use>,
    accounts: BTreeMap<Account, Use>,
    /// The use for a project by all users together, for limits.
    projects: BTreeMap<ProjectPath, Use>,
    /// Past use until the number of cores is known.
    past: Vec<PastUse>,
}

impl Shares {
    pub(super) fn new(rules: SharingRules) -> Self {
        Self { rules, ..Self::default() }
    }

    pub(super) const fn rules(&self) -> &SharingRules {
        &self.rules
    }

    /// At least a second, so that a wrong setting divides by no zero.
    fn half_life_s(&self) -> f64 {
        self.rules.half_life.as_secs_f64().max(1.0)
    }

    fn each(&mut self, account: &Account, now_us: u64, change: impl Fn(&mut Use)) {
        let half_life_s = self.half_life_s();
        let uses = [
            self.users.entry(account.user).or_default(),
            self.accounts.entry(account.clone()).or_default(),
            self.projects.entry(account.project.clone()).or_default(),
        ];
        for found in uses {
            found.advance(now_us, half_life_s);
            change(found);
        }
    }

    pub(super) fn remembers(&self) -> Duration {
        self.rules.half_life.saturating_mul(HALF_LIVES)
    }

    /// Counts past use as a share of this many cores; without cores, later.
    pub(super) fn used_before(&mut self, past: PastUse, cpus: u32, now: Time, now_us: u64) {
        self.past.push(past);
        self.count_past(cpus, now, now_us);
    }

    pub(super) fn count_past(&mut self, cpus: u32, now: Time, now_us: u64) {
        if cpus == 0 {
            return;
        }
        for PastUse { account, core_seconds, ended } in std::mem::take(&mut self.past) {
            let age_s = now.micros().saturating_sub(ended.micros()).max(0) as f64 / 1e6;
            let share_seconds = core_seconds / f64::from(cpus) * (-age_s / self.half_life_s()).exp2();
            if share_seconds.is_finite() && share_seconds > 0.0 {
                self.each(&account, now_us, |found| found.share_seconds += share_seconds);
            }
        }
    }

    /// An attempt was assigned.
    pub(super) fn take(&mut self, account: &Account, held: Held, now_us: u64) {
        self.each(account, now_us, |found| {
            found.share_ppm += held.share_ppm;
            found.cpus += u64::from(held.cpus);
            found.runs += 1;
        });
    }

    /// An assigned attempt ended.
    pub(super) fn give_back(&mut self, account: &Account, held: Held, now_us: u64) {
        self.each(account, now_us, |found| {
            found.share_ppm = found.share_ppm.saturating_sub(held.share_ppm);
            found.cpus = found.cpus.saturating_sub(u64::from(held.cpus));
            found.runs = found.runs.saturating_sub(1);
        });
    }

    /// The order of accounts: the user who used least is first, then the project for which this user used least.
    pub(super) fn rank(&self, account: &Account, now_us: u64) -> (f64, f64) {
        let half_life_s = self.half_life_s();
        let rank = |found: Option<&Use>| found.map_or(0.0, |found| found.rank(now_us, half_life_s));
        (rank(self.users.get(&account.user)), rank(self.accounts.get(account)))
    }

    /// The limit that keeps an account from one more attempt that wants this.
    pub(super) fn limit(&self, account: &Account, want: &Resources) -> Option<WaitReason> {
        if self.rules.user == UseLimit::default() && self.rules.project == UseLimit::default() {
            return None;
        }
        let use_of = |found: Option<&Use>| found.map_or((0, 0), |found| (found.runs, found.cpus));
        let of_user = use_of(self.users.get(&account.user));
        self.limit_above(of_user, use_of(self.projects.get(&account.project)), want)
    }

    /// The limit that keeps a run from starting even when its user and project have no other.
    pub(super) fn limit_below(&self, want: &Resources) -> Option<WaitReason> {
        self.limit_above((0, 0), (0, 0), want)
    }

    /// `of_user`, `of_project`: the runs and cores that are in use.
    fn limit_above(&self, of_user: (u64, u64), of_project: (u64, u64), want: &Resources) -> Option<WaitReason> {
        let user = (LimitOf::User, self.rules.user, of_user);
        let project = (LimitOf::Project, self.rules.project, of_project);
        [user, project].into_iter().find_map(|(of, limit, (runs, cpus))| {
            let over = |resource: &str, limit: Option<u32>, in_use: u64, wanted: u64| {
                let limit = limit?;
                let shown = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                (in_use + wanted > u64::from(limit)).then(|| WaitReason::Limit {
                    of,
                    resource: resource.to_owned(),
                    wanted: shown(wanted),
                    limit,
                    in_use: shown(in_use),
                })
            };
            over("runs", limit.runs, runs, 1).or_else(|| over("cpus", limit.cpus, cpus, want.cpus.into()))
        })
    }

    /// Compares the sums with the attempts that are assigned.
    pub(super) fn audit<'a>(&self, assigned: impl Iterator<Item = (&'a Account, Held)>) -> Result<(), String> {
        let mut sums: BTreeMap<&Account, (u64, u64, u64)> = BTreeMap::new();
        for (account, held) in assigned {
            let sum = sums.entry(account).or_default();
            *sum = (sum.0 + held.share_ppm, sum.1 + u64::from(held.cpus), sum.2 + 1);
        }
        let is_right = |found: &Use, of: &dyn Fn(&Account) -> bool| {
            let parts = sums.iter().filter(|(account, _)| of(account)).map(|(_, sum)| sum);
            let sum = parts.fold((0, 0, 0), |all, sum| (all.0 + sum.0, all.1 + sum.1, all.2 + sum.2));
            sum == (found.share_ppm, found.cpus, found.runs)
        };
        let known = sums.keys().all(|account| self.accounts.contains_key(account));
        let accounts = self.accounts.iter().all(|(account, found)| is_right(found, &|other| other == account));
        let users = self.users.iter().all(|(user, found)| is_right(found, &|other| other.user == *user));
        let projects = self.projects.iter().all(|(project, found)| is_right(found, &|other| other.project == *project));
        if known && accounts && users && projects {
            Ok(())
        } else {
            Err("the shares disagree with the runs".to_owned())
        }
    }
}

/// The share and cores that an attempt holds on runners that have `all` in total.
pub(super) fn held(want: &Resources, all: &Resources) -> Held {
    let part = |want: u64, all: u64| if want == 0 { 0 } else { ppm(want, all) };
    let named = want.named.iter().map(|(name, &n)| part(n, all.named.get(name).copied().unwrap_or(0))).max();
    let share_ppm =
        part(want.cpus.into(), all.cpus.into()).max(part(want.memory_bytes, all.memory_bytes)).max(named.unwrap_or(0));
    // An attempt that wants nothing countable counts a little, so that a flood of these has a rank, too.
    Held { share_ppm: share_ppm.max(1), cpus: want.cpus }
}

fn ppm(want: u64, all: u64) -> u64 {
    let share = u128::from(want) * 1_000_000 / u128::from(all.max(want).max(1));
    share as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_US: u64 = 86_400_000_000;

    fn account(user: u128, project: &str) -> Account {
        Account { user: ActorId::from_u128(user), project: project.parse().expect("a project") }
    }

    fn cores(cpus: u32) -> Resources {
        Resources { cpus, ..Resources::none() }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "powers of two are exact")]
    fn use_decays_by_half_in_a_half_life() {
        let mut shares = Shares::new(SharingRules::default());
        let mira = account(1, "astro");
        let now = Time::from_micros(5 * DAY_US as i64);
        let past = |core_seconds, ended| PastUse { account: mira.clone(), core_seconds, ended };
        shares.used_before(past(1600.0, now), 0, now, 0);
        assert_eq!(shares.rank(&mira, 0), (0.0, 0.0), "the number of cores is not known");
        shares.count_past(4, now, 0);
        assert_eq!(shares.rank(&mira, 0), (400.0, 400.0));
        shares.used_before(past(3200.0, now.plus_micros(-(DAY_US as i64))), 4, now, 0);
        assert_eq!(shares.rank(&mira, 0), (800.0, 800.0), "half of what was used a day ago");
        assert_eq!(shares.rank(&mira, DAY_US).0, 400.0);
        assert_eq!(shares.rank(&mira, 3 * DAY_US).0, 100.0);
        for wrong in [f64::NAN, f64::INFINITY, -5.0] {
            shares.used_before(past(wrong, now), 4, now, 3 * DAY_US);
        }
        assert_eq!(shares.rank(&mira, 3 * DAY_US).0, 100.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "powers of two are exact")]
    fn a_running_attempt_counts_while_it_runs() {
        let mut shares =
            Shares::new(SharingRules { half_life: Duration::from_secs(1 << 40), ..SharingRules::default() });
        let mira = account(1, "astro");
        let half = held(&cores(1), &cores(2));
        assert_eq!(half, Held { share_ppm: 500_000, cpus: 1 });
        shares.take(&mira, half, 0);
        assert_eq!(shares.rank(&mira, 0).0, 30.0, "the next minute is counted in advance");
        let after_100_s = shares.rank(&mira, 100_000_000).0;
        assert!((after_100_s - 80.0).abs() < 1e-3, "{after_100_s}");
        shares.give_back(&mira, half, 100_000_000);
        let ended = shares.rank(&mira, 200_000_000).0;
        assert!((ended - 50.0).abs() < 1e-3, "{ended}");
        assert!(shares.audit(std::iter::empty()).is_ok());
        shares.take(&mira, half, 200_000_000);
        assert!(shares.audit(std::iter::empty()).is_err());
    }

    #[test]
    fn a_share_is_the_largest_fraction() {
        let all = Resources { cpus: 8, memory_bytes: 100, named: [("gpu".to_owned(), 2)].into() };
        let want =
            |cpus, memory_bytes, gpus: u64| Resources { cpus, memory_bytes, named: [("gpu".to_owned(), gpus)].into() };
        let share = |want: &Resources| held(want, &all).share_ppm;
        assert_eq!(share(&want(1, 0, 0)), 125_000);
        assert_eq!(share(&want(1, 75, 0)), 750_000);
        assert_eq!(share(&want(1, 75, 2)), 1_000_000);
        assert_eq!(share(&want(0, 0, 0)), 1);
        assert_eq!(share(&want(99, 0, 0)), 1_000_000, "more than there is");
        assert_eq!(held(&want(1, 0, 0), &Resources::none()).share_ppm, 1_000_000);
    }

    #[test]
    fn limits_name_whose_they_are() {
        let limits = |user: UseLimit, project: UseLimit| SharingRules { user, project, ..SharingRules::default() };
        let cpus = |cpus| UseLimit { cpus: Some(cpus), runs: None };
        let mut shares = Shares::new(limits(cpus(2), UseLimit { runs: Some(2), cpus: None }));
        let (mira, jun) = (account(1, "astro"), account(2, "astro"));
        let one = held(&cores(1), &cores(8));
        shares.take(&mira, one, 0);
        assert_eq!(shares.limit(&mira, &cores(1)), None);
        let limit = |of, resource: &str, wanted, limit, in_use| {
            Some(WaitReason::Limit { of, resource: resource.to_owned(), wanted, limit, in_use })
        };
        assert_eq!(shares.limit(&mira, &cores(2)), limit(LimitOf::User, "cpus", 2, 2, 1));
        shares.take(&jun, one, 0);
        assert_eq!(shares.limit(&jun, &cores(1)), limit(LimitOf::Project, "runs", 1, 2, 2));
        assert_eq!(shares.limit(&account(2, "bio"), &cores(1)), None);
        assert_eq!(shares.limit_below(&cores(2)), None);
        assert_eq!(shares.limit_below(&cores(3)), limit(LimitOf::User, "cpus", 3, 2, 0));
        shares.give_back(&mira, one, 0);
        assert_eq!(shares.limit(&jun, &cores(1)), None);
    }
}
