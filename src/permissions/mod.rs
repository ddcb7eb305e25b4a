//! The least IAM policy that iamctl itself needs for some specs. Pure: what is wanted gives a policy document.

mod needed;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::model::{AccountIdentity, Desired, Operation, PolicyRef, Want, When};
use crate::names::{EntityKind, Name, entity_arn};
use crate::policy::Document;
use crate::policy::data::VERSION;
use table::{LISTS, LOOKS, READS};

pub use needed::{Needed, needed_by, policy_of, retagged};

/// What iamctl is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `plan`, `snapshot`: read.
    Plan,
    /// `apply`: read, and write what the specs declare.
    Apply,
    /// `test --live`: ask IAM's simulator.
    TestLive,
}

/// What the policy rests on beside the specs.
#[derive(Clone, Debug)]
pub struct PermissionsInput<'a> {
    /// Which account.
    pub account: &'a AccountIdentity,
    /// The ownership tag's key.
    pub tag_key: &'a str,
    /// The stack and its earlier names.
    pub stacks: &'a [String],
}

/// The policy. Its order is that of [`EntityKind`], sorted within.
pub fn policy(desired: &Desired, input: &PermissionsInput<'_>, purpose: Purpose) -> Document {
    let mut writer = Writer { input, statements: Vec::new() };
    match purpose {
        Purpose::Plan => writer.reads(&[READS]),
        Purpose::Apply => {
            writer.reads(&[READS, LOOKS]);
            writer.writes(desired);
        }
        Purpose::TestLive => writer.simulator(desired),
    }
    Document::new(json!({"Version": VERSION, "Statement": writer.statements}))
}

/// One declared entity, as far as permissions go.
struct Entity {
    kind: EntityKind,
    /// Its ARN, and the one it may still have where its path changes or is not known.
    arns: Vec<String>,
    made: bool,
    moved: bool,
    inline: bool,
    attached: Vec<String>,
    bounded: Option<String>,
    unbounded: bool,
}

struct Writer<'a> {
    input: &'a PermissionsInput<'a>,
    statements: Vec<Value>,
}

impl Writer<'_> {
    fn arn(&self, kind: EntityKind, path: &str, name: &str) -> String {
        entity_arn(&self.input.account.partition, &self.input.account.id, kind, path, name)
    }

    fn every(&self, kind: EntityKind) -> String {
        self.arn(kind, "/", "*")
    }

    fn add(&mut self, sid: &str, actions: &BTreeSet<&str>, resources: BTreeSet<String>, condition: Option<Value>) {
        if actions.is_empty() || resources.is_empty() {
            return;
        }
        let mut one = Map::new();
        one.insert("Sid".to_owned(), json!(sid));
        one.insert("Effect".to_owned(), json!("Allow"));
        let actions: Vec<String> = actions.iter().map(|action| format!("iam:{action}")).collect();
        one.insert("Action".to_owned(), one_or_list(actions));
        one.insert("Resource".to_owned(), one_or_list(resources.into_iter().collect()));
        if let Some(condition) = condition {
            one.insert("Condition".to_owned(), condition);
        }
        self.statements.push(Value::Object(one));
    }

    fn reads(&mut self, tables: &[&'static [(&'static str, EntityKind)]]) {
        self.add("ReadTheAccount", &LISTS.iter().copied().collect(), ["*".to_owned()].into(), None);
        let calls = || tables.iter().copied().flatten();
        let actions = calls().map(|(action, _)| *action).collect();
        let mut resources: BTreeSet<String> = calls().map(|(_, kind)| self.every(*kind)).collect();
        resources.insert(format!("arn:{}:iam::aws:policy/*", self.input.account.partition));
        self.add("ReadEntities", &actions, resources, None);
    }

    fn simulator(&mut self, desired: &Desired) {
        let roles = desired.roles.iter().map(|(name, role)| self.arn(EntityKind::Role, &role.path, name.as_str()));
        let users = desired.users.iter().map(|(name, user)| self.arn(EntityKind::User, path_of(&user.path), name.as_str()));
        let principals: BTreeSet<String> = roles.chain(users).collect();
        self.add("AskAboutPrincipals", &["SimulatePrincipalPolicy"].into(), principals, None);
        self.add("AskAboutDocuments", &["SimulateCustomPolicy"].into(), ["*".to_owned()].into(), None);
    }

    fn writes(&mut self, desired: &Desired) {
        let entities = self.entities(desired);
        for kind in EntityKind::ALL {
            let of_kind: Vec<&Entity> = entities.iter().filter(|entity| entity.kind == kind).collect();
            match kind {
                EntityKind::ServiceLinkedRole => self.linked(desired),
                _ if !of_kind.is_empty() => self.kind(kind, &of_kind),
                _ => {}
            }
        }
        // Whoever puts a role into an instance profile passes it to EC2.
        let passed = desired.instance_profiles.values().filter_map(|profile| {
            let (name, role) = desired.roles.get_key_value(&profile.role)?;
            Some(self.arn(EntityKind::Role, &role.path, name.as_str()))
        });
        let passed = passed.collect();
        self.add("RolesInInstanceProfiles", &["PassRole"].into(), passed, None);
    }

    /// The statements of one kind of entity.
    fn kind(&mut self, kind: EntityKind, entities: &[&Entity]) {
        let word = sid_of(kind);
        let calls = |wanted: &[When]| -> BTreeSet<&'static str> {
            Operation::CALLS.iter().filter(|c| c.kind == kind && wanted.contains(&c.when)).map(|c| c.name).collect()
        };
        let arns = |wanted: &dyn Fn(&Entity) -> bool| -> BTreeSet<String> {
            entities.iter().filter(|e| wanted(e)).flat_map(|e| e.arns.iter().cloned()).collect()
        };
        self.add(&word, &calls(&[When::Changed, When::Stripped, When::Member]), arns(&|_| true), None);
        self.add(&format!("{word}Made"), &calls(&[When::Made]), arns(&|e| e.made && e.bounded.is_none()), None);
        self.add(&format!("{word}Moved"), &calls(&[When::Moved]), arns(&|e| e.moved), None);
        self.add(&format!("{word}Inline"), &calls(&[When::Inline]), arns(&|e| e.inline), None);
        let attached: BTreeSet<&String> = entities.iter().flat_map(|e| &e.attached).collect();
        let only = json!({"ArnEquals": {"iam:PolicyARN": one_or_list(attached.into_iter().cloned().collect())}});
        self.add(&format!("{word}Attached"), &calls(&[When::Attached]), arns(&|e| !e.attached.is_empty()), Some(only));
        // By boundary: each entity is made with its own, and with no other.
        let mut bounded: BTreeMap<&str, Vec<&Entity>> = BTreeMap::new();
        for entity in entities {
            if let Some(boundary) = &entity.bounded {
                bounded.entry(boundary).or_default().push(entity);
            }
        }
        for (number, (boundary, entities)) in (1..).zip(bounded) {
            let under = json!({"StringEquals": {"iam:PermissionsBoundary": boundary}});
            let of = |wanted: &dyn Fn(&Entity) -> bool| -> BTreeSet<String> {
                entities.iter().filter(|e| wanted(e)).flat_map(|e| e.arns.iter().cloned()).collect()
            };
            let sid = format!("{word}Bounded{number}");
            if entities.iter().all(|e| e.made) {
                self.add(&sid, &calls(&[When::Made, When::Bounded]), of(&|_| true), Some(under));
            } else {
                self.add(&sid, &calls(&[When::Bounded]), of(&|_| true), Some(under.clone()));
                self.add(&format!("{sid}Made"), &calls(&[When::Made]), of(&|e| e.made), Some(under));
            }
        }
        self.add(&format!("{word}Unbounded"), &calls(&[When::Unbounded]), arns(&|e| e.unbounded), None);
        self.removal(kind, &calls(&[When::Removed, When::Stripped]), entities.iter().any(|e| e.made));
    }

    /// What has left the specs is known by its ownership tag. Groups have no tags and are never removed.
    fn removal(&mut self, kind: EntityKind, calls: &BTreeSet<&'static str>, made: bool) {
        if !kind.taggable() || !made {
            return;
        }
        let key = format!("aws:ResourceTag/{}", self.input.tag_key);
        let owned = json!({"StringEquals": {key: one_or_list(self.input.stacks.to_vec())}});
        let every: BTreeSet<String> = [self.every(kind)].into();
        self.add(&format!("{}Removed", sid_of(kind)), calls, every, Some(owned));
        if kind == EntityKind::User {
            // A user that goes leaves its groups first, whichever they are.
            let groups = [self.every(EntityKind::Group)].into();
            self.add("UsersRemovedFromGroups", &["RemoveUserFromGroup"].into(), groups, None);
        }
    }

    fn linked(&mut self, desired: &Desired) {
        let services: BTreeSet<&str> = desired.service_linked_roles.values().map(|role| role.service.as_str()).collect();
        if services.is_empty() {
            return;
        }
        let arns = services.iter().map(|s| self.arn(EntityKind::ServiceLinkedRole, &format!("/aws-service-role/{s}/"), "*"));
        let arns = arns.collect();
        let names = services.iter().map(|service| (*service).to_owned()).collect();
        let only = json!({"StringEquals": {"iam:AWSServiceName": one_or_list(names)}});
        let calls = Operation::CALLS.iter().filter(|c| c.kind == EntityKind::ServiceLinkedRole && c.when == When::Made);
        self.add("ServiceLinkedRoles", &calls.map(|c| c.name).collect(), arns, Some(only));
        // A description changes by the call for roles.
        let described = desired.service_linked_roles.values().filter(|role| role.description != Want::Leave);
        let described: BTreeSet<String> = described
            .map(|r| self.arn(EntityKind::ServiceLinkedRole, &format!("/aws-service-role/{}/", r.service), "*"))
            .collect();
        self.add("ServiceLinkedRolesDescribed", &["UpdateRole"].into(), described, None);
    }

    fn entities(&self, desired: &Desired) -> Vec<Entity> {
        let plain = |kind, path: &str, name: &Name| Entity {
            kind,
            arns: vec![self.arn(kind, path, name.as_str())],
            made: true,
            moved: false,
            inline: false,
            attached: Vec::new(),
            bounded: None,
            unbounded: false,
        };
        let mut all: Vec<Entity> = Vec::new();
        all.extend(desired.oidc_providers.keys().map(|name| plain(EntityKind::OidcProvider, "/", name)));
        all.extend(desired.saml_providers.keys().map(|name| plain(EntityKind::SamlProvider, "/", name)));
        all.extend(desired.policies.iter().map(|(name, policy)| plain(EntityKind::Policy, &policy.path, name)));
        all.extend(desired.instance_profiles.iter().map(|(n, profile)| plain(EntityKind::InstanceProfile, &profile.path, n)));
        for (name, role) in &desired.roles {
            all.push(Entity {
                inline: !role.inline_policies.is_empty(),
                attached: self.attached(desired, role.managed_policies.iter().map(|(policy, _)| policy)),
                bounded: self.boundary(desired, &role.permissions_boundary),
                unbounded: role.permissions_boundary == Want::Exactly(None),
                ..plain(EntityKind::Role, &role.path, name)
            });
        }
        for (name, user) in &desired.users {
            all.push(Entity {
                arns: self.under_either_name(EntityKind::User, &user.path, name, user.renamed_from.as_ref()),
                made: user.create,
                moved: user.path != Want::Leave || user.renamed_from.is_some(),
                inline: !user.inline_policies.is_empty(),
                attached: self.attached(desired, user.managed_policies.iter().map(|(policy, _)| policy)),
                bounded: self.boundary(desired, &user.permissions_boundary),
                unbounded: user.permissions_boundary == Want::Exactly(None),
                ..plain(EntityKind::User, "/", name)
            });
        }
        for (name, group) in &desired.groups {
            all.push(Entity {
                arns: self.under_either_name(EntityKind::Group, &group.path, name, group.renamed_from.as_ref()),
                moved: group.path != Want::Leave || group.renamed_from.is_some(),
                inline: !group.inline_policies.is_empty(),
                attached: self.attached(desired, group.managed_policies.iter().map(|(policy, _)| policy)),
                ..plain(EntityKind::Group, "/", name)
            });
        }
        for address in desired.release.keys() {
            // Its path is not in the specs. Releasing takes the marks off.
            let released = self.anywhere(address.kind, &Want::Leave, &address.name);
            all.push(Entity { arns: released, made: false, ..plain(address.kind, "/", &address.name) });
        }
        all
    }

    /// Renaming needs the permission on the entity under both names (IAM User Guide, "UpdateUser").
    fn under_either_name(
        &self,
        kind: EntityKind,
        path: &Want<String>,
        name: &Name,
        old: Option<&(Name, crate::diag::Place)>,
    ) -> Vec<String> {
        let names = std::iter::once(name).chain(old.map(|(old, _)| old));
        names.flat_map(|name| self.anywhere(kind, path, name)).collect()
    }

    /// Users and groups may have another path than the one they are to get: names are unique in an account whatever the path.
    fn anywhere(&self, kind: EntityKind, path: &Want<String>, name: &Name) -> Vec<String> {
        let mut arns = vec![self.arn(kind, path_of(path), name.as_str()), self.arn(kind, "/*/", name.as_str())];
        if path_of(path) != "/" {
            arns.push(self.arn(kind, "/", name.as_str()));
        }
        if matches!(kind, EntityKind::OidcProvider | EntityKind::SamlProvider) {
            arns.truncate(1);
        }
        arns
    }

    fn attached<'p>(&self, desired: &Desired, policies: impl Iterator<Item = &'p PolicyRef>) -> Vec<String> {
        policies.map(|policy| self.policy(desired, policy)).collect()
    }

    fn boundary(&self, desired: &Desired, boundary: &Want<Option<PolicyRef>>) -> Option<String> {
        boundary.value().and_then(Option::as_ref).map(|policy| self.policy(desired, policy))
    }

    fn policy(&self, desired: &Desired, policy: &PolicyRef) -> String {
        match policy {
            PolicyRef::Arn(arn) => arn.clone(),
            PolicyRef::Declared(name) => {
                let (name, path) = desired.policies.get_key_value(name).map_or((name, "/"), |(n, policy)| (n, &*policy.path));
                self.arn(EntityKind::Policy, path, name.as_str())
            }
        }
    }
}

fn path_of(path: &Want<String>) -> &str {
    path.value().map_or("/", String::as_str)
}

fn one_or_list(mut list: Vec<String>) -> Value {
    match (list.len(), list.pop()) {
        (1, Some(one)) => json!(one),
        (_, last) => json!(list.into_iter().chain(last).collect::<Vec<_>>()),
    }
}

fn sid_of(kind: EntityKind) -> String {
    match kind {
        EntityKind::OidcProvider => "OidcProviders",
        EntityKind::SamlProvider => "SamlProviders",
        EntityKind::Policy => "Policies",
        EntityKind::Role => "Roles",
        EntityKind::InstanceProfile => "InstanceProfiles",
        EntityKind::ServiceLinkedRole => "ServiceLinkedRoles",
        EntityKind::User => "Users",
        EntityKind::Group => "Groups",
    }
    .to_owned()
}
