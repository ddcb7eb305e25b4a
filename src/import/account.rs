//! One account → the entries of its spec files.

use std::collections::{BTreeMap, BTreeSet};

use super::check;
use super::choose::{candidates, chosen, holders};
use super::entity::Writer;
use super::layout::{Layout, MetadataFiles, Section, SpecFile, Unit};
use super::leave_out::Report;
use super::notes::notes;
use super::profiles::profiles;
use super::select::Selection;
use super::values::Values;
use crate::model::{Seen, Snapshot, Tags};
use crate::names::{Address, EntityKind, Name};
use crate::scope::{Owner, Settings};
use crate::spec::ResolveContext;
use crate::spec::source::Sources;

/// What to import, and everything that the plan of it depends on.
pub struct Import<'a> {
    /// The account.
    pub snapshot: &'a Snapshot,
    /// How specs are read: the project's variables and defaults, the account, the grammar.
    pub context: ResolveContext<'a>,
    /// Stack, ownership tag, what is ignored.
    pub settings: &'a Settings,
    /// The region, where the project names one; only then does it become a variable.
    pub region: Option<&'a str>,
    /// Whether the account is what a template would make: then account id and region are variables in names too, and the specs
    /// make their users.
    pub template: bool,
    /// Entities on which more hangs than the account shows.
    pub additive: &'a BTreeSet<Address>,
    /// What ends on a day.
    pub expires: &'a super::Expiries,
    /// What to take.
    pub selection: &'a Selection,
    /// How files are laid out.
    pub layout: &'a Layout,
    /// The specs that are there already; asked for more than once.
    pub existing: &'a dyn Fn() -> Sources,
    /// The folder of the new files as places name it, with a slash at its end; empty for the project's own.
    pub folder: &'a str,
    /// Files that are in the folder already, relative to it, in lower case.
    pub taken: &'a BTreeSet<String>,
}

/// Everything of one account that is to be written, and the addresses that it declares. `saml` gives the metadata their files.
pub(super) fn units(
    import: &Import<'_>,
    known: &BTreeSet<Address>,
    rejected: &BTreeMap<Address, String>,
    in_full: &BTreeSet<Name>,
    saml: &mut MetadataFiles,
    report: &mut Report,
) -> (Vec<Unit>, BTreeSet<Address>) {
    let snapshot = import.snapshot;
    let held = holders(snapshot);
    let mut taken = chosen(import, known, rejected, &held, report);
    taken.retain(|address| match check::unfit(import, address) {
        None => true,
        Some(why) => {
            report.unknown(address, why);
            let tags = candidates(snapshot).into_iter().find(|c| c.address == *address).map(|c| c.tags);
            if tags.is_some_and(|tags| Owner::of(address.kind, tags, import.settings).is_ours()) {
                report.released.push(address.clone());
            }
            false
        }
    });
    let declared: BTreeSet<Address> = taken.iter().chain(known).cloned().collect();
    let values = Values::new(&snapshot.account, import.region);
    let values = if import.template { values.everywhere() } else { values };
    let writer = Writer {
        snapshot,
        values: &values,
        defaults: import.context.defaults,
        tag_key: &import.settings.tag_key,
        declared: &declared,
        in_full,
        additive: import.additive,
        expires: import.expires,
    };
    let profiles = profiles(import, &taken, rejected, report);
    let mut units = Vec::new();
    let mut declared: BTreeSet<Address> = BTreeSet::new();
    for address in &taken {
        let name = &address.name;
        let mut beside = None;
        let (section, value) = match address.kind {
            EntityKind::OidcProvider => (Section::Oidc, snapshot.oidc_providers.get(name).map(|p| writer.oidc(p))),
            EntityKind::SamlProvider => {
                let provider = snapshot.saml_providers.get(name);
                let text = provider.and_then(|p| p.metadata.value()).cloned().unwrap_or_default();
                let file = saml.of(name, &text);
                let value = provider.map(|p| writer.saml(&p.tags, &file));
                beside = Some((file, text));
                (Section::Saml, value)
            }
            EntityKind::Policy => (Section::Policies, snapshot.policies.get(name).and_then(|p| writer.policy(name, p))),
            EntityKind::Role => match snapshot.roles.get(name).filter(|role| role.linked_service().is_some()) {
                Some(role) => (Section::Linked, linked(import, name, role)),
                None => (Section::Roles, snapshot.roles.get(name).and_then(|r| writer.role(name, r, profiles.get(name)))),
            },
            EntityKind::User => {
                let created = |t: &Tags| crate::scope::Marks(import.settings).is_created(t);
                let ours = |u: &crate::model::User| Owner::of(EntityKind::User, &u.tags, import.settings).is_ours();
                let user = snapshot.users.get(name);
                (
                    Section::Users,
                    user.map(|u| writer.user(name, u, import.template || ours(u) && u.tags.value().is_some_and(created))),
                )
            }
            EntityKind::Group => {
                let is_in = |user: &crate::model::User| user.groups.value().is_some_and(|g| g.contains(name));
                // Of a real account every member is there; of a template only those that the specs make.
                let known = |user: &Name| !import.template || writer.declared.contains(&Address::new(EntityKind::User, user));
                let members = snapshot.users.iter().filter(|(name, user)| is_in(user) && known(name));
                let members: Vec<&Name> = members.map(|(name, _)| name).collect();
                (Section::Groups, snapshot.groups.get(name).map(|g| writer.group(name, g, &members)))
            }
            EntityKind::InstanceProfile | EntityKind::ServiceLinkedRole => continue,
        };
        let Some(value) = value else {
            report.unknown(address, "its name leads back to no declaration of a service-linked role");
            continue;
        };
        notes(snapshot, address, import.additive, report);
        declared.insert(address.clone());
        if let Some(profile) = profiles.get(name).filter(|_| address.kind == EntityKind::Role) {
            declared.insert(Address::new(EntityKind::InstanceProfile, profile));
        }
        let mut stem = stem(import, address, section, &held, &taken);
        if let Some(region) = import.region.filter(|_| import.template) {
            stem = stem.replace(region, "region");
        }
        units.push(Unit { address: address.clone(), section, stem, entry: (values.name(name.as_str()), value), beside });
    }
    for address in &report.released {
        let entry = (String::new(), super::Yaml::text(address.to_string()));
        units.push(Unit { address: address.clone(), section: Section::Release, stem: "release".to_owned(), entry, beside: None });
    }
    (units, declared)
}

/// A service-linked role by its service, and its suffix where it has one.
fn linked(import: &Import<'_>, name: &Name, role: &crate::model::Role) -> Option<super::Yaml> {
    use super::Yaml;
    use crate::model::{LinkedRoleRequest, suffix_of};
    let service = role.linked_service().unwrap_or_default();
    let request = suffix_of(service, name, import.snapshot.roles_of_service(service))?;
    let mut fields = vec![("service".to_owned(), Yaml::text(service))];
    if let LinkedRoleRequest::Suffix(suffix) = request {
        fields.push(("custom_suffix".to_owned(), Yaml::text(suffix)));
    }
    // In an account the description is the service's own.
    if let Some(Some(text)) = role.description.value().filter(|_| import.template) {
        fields.push(("description".to_owned(), Yaml::text(crate::spec::vars::literal(text))));
    }
    Some(if fields.len() == 1 { Yaml::text(service) } else { Yaml::Map(fields) })
}

/// Which file an entity goes to.
fn stem(
    import: &Import<'_>,
    address: &Address,
    section: Section,
    held: &BTreeMap<String, BTreeSet<Address>>,
    taken: &BTreeSet<Address>,
) -> String {
    let snapshot = import.snapshot;
    let name = &address.name;
    match section {
        Section::Oidc | Section::Saml => return "identity-providers".to_owned(),
        Section::Linked => return "service-linked-roles".to_owned(),
        Section::Release => return "release".to_owned(),
        _ => {}
    }
    let candidate = |address: &Address| -> (Option<&str>, Option<&Seen<Tags>>) {
        let name = &address.name;
        match address.kind {
            EntityKind::Policy => snapshot.policies.get(name).map_or((None, None), |p| (Some(p.path.as_str()), Some(&p.tags))),
            EntityKind::Role => snapshot.roles.get(name).map_or((None, None), |r| (Some(r.path.as_str()), Some(&r.tags))),
            EntityKind::User => snapshot.users.get(name).map_or((None, None), |u| (Some(u.path.as_str()), Some(&u.tags))),
            EntityKind::Group => snapshot.groups.get(name).map_or((None, None), |g| (Some(g.path.as_str()), None)),
            _ => (None, None),
        }
    };
    match import.layout {
        Layout::Role => match section {
            Section::Roles => format!("roles/{name}"),
            Section::Users => "users".to_owned(),
            Section::Groups => "groups".to_owned(),
            _ => {
                let holders = snapshot.arn_of(address).and_then(|arn| held.get(&arn));
                let only = holders.filter(|h| h.len() == 1).and_then(|h| h.first());
                match only.filter(|holder| holder.kind == EntityKind::Role && taken.contains(holder)) {
                    Some(role) => format!("roles/{}", role.name),
                    None => format!("policies/{name}"),
                }
            }
        },
        Layout::Path => match candidate(address).0 {
            Some(path) if path != "/" => path.trim_matches('/').to_owned(),
            _ => "root".to_owned(),
        },
        Layout::Tag(key) => {
            let value = candidate(address).1.and_then(Seen::value).and_then(|tags| crate::scope::find(address.kind, tags, key));
            value.filter(|v| !v.is_empty()).map_or_else(|| "untagged".to_owned(), |v| v.replace('/', "-"))
        }
    }
}

/// The new files as places name them.
pub(super) fn placed<'f>(import: &Import<'_>, files: &'f [SpecFile]) -> Vec<(String, &'f SpecFile)> {
    files.iter().map(|file| (format!("{}{}", import.folder, file.name), file)).collect()
}
