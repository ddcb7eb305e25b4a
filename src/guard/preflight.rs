//! `preflight`: calls that the caller's own policies certainly refuse, all at once, before the first write.
//!
//! Judged from what was read. A permission counts as missing only where no condition key, no policy that was not read, and nothing that the
//! plan itself grants on the way could allow it. Service control policies only take away, so what they say makes nothing certain here.

use std::collections::BTreeSet;

use crate::holdings::AccountState;
use crate::model::simulation::SimulateCase;
use crate::model::{Operation, Snapshot};
use crate::permissions::{Needed, needed_by, retagged};
use crate::plan::GuardRefusal;
use crate::policy::eval::{Effect, decide_strictly};

/// Entities named for one action.
const NAMED: usize = 3;

/// Everything that the calls of a plan need, each once. `end`: the account after the plan, where it is known.
pub fn needs<'o>(
    operations: impl Iterator<Item = &'o Operation> + Clone,
    start: &Snapshot,
    end: Option<&Snapshot>,
) -> Vec<Needed> {
    let retagged = retagged(operations.clone());
    let accounts: Vec<&Snapshot> = std::iter::once(start).chain(end).collect();
    let mut all: Vec<Needed> = Vec::new();
    let mut seen = BTreeSet::new();
    for one in operations.flat_map(|operation| needed_by(operation, &accounts, &retagged)) {
        if seen.insert((one.action.clone(), one.resource.clone(), one.keys.clone())) {
            all.push(one);
        }
    }
    all
}

/// Those that the caller is certainly refused. Empty where the caller is not a role or user that was read: the root user may do everything,
/// and of others nothing is known.
pub fn refused(needs: &[Needed], caller: &str, start: &Snapshot, end: Option<&Snapshot>) -> Vec<Needed> {
    let states: Vec<AccountState<'_>> = std::iter::once(start).chain(end).map(AccountState::of_snapshot).collect();
    let held: Option<Vec<_>> = states.iter().map(|state| state.evaluated(&state.find(caller)?)).collect();
    let Some(held) = held else { return Vec::new() };
    let refuses = |needed: &&Needed| {
        held.iter().all(|held| {
            let request = held.caller.request(&needed.action, &needed.resource, &needed.keys);
            match decide_strictly(&held.policies, &request).effect {
                Effect::ExplicitDeny => true,
                Effect::ImplicitDeny => held.unknown.is_empty(),
                Effect::Allow | Effect::Unknown(_) => false,
            }
        })
    };
    needs.iter().filter(refuses).cloned().collect()
}

/// The refusal that names all that is missing.
pub fn refusal(caller: &str, missing: &[Needed]) -> Option<GuardRefusal> {
    (!missing.is_empty()).then(|| GuardRefusal {
        guard: "preflight".to_owned(),
        message: format!("`{caller}` lacks permissions for this plan: {}", in_words(missing)),
        r#override: Some("--preflight off".to_owned()),
    })
}

/// The question for IAM's simulator.
pub fn case(needed: &Needed) -> SimulateCase {
    SimulateCase {
        actions: vec![needed.action.clone()],
        resources: vec![needed.resource.clone()],
        context: needed.keys.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect(),
        resource_owner: None,
    }
}

/// Whether a key that the simulator misses is known: it has a value, or the request does not have it.
pub fn is_given(needed: &Needed, key: &str) -> bool {
    let key = key.to_lowercase();
    needed.keys.get(&key).is_some() || needed.keys.is_absent(&key)
}

/// Every missing action once, with the entities that it is missing for.
pub fn in_words(missing: &[Needed]) -> String {
    let mut actions: Vec<(&str, BTreeSet<String>)> = Vec::new();
    for one in missing {
        let on = format!("`{}`", one.address);
        match actions.iter_mut().find(|(action, _)| *action == one.action) {
            Some((_, entities)) => drop(entities.insert(on)),
            None => actions.push((&one.action, [on].into())),
        }
    }
    let words = actions.into_iter().map(|(action, entities)| {
        let more = entities.len().saturating_sub(NAMED);
        let named: Vec<String> = entities.into_iter().take(NAMED).collect();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{action} on {}{more}", named.join(", "))
    });
    words.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{AccountIdentity, Role, Seen};
    use crate::names::{AccountId, Name};
    use crate::policy::Document;

    const CALLER: &str = "arn:aws:sts::111111111111:assumed-role/deployer/ci";

    fn account(statements: Value, boundary: Option<&str>) -> Snapshot {
        let mut snapshot =
            Snapshot::empty(AccountIdentity { id: AccountId::parse("111111111111").unwrap(), partition: "aws".to_owned() });
        let document = Document::new(json!({"Version": "2012-10-17", "Statement": statements}));
        let role = Role {
            path: "/ops/".to_owned(),
            id: "AROADEPLOYER".to_owned(),
            trust: Seen::Unread,
            description: Seen::Unread,
            max_session_duration: Seen::Unread,
            permissions_boundary: Seen::Value(boundary.map(str::to_owned)),
            tags: Seen::Value(Default::default()),
            inline_policies: Seen::Value([("own".to_owned(), document)].into()),
            attached_policies: Seen::Value(Default::default()),
            created: None,
            last_used: Seen::Unread,
        };
        snapshot.roles.insert(Name::new("deployer"), role.clone());
        snapshot.roles.insert(Name::new("app"), Role { path: "/".to_owned(), ..role });
        snapshot
    }

    fn missing(start: &Snapshot, end: Option<&Snapshot>, caller: &str) -> Vec<String> {
        let operations = [
            Operation::PutRolePolicy { role_name: "app".into(), policy_name: "p".to_owned(), policy_document: "{}".to_owned() },
            Operation::AttachRolePolicy {
                role_name: "app".into(),
                policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned(),
            },
        ];
        let needs = needs(operations.iter(), start, end);
        refused(&needs, caller, start, end).into_iter().map(|one| one.action).collect()
    }

    fn allow(action: &str, condition: Value) -> Value {
        json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition})
    }

    /// One row a sentence: what the deployer holds, and what it certainly lacks.
    #[test]
    fn only_what_is_certain_is_missing() {
        let (put, attach) = ("iam:PutRolePolicy", "iam:AttachRolePolicy");
        let none = json!({});
        let read_only = json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}});
        let another = json!({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/Other"}});
        let ours = json!({"StringEquals": {"aws:ResourceTag/iamctl:stack": "ml"}});
        for (about, statements, wanted) in [
            ("everything", json!([allow("*", none.clone())]), vec![]),
            ("nothing", json!([]), vec![put, attach]),
            ("one of two", json!([allow(put, none.clone())]), vec![attach]),
            ("this policy alone", json!([allow("iam:*", read_only)]), vec![put]),
            ("another policy", json!([allow(put, none.clone()), allow(attach, another)]), vec![attach]),
            (
                "what depends on the network is not certain",
                json!([allow("iam:*", json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))]),
                vec![],
            ),
            (
                "what depends on MFA is not certain",
                json!([allow("iam:*", json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))]),
                vec![],
            ),
            ("the role has no such tag", json!([allow("iam:*", ours)]), vec![put, attach]),
            ("a Deny", json!([allow("*", none.clone()), {"Effect": "Deny", "Action": "iam:Put*", "Resource": "*"}]), vec![put]),
        ] {
            assert_eq!(missing(&account(statements, None), None, CALLER), wanted, "{about}");
        }
    }

    #[test]
    fn the_boundary_counts_and_what_was_not_read_does_not() {
        let everything = json!([allow("*", json!({}))]);
        let bounded = account(everything, Some("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
        assert_eq!(missing(&bounded, None, CALLER).len(), 2);
        let mut unread = account(json!([]), None);
        unread.roles.get_mut(&Name::new("deployer")).unwrap().attached_policies =
            Seen::Value(["arn:aws:iam::111111111111:policy/unread".to_owned()].into());
        assert_eq!(missing(&unread, None, CALLER).len(), 0);
    }

    #[test]
    fn what_the_plan_grants_on_the_way_is_not_missing() {
        let (start, end) = (account(json!([]), None), account(json!([allow("*", json!({}))]), None));
        assert_eq!(missing(&start, Some(&end), CALLER).len(), 0);
        assert_eq!(missing(&end, Some(&start), CALLER).len(), 0, "what it takes away may be needed before");
        assert_eq!(missing(&start, Some(&start), CALLER).len(), 2);
    }

    #[test]
    fn of_the_root_user_and_of_strangers_nothing_is_certain() {
        let start = account(json!([]), None);
        for caller in [
            "arn:aws:iam::111111111111:root",
            "arn:aws:sts::222222222222:assumed-role/deployer/ci",
            "arn:aws:sts::111111111111:assumed-role/nobody/ci",
            "arn:aws:sts::111111111111:federated-user/ana",
        ] {
            assert_eq!(missing(&start, None, caller), Vec::<String>::new(), "{caller}");
        }
    }

    #[test]
    fn the_refusal_names_everything_at_once() {
        let start = account(json!([]), None);
        let operations =
            ["a", "b", "c", "d", "app"].map(|name| Operation::CreateGroup { group_name: name.into(), path: "/".to_owned() });
        let group = || crate::model::Group {
            path: "/".to_owned(),
            id: "AGPAEXAMPLE".to_owned(),
            inline_policies: Seen::Unread,
            attached_policies: Seen::Unread,
            created: None,
        };
        let mut end = start.clone();
        end.groups = ["a", "b", "c", "d", "app"].map(|name| (Name::new(name), group())).into();
        let needs = needs(operations.iter(), &start, Some(&end));
        let refusal = refusal(CALLER, &refused(&needs, CALLER, &start, Some(&end))).unwrap();
        assert!(
            refusal.message.ends_with("iam:CreateGroup on `group/a`, `group/app`, `group/b` and 2 more"),
            "{}",
            refusal.message
        );
        assert_eq!((refusal.guard.as_str(), refusal.r#override.as_deref()), ("preflight", Some("--preflight off")));
    }
}
