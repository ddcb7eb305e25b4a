//! A review compares specs through the same planner as every plan: over random wishes it invents nothing.

use std::collections::BTreeMap;

use crate::support::world::{Dice, desired, identity, settings};
use iamctl::lint::Surroundings;
use iamctl::model::Desired;
use iamctl::names::Address;
use iamctl::plan::{Action, PlanAccount};
use iamctl::review::{Report, ReviewVerdict, Side, SideRead, assemble, compare};
use iamctl::spec::{Loaded, Resolved};
use proptest::prelude::*;

fn side<'a>(desired: &Desired, loaded: &'a Loaded) -> SideRead<'a> {
    let around =
        Surroundings { account: Some(identity().id), partition: "aws".to_owned(), specs: true, ..Surroundings::default() };
    Ok(Side { resolved: Resolved { desired: desired.clone(), ..Resolved::default() }, loaded, around })
}

fn review(base: &Desired, head: &Desired) -> Report {
    let account = PlanAccount { name: "prod".to_owned(), id: identity().id, partition: "aws".to_owned() };
    let (settings, loaded) = (settings("ours"), Loaded::default());
    let (base, head) = (side(base, &loaded), side(head, &loaded));
    assemble(Vec::new(), vec![compare(&account, &settings, &settings.ignore, &base, &head, None)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn specs_held_against_themselves_change_nothing(seed: u64) {
        let mut dice = Dice::new(seed);
        let mut wishes = desired(&mut dice);
        // Users that the specs do not make, too.
        wishes.users.values_mut().for_each(|user| user.create = dice.chance(50));
        let report = review(&wishes, &wishes);
        prop_assert_eq!(report.verdict, ReviewVerdict::NoChange, "{:#?}", report);
        prop_assert!(report.notices.is_empty() && report.concerns.is_empty(), "{:#?}", report);
    }

    #[test]
    fn what_is_declared_differently_is_told_and_nothing_is_adopted_or_blocked(seed: u64) {
        let mut dice = Dice::new(seed);
        let (base, head) = (desired(&mut dice), desired(&mut dice));
        let report = review(&base, &head);
        let account = report.accounts.first().unwrap();
        let told: BTreeMap<&Address, Action> = account.changes.iter().map(|c| (&c.address, c.action)).collect();
        for (address, action) in &told {
            prop_assert!(!matches!(action, Action::Adopt | Action::Release), "{} {:?}", address, action);
            // What a plan of the account would refuse too: a policy that goes while it still bounds a role.
            let refused = account.errors.iter().any(|e| e.code == "delete-conflict");
            prop_assert!(*action != Action::Blocked || refused, "{} {:#?}", address, account.errors);
        }
        prop_assert!(account.errors.iter().all(|e| e.code != "internal"), "{:#?}", account.errors);
        for address in head.addresses().difference(&base.addresses()) {
            prop_assert_eq!(told.get(address), Some(&Action::Create), "{}", address);
        }
        for address in told.keys().filter(|a| !base.declares(a)) {
            prop_assert!(head.declares(address), "{}", address);
        }
    }
}
