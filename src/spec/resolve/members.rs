//! Users and groups.

use std::collections::BTreeMap;

use super::collect::Collected;
use super::env::Env;
use crate::diag::{Finding, Place};
use crate::model::{Manage, WantGroup, WantUser};
use crate::names::{Address, EntityKind, Name, check_name};
use crate::spec::yaml::At;

pub(super) fn users(env: &mut Env<'_>, collected: &Collected) -> BTreeMap<Name, WantUser> {
    let scope = collected.scope(env.context);
    let mut out = BTreeMap::new();
    for (name, at, spec) in env.here(&collected.users, |s| s.accounts.as_ref()) {
        let address = Address::new(EntityKind::User, name);
        env.check_path(EntityKind::User, spec.path.as_ref());
        env.refuse_attach_only(at, spec.manage);
        let (inline_policies, inline_places) = env.inline(&address, &spec.inline_policies, scope);
        // The project's defaults are for what the project makes; a user that is only added to keeps what it has.
        let ours = spec.create.0;
        let want = WantUser {
            place: env.place(at),
            path: spec.path.as_ref().map(|p| p.value.clone()).into(),
            permissions_boundary: env.boundary(spec.permissions_boundary.as_ref(), ours),
            tags: env.tags(EntityKind::User, at, spec.tags.as_ref(), ours),
            managed_policies: env.managed(&spec.managed_policies),
            inline_policies,
            inline_places,
            manage: spec.manage.map_or(Manage::Additive, Manage::from),
            protect: spec.protect.0,
            adopt: spec.adopt.0,
            create: spec.create.0,
            renamed_from: env.renamed_from(EntityKind::User, name, spec.renamed_from.as_ref()),
        };
        out.insert(name.clone(), want);
    }
    out
}

impl Env<'_> {
    /// The name under which the account has a user or group that the spec calls otherwise.
    fn renamed_from(&mut self, kind: EntityKind, name: &Name, from: Option<&At<String>>) -> Option<(Name, Place)> {
        let from = from?;
        let old = Name::new(from.value.clone());
        if let Err(why) = check_name(kind, from) {
            self.report(from.at, Finding::error("bad-name", why).help("write the name that the account has"));
        } else if old == *name {
            let problem = Finding::error("bad-value", format!("`{name}` is its name already; IAM ignores letter case"));
            self.report(from.at, problem.help("take `renamed_from` out"));
        }
        Some((old, self.place(from.at)))
    }
}

pub(super) fn groups(env: &mut Env<'_>, collected: &Collected) -> BTreeMap<Name, WantGroup> {
    let scope = collected.scope(env.context);
    let mut out = BTreeMap::new();
    for (name, at, spec) in env.here(&collected.groups, |s| s.accounts.as_ref()) {
        let address = Address::new(EntityKind::Group, name);
        env.check_path(EntityKind::Group, spec.path.as_ref());
        env.refuse_attach_only(at, spec.manage);
        let (inline_policies, inline_places) = env.inline(&address, &spec.inline_policies, scope);
        let mut users = Vec::with_capacity(spec.users.0.len());
        let mut seen = BTreeMap::new();
        for user in &spec.users.0 {
            let member = Name::new(user.value.clone());
            if let Err(why) = check_name(EntityKind::User, user) {
                env.report(user.at, Finding::error("bad-name", why).help("write the user's name alone"));
                continue;
            }
            if let Some(first) = seen.get(&member) {
                let problem = Finding::error("duplicate-entry", format!("user `{member}` is listed twice"))
                    .help("keep one of the two")
                    .related("first here", env.place(*first));
                env.report(user.at, problem);
                continue;
            }
            seen.insert(member.clone(), user.at);
            users.push((member, env.place(user.at)));
        }
        let want = WantGroup {
            place: env.place(at),
            path: spec.path.as_ref().map(|p| p.value.clone()).into(),
            managed_policies: env.managed(&spec.managed_policies),
            inline_policies,
            inline_places,
            users,
            manage: spec.manage.map_or(Manage::Additive, Manage::from),
            protect: spec.protect.0,
            renamed_from: env.renamed_from(EntityKind::Group, name, spec.renamed_from.as_ref()),
        };
        out.insert(name.clone(), want);
    }
    out
}
