//! Making a principal of one's own: the name of a new role, user or group is the caller's choice, and so are its trust and its policies.

use std::collections::BTreeSet;

use serde_json::json;

use super::Step;
use super::actor::{Actor, Actors, Terms};
use super::steps::ASSUME;
use super::{How, power::step};
use crate::names::EntityKind;
use crate::policy::Document;
use crate::policy::data::VERSION;
use crate::policy::eval::{Context, Named, PolicyKind, PolicySet};

/// What is made, with which action, what writes its policies, and what makes it the caller's own.
struct Creation {
    create: &'static str,
    write: &'static [&'static str],
    /// Empty where the caller writes itself into the trust.
    enter: &'static [&'static str],
}

const CREATIONS: [Creation; 3] = [
    Creation { create: "iam:CreateRole", write: &["iam:PutRolePolicy", "iam:AttachRolePolicy"], enter: &[] },
    Creation {
        create: "iam:CreateUser",
        write: &["iam:PutUserPolicy", "iam:AttachUserPolicy"],
        enter: &["iam:CreateAccessKey", "iam:CreateLoginProfile"],
    },
    Creation {
        create: "iam:CreateGroup",
        write: &["iam:PutGroupPolicy", "iam:AttachGroupPolicy"],
        enter: &["iam:AddUserToGroup"],
    },
];

impl Actors<'_> {
    /// How an actor makes a principal without a permissions boundary, writes what it may do and becomes it.
    pub(super) fn creates(&self, at: usize, actor: &Actor) -> Vec<Step> {
        CREATIONS.iter().filter_map(|way| self.creates_one(at, actor, way)).collect()
    }

    fn creates_one(&self, at: usize, actor: &Actor, way: &Creation) -> Option<Step> {
        // A role joins no group.
        let joins = way.create == "iam:CreateGroup";
        if !self.mentions(at, way.create) || (joins && actor.address.kind == EntityKind::Role) {
            return None;
        }
        let mut free = Context::new();
        free.set_absent("iam:PermissionsBoundary");
        let all = std::iter::once(&way.create).chain(way.write).chain(way.enter);
        let named: BTreeSet<String> = all.flat_map(|action| self.named(actor, action)).collect();
        named.iter().filter(|arn| arn.contains(":iam:")).find_map(|arn| {
            let made = self.may(actor, way.create, arn, &free)?;
            let first = |actions: &[&'static str]| actions.iter().find_map(|action| self.may(actor, action, arn, &free));
            let written = first(way.write)?;
            let entered = if way.enter.is_empty() { self.enters_own(actor, arn)? } else { first(way.enter)? };
            Some(step(How::Itself(way.create), actor, made.and(written).and(entered)))
        })
    }

    /// Whether an actor may assume a role whose trust it writes: the trust names it, so only denials and limits count (iam-facts 6.7).
    fn enters_own(&self, actor: &Actor, arn: &str) -> Option<Terms> {
        let trust =
            json!({"Version": VERSION, "Statement": [{"Effect": "Allow", "Principal": {"AWS": actor.arn}, "Action": ASSUME}]});
        let trust = Named::new("its own trust", &Document::new(trust), PolicyKind::Trust);
        let policies = PolicySet { resource: Some(trust), ..actor.evaluated.policies.clone() };
        self.ask(&actor.evaluated, &actor.evaluated.caller, &policies, ASSUME, arn, &Context::new())
    }
}
