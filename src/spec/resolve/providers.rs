//! Service-linked roles, identity providers, and releases.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::Collected;
use super::env::Env;
use crate::diag::{Finding, Place};
use crate::model::{Desired, Manage, Want, WantOidcProvider, WantSamlProvider, WantServiceLinkedRole};
use crate::names::{Address, EntityKind, Name, check_description, check_name};
use crate::spec::text::Pos;
use crate::spec::yaml::{At, Items};

pub(super) fn linked_roles(env: &mut Env<'_>, collected: &Collected) -> BTreeMap<Name, WantServiceLinkedRole> {
    let mut out: BTreeMap<Name, WantServiceLinkedRole> = BTreeMap::new();
    for entry in &collected.linked_roles {
        let key = match &entry.custom_suffix {
            Some(suffix) => format!("{}/{suffix}", entry.service),
            None => entry.service.clone(),
        };
        if !entry.service.contains('.')
            || entry.service.contains('/')
            || check_name(EntityKind::ServiceLinkedRole, &entry.service).is_err()
        {
            let problem = Finding::error("bad-name", format!("`{}` is not a service principal", entry.service.escape_debug()))
                .help("write the service's host, as in `spot.amazonaws.com`");
            env.report(entry.at, problem);
        }
        // CustomSuffix: 1 to 64 of `[\w+=,.@-]` (iam-facts 3.3), the rule of role names.
        if entry.custom_suffix.as_ref().is_some_and(|suffix| check_name(EntityKind::Role, suffix).is_err()) {
            let problem = Finding::error("bad-name", "a custom suffix has 1 to 64 letters, digits and `_+=,.@-`")
                .help("choose another suffix");
            env.report(entry.at, problem);
        }
        if let Some(Err(why)) = entry.description.as_ref().map(|d| check_description(d)) {
            env.report(entry.at, Finding::error("bad-description", why).help("IAM refuses it; shorten or respell it"));
        }
        let name = Name::new(key);
        if let Some(first) = out.get(&name) {
            let problem = Finding::error("duplicate-name", format!("service-linked role `{name}` is declared twice"))
                .help("keep one of the two")
                .related("first declared here", first.place.clone());
            env.report(entry.at, problem);
            continue;
        }
        let want = WantServiceLinkedRole {
            place: env.place(entry.at),
            service: entry.service.clone(),
            custom_suffix: entry.custom_suffix.clone(),
            description: entry.description.clone().into(),
        };
        out.insert(name, want);
    }
    out
}

/// A list as a set; an entry that occurs twice, or that `check` refuses, is an error.
fn set(env: &mut Env<'_>, list: Option<&Items<At<String>>>, check: impl Fn(&str) -> Option<String>) -> Want<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    for item in list.iter().flat_map(|list| &list.0) {
        if let Some(why) = check(item) {
            env.report(item.at, Finding::error("bad-name", why).help("IAM refuses it"));
        } else if !out.insert(item.value.clone()) {
            let problem = Finding::error("duplicate-entry", format!("`{}` is listed twice", item.escape_debug()));
            env.report(item.at, problem.help("keep one of the two"));
        }
    }
    list.map(|_| out).into()
}

pub(super) fn oidc(env: &mut Env<'_>, collected: &Collected) -> BTreeMap<Name, WantOidcProvider> {
    let mut out = BTreeMap::new();
    for (name, at, spec) in env.here(&collected.oidc_providers, |s| s.accounts.as_ref()) {
        let client = |text: &str| {
            let length = text.chars().count();
            (length == 0 || length > 255).then(|| format!("an audience has 1 to 255 characters, this one has {length}"))
        };
        let thumbprint = |text: &str| {
            let good = text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
            (!good).then(|| format!("`{}` is not a thumbprint: forty hexadecimal digits", text.escape_debug()))
        };
        let client_ids = set(env, spec.client_ids.as_ref(), client);
        // IAM shows thumbprints in small letters, whatever was sent.
        let thumbprints = set(env, spec.thumbprints.as_ref(), thumbprint);
        let thumbprints = thumbprints.value().map(|all| all.iter().map(|t| t.to_ascii_lowercase()).collect()).into();
        // iam-facts 2.7
        at_most(env, at, &client_ids, 100, "audiences");
        at_most(env, at, &thumbprints, 5, "thumbprints");
        if spec.thumbprints.as_ref().is_some_and(|list| list.0.is_empty()) {
            let problem = Finding::error("bad-value", "the list of thumbprints cannot be empty")
                .help("leave `thumbprints` out: IAM finds one itself");
            env.report(at, problem);
        }
        env.refuse_attach_only(at, spec.manage);
        let tags = env.tags(EntityKind::OidcProvider, at, spec.tags.as_ref(), true);
        let want = WantOidcProvider {
            place: env.place(at),
            client_ids,
            thumbprints,
            tags,
            manage: spec.manage.map(Manage::from),
            protect: spec.protect.0,
        };
        out.insert(name.clone(), want);
    }
    out
}

fn at_most(env: &mut Env<'_>, at: Pos, list: &Want<BTreeSet<String>>, most: usize, what: &str) {
    if let Some(list) = list.value().filter(|list| list.len() > most) {
        let problem = Finding::error("bad-value", format!("a provider has at most {most} {what}, this one has {}", list.len()));
        env.report(at, problem.help("take some out"));
    }
}

pub(super) fn saml(env: &mut Env<'_>, collected: &Collected) -> BTreeMap<Name, WantSamlProvider> {
    let mut out = BTreeMap::new();
    for (name, at, spec) in env.here(&collected.saml_providers, |s| s.accounts.as_ref()) {
        env.refuse_attach_only(at, spec.manage);
        let tags = env.tags(EntityKind::SamlProvider, at, spec.tags.as_ref(), true);
        let (at_metadata, metadata) = match (&spec.metadata, &spec.metadata_file) {
            (Some(text), None) => (text.at, text.value.clone()),
            (None, Some(file)) => {
                let key = (file.at.file, file.value.clone());
                // A file that is missing or unreadable has its own error.
                let Some(text) = env.loaded.beside.get(&key).and_then(|file| env.loaded.texts.get(*file)) else { continue };
                (file.at, text.text.clone())
            }
            (Some(_), Some(file)) => {
                let problem = Finding::error("bad-document", "a SAML provider has either `metadata` or `metadata_file`");
                env.report(file.at, problem.help("keep one of the two"));
                continue;
            }
            (None, None) if env.is_told(spec.at, &["metadata", "metadata_file"]) => continue,
            (None, None) => {
                let problem = Finding::error("missing-key", "the key `metadata_file` is missing");
                env.report(spec.at, problem.help("add `metadata_file:`, or `metadata:` with the document itself"));
                continue;
            }
        };
        let length = metadata.chars().count();
        if !(1000..=10_000_000).contains(&length) {
            let message = format!("SAML metadata has 1,000 to 10,000,000 characters, this one has {length}");
            env.report(at_metadata, Finding::error("bad-value", message).help("save the identity provider's own metadata file"));
        }
        out.insert(
            name.clone(),
            WantSamlProvider {
                place: env.place(at),
                metadata,
                tags,
                manage: spec.manage.map(Manage::from),
                protect: spec.protect.0,
            },
        );
    }
    out
}

pub(super) fn release(env: &mut Env<'_>, collected: &Collected, desired: &Desired) -> BTreeMap<Address, Place> {
    let mut out = BTreeMap::new();
    for entry in &collected.release {
        let address: Address = match entry.parse() {
            Ok(address) => address,
            Err(error) => {
                let text = crate::names::AddressError::to_string(&error);
                let (message, help) = text.split_once("; ").unwrap_or((&text, "write KIND/NAME, as in `role/my-role`"));
                env.report(entry.at, Finding::error("bad-address", message).help(help));
                continue;
            }
        };
        // Service-linked roles are named by service and suffix.
        if address.kind != EntityKind::ServiceLinkedRole
            && let Err(why) = check_name(address.kind, address.name.as_str())
        {
            env.report(entry.at, Finding::error("bad-address", why).help("no entity can have this name"));
            continue;
        }
        if let Some(place) = desired.place_of(&address) {
            let problem = Finding::error("released-and-declared", format!("`{address}` is declared and released"))
                .help("take it out of `release`, or delete its declaration")
                .related("declared here", place.clone());
            env.report(entry.at, problem);
        }
        out.insert(address, env.place(entry.at));
    }
    out
}
