//! Policies, roles, and the instance profiles that roles declare.

use std::collections::BTreeMap;

use super::collect::Collected;
use super::context::DocumentPart;
use super::env::Env;
use crate::diag::Finding;
use crate::model::{Manage, WantInstanceProfile, WantPolicy, WantRole};
use crate::names::{Address, EntityKind, Name, check_name, check_path, check_tag_key, check_tag_value};
use crate::spec::mistakes;
use crate::spec::shape::{InstanceProfileSpec, ManageWord, RoleSpec};

pub(super) fn policies(env: &mut Env<'_>, collected: &Collected) -> BTreeMap<Name, WantPolicy> {
    let scope = collected.scope(env.context);
    let mut out = BTreeMap::new();
    for (name, at, spec) in env.here(&collected.policies, |s| s.accounts.as_ref()) {
        env.check_path(EntityKind::Policy, spec.path.as_ref());
        let description = env.description(spec.description.as_ref());
        let tags = env.tags(EntityKind::Policy, at, spec.tags.as_ref(), true);
        env.refuse_attach_only(at, spec.manage);
        let key = (Address::new(EntityKind::Policy, name), DocumentPart::Document);
        let document = env.one_document(key, at, spec, scope);
        let Some((document, document_place)) = document else { continue };
        let want = WantPolicy {
            place: env.place(at),
            path: env.path_or_default(spec.path.as_ref()),
            description,
            tags,
            document,
            document_place,
            manage: spec.manage.map_or(Manage::Exclusive, Manage::from),
            protect: spec.protect.0,
            adopt: spec.adopt.0,
        };
        out.insert(name.clone(), want);
    }
    out
}

type Roles = BTreeMap<Name, WantRole>;
type Profiles = BTreeMap<Name, WantInstanceProfile>;

pub(super) fn roles(env: &mut Env<'_>, collected: &Collected) -> (Roles, Profiles) {
    let scope = collected.scope(env.context);
    let (mut roles, mut profiles) = (Roles::new(), Profiles::new());
    for (name, at, spec) in env.here(&collected.roles, |s| s.accounts.as_ref()) {
        let address = Address::new(EntityKind::Role, name);
        env.check_path(EntityKind::Role, spec.path.as_ref());
        let path = env.path_or_default(spec.path.as_ref());
        if crate::model::is_reserved_path(&path) {
            let place = spec.path.as_ref().map_or(at, |p| p.at);
            let problem = Finding::error("bad-path", format!("the path `{}` is AWS's own", path.escape_debug()))
                .help("declare service-linked roles under `service_linked_roles`");
            env.report(place, problem);
        }
        let attach_only = spec.manage == Some(ManageWord::AttachOnly);
        if attach_only {
            only_attachments(env, at, spec);
        }
        let trust = if attach_only { None } else { env.trust(&address, at, spec, scope) };
        let (inline_policies, inline_places) = env.inline(&address, &spec.inline_policies, scope);
        let want = WantRole {
            place: env.place(at),
            path: path.clone(),
            description: env.description(spec.description.as_ref()),
            max_session_duration: env.session(spec.max_session_duration.as_ref()),
            permissions_boundary: env.boundary(spec.permissions_boundary.as_ref(), !attach_only),
            tags: env.tags(EntityKind::Role, at, spec.tags.as_ref(), !attach_only),
            managed_policies: env.managed(&spec.managed_policies),
            inline_policies,
            inline_places,
            manage: spec.manage.map_or(Manage::Exclusive, Manage::from),
            protect: spec.protect.0,
            adopt: spec.adopt.0,
            trust: trust.as_ref().map_or_else(|| crate::policy::Document::new(serde_json::Value::Null), |(d, _)| d.clone()),
            trust_place: trust.as_ref().map_or_else(|| env.place(at), |(_, place)| place.clone()),
        };
        if let Some(profile) = &spec.instance_profile {
            if let InstanceProfileSpec::Named(word) = &profile.value
                && let Some(meant) = yaml_1_1_bool(word)
            {
                let problem = Finding::error("wrong-value", format!("`{word}` is a text, and would be the profile's name"));
                env.report(profile.at, problem.help(format!("write `{meant}`")));
            }
            let profile_name = match &profile.value {
                InstanceProfileSpec::SameName(false) => None,
                InstanceProfileSpec::SameName(true) => Some(name.clone()),
                InstanceProfileSpec::Named(other) => Some(Name::new(other.clone())),
                InstanceProfileSpec::Own(own) => Some(own.name.clone().map_or_else(|| name.clone(), Name::new)),
            };
            let (own_path, own_tags) = match &profile.value {
                InstanceProfileSpec::Own(own) => (own.path.clone(), own.tags.clone()),
                InstanceProfileSpec::SameName(_) | InstanceProfileSpec::Named(_) => (None, None),
            };
            if let Some(Err(why)) = own_path.as_deref().map(|path| check_path(EntityKind::InstanceProfile, path)) {
                env.report(
                    profile.at,
                    Finding::error("bad-path", why).help(mistakes::path(own_path.as_deref().unwrap_or_default())),
                );
            }
            for (key, value) in own_tags.iter().flatten() {
                if let Err(why) = check_tag_key(key).and_then(|()| check_tag_value(value)) {
                    env.report(profile.at, Finding::error("bad-tag", why).help("choose another tag"));
                }
            }
            if let Some(profile_name) = profile_name {
                if let Err(why) = check_name(EntityKind::InstanceProfile, profile_name.as_str()) {
                    env.report(
                        profile.at,
                        Finding::error("bad-name", why).help("choose another name, or write `true` for the role's own"),
                    );
                }
                if let Some(first) = profiles.get(&profile_name) {
                    let message = format!("instance profile `{profile_name}` is declared twice");
                    let problem = Finding::error("duplicate-name", message)
                        .help("an instance profile holds one role; give this one another name")
                        .related("first declared here", first.place.clone());
                    env.report(profile.at, problem);
                }
                let want_profile = WantInstanceProfile {
                    place: env.place(profile.at),
                    path: own_path.unwrap_or(path),
                    role: name.clone(),
                    tags: own_tags.unwrap_or_else(|| want.tags.clone()),
                    manage: want.manage,
                    protect: want.protect,
                    adopt: want.adopt,
                };
                profiles.insert(profile_name, want_profile);
            }
        }
        roles.insert(name.clone(), want);
    }
    (roles, profiles)
}

/// `manage: attach_only` speaks of attachments alone.
fn only_attachments(env: &mut Env<'_>, at: crate::spec::text::Pos, spec: &RoleSpec) {
    let given = [
        ("path", spec.path.is_some()),
        ("description", spec.description.is_some()),
        ("max_session_duration", spec.max_session_duration.is_some()),
        ("permissions_boundary", spec.permissions_boundary.is_some()),
        ("tags", spec.tags.is_some()),
        ("trust", spec.trust.is_some() || spec.trust_document.is_some() || spec.trust_document_file.is_some()),
        ("instance_profile", spec.instance_profile.is_some()),
        ("protect", spec.protect.0),
        ("adopt", spec.adopt.0),
    ];
    for (key, _) in given.into_iter().filter(|(_, given)| *given) {
        let message = format!("`manage: attach_only` compares attachments alone, and `{key}` is given");
        let problem = Finding::error("wrong-value", message).help(format!("take `{key}` out, or choose another `manage:`"));
        env.report(at, problem);
    }
}

/// What `yes`, `on` and the like were to the YAML of old.
fn yaml_1_1_bool(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" => Some(true),
        "no" | "off" | "n" => Some(false),
        _ => None,
    }
}
