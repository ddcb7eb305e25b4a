//! The holdings of one role, user or group.

use super::account::{AccountState, Source};
use super::{Boundary, Held, Holdings, PolicyOf, Unknown};
use crate::diag::Place;
use crate::model::{InlinePolicies, PolicyRef, Seen, Tags, Want};
use crate::names::{Address, EntityKind, Name};
use crate::policy::Document;
use crate::policy::eval::Principal;

/// What is written on one entity.
struct Parts<'h> {
    name: &'h Name,
    id: Option<&'h str>,
    tags: Seen<&'h Tags>,
    inline: Seen<&'h InlinePolicies>,
    /// ARNs, with the place of the entry in a spec.
    attached: Seen<Vec<(String, Option<&'h Place>)>>,
    boundary: Want<Seen<Option<String>>>,
    /// The place of the entity in a spec.
    place: Option<&'h Place>,
    groups: Seen<Vec<&'h Name>>,
    trust: Option<Seen<&'h Document>>,
}

fn seen<T>(seen: &Seen<T>) -> Seen<&T> {
    seen.value().map_or(Seen::Unread, Seen::Value)
}

fn listed(attached: &Seen<std::collections::BTreeSet<String>>) -> Seen<Vec<(String, Option<&Place>)>> {
    attached.value().map_or(Seen::Unread, |arns| Seen::Value(arns.iter().map(|arn| (arn.clone(), None)).collect()))
}

impl AccountState<'_> {
    fn parts(&self, address: &Address) -> Option<Parts<'_>> {
        match self.source {
            Source::Specs(_) => self.wanted(address),
            Source::Snapshot(_) => self.read(address),
        }
    }

    fn wanted(&self, address: &Address) -> Option<Parts<'_>> {
        let desired = self.specs()?;
        let arn = |policy: &PolicyRef| self.policy_arn(policy);
        let bound = |want: &Want<Option<PolicyRef>>| match want {
            Want::Leave => Want::Leave,
            Want::Exactly(policy) => Want::Exactly(Seen::Value(policy.as_ref().map(arn))),
        };
        Some(match address.kind {
            EntityKind::Role => {
                let (name, want) = desired.roles.get_key_value(&address.name)?;
                Parts {
                    name,
                    id: None,
                    tags: Seen::Value(&want.tags),
                    inline: Seen::Value(&want.inline_policies),
                    attached: Seen::Value(placed(&want.managed_policies, arn)),
                    boundary: bound(&want.permissions_boundary),
                    place: Some(&want.place),
                    groups: Seen::Value(Vec::new()),
                    trust: Some(Seen::Value(&want.trust)),
                }
            }
            EntityKind::User => {
                let (name, want) = desired.users.get_key_value(&address.name)?;
                Parts {
                    name,
                    id: None,
                    tags: Seen::Value(&want.tags),
                    inline: Seen::Value(&want.inline_policies),
                    attached: Seen::Value(placed(&want.managed_policies, arn)),
                    boundary: bound(&want.permissions_boundary),
                    place: Some(&want.place),
                    groups: Seen::Value(self.groups.get(name).cloned().unwrap_or_default()),
                    trust: None,
                }
            }
            EntityKind::Group => {
                let (name, want) = desired.groups.get_key_value(&address.name)?;
                Parts {
                    name,
                    id: None,
                    tags: Seen::Unread,
                    inline: Seen::Value(&want.inline_policies),
                    attached: Seen::Value(placed(&want.managed_policies, arn)),
                    boundary: Want::Exactly(Seen::Value(None)),
                    place: Some(&want.place),
                    groups: Seen::Value(Vec::new()),
                    trust: None,
                }
            }
            _ => return None,
        })
    }

    fn read(&self, address: &Address) -> Option<Parts<'_>> {
        let snapshot = self.snapshot()?;
        Some(match address.kind {
            EntityKind::Role => {
                let (name, role) = snapshot.roles.get_key_value(&address.name)?;
                Parts {
                    name,
                    id: Some(&role.id),
                    tags: seen(&role.tags),
                    inline: seen(&role.inline_policies),
                    attached: listed(&role.attached_policies),
                    boundary: Want::Exactly(role.permissions_boundary.clone()),
                    place: None,
                    groups: Seen::Value(Vec::new()),
                    trust: Some(seen(&role.trust)),
                }
            }
            EntityKind::User => {
                let (name, user) = snapshot.users.get_key_value(&address.name)?;
                Parts {
                    name,
                    id: Some(&user.id),
                    tags: seen(&user.tags),
                    inline: seen(&user.inline_policies),
                    attached: listed(&user.attached_policies),
                    boundary: Want::Exactly(user.permissions_boundary.clone()),
                    place: None,
                    groups: user.groups.value().map_or(Seen::Unread, |names| Seen::Value(names.iter().collect())),
                    trust: None,
                }
            }
            EntityKind::Group => {
                let (name, group) = snapshot.groups.get_key_value(&address.name)?;
                Parts {
                    name,
                    id: Some(&group.id),
                    tags: Seen::Unread,
                    inline: seen(&group.inline_policies),
                    attached: listed(&group.attached_policies),
                    boundary: Want::Exactly(Seen::Value(None)),
                    place: None,
                    groups: Seen::Value(Vec::new()),
                    trust: None,
                }
            }
            _ => return None,
        })
    }

    /// What a role, user or group that is here holds; `None` where it is not here.
    pub fn holdings(&self, address: &Address) -> Option<Holdings<'_>> {
        let parts = self.parts(address)?;
        let address = Address::new(address.kind, parts.name);
        let (mut identity, mut unknown) = (Vec::new(), Vec::new());
        self.gather(&parts, &address, &mut identity, &mut unknown);
        match &parts.groups {
            Seen::Unread => unknown.push(Unknown::Groups(address.clone())),
            Seen::Value(groups) => {
                for group in groups.iter().map(|name| Address::new(EntityKind::Group, *name)) {
                    match self.parts(&group) {
                        Some(parts) => self.gather(&parts, &group, &mut identity, &mut unknown),
                        None => unknown.push(Unknown::Group(group)),
                    }
                }
            }
        }
        let boundary = match &parts.boundary {
            Want::Leave => Boundary::Left,
            Want::Exactly(Seen::Value(None)) => Boundary::None,
            Want::Exactly(Seen::Unread) => {
                unknown.push(Unknown::Boundary(address.clone()));
                Boundary::Unknown
            }
            Want::Exactly(Seen::Value(Some(arn))) => match self.policy(arn) {
                Ok((policy, document)) => {
                    Boundary::Policy(Held { document, policy, holder: (address.kind, parts.name.as_str()), place: parts.place })
                }
                Err(missing) => {
                    unknown.push(missing);
                    Boundary::Unknown
                }
            },
        };
        let arn = self.arn(&address)?;
        let linked = Principal::parse(&arn).is_some_and(|principal| principal.is_service_linked());
        let ceiling = self.ceiling().filter(|_| !linked);
        Some(Holdings { address, arn, id: parts.id, tags: parts.tags, identity, boundary, trust: parts.trust, ceiling, unknown })
    }

    fn gather<'h>(&'h self, parts: &Parts<'h>, of: &Address, to: &mut Vec<Held<'h>>, unknown: &mut Vec<Unknown>) {
        let holder = (of.kind, parts.name.as_str());
        match &parts.inline {
            Seen::Unread => unknown.push(Unknown::Inline(of.clone())),
            Seen::Value(inline) => to.extend(inline.iter().map(|(name, document)| Held {
                document,
                policy: PolicyOf::Inline(name),
                holder,
                place: parts.place,
            })),
        }
        match &parts.attached {
            Seen::Unread => unknown.push(Unknown::Attached(of.clone())),
            Seen::Value(attached) => {
                for (arn, place) in attached {
                    match self.policy(arn) {
                        Ok((policy, document)) => to.push(Held { document, policy, holder, place: *place }),
                        Err(missing) => unknown.push(missing),
                    }
                }
            }
        }
    }

    /// The trust policy of a role that is here.
    pub fn trust(&self, role: &Name) -> Option<Seen<&Document>> {
        self.parts(&Address::new(EntityKind::Role, role))?.trust
    }
}

/// The ARNs of entries, with their places.
fn placed(entries: &[(PolicyRef, Place)], arn: impl Fn(&PolicyRef) -> String) -> Vec<(String, Option<&Place>)> {
    entries.iter().map(|(policy, place)| (arn(policy), Some(place))).collect()
}
