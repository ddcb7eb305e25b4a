//! How one principal becomes another.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::actor::{Actor, Actors, Terms};
use super::methods::{EscalationMethod, PASS_ROLE, starts};
use super::services::{IDENTITY_POOLS, hosts};
use super::{How, Step};
use crate::model::is_reserved_role;
use crate::names::EntityKind;
use crate::policy::caller::Caller;
use crate::policy::eval::{Context, PolicySet, Possible, Principal, possible};
use crate::policy::trust::usual_action;

/// Actions that make somebody else's user one's own.
const CREDENTIALS: [&str; 3] = ["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];
/// Actions that write what a role, a user or the members of a group may do, on the entity itself.
pub(super) fn writers(kind: EntityKind) -> &'static [&'static str] {
    match kind {
        EntityKind::Role => &["iam:PutRolePolicy", "iam:AttachRolePolicy"],
        EntityKind::User => &["iam:PutUserPolicy", "iam:AttachUserPolicy"],
        EntityKind::Group => &["iam:PutGroupPolicy", "iam:AttachGroupPolicy"],
        _ => &[],
    }
}
/// Actions that write what a managed policy says.
pub(super) const POLICY_WRITERS: [&str; 2] = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"];
/// Actions that take the permissions boundary of a role off, or replace it.
pub(super) const BOUNDARY_WRITERS: [&str; 2] = ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"];
pub(super) const ASSUME: &str = "sts:AssumeRole";

/// The tags of what a request is about.
pub(super) const TAGS: [&str; 2] = ["iam:ResourceTag/", "aws:ResourceTag/"];

fn is_tag(key: &str) -> bool {
    TAGS.iter().any(|family| key.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)))
}

impl Step {
    pub(super) fn new(how: How, to: &Actor, terms: Terms) -> Self {
        Self { how, to: to.address.clone(), conditions: terms.conditions, open: terms.open }
    }
}

impl Actors<'_> {
    /// How one actor becomes another in one step: the plainest way, certain ones first. `None` where it does not, and for itself.
    pub fn step(&self, from: usize, to: usize) -> Option<Step> {
        if !self.may_step(from, to) {
            return None;
        }
        if let Some(known) = self.steps.borrow().get(&(from, to)) {
            return known.clone();
        }
        let found = self.find_step(from, to);
        self.steps.borrow_mut().insert((from, to), found.clone());
        found
    }

    /// Whether there can be a step at all: of most pairs of a large account it is plain that there is none.
    fn may_step(&self, from: usize, to: usize) -> bool {
        let (Some(actor), Some(target)) = (self.get(from), self.get(to)) else { return false };
        let mentions = |actions: &[&'static str]| actions.iter().any(|action| self.mentions(from, action));
        match target.address.kind {
            EntityKind::User => mentions(&CREDENTIALS),
            EntityKind::Role => {
                let enters = target.admits.may_admit(&actor.address);
                enters || (!is_reserved_role(&target.arn) && mentions(&["iam:UpdateAssumeRolePolicy", PASS_ROLE]))
            }
            _ => false,
        }
    }

    fn find_step(&self, from: usize, to: usize) -> Option<Step> {
        let (actor, target) = (self.get(from)?, self.get(to).filter(|_| from != to)?);
        let mut ways: Vec<Step> = Vec::new();
        match target.address.kind {
            EntityKind::User => {
                for action in CREDENTIALS.into_iter().filter(|action| self.mentions(from, action)) {
                    let terms = self.may_to(actor, action, target, &Context::new());
                    ways.extend(terms.map(|terms| Step::new(How::Credentials(action), target, terms)));
                }
            }
            // Nobody changes a role of AWS's own, and only its service takes it.
            EntityKind::Role if is_reserved_role(&target.arn) => {
                ways.extend(self.assumes(actor, target).map(|terms| Step::new(How::Assume(ASSUME), target, terms)));
            }
            EntityKind::Role => {
                ways.extend(self.assumes(actor, target).map(|terms| Step::new(How::Assume(ASSUME), target, terms)));
                if self.mentions(from, "iam:UpdateAssumeRolePolicy") {
                    let write = self.may_to(actor, "iam:UpdateAssumeRolePolicy", target, &Context::new());
                    ways.extend(write.map(|terms| Step::new(How::WriteTrust, target, terms)));
                }
                if self.mentions(from, "iam:PassRole") {
                    ways.extend(self.passes(from, actor, to, target));
                }
            }
            _ => {}
        }
        ways.into_iter().min_by_key(|step| (!step.open.is_empty(), !step.conditions.is_empty()))
    }

    /// Whether an actor may do this to another one as that one is, or as the actor may tag it first.
    fn may_to(&self, actor: &Actor, action: &'static str, target: &Actor, given: &Context) -> Option<Terms> {
        let ask = |keys: &Context| self.may(actor, action, &target.arn, &keys.clone().with(given));
        let tagged = || self.tagged(actor, target).into_iter().find_map(|(keys, terms)| Some(ask(&keys)?.and(terms)));
        ask(&target.as_resource).or_else(tagged)
    }

    /// What a request about somebody carries after the actor has changed its tags, with what that takes: any tags, or none.
    fn tagged(&self, actor: &Actor, target: &Actor) -> Vec<(Context, Terms)> {
        let (tag, untag) = match target.address.kind {
            EntityKind::Role => ("iam:TagRole", "iam:UntagRole"),
            _ => ("iam:TagUser", "iam:UntagUser"),
        };
        let may = |action| self.may(actor, action, &target.arn, &target.as_resource);
        let as_it_is = &target.as_resource;
        let without = |is_known: bool| {
            let others = as_it_is.iter().filter(|(key, _)| !is_tag(key));
            let mut keys: Context = others.map(|(key, value)| (key, value.clone())).collect();
            if as_it_is.is_absent("iam:permissionsboundary") {
                keys.set_absent("iam:PermissionsBoundary");
            }
            if is_known {
                TAGS.iter().for_each(|family| keys.set_absent(family));
            }
            keys
        };
        let tagged = may(tag).map(|terms| (without(false), terms));
        tagged.into_iter().chain(may(untag).map(|terms| (without(true), terms))).collect()
    }

    /// Whether an actor may assume a role of its account: its policies and the role's trust together (iam-facts 6.7).
    pub fn assumes(&self, actor: &Actor, target: &Actor) -> Option<Terms> {
        if target.admits.may_admit(&actor.address) { self.enters(actor, target) } else { None }
    }

    /// The same of a role of any account.
    pub(super) fn enters(&self, actor: &Actor, target: &Actor) -> Option<Terms> {
        let policies = PolicySet { resource: Some(target.trust.clone()?), ..actor.evaluated.policies.clone() };
        let as_it_is = std::iter::once(actor.evaluated.caller.clone());
        // It chooses the name of its session, so it is the session that the trust names.
        let sessions = target.trusted_sessions.iter().filter(|(text, _)| self.state.find(text).as_ref() == Some(&actor.address));
        let callers = as_it_is.chain(sessions.map(|(_, session)| actor.evaluated.caller.clone().named(session.clone())));
        let ask = |caller: Caller| {
            let ask = |keys: &Context| self.ask(&actor.evaluated, &caller, &policies, ASSUME, &target.arn, keys);
            let tagged = || self.tagged(actor, target).into_iter().find_map(|(keys, terms)| Some(ask(&keys)?.and(terms)));
            ask(&target.as_resource).or_else(tagged)
        };
        let mut all: Vec<Terms> = callers.filter_map(ask).collect();
        all.sort_by_key(|terms| (terms.open.len(), terms.conditions.len()));
        all.into_iter().next()
    }

    /// Whether an actor may pass a role to something of its own, in a service that the role's trust lets in.
    fn passes(&self, from: usize, actor: &Actor, to: usize, target: &Actor) -> Option<Step> {
        let admitted = self.admitted(to, target);
        let pass = |host: &String| {
            let mut keys = Context::new();
            keys.set("iam:PassedToService", host.clone());
            self.may_to(actor, PASS_ROLE, target, &keys)
        };
        // Many ways begin in one service; what is asked of one target only comes last.
        let mut passed: BTreeMap<&String, Option<Terms>> = BTreeMap::new();
        let mut ways = admitted.iter().filter_map(|(start, host)| {
            let mut beside = start.beside_pass_role();
            let beside = beside.try_fold(Terms::default(), |terms, action| Some(terms.and(self.able(from, action)?)))?;
            let terms = passed.entry(host).or_insert_with(|| pass(host)).clone()?.and(beside);
            Some(Step::new(How::Pass { service: start.service, with: start.actions }, target, terms))
        });
        ways.next()
    }

    /// The ways of starting something for which a role's trust lets the service in, with the service's principal.
    fn admitted(&self, to: usize, target: &Actor) -> Rc<Vec<(&'static EscalationMethod, String)>> {
        if let Some(known) = self.admitted.borrow().get(&to) {
            return Rc::clone(known);
        }
        let of = |start: &'static EscalationMethod| {
            let trust = target.trust.as_ref()?;
            let host = hosts(start.service).into_iter().find(|host| self.admits(trust, start.service, host, &target.arn))?;
            Some((start, host))
        };
        let found = Rc::new(starts().iter().copied().filter_map(of).collect::<Vec<_>>());
        self.admitted.borrow_mut().insert(to, Rc::clone(&found));
        found
    }

    /// Whether a role's trust lets a service in that acts for something in the account.
    fn admits(&self, trust: &crate::policy::eval::Named, service: &str, host: &str, role: &str) -> bool {
        let policies = PolicySet { resource: Some(trust.clone()), ..PolicySet::default() };
        let mut keys = Context::new();
        keys.set("aws:SourceAccount", self.state.identity().id.to_string());
        keys.set("aws:ResourceAccount", self.state.identity().id.to_string());
        let principal = match service {
            IDENTITY_POOLS => Principal::Federated(host.to_owned()),
            _ => Principal::Service(host.to_owned()),
        };
        let action = usual_action(&principal);
        !matches!(possible(&policies, &Caller::new(principal).request(action, role, &keys), &self.today), Possible::Never)
    }

    /// A role or user that an actor can enter and whose permissions it can write, with the action, and which.
    pub(super) fn rewrites(&self, from: usize) -> Option<(Step, usize)> {
        let actor = self.get(from)?;
        let of_entities = writers(EntityKind::Role).iter().chain(writers(EntityKind::User));
        if !of_entities.chain(&POLICY_WRITERS).chain(&BOUNDARY_WRITERS).any(|action| self.mentions(from, action)) {
            return None;
        }
        (0..self.len()).filter(|to| *to != from && self.may_step(from, *to)).find_map(|to| {
            let target = self.get(to).filter(|target| !is_reserved_role(&target.arn))?;
            let enters = self.step(from, to)?;
            let (action, terms) = self.writes(actor, target).or_else(|| self.lifts(actor, target))?;
            let terms = terms.and(Terms { conditions: enters.conditions, open: enters.open, ..Terms::default() });
            Some((Step::new(How::Rewrite(action), target, terms), to))
        })
    }

    /// With which action an actor takes off, replaces or rewrites the boundary of a role that would be an administrator without it.
    fn lifts(&self, actor: &Actor, target: &Actor) -> Option<(&'static str, Terms)> {
        let found = self.lifts_boundary(actor, target)?;
        let free = PolicySet { boundary: None, ..target.evaluated.policies.clone() };
        self.administers(target, &free).map(|_| found)
    }

    /// With which action an actor writes what somebody else may do, where that gives something: whoever has all that its boundary allows
    /// gains nothing.
    fn writes(&self, actor: &Actor, target: &Actor) -> Option<(&'static str, Terms)> {
        let free = || PolicySet { boundary: None, ..target.evaluated.policies.clone() };
        if target.evaluated.policies.boundary.is_some() && self.administers(target, &free()).is_some() {
            return None;
        }
        let of_kind = writers(target.address.kind);
        let on_itself = of_kind.iter().map(|action| (*action, target.arn.as_str(), &target.as_resource));
        let nothing = Context::new();
        let on_policies =
            POLICY_WRITERS.iter().flat_map(|action| target.policies.iter().map(|arn| (*action, arn.as_str(), &nothing)));
        let mut all = on_itself.chain(on_policies);
        all.find_map(|(action, resource, keys)| Some((action, self.may(actor, action, resource, keys)?)))
    }
}
