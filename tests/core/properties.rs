//! The invariants of plan and apply, over random accounts and random wishes on the embedded machine.

use crate::support::world::{Dice, desired, empty, settings};
use iamctl::backend::embedded::{Machine, Strictness};
use iamctl::diff::Context;
use iamctl::model::{Desired, Snapshot};
use iamctl::planner::{Planned, plan as make};
use iamctl::scope::Settings;
use proptest::prelude::*;

const NOW: &str = "2026-01-01T00:00:00Z";

fn plan(desired: &Desired, snapshot: &Snapshot, settings: &Settings) -> Planned {
    make(&Context { desired, snapshot, settings })
}

fn internal(planned: &Planned) -> Vec<String> {
    planned.plan.findings.iter().filter(|f| f.code == "internal").map(|f| format!("{:?} {}", f.address, f.message)).collect()
}

/// Carries out the first `count` steps on a strict machine.
fn carry_out(snapshot: Snapshot, planned: &Planned, count: usize) -> Snapshot {
    let mut machine = Machine::new(snapshot, Strictness::Account);
    for step in planned.plan.steps.iter().take(count) {
        if let Err(error) = machine.perform(&step.call, NOW) {
            panic!("{} {:?} was refused: {error}\nplan: {:#?}", step.id, step.call, planned.plan.steps);
        }
    }
    machine.into_snapshot()
}

/// An account with a past: some wishes applied, by this stack and by another.
fn with_a_past(dice: &mut Dice) -> Snapshot {
    let mut account = empty();
    for stack in ["other", "ours"] {
        if dice.chance(60) {
            let wishes = desired(dice);
            let first = plan(&wishes, &account, &settings(stack));
            if !first.has_errors {
                account = carry_out(account, &first, usize::MAX);
            }
        }
    }
    account
}

fn changes(planned: &Planned) -> Vec<String> {
    let open = |c: &&iamctl::plan::Change| c.action != iamctl::plan::Action::Blocked;
    planned.plan.changes.iter().filter(open).map(|c| format!("{} {:?} {:?}", c.address, c.action, c.fields)).collect()
}

/// `IAMCTL_PROPERTY_CASES` cases for each property, else as many as an ordinary run has time for.
fn cases() -> u32 {
    std::env::var("IAMCTL_PROPERTY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_settle_and_a_second_plan_is_empty(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let account = with_a_past(&mut dice);
        let (wishes, settings) = (desired(&mut dice), settings("ours"));
        let first = plan(&wishes, &account, &settings);
        prop_assert_eq!(internal(&first), Vec::<String>::new());
        prop_assume!(!first.has_errors);
        let after = carry_out(account, &first, usize::MAX);
        let second = plan(&wishes, &after, &settings);
        prop_assert_eq!(changes(&second), Vec::<String>::new());
        prop_assert!(second.plan.steps.is_empty());
    }

    #[test]
    fn a_rerun_after_any_step_settles(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let account = with_a_past(&mut dice);
        let (wishes, settings) = (desired(&mut dice), settings("ours"));
        let first = plan(&wishes, &account, &settings);
        prop_assume!(!first.has_errors && !first.plan.steps.is_empty());
        let cut = dice.below(first.plan.steps.len());
        let broken_off = carry_out(account, &first, cut);
        let again = plan(&wishes, &broken_off, &settings);
        prop_assert_eq!(internal(&again), Vec::<String>::new());
        prop_assert!(!again.has_errors, "{:?}", again.plan.findings);
        let after = carry_out(broken_off, &again, usize::MAX);
        prop_assert_eq!(changes(&plan(&wishes, &after, &settings)), Vec::<String>::new());
    }

    #[test]
    fn ten_builds_give_the_same_bytes(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let account = with_a_past(&mut dice);
        let (wishes, settings) = (desired(&mut dice), settings("ours"));
        let text = || serde_json::to_string(&plan(&wishes, &account, &settings).plan).unwrap();
        let first = text();
        for _ in 0..3 {
            prop_assert_eq!(&first, &text());
        }
    }

    #[test]
    fn what_another_stack_owns_is_left_alone(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let account = with_a_past(&mut dice);
        let (wishes, settings) = (desired(&mut dice), settings("ours"));
        let first = plan(&wishes, &account, &settings);
        prop_assume!(!first.has_errors);
        let after = carry_out(account.clone(), &first, usize::MAX);
        for (name, role) in &account.roles {
            let foreign = role.tags.value().and_then(|t| t.get("iamctl:stack")).is_some_and(|s| s == "other");
            let joined = wishes.roles.get(name).is_some_and(|w| w.manage == iamctl::model::Manage::Additive);
            let memories = role.tags.value().is_some_and(|t| t.iter().any(|(k, v)| k.starts_with("iamctl:attached:") && v == "ours"));
            if foreign && !joined && !memories {
                prop_assert_eq!(Some(role), after.roles.get(name));
            }
        }
    }
}
