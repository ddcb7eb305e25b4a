//! What each IAM write is called, acts on, does and needs: the one table of these facts.
//!
//! The order of a plan, the AWS writer, its retries, the permissions that iamctl needs, and refusals in a user's words ask here. A new
//! operation does not compile until it has a row.

use super::{Holder, Operation};
use crate::model::Tags;
use crate::names::EntityKind::{self, Group, InstanceProfile, OidcProvider, Policy, Role, SamlProvider, ServiceLinkedRole, User};
use crate::names::{Address, Arn, Name};
use crate::policy::Document;

/// When `apply` sends a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The entity is created. With a boundary in the call IAM looks at it too.
    Made,
    /// Its own settings and its tags change.
    Changed,
    /// Its path changes, which only users and groups can.
    Moved,
    /// It has inline policies.
    Inline,
    /// It has managed policies.
    Attached,
    /// What it no longer has is taken away.
    Stripped,
    /// It has a boundary.
    Bounded,
    /// Its boundary is taken off.
    Unbounded,
    /// Users are put into the group, or taken out of it.
    Member,
    /// It has left the specs, or is replaced.
    Removed,
    /// No plan of specs sends it.
    Never,
}

/// One call of IAM, whatever its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// IAM's name of it, `CreateRole`, which is the permission's name too.
    pub name: &'static str,
    /// The kind of entity that the permission is about.
    pub kind: EntityKind,
    /// When it is sent.
    pub when: When,
}

/// The entity that an operation acts on, as its request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// By its name.
    Named(EntityKind, &'a Name),
    /// A managed policy, by its ARN.
    PolicyArn(&'a str),
    /// A provider, by its ARN.
    ProviderArn(&'a str),
    /// An OIDC provider that is created, by its URL.
    Url(&'a str),
    /// A service-linked role, by its service and suffix.
    Linked(&'a str, Option<&'a str>),
}

/// What an operation does to its subject, with what else it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// The subject is created.
    Create {
        /// The trust document of a role.
        trust: Option<&'a str>,
        /// The ARN of a boundary.
        boundary: Option<&'a str>,
    },
    /// The subject is deleted.
    Delete,
    /// Description and session duration are set.
    Settings,
    /// The path changes, and the ARN with it.
    Move,
    /// The name changes, and the ARN with it; the unique id stays.
    Rename(&'a Name),
    /// The trust document is replaced.
    Trust(&'a str),
    /// Tags are set.
    Tag(&'a Tags),
    /// Tags are removed.
    Untag(&'a [String]),
    /// A boundary is set, by its ARN.
    Bound(&'a str),
    /// The boundary is removed.
    Unbound,
    /// A managed policy is attached, by its ARN.
    Attach(&'a str),
    /// A managed policy is detached, by its ARN.
    Detach(&'a str),
    /// An inline policy is written: its name and document.
    PutInline(&'a str, &'a str),
    /// An inline policy is deleted, by its name.
    DeleteInline(&'a str),
    /// Another entity is put into the subject: a user into a group, a role into a profile.
    Join(EntityKind, &'a Name),
    /// Another entity is taken out of the subject.
    Leave(EntityKind, &'a Name),
    /// A policy gets a new version.
    NewVersion,
    /// A policy's default version changes.
    DefaultVersion,
    /// A policy loses a version.
    DropVersion,
    /// An identity provider gets an audience, thumbprints or metadata.
    Provide,
    /// An identity provider loses an audience.
    Withhold,
}

macro_rules! operations {
    ($($name:literal $kind:ident $when:ident, $variant:ident $fields:tt => $subject:expr, $act:expr;)*) => {
        impl Operation {
            /// Every call that writes, in the order of the table.
            pub const CALLS: &'static [Call] = &[$(Call { name: $name, kind: $kind, when: When::$when }),*];

            /// The call that this operation is.
            pub fn call(&self) -> Call {
                match self {
                    $(Self::$variant { .. } => Call { name: $name, kind: $kind, when: When::$when },)*
                }
            }

            /// What it acts on, and what it does to it.
            pub fn facts(&self) -> (Subject<'_>, Act<'_>) {
                match self {
                    $(Self::$variant $fields => ($subject, $act),)*
                }
            }
        }
    };
}

use Act::{
    Attach, Bound, DefaultVersion, Delete, DeleteInline, Detach, DropVersion, Join, Leave, Move, NewVersion, Provide, PutInline,
    Rename, Settings, Tag, Trust, Unbound, Untag, Withhold,
};
use Subject::{Linked, Named, PolicyArn, ProviderArn, Url};

/// A creation of something that has neither a trust nor a boundary.
const PLAIN: Act<'static> = Act::Create { trust: None, boundary: None };

operations! {
    "CreateRole" Role Made, CreateRole { role_name: n, assume_role_policy_document: trust, permissions_boundary: b, .. }
        => Named(Role, n), Act::Create { trust: Some(trust), boundary: b.as_deref() };
    "UpdateRole" Role Changed, UpdateRole { role_name: n, .. } => Named(Role, n), Settings;
    "UpdateAssumeRolePolicy" Role Changed, UpdateAssumeRolePolicy { role_name: n, policy_document: d } => Named(Role, n), Trust(d);
    "TagRole" Role Changed, TagRole { role_name: n, tags } => Named(Role, n), Tag(tags);
    "UntagRole" Role Changed, UntagRole { role_name: n, tag_keys } => Named(Role, n), Untag(tag_keys);
    "PutRolePolicy" Role Inline, PutRolePolicy { role_name: n, policy_name: p, policy_document: d } => Named(Role, n), PutInline(p, d);
    "DeleteRolePolicy" Role Stripped, DeleteRolePolicy { role_name: n, policy_name: p } => Named(Role, n), DeleteInline(p);
    "AttachRolePolicy" Role Attached, AttachRolePolicy { role_name: n, policy_arn: a } => Named(Role, n), Attach(a);
    "DetachRolePolicy" Role Stripped, DetachRolePolicy { role_name: n, policy_arn: a } => Named(Role, n), Detach(a);
    "PutRolePermissionsBoundary" Role Bounded, PutRolePermissionsBoundary { role_name: n, permissions_boundary: b }
        => Named(Role, n), Bound(b);
    "DeleteRolePermissionsBoundary" Role Unbounded, DeleteRolePermissionsBoundary { role_name: n } => Named(Role, n), Unbound;
    "DeleteRole" Role Removed, DeleteRole { role_name: n } => Named(Role, n), Delete;

    "CreatePolicy" Policy Made, CreatePolicy { policy_name: n, .. } => Named(Policy, n), PLAIN;
    "CreatePolicyVersion" Policy Changed, CreatePolicyVersion { policy_arn: a, .. } => PolicyArn(a), NewVersion;
    "DeletePolicyVersion" Policy Stripped, DeletePolicyVersion { policy_arn: a, .. } => PolicyArn(a), DropVersion;
    "TagPolicy" Policy Changed, TagPolicy { policy_arn: a, tags } => PolicyArn(a), Tag(tags);
    "UntagPolicy" Policy Changed, UntagPolicy { policy_arn: a, tag_keys } => PolicyArn(a), Untag(tag_keys);
    "DeletePolicy" Policy Removed, DeletePolicy { policy_arn: a } => PolicyArn(a), Delete;
    "SetDefaultPolicyVersion" Policy Never, SetDefaultPolicyVersion { policy_arn: a, .. } => PolicyArn(a), DefaultVersion;

    "CreateUser" User Made, CreateUser { user_name: n, permissions_boundary: b, .. }
        => Named(User, n), Act::Create { trust: None, boundary: b.as_deref() };
    "UpdateUser" User Moved, UpdateUser { user_name: n, new_user_name: new, .. } => Named(User, n), new.as_ref().map_or(Move, Rename);
    "TagUser" User Changed, TagUser { user_name: n, tags } => Named(User, n), Tag(tags);
    "UntagUser" User Changed, UntagUser { user_name: n, tag_keys } => Named(User, n), Untag(tag_keys);
    "PutUserPolicy" User Inline, PutUserPolicy { user_name: n, policy_name: p, policy_document: d } => Named(User, n), PutInline(p, d);
    "DeleteUserPolicy" User Stripped, DeleteUserPolicy { user_name: n, policy_name: p } => Named(User, n), DeleteInline(p);
    "AttachUserPolicy" User Attached, AttachUserPolicy { user_name: n, policy_arn: a } => Named(User, n), Attach(a);
    "DetachUserPolicy" User Stripped, DetachUserPolicy { user_name: n, policy_arn: a } => Named(User, n), Detach(a);
    "PutUserPermissionsBoundary" User Bounded, PutUserPermissionsBoundary { user_name: n, permissions_boundary: b }
        => Named(User, n), Bound(b);
    "DeleteUserPermissionsBoundary" User Unbounded, DeleteUserPermissionsBoundary { user_name: n } => Named(User, n), Unbound;
    "DeleteUser" User Removed, DeleteUser { user_name: n } => Named(User, n), Delete;

    "CreateGroup" Group Made, CreateGroup { group_name: n, .. } => Named(Group, n), PLAIN;
    "UpdateGroup" Group Moved, UpdateGroup { group_name: n, new_group_name: new, .. } => Named(Group, n), new.as_ref().map_or(Move, Rename);
    "PutGroupPolicy" Group Inline, PutGroupPolicy { group_name: n, policy_name: p, policy_document: d } => Named(Group, n), PutInline(p, d);
    "DeleteGroupPolicy" Group Stripped, DeleteGroupPolicy { group_name: n, policy_name: p } => Named(Group, n), DeleteInline(p);
    "AttachGroupPolicy" Group Attached, AttachGroupPolicy { group_name: n, policy_arn: a } => Named(Group, n), Attach(a);
    "DetachGroupPolicy" Group Stripped, DetachGroupPolicy { group_name: n, policy_arn: a } => Named(Group, n), Detach(a);
    "AddUserToGroup" Group Member, AddUserToGroup { group_name: n, user_name: u } => Named(Group, n), Join(User, u);
    "RemoveUserFromGroup" Group Member, RemoveUserFromGroup { group_name: n, user_name: u } => Named(Group, n), Leave(User, u);
    "DeleteGroup" Group Never, DeleteGroup { group_name: n } => Named(Group, n), Delete;

    "CreateInstanceProfile" InstanceProfile Made, CreateInstanceProfile { instance_profile_name: n, .. }
        => Named(InstanceProfile, n), PLAIN;
    "AddRoleToInstanceProfile" InstanceProfile Changed, AddRoleToInstanceProfile { instance_profile_name: n, role_name: r }
        => Named(InstanceProfile, n), Join(Role, r);
    "RemoveRoleFromInstanceProfile" InstanceProfile Stripped,
        RemoveRoleFromInstanceProfile { instance_profile_name: n, role_name: r } => Named(InstanceProfile, n), Leave(Role, r);
    "TagInstanceProfile" InstanceProfile Changed, TagInstanceProfile { instance_profile_name: n, tags }
        => Named(InstanceProfile, n), Tag(tags);
    "UntagInstanceProfile" InstanceProfile Changed, UntagInstanceProfile { instance_profile_name: n, tag_keys }
        => Named(InstanceProfile, n), Untag(tag_keys);
    "DeleteInstanceProfile" InstanceProfile Removed, DeleteInstanceProfile { instance_profile_name: n }
        => Named(InstanceProfile, n), Delete;

    "CreateServiceLinkedRole" ServiceLinkedRole Made,
        CreateServiceLinkedRole { aws_service_name: s, custom_suffix: suffix, .. } => Linked(s, suffix.as_deref()), PLAIN;
    "DeleteServiceLinkedRole" ServiceLinkedRole Never, DeleteServiceLinkedRole { role_name: n } => Named(Role, n), Delete;

    "CreateOpenIDConnectProvider" OidcProvider Made, CreateOidcProvider { url, .. } => Url(url), PLAIN;
    "AddClientIDToOpenIDConnectProvider" OidcProvider Changed, AddClientIdToOidcProvider { provider_arn: a, .. }
        => ProviderArn(a), Provide;
    "RemoveClientIDFromOpenIDConnectProvider" OidcProvider Changed, RemoveClientIdFromOidcProvider { provider_arn: a, .. }
        => ProviderArn(a), Withhold;
    "UpdateOpenIDConnectProviderThumbprint" OidcProvider Changed, UpdateOidcProviderThumbprint { provider_arn: a, .. }
        => ProviderArn(a), Provide;
    "TagOpenIDConnectProvider" OidcProvider Changed, TagOidcProvider { provider_arn: a, tags } => ProviderArn(a), Tag(tags);
    "UntagOpenIDConnectProvider" OidcProvider Changed, UntagOidcProvider { provider_arn: a, tag_keys }
        => ProviderArn(a), Untag(tag_keys);
    "DeleteOpenIDConnectProvider" OidcProvider Removed, DeleteOidcProvider { provider_arn: a } => ProviderArn(a), Delete;

    "CreateSAMLProvider" SamlProvider Made, CreateSamlProvider { name: n, .. } => Named(SamlProvider, n), PLAIN;
    "UpdateSAMLProvider" SamlProvider Changed, UpdateSamlProvider { provider_arn: a, .. } => ProviderArn(a), Provide;
    "TagSAMLProvider" SamlProvider Changed, TagSamlProvider { provider_arn: a, tags } => ProviderArn(a), Tag(tags);
    "UntagSAMLProvider" SamlProvider Changed, UntagSamlProvider { provider_arn: a, tag_keys } => ProviderArn(a), Untag(tag_keys);
    "DeleteSAMLProvider" SamlProvider Removed, DeleteSamlProvider { provider_arn: a } => ProviderArn(a), Delete;
}

impl Subject<'_> {
    /// Its address; `None` for an ARN that is not of this kind of entity, and for policies of AWS.
    pub fn address(self) -> Option<Address> {
        match self {
            Named(kind, name) => Some(Address::new(kind, name)),
            PolicyArn(arn) => policy_address(arn),
            ProviderArn(arn) => principal_address(arn),
            Url(url) => Some(Address::new(OidcProvider, url.trim_start_matches("https://"))),
            Linked(service, None) => Some(Address::new(ServiceLinkedRole, service)),
            Linked(service, Some(suffix)) => Some(Address::new(ServiceLinkedRole, format!("{service}/{suffix}"))),
        }
    }
}

impl Act<'_> {
    /// Whether it takes something off its subject, which stays.
    pub fn takes(self) -> bool {
        matches!(self, Untag(_) | Unbound | Detach(_) | DeleteInline(_) | Leave(..) | DropVersion | Withhold)
    }

    /// Whether it takes something away for good, so that finding nothing there is its goal.
    ///
    /// Taking a boundary, tags or an audience off is not among them: there NoSuchEntity may mean that the whole entity is gone,
    /// which a plan must not pass over.
    pub fn ends_in_absence(self) -> bool {
        matches!(self, Delete | Detach(_) | DeleteInline(_) | Leave(..) | DropVersion)
    }
}

impl Operation {
    /// IAM's name of the call, `CreateRole`.
    pub fn name(&self) -> &'static str {
        self.call().name
    }

    /// What it does to its subject.
    pub fn act(&self) -> Act<'_> {
        self.facts().1
    }

    /// The entity that it acts on, unless AWS or another account has it.
    pub fn subject(&self) -> Option<Address> {
        self.facts().0.address()
    }

    /// What its subject is called afterwards, where the name changes.
    pub fn renames(&self) -> Option<Address> {
        let (subject, act) = self.facts();
        if let Rename(new) = act { Some(Address::new(subject.address()?.kind, new)) } else { None }
    }

    /// Whether it creates its subject.
    pub fn creates(&self) -> bool {
        matches!(self.act(), Act::Create { .. })
    }

    /// Whether it deletes its subject.
    pub fn deletes(&self) -> bool {
        self.act() == Delete
    }

    /// The holder whose policies or boundary it changes, by its name.
    pub fn holder(&self) -> Option<Holder<'_>> {
        match self.facts().0 {
            Named(Role, name) => Some(Holder::Role(name)),
            Named(User, name) => Some(Holder::User(name)),
            Named(Group, name) => Some(Holder::Group(name)),
            Named(Policy | InstanceProfile | ServiceLinkedRole | OidcProvider | SamlProvider, _)
            | PolicyArn(_)
            | ProviderArn(_)
            | Url(_)
            | Linked(..) => None,
        }
    }

    /// The trust document that it writes.
    pub fn trust(&self) -> Option<&str> {
        match self.act() {
            Act::Create { trust, .. } => trust,
            Trust(document) => Some(document),
            _ => None,
        }
    }

    /// The tags in the call that creates its subject.
    pub fn created_tags(&self) -> Option<&Tags> {
        match self {
            Self::CreateRole { tags, .. }
            | Self::CreatePolicy { tags, .. }
            | Self::CreateUser { tags, .. }
            | Self::CreateInstanceProfile { tags, .. }
            | Self::CreateOidcProvider { tags, .. }
            | Self::CreateSamlProvider { tags, .. } => Some(tags),
            _ => None,
        }
    }

    /// The boundary that it sets, by ARN.
    pub fn boundary(&self) -> Option<&str> {
        match self.act() {
            Act::Create { boundary, .. } => boundary,
            Bound(arn) => Some(arn),
            _ => None,
        }
    }

    /// The managed policy that it attaches, by ARN.
    pub fn attaches(&self) -> Option<&str> {
        if let Attach(arn) = self.act() { Some(arn) } else { None }
    }

    /// The managed policy that it attaches, detaches, gives another document or deletes, by ARN.
    pub fn policy_arn(&self) -> Option<&str> {
        match self.facts() {
            (_, Attach(arn) | Detach(arn)) | (PolicyArn(arn), NewVersion | DefaultVersion | Delete) => Some(arn),
            _ => None,
        }
    }

    /// Whether it changes the document in force of a managed policy.
    pub fn changes_document(&self) -> bool {
        matches!(self.act(), NewVersion | DefaultVersion)
    }

    /// Entities that must exist, and be up to date, before: a boundary, an attached policy, principals of a trust, a new member.
    pub fn refers(&self) -> Vec<Address> {
        let mut found: Vec<Address> = self.boundary().or(self.attaches()).and_then(policy_address).into_iter().collect();
        found.extend(self.trust().map(named_in).into_iter().flatten());
        if let Join(kind, name) = self.act() {
            found.push(Address::new(kind, name));
        }
        found
    }

    /// The entity whose hold on the subject it ends: a role that leaves a profile, a user that leaves a group.
    pub fn frees(&self) -> Option<Address> {
        if let Leave(kind, name) = self.act() { Some(Address::new(kind, name)) } else { None }
    }

    /// The operation that sets tags; `None` for kinds on which nobody but AWS does.
    pub fn tag(address: &Address, arn: &str, tags: Tags) -> Option<Self> {
        let (name, arn) = (address.name.clone(), arn.to_owned());
        Some(match address.kind {
            Role => Self::TagRole { role_name: name, tags },
            User => Self::TagUser { user_name: name, tags },
            InstanceProfile => Self::TagInstanceProfile { instance_profile_name: name, tags },
            OidcProvider => Self::TagOidcProvider { provider_arn: arn, tags },
            SamlProvider => Self::TagSamlProvider { provider_arn: arn, tags },
            Policy => Self::TagPolicy { policy_arn: arn, tags },
            Group | ServiceLinkedRole => return None,
        })
    }

    /// The operation that removes tags; `None` for kinds on which nobody but AWS does.
    pub fn untag(address: &Address, arn: &str, tag_keys: Vec<String>) -> Option<Self> {
        let (name, arn) = (address.name.clone(), arn.to_owned());
        Some(match address.kind {
            Role => Self::UntagRole { role_name: name, tag_keys },
            User => Self::UntagUser { user_name: name, tag_keys },
            InstanceProfile => Self::UntagInstanceProfile { instance_profile_name: name, tag_keys },
            OidcProvider => Self::UntagOidcProvider { provider_arn: arn, tag_keys },
            SamlProvider => Self::UntagSamlProvider { provider_arn: arn, tag_keys },
            Policy => Self::UntagPolicy { policy_arn: arn, tag_keys },
            Group | ServiceLinkedRole => return None,
        })
    }
}

/// The policy behind an ARN, unless AWS manages it.
pub fn policy_address(arn: &str) -> Option<Address> {
    let parsed = Arn::parse(arn).filter(|a| !a.is_aws_managed_policy())?;
    Some(Address::new(Policy, parsed.last_segment()))
}

/// The entity behind a principal's ARN, whichever account it is of.
pub fn principal_address(principal: &str) -> Option<Address> {
    let arn = Arn::parse(principal).filter(|a| a.service == "iam")?;
    let (word, rest) = arn.resource.split_once('/')?;
    let kind = match word {
        "role" => Role,
        "user" => User,
        "saml-provider" => SamlProvider,
        // An OIDC provider's name keeps its slashes.
        "oidc-provider" => return Some(Address::new(OidcProvider, rest)),
        _ => return None,
    };
    Some(Address::new(kind, arn.last_segment()))
}

/// Entities named as principals in a trust document.
pub fn named_in(document: &str) -> Vec<Address> {
    let Ok(document) = Document::parse(document) else { return Vec::new() };
    document.principals().filter_map(|p| principal_address(p.value)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_call_has_one_row_under_its_name_on_the_wire() {
        let schema = serde_json::to_value(schemars::schema_for!(Operation)).unwrap();
        let wire: BTreeSet<&str> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["properties"]["operation"]["const"].as_str())
            .collect();
        let table: BTreeSet<&str> = Operation::CALLS.iter().map(|call| call.name).collect();
        assert_eq!(table, wire);
        assert_eq!(table.len(), Operation::CALLS.len(), "each once");
    }

    #[test]
    fn an_operation_is_called_in_the_table_as_it_is_stored() {
        let address = |kind| Address::new(kind, "x");
        let arn = "arn:aws:iam::123456789012:policy/x";
        let kinds = EntityKind::ALL.into_iter();
        let tagging = kinds.clone().filter_map(|k| Operation::tag(&address(k), arn, Tags::new()));
        let untagging = kinds.clone().filter_map(|k| Operation::untag(&address(k), arn, Vec::new()));
        let of_holders = kinds.map(address).collect::<Vec<_>>();
        let of_holders = of_holders.iter().filter_map(Holder::of).flat_map(|h| {
            [h.attach(arn.to_owned()), h.detach(arn.to_owned()), h.put("p".to_owned(), "{}".to_owned()), h.delete("p".to_owned())]
        });
        let all: Vec<Operation> = tagging.chain(untagging).chain(of_holders).collect();
        assert_eq!(all.len(), 6 + 6 + 12);
        for operation in all {
            assert_eq!(serde_json::to_value(&operation).unwrap()["operation"], operation.name());
            assert_eq!(
                operation.holder().map(Holder::kind),
                operation.subject().map(|a| a.kind).filter(|k| matches!(k, Role | User | Group))
            );
        }
    }

    #[test]
    fn what_a_call_refers_to_and_frees() {
        let trust = r#"{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:role/a/team"}}]}"#.to_owned();
        let operation = Operation::UpdateAssumeRolePolicy { role_name: "r".into(), policy_document: trust };
        assert_eq!(operation.refers(), [Address::new(Role, "team")]);
        let attach = Holder::Role(&"r".into()).attach("arn:aws:iam::123456789012:policy/p/q".to_owned());
        assert_eq!(attach.refers(), [Address::new(Policy, "q")]);
        assert!(Holder::Role(&"r".into()).attach("arn:aws:iam::aws:policy/X".to_owned()).refers().is_empty());
        let leave = Operation::RemoveUserFromGroup { group_name: "g".into(), user_name: "u".into() };
        assert_eq!((leave.frees(), leave.act().takes()), (Some(Address::new(User, "u")), true));
    }
}
