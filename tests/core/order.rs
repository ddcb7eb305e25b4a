//! The order of calls, held against a second evaluator: random edits of roles, users with groups, shared policies and boundaries, each
//! replayed call by call in the plan's order and in others that its needs allow. `IAMCTL_ORDER_EDITS=1000` for a long run.

use std::collections::{BTreeMap, BTreeSet};

use iamctl::backend::embedded::{Machine, Strictness};
use iamctl::diff::Context;
use iamctl::model::{Desired, Manage, PolicyRef, Snapshot, Want, WantGroup, WantPolicy, WantRole, WantUser};
use iamctl::names::{Address, EntityKind, Name};
use iamctl::plan::{Plan, Step, StepOrder};
use iamctl::planner::{Planned, carried_out, plan as make};
use iamctl::policy::Document;
use serde_json::{Value, json};

use crate::support::naive_eval::{self, Ask, Documents};
use crate::support::world::{Dice, empty, place, settings};

const NOW: &str = "2026-01-01T00:00:00Z";
const ACTIONS: [&str; 4] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage"];
const TEAMS: [&str; 2] = ["red", "blue"];
const SERVICES: [&str; 3] = ["ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"];
/// A target whose tags decide, and the action on it.
const KEYS_OF_USERS: &str = "iam:CreateAccessKey";
/// A caller that is the user, beside the services.
const USER: &str = "the user";
const RESOURCES: [&str; 3] = ["arn:aws:s3:::a/k", "arn:aws:s3:::b/k", "arn:aws:s3:::b/l"];

fn statement(dice: &mut Dice, denies: usize) -> Value {
    let actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage", "s3:*", "s3:*Object", "*"];
    let resources = ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "*"];
    let some: BTreeSet<&str> = (0..=dice.below(2)).map(|_| actions[dice.below(actions.len())]).collect();
    let effect = if dice.chance(denies) { "Deny" } else { "Allow" };
    let mut one = json!({"Effect": effect, "Action": some, "Resource": resources[dice.below(resources.len())]});
    if dice.chance(12) {
        one["Action"] = json!([KEYS_OF_USERS]);
        one["Resource"] = json!(["arn:aws:iam::*:user/*", "arn:aws:iam::111111111111:user/user0"][dice.below(2)]);
        if dice.chance(70) {
            one["Condition"] = json!({"StringEquals": {"aws:ResourceTag/team": TEAMS[dice.below(2)]}});
        }
    } else if dice.chance(15) {
        one["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    } else if dice.chance(10) {
        one["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": TEAMS[dice.below(2)]}});
    }
    one
}

fn document(dice: &mut Dice) -> Document {
    let statements: Vec<Value> = (0..=dice.below(3)).map(|_| statement(dice, 30)).collect();
    Document::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// A document like this one.
fn edited(dice: &mut Dice, document: &Document) -> Document {
    let mut statements: Vec<Value> = document.statements().to_vec();
    match dice.below(4) {
        0 => statements.push(statement(dice, 40)),
        1 if statements.len() > 1 => drop(statements.remove(dice.below(statements.len()))),
        _ => {
            let at = dice.below(statements.len());
            statements[at] = statement(dice, 30);
        }
    }
    Document::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

fn inline(dice: &mut Dice) -> BTreeMap<String, Document> {
    let chosen: Vec<usize> = (0..3).filter(|_| dice.chance(50)).collect();
    chosen.into_iter().map(|i| (format!("inline{i}"), document(dice))).collect()
}

fn places<T>(of: &BTreeMap<String, T>) -> BTreeMap<String, iamctl::diag::Place> {
    of.keys().map(|name| (name.clone(), place())).collect()
}

fn shared() -> [Name; 3] {
    [0, 1, 2].map(|i| Name::new(format!("shared{i}")))
}

fn attached(dice: &mut Dice) -> Vec<(PolicyRef, iamctl::diag::Place)> {
    shared().into_iter().filter(|_| dice.chance(35)).map(|name| (PolicyRef::Declared(name), place())).collect()
}

fn boundary(dice: &mut Dice) -> Want<Option<PolicyRef>> {
    let chosen = shared()[dice.below(3)].clone();
    Want::Exactly(dice.chance(25).then_some(PolicyRef::Declared(chosen)))
}

fn tags(dice: &mut Dice) -> BTreeMap<String, String> {
    if dice.chance(60) { BTreeMap::from([("team".to_owned(), TEAMS[dice.below(2)].to_owned())]) } else { BTreeMap::new() }
}

fn trust(dice: &mut Dice) -> Document {
    let mut services: Vec<&str> = SERVICES.into_iter().filter(|_| dice.chance(50)).collect();
    if services.is_empty() {
        services.push(SERVICES[0]);
    }
    let mut statements = vec![json!({"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"})];
    if dice.chance(30) {
        let condition = json!({"StringEquals": {"aws:PrincipalTag/team": TEAMS[dice.below(2)]}});
        let principal = json!({"AWS": "arn:aws:iam::111111111111:root"});
        statements.push(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}));
    }
    Document::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

fn wishes(dice: &mut Dice) -> Desired {
    let mut desired = Desired::default();
    for name in shared() {
        let want = WantPolicy {
            place: place(),
            path: "/".to_owned(),
            description: Want::Leave,
            tags: BTreeMap::new(),
            document: document(dice),
            document_place: place(),
            manage: Manage::Exclusive,
            protect: false,
            adopt: false,
        };
        desired.policies.insert(name, want);
    }
    for name in ["role0", "role1"] {
        let inline_policies = inline(dice);
        let want = WantRole {
            place: place(),
            path: "/".to_owned(),
            description: Want::Leave,
            max_session_duration: Want::Leave,
            permissions_boundary: boundary(dice),
            tags: tags(dice),
            trust: trust(dice),
            trust_place: place(),
            managed_policies: attached(dice),
            inline_places: places(&inline_policies),
            inline_policies,
            manage: Manage::Exclusive,
            protect: false,
            adopt: false,
        };
        desired.roles.insert(Name::new(name), want);
    }
    let inline_policies = inline(dice);
    let user = WantUser {
        place: place(),
        path: Want::Leave,
        permissions_boundary: boundary(dice),
        tags: tags(dice),
        managed_policies: attached(dice),
        inline_places: places(&inline_policies),
        inline_policies,
        manage: Manage::Exclusive,
        protect: false,
        adopt: false,
        create: true,
        renamed_from: None,
    };
    desired.users.insert(Name::new("user0"), user);
    for name in ["group0", "group1"] {
        let inline_policies = inline(dice);
        let want = WantGroup {
            place: place(),
            path: Want::Leave,
            managed_policies: attached(dice),
            inline_places: places(&inline_policies),
            inline_policies,
            users: if dice.chance(50) { vec![(Name::new("user0"), place())] } else { Vec::new() },
            manage: Manage::Exclusive,
            protect: false,
            renamed_from: None,
        };
        desired.groups.insert(Name::new(name), want);
    }
    desired
}

/// The same wishes with a few edits.
fn changed(dice: &mut Dice, old: &Desired) -> Desired {
    let mut new = old.clone();
    for _ in 0..=dice.below(4) {
        match dice.below(11) {
            0 => {
                let policy = new.policies.get_mut(&shared()[dice.below(3)]).unwrap();
                policy.document = edited(dice, &policy.document);
            }
            1 | 2 => {
                let role = new.roles.get_mut(&Name::new(format!("role{}", dice.below(2)))).unwrap();
                edit_inline(dice, &mut role.inline_policies);
                role.inline_places = places(&role.inline_policies);
            }
            3 => {
                let role = new.roles.get_mut(&Name::new(format!("role{}", dice.below(2)))).unwrap();
                if dice.chance(60) { role.managed_policies = attached(dice) } else { role.permissions_boundary = boundary(dice) }
            }
            4 => {
                let user = new.users.values_mut().next().unwrap();
                if dice.chance(60) { user.managed_policies = attached(dice) } else { user.permissions_boundary = boundary(dice) }
            }
            5 => {
                let user = new.users.values_mut().next().unwrap();
                edit_inline(dice, &mut user.inline_policies);
                user.inline_places = places(&user.inline_policies);
            }
            6 => {
                let group = new.groups.get_mut(&Name::new(format!("group{}", dice.below(2)))).unwrap();
                edit_inline(dice, &mut group.inline_policies);
                group.inline_places = places(&group.inline_policies);
            }
            7 => {
                let role = new.roles.get_mut(&Name::new(format!("role{}", dice.below(2)))).unwrap();
                role.trust = trust(dice);
            }
            8 if dice.chance(50) => new.users.values_mut().next().unwrap().tags = tags(dice),
            8 => new.roles.get_mut(&Name::new(format!("role{}", dice.below(2)))).unwrap().tags = tags(dice),
            9 => {
                if let Some(mut user) = new.users.remove(&Name::new("user0")) {
                    user.renamed_from = Some((Name::new("user0"), place()));
                    new.users.insert(Name::new("user1"), user);
                    for group in new.groups.values_mut().filter(|group| !group.users.is_empty()) {
                        group.users = vec![(Name::new("user1"), place())];
                    }
                }
            }
            _ => {
                let user = new.users.keys().next().unwrap().clone();
                let group = new.groups.get_mut(&Name::new(format!("group{}", dice.below(2)))).unwrap();
                if dice.chance(50) {
                    group.managed_policies = attached(dice);
                } else {
                    group.users = if group.users.is_empty() { vec![(user.clone(), place())] } else { Vec::new() };
                }
            }
        }
    }
    new
}

fn edit_inline(dice: &mut Dice, policies: &mut BTreeMap<String, Document>) {
    let name = format!("inline{}", dice.below(3));
    match policies.get(&name).cloned() {
        Some(_) if dice.chance(30) => drop(policies.remove(&name)),
        Some(document) => drop(policies.insert(name, edited(dice, &document))),
        None => drop(policies.insert(name, document(dice))),
    }
}

fn planned(desired: &Desired, snapshot: &Snapshot) -> Planned {
    make(&Context { desired, snapshot, settings: &settings("ours") })
}

/// What a principal holds, read off the account anew.
fn held(account: &Snapshot, address: &Address) -> Documents {
    let by_arn = |arn: &String| {
        let name = Name::new(arn.rsplit('/').next().unwrap());
        account.policies[&name].default_document().unwrap().value().clone()
    };
    let (mut identity, mut bound) = (Vec::new(), None);
    if let Some(role) = account.roles.get(&address.name).filter(|_| address.kind == EntityKind::Role) {
        identity.extend(role.inline_policies.value().unwrap().values().map(|d| d.value().clone()));
        identity.extend(role.attached_policies.value().unwrap().iter().map(by_arn));
        bound = role.permissions_boundary.value().unwrap().as_ref().map(by_arn);
    }
    if let Some(user) = account.users.get(&address.name).filter(|_| address.kind == EntityKind::User) {
        identity.extend(user.inline_policies.value().unwrap().values().map(|d| d.value().clone()));
        identity.extend(user.attached_policies.value().unwrap().iter().map(by_arn));
        bound = user.permissions_boundary.value().unwrap().as_ref().map(by_arn);
        for group in user.groups.value().unwrap() {
            let group = &account.groups[group];
            identity.extend(group.inline_policies.value().unwrap().values().map(|d| d.value().clone()));
            identity.extend(group.attached_policies.value().unwrap().iter().map(by_arn));
        }
    }
    Documents { identity, boundary: bound, session: None, resource: None, is_trust: false, scp: None, rcp: None }
}

/// The user, by whichever name it has.
fn user(account: &Snapshot) -> Address {
    Address::new(EntityKind::User, account.users.keys().next().unwrap())
}

/// The principal as the account knows it now.
fn now(account: &Snapshot, address: &Address) -> Address {
    if address.kind == EntityKind::User { user(account) } else { address.clone() }
}

/// Whether a service, or the user, may assume a role: written down anew, for the few trusts of this world.
fn admits(account: &Snapshot, role: &Address, caller: &str) -> bool {
    let trust = account.roles[&role.name].trust.value().unwrap();
    let all: Vec<&Value> = trust.value()["Statement"].as_array().unwrap().iter().collect();
    let team = tag_of(account, &user(account));
    let names = |statement: &&&Value| match &statement["Principal"]["Service"] {
        Value::Array(services) => services.iter().any(|name| name == caller),
        Value::String(one) => one == caller,
        _ => {
            let wanted = &statement["Condition"]["StringEquals"]["aws:PrincipalTag/team"];
            caller == USER && (statement["Principal"]["AWS"].is_string() && team.as_ref().is_some_and(|team| wanted == team))
        }
    };
    all.iter().all(|statement| statement["Effect"] == "Allow") && all.iter().any(|statement| names(&statement))
}

/// The tag that decides.
fn tag_of(account: &Snapshot, address: &Address) -> Option<String> {
    account.tags_of(address).and_then(|tags| tags.value()).unwrap().get("team").cloned()
}

/// What is decided of one request, for one of those who make it.
#[derive(Clone, Copy, PartialEq)]
struct Answer {
    allowed: bool,
    /// Whether a policy denies it, whatever a resource policy says.
    denied: bool,
}

/// Every request of the small world, for each service that may have assumed the role, with its answer.
fn access(account: &Snapshot, address: &Address) -> Vec<(String, Answer)> {
    let address = &now(account, address);
    let documents = held(account, address);
    let callers: Vec<&str> = SERVICES.into_iter().chain([USER]).collect();
    let admitted = |caller: &str| address.kind != EntityKind::Role || admits(account, address, caller);
    let mut answers = Vec::new();
    let targets = ACTIONS.into_iter().flat_map(|action| RESOURCES.map(|resource| (action, resource.to_owned(), None)));
    let the_user = (KEYS_OF_USERS, format!("arn:aws:iam::111111111111:{}", user(account)), Some(user(account)));
    for (action, resource, target) in targets.chain([the_user]) {
        for mfa in ["true", "false"] {
            let mut context = json!({"aws:multifactorauthpresent": mfa});
            if let Some(team) = tag_of(account, address) {
                context["aws:principaltag/team"] = json!(team);
            }
            if let Some(team) = target.as_ref().and_then(|target| tag_of(account, target)) {
                context["aws:resourcetag/team"] = json!(team);
            }
            let ask = Ask {
                principal: format!("arn:aws:iam::111111111111:{address}"),
                action: action.to_owned(),
                resource: resource.clone(),
                resource_account: "111111111111".to_owned(),
                context: serde_json::from_value(context).unwrap(),
            };
            let decision = naive_eval::decide(&documents, &ask);
            let (allowed, denied) = (decision == "allowed", decision == "explicitDeny");
            // Under which name the user is there says nothing about who may do what.
            let what = target.as_ref().map_or(resource.as_str(), |_| USER);
            for caller in &callers {
                let request = format!("{action} on {what} mfa {mfa} as {caller}");
                answers.push((request, Answer { allowed: allowed && admitted(caller), denied }));
            }
        }
    }
    // Who may assume a role counts by itself, whatever the role may do.
    for caller in callers.into_iter().filter(|_| address.kind == EntityKind::Role) {
        answers.push((format!("sts:AssumeRole as {caller}"), Answer { allowed: admitted(caller), denied: false }));
    }
    answers
}

fn principals() -> [Address; 3] {
    [("role0", EntityKind::Role), ("role1", EntityKind::Role), ("user0", EntityKind::User)].map(|(n, k)| Address::new(k, n))
}

/// Another order of the steps that their needs allow.
fn shuffled<'p>(dice: &mut Dice, plan: &'p Plan) -> Vec<&'p Step> {
    let (mut left, mut done): (Vec<&Step>, BTreeSet<&str>) = (plan.steps.iter().collect(), BTreeSet::new());
    let mut order = Vec::new();
    while !left.is_empty() {
        let ready: Vec<usize> =
            (0..left.len()).filter(|i| left[*i].needs.iter().all(|need| done.contains(need.0.as_str()))).collect();
        let step = left.remove(ready[dice.below(ready.len())]);
        done.insert(&step.id.0);
        order.push(step);
    }
    order
}

/// The principals that are outside old and new at some moment.
fn outside(before: &Snapshot, after: &Snapshot, order: &[&Step]) -> BTreeMap<Address, String> {
    let ends = principals().map(|p| (access(before, &p), access(after, &p)));
    let mut machine = Machine::new(before.clone(), Strictness::Rehearsal);
    let mut found = BTreeMap::new();
    for step in order {
        // In another order a quota may refuse a call; what depends on it does not run, and the state is one that was looked at.
        if machine.perform(&step.call, NOW).is_err() {
            break;
        }
        for (principal, (old, new)) in principals().iter().zip(&ends) {
            for ((old, new), (request, now)) in old.iter().zip(new).zip(access(machine.snapshot(), principal)) {
                let (old, new) = (old.1, new.1);
                let outside = if now.allowed { !old.allowed && !new.allowed } else { old.allowed && new.allowed };
                if outside || old.denied && new.denied && !now.denied {
                    let (allowed, denied) = (now.allowed, now.denied);
                    let how = || format!("after {}: {request}, allowed {allowed}, denied {denied}", step.id);
                    found.entry(principal.clone()).or_insert_with(how);
                }
            }
        }
    }
    found
}

#[test]
fn no_moment_is_outside_old_and_new_without_a_mark() {
    let edits: u64 = std::env::var("IAMCTL_ORDER_EDITS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let (mut gaps, mut undecided, mut needless) = (0, Vec::new(), 0);
    for seed in 0..edits {
        let mut dice = Dice::new(seed);
        let old = wishes(&mut dice);
        let (before, refused) = carried_out(&Context { desired: &old, snapshot: &empty(), settings: &settings("ours") });
        assert_eq!(refused, [], "seed {seed}");
        let new = changed(&mut dice, &old);
        let Planned { plan, has_errors, end } = planned(&new, &before);
        assert!(!has_errors, "seed {seed}: {:?}", plan.findings);
        let Some(after) = end else { continue };
        let mut orders = vec![plan.steps.iter().collect::<Vec<_>>()];
        orders.extend((0..3).map(|_| shuffled(&mut dice, &plan)));
        let mut breached = false;
        for order in &orders {
            for (principal, how) in outside(&before, &after, order) {
                let principal = now(&after, &principal);
                let marked = plan.order == StepOrder::Gaps && plan.gaps.iter().any(|gap| gap.address == principal);
                assert!(marked, "seed {seed}: {principal} {how}\n{:#?}\n{:#?}", plan.steps, plan.gaps);
                breached = true;
            }
        }
        gaps += usize::from(plan.order == StepOrder::Gaps);
        undecided
            .extend(plan.gaps.iter().filter(|gap| gap.message.contains("not proven")).map(|gap| format!("seed {seed}: {gap:?}")));
        needless += usize::from(plan.order == StepOrder::Gaps && !breached);
    }
    println!("{edits} edits: {gaps} with gaps, {} not decided, {needless} without a breach that was seen", undecided.len());
    assert_eq!(undecided, Vec::<String>::new(), "each gap has an example request");
}
