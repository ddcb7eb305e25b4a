//! Who may do, or give itself, anything.

use std::collections::BTreeSet;

use super::actor::{Actor, Actors, Terms};
use super::methods::{PASS_ROLE, starts};
use super::services::hosts;
use super::steps::{BOUNDARY_WRITERS, POLICY_WRITERS, writers};
use super::{Escalation, How, Power, Powers, Source, Step};
use crate::holdings::{Evaluated, PolicyOf};
use crate::model::AccountIdentity;
use crate::model::is_reserved_role;
use crate::names::{Address, EntityKind, entity_arn};
use crate::policy::caller::Caller;
use crate::policy::eval::{Context, PolicySet, Principal, possible};

/// The name of an entity that is not there: whoever may act on it may act on any.
pub(super) const ANY: &str = "iamctl-any-other-name";
/// An action without which nobody is an administrator.
const ADMINISTRATIVE: &str = "iam:CreateUser";

impl Actors<'_> {
    /// Every actor that may do or give itself anything, and how.
    pub(crate) fn powers(&self) -> Powers {
        let mut powers = Powers::new();
        for (at, actor) in self.iter().enumerate() {
            if self.mentions(at, ADMINISTRATIVE)
                && let Some(terms) = self.administers(actor, &actor.evaluated.policies)
            {
                powers.insert(at, (Power::Administrator, vec![step(How::Is, actor, terms)]));
                continue;
            }
            let ways = self.ways_of_itself(at, actor);
            if !ways.is_empty() {
                powers.insert(at, (self.ceiling(actor, actor), ways));
            }
        }
        powers
    }

    /// Whether policies allow everything that was thought of.
    pub(super) fn administers(&self, actor: &Actor, policies: &PolicySet) -> Option<Terms> {
        probes(self.state.identity()).iter().try_fold(Terms::default(), |terms, (action, resource)| {
            let more = self.ask(&actor.evaluated, &actor.evaluated.caller, policies, action, resource, &Context::new())?;
            Some(terms.and(more))
        })
    }

    /// What an actor ends with that writes the permissions of another, or its own: all that the boundary of that one allows, unless either may
    /// take the boundary off or rewrite it.
    pub(super) fn ceiling(&self, writer: &Actor, target: &Actor) -> Power {
        let Some(boundary) = &target.evaluated.policies.boundary else { return Power::AnyPermission };
        let whole = PolicySet { identity: boundary.clone(), ..PolicySet::default() };
        let lifts = [target, writer].into_iter().any(|actor| self.lifts_boundary(actor, target).is_some());
        if lifts || self.administers(target, &whole).is_some() { Power::AnyPermission } else { Power::UpToBoundary }
    }

    /// With which action an actor takes off, replaces or rewrites the boundary of somebody. Whoever may set it to certain policies alone replaces
    /// it only where the widest of all is among them, or one that it may rewrite.
    pub(super) fn lifts_boundary(&self, actor: &Actor, target: &Actor) -> Option<(&'static str, Terms)> {
        target.evaluated.policies.boundary.as_ref()?;
        let [lift, replace] = match target.address.kind {
            EntityKind::Role => BOUNDARY_WRITERS,
            _ => ["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"],
        };
        let lifts = || Some((lift, self.may(actor, lift, &target.arn, &target.as_resource)?));
        let replaces = |boundary: &str| {
            let mut keys = target.as_resource.clone();
            keys.set("iam:PermissionsBoundary", boundary);
            Some((replace, self.may(actor, replace, &target.arn, &keys)?))
        };
        let rewrites = |arn: &str| {
            let nothing = Context::new();
            POLICY_WRITERS.iter().find_map(|action| Some((*action, self.may(actor, action, arn, &nothing)?)))
        };
        let widest = || replaces(&format!("arn:{}:iam::aws:policy/AdministratorAccess", self.state.identity().partition));
        let own = || {
            let others = self.state.policies().map(|(arn, ..)| arn).filter(|arn| Some(*arn) != target.boundary.as_deref());
            others.filter(|arn| rewrites(arn).is_some()).find_map(replaces)
        };
        lifts().or_else(widest).or_else(|| rewrites(target.boundary.as_deref()?)).or_else(own)
    }

    /// How an actor gives itself more, without anybody in particular.
    fn ways_of_itself(&self, at: usize, actor: &Actor) -> Vec<Step> {
        let nothing = Context::new();
        let mut ways: Vec<Step> = Vec::new();
        let mut add = |action: &'static str, terms: Option<Terms>| {
            ways.extend(terms.map(|terms| step(How::Itself(action), actor, terms)));
        };
        for action in own_writers(actor).iter().filter(|_| !is_reserved_role(&actor.arn)) {
            add(action, self.may(actor, action, &actor.arn, &actor.as_resource));
        }
        for group in actor.groups.iter().filter_map(|group| self.state.arn(group)) {
            for action in writers(EntityKind::Group) {
                add(action, self.may(actor, action, &group, &nothing));
            }
        }
        for policy in &actor.policies {
            for action in POLICY_WRITERS {
                add(action, self.may(actor, action, policy, &nothing));
            }
        }
        // A boundary that it takes off, where that leaves an administrator.
        if actor.evaluated.policies.boundary.is_some() {
            let free = PolicySet { boundary: None, ..actor.evaluated.policies.clone() };
            if let Some((action, terms)) = self.lifts_boundary(actor, actor)
                && self.administers(actor, &free).is_some()
            {
                add(action, Some(terms));
            }
        }
        // Whatever roles, users and groups there are.
        let any = [
            ("iam:UpdateAssumeRolePolicy", EntityKind::Role),
            ("iam:CreateAccessKey", EntityKind::User),
            ("iam:CreateLoginProfile", EntityKind::User),
            ("iam:UpdateLoginProfile", EntityKind::User),
        ];
        for (action, kind) in any {
            add(action, self.may(actor, action, &self.arn(kind, ANY), &nothing));
        }
        if actor.address.kind != EntityKind::Role {
            add("iam:AddUserToGroup", self.may(actor, "iam:AddUserToGroup", &self.arn(EntityKind::Group, ANY), &nothing));
        }
        let role = self.arn(EntityKind::Role, ANY);
        let enters = self.may(actor, "sts:AssumeRole", &role, &nothing);
        for action in writers(EntityKind::Role) {
            let writes = self.may(actor, action, &role, &nothing);
            add(action, enters.clone().zip(writes).map(|(enters, writes)| enters.and(writes)));
        }
        if let Some((action, terms)) = self.rewrites_undeclared(at, actor) {
            add(action, Some(terms));
        }
        add(PASS_ROLE, self.passes_any(at, actor, &role));
        ways.extend(self.joins(at, actor));
        ways.extend(self.creates(at, actor));
        ways.sort();
        ways.dedup();
        ways
    }

    /// With which action it writes the permissions of a role that no spec declares and that it can enter: by writing the role's trust, or as the
    /// trust allows, which is then not known.
    fn rewrites_undeclared(&self, at: usize, actor: &Actor) -> Option<(&'static str, Terms)> {
        let all = writers(EntityKind::Role);
        self.state.specs().filter(|_| all.iter().any(|action| self.mentions(at, action)))?;
        let nothing = Context::new();
        let undeclared = |arn: &String| arn.contains(":role/") && !is_reserved_role(arn) && self.state.find(arn).is_none();
        for role in all.iter().flat_map(|action| self.named(actor, action)).filter(undeclared) {
            let assumes = || {
                let open = BTreeSet::from([format!("the trust of `{role}` is not known")]);
                Some(self.may(actor, "sts:AssumeRole", &role, &nothing)?.and(Terms { open, ..Terms::default() }))
            };
            let enters = self.may(actor, "iam:UpdateAssumeRolePolicy", &role, &nothing).or_else(assumes);
            let writes = || all.iter().find_map(|action| Some((*action, self.may(actor, action, &role, &nothing)?)));
            if let Some((enters, (action, writes))) = enters.and_then(|enters| Some((enters, writes()?))) {
                return Some((action, enters.and(writes)));
            }
        }
        None
    }

    /// Whether it passes any role to something of its own.
    fn passes_any(&self, at: usize, actor: &Actor, role: &str) -> Option<Terms> {
        starts().iter().find_map(|start| {
            hosts(start.service).into_iter().take(1).find_map(|host| {
                let mut keys = Context::new();
                keys.set("iam:PassedToService", host);
                let terms = self.may(actor, PASS_ROLE, role, &keys)?;
                start.beside_pass_role().try_fold(terms, |terms, action| Some(terms.and(self.able(at, action)?)))
            })
        })
    }

    /// Users whom a group of administrators lists and no spec declares: what else they hold is not known, and they become administrators.
    pub(super) fn undeclared_members(&self) -> Vec<Escalation> {
        let Some(desired) = self.state.specs() else { return Vec::new() };
        let mut found = Vec::new();
        for (name, want) in &desired.groups {
            let group = Address::new(EntityKind::Group, name);
            let Some(holdings) = self.state.holdings(&group) else { continue };
            let policies = self.state.policy_set(&holdings);
            for (user, _) in want.users.iter().filter(|(user, _)| !desired.users.contains_key(user)) {
                let address = Address::new(EntityKind::User, user);
                let arn = self.arn(EntityKind::User, user.as_str());
                let Some(principal) = Principal::parse(&arn) else { continue };
                let caller = Caller::new(principal);
                let may = |action: &str, resource: &str| {
                    possible(&policies, &caller.request(action, resource, &Context::new()), &self.today).is_yes()
                };
                let power = if probes(self.state.identity()).iter().all(|(action, resource)| may(action, resource)) {
                    Power::Administrator
                } else if may("iam:PutUserPolicy", &arn) || may("iam:AttachUserPolicy", &arn) {
                    Power::AnyPermission
                } else {
                    continue;
                };
                let to = address.clone();
                let how = How::Member(group.clone());
                let steps = vec![Step { how, to, conditions: BTreeSet::new(), open: BTreeSet::new() }];
                found.push(Escalation { source: Source::Principal(address.clone()), target: address, steps, power });
            }
        }
        found
    }

    /// The groups that an actor may put a user into, itself or any, and whose members are strong: by the group's policies, with its own, or
    /// because it writes those policies.
    fn joins(&self, at: usize, actor: &Actor) -> Vec<Step> {
        if !self.mentions(at, "iam:AddUserToGroup") {
            return Vec::new();
        }
        let nothing = Context::new();
        let groups = self.state.entities().into_iter().filter(|group| group.kind == EntityKind::Group);
        let others = groups.filter(|group| !actor.groups.contains(group));
        let join = |group: Address| {
            let arn = self.state.arn(&group)?;
            let terms = self.may(actor, "iam:AddUserToGroup", &arn, &nothing)?;
            let holdings = self.state.holdings(&group)?;
            let on_group = writers(EntityKind::Group).iter().map(|action| (*action, arn.clone()));
            let own = holdings.identity.iter().filter_map(|held| match held.policy {
                PolicyOf::Own { arn, .. } => Some(arn.to_owned()),
                PolicyOf::Inline(_) | PolicyOf::Foreign(_) => None,
            });
            let on_policies = own.flat_map(|arn| POLICY_WRITERS.map(|action| (action, arn.clone())));
            let mut all = on_group.chain(on_policies);
            let writes = || all.find_map(|(action, resource)| self.may(actor, action, &resource, &nothing));
            let more = self.strong_in(actor, &self.state.policy_set(&holdings)).or_else(writes)?;
            Some(step(How::Join(group), actor, terms.and(more)))
        };
        others.filter_map(join).collect()
    }

    /// Whether a user is strong with the policies of a group: the actor with its own, or any user where the actor is a role.
    fn strong_in(&self, actor: &Actor, group: &PolicySet) -> Option<Terms> {
        let any = self.arn(EntityKind::User, ANY);
        let (evaluated, arn) = match actor.address.kind {
            EntityKind::Role => {
                let caller = Caller::new(Principal::parse(&any)?);
                (Evaluated { caller, policies: group.clone(), unknown: Vec::new() }, &any)
            }
            _ => {
                let mut evaluated = actor.evaluated.clone();
                evaluated.policies.identity.extend(group.identity.iter().cloned());
                (evaluated, &actor.arn)
            }
        };
        let ask = |action: &str, resource: &str| {
            self.ask(&evaluated, &evaluated.caller, &evaluated.policies, action, resource, &Context::new())
        };
        let writes = || writers(EntityKind::User).iter().find_map(|action| ask(action, arn));
        let all = |terms: Terms, (action, resource): &(&str, String)| Some(terms.and(ask(action, resource)?));
        probes(self.state.identity()).iter().try_fold(Terms::default(), all).or_else(writes)
    }
}

/// Requests of several services: whoever may make them all is an administrator.
pub fn probes(account: &AccountIdentity) -> [(&'static str, String); 7] {
    let AccountIdentity { id, partition } = account;
    [
        (ADMINISTRATIVE, entity_arn(partition, id, EntityKind::User, "/", ANY)),
        ("iam:AttachRolePolicy", entity_arn(partition, id, EntityKind::Role, "/", ANY)),
        ("s3:DeleteObject", format!("arn:{partition}:s3:::{ANY}/{ANY}")),
        ("ec2:TerminateInstances", format!("arn:{partition}:ec2:eu-west-1:{id}:instance/i-{ANY}")),
        ("dynamodb:DeleteTable", format!("arn:{partition}:dynamodb:eu-west-1:{id}:table/{ANY}")),
        ("lambda:UpdateFunctionCode", format!("arn:{partition}:lambda:eu-west-1:{id}:function:{ANY}")),
        ("iamctl:Anything", "*".to_owned()),
    ]
}

/// Actions with which somebody writes its own permissions.
fn own_writers(actor: &Actor) -> &'static [&'static str] {
    match actor.address.kind {
        EntityKind::Role => writers(EntityKind::Role),
        _ => writers(EntityKind::User),
    }
}

pub(super) fn step(how: How, to: &Actor, terms: Terms) -> Step {
    Step { how, to: to.address.clone(), conditions: terms.conditions, open: terms.open }
}
