//! Resources → entities, one type after the other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::assembly::{Assembly, On, new_role};
use super::eval::{Env, NotKnown, scalar};
use super::{hidden, resources};
use crate::model::{Seen, Tags};
use crate::names::{Address, EntityKind, Name};
use crate::policy::Document;

/// One resource; its properties are evaluated one by one, so that one that is not known hides no other.
struct Resource<'a> {
    env: &'a Env<'a>,
    place: String,
    properties: &'a Value,
}

/// Properties that name what a policy is attached to.
const HOLDERS: [(&str, EntityKind); 6] = [
    ("Roles", EntityKind::Role),
    ("Users", EntityKind::User),
    ("Groups", EntityKind::Group),
    ("RoleName", EntityKind::Role),
    ("UserName", EntityKind::User),
    ("GroupName", EntityKind::Group),
];

/// What depends on an entity, as the report names it.
const A_POLICY: &str = "a policy attached to it";

impl Resource<'_> {
    fn is_there(&self, key: &str) -> bool {
        self.properties.get(key).is_some_and(|value| !value.is_null())
    }

    fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    fn get(&self, key: &str) -> Result<Option<Value>, NotKnown> {
        let Some(value) = self.properties.get(key) else { return Ok(None) };
        Ok(self.env.value(value, &self.at(key))?.filter(|value| !value.is_null()))
    }

    fn text(&self, key: &str) -> Result<Option<String>, NotKnown> {
        match self.get(key)? {
            None => Ok(None),
            Some(value) => match scalar(&value) {
                Some(text) => Ok(Some(text)),
                None => self.env.fail(&self.at(key), "text is wanted here"),
            },
        }
    }

    /// A text that may stay unknown: the spec then leaves it as it is. Never a boundary: made without it, a role could do more.
    fn seen(&self, key: &str) -> Seen<Option<String>> {
        self.text(key).map_or(Seen::Unread, Seen::Value)
    }

    fn required(&self, key: &str) -> Result<String, NotKnown> {
        self.text(key)?.map_or_else(|| self.env.fail(&self.place, format!("it has no `{key}`")), Ok)
    }

    fn path(&self) -> Result<String, NotKnown> {
        Ok(self.text("Path")?.unwrap_or_else(|| "/".to_owned()))
    }

    /// The known items of a list, and whether they are all.
    fn items(&self, key: &str) -> (Vec<(String, Value)>, bool) {
        self.properties.get(key).map_or((Vec::new(), true), |value| self.env.items(value, &self.at(key)))
    }

    /// The known texts of a list, and whether they are all.
    fn texts(&self, key: &str) -> (Vec<String>, bool) {
        let (items, mut whole) = self.items(key);
        let mut texts = Vec::new();
        for (place, item) in items {
            match scalar(&item) {
                Some(text) => texts.push(text),
                None => whole = self.env.fail::<()>(&place, "a list of texts is wanted here").is_ok(),
            }
        }
        (texts, whole)
    }

    /// A list that may stay unknown.
    fn seen_set(&self, key: &str) -> Seen<BTreeSet<String>> {
        match self.texts(key) {
            (texts, true) => Seen::Value(texts.into_iter().collect()),
            (_, false) => Seen::Unread,
        }
    }

    fn tags(&self, owner: &Address, assembly: &mut Assembly) -> Tags {
        let (items, mut whole) = self.items("Tags");
        let mut tags = Tags::new();
        for (place, tag) in items {
            match tag.get("Key").and_then(scalar).zip(tag.get("Value").and_then(scalar)) {
                Some((key, value)) => drop(tags.insert(key, value)),
                None => whole = self.env.fail::<()>(&place, "a list of `Key` and `Value` is wanted here").is_ok(),
            }
        }
        if !whole {
            assembly.hangs(On::Entity(owner.clone()), &self.full_place(), "a tag of it");
        }
        tags
    }

    fn document(&self, value: Option<&Value>, key: &str) -> Result<Document, NotKnown> {
        match value {
            Some(Value::String(text)) => match Document::parse(text) {
                Ok(document) => Ok(document),
                Err(_) => self.env.fail(&self.at(key), "the policy document is not JSON"),
            },
            Some(value) => Ok(Document::new(value.clone())),
            None => self.env.fail(&self.place, format!("it has no `{key}`")),
        }
    }

    fn own_document(&self, key: &str) -> Result<Document, NotKnown> {
        let value = self.get(key)?;
        self.document(value.as_ref(), key)
    }

    /// Inline and managed policies of a role, user or group.
    fn attachments(&self, holder: &Address, assembly: &mut Assembly) {
        let (arns, mut whole) = self.texts("ManagedPolicyArns");
        for arn in arns {
            assembly.attach(holder.clone(), arn, &self.full_place());
        }
        let (policies, all) = self.items("Policies");
        whole &= all;
        for (place, policy) in policies {
            let key = format!("{}.PolicyDocument", place.strip_prefix(&format!("{}.", self.place)).unwrap_or(&place));
            let document = self.document(policy.get("PolicyDocument"), &key);
            match (policy.get("PolicyName").and_then(scalar), document) {
                (Some(name), Ok(document)) => assembly.put_inline(holder.clone(), name, document, &self.full_place()),
                (None, _) => whole = self.env.fail::<()>(&place, "it has no `PolicyName`").is_ok(),
                (_, Err(NotKnown)) => whole = false,
            }
        }
        if !whole {
            assembly.hangs(On::Entity(holder.clone()), &self.full_place(), A_POLICY);
        }
    }

    /// The principals that a policy names. Where some are not known, the policy may hang on any; those that it shares with one that
    /// this template declares without a known name are additive alone.
    fn holders(&self, assembly: &mut Assembly) -> Vec<Address> {
        let mut found = Vec::new();
        let mut shared = false;
        for (key, kind) in HOLDERS {
            let (names, whole) = self.texts(key);
            found.extend(names.into_iter().map(|name| Address::new(kind, Name::new(name))));
            if !whole {
                shared = true;
                if !self.properties.get(key).is_some_and(|value| resources::all_of_template(self.env, value, kind)) {
                    assembly.hangs(On::Any(kind), &self.full_place(), "the policy");
                }
            }
        }
        for holder in found.iter().filter(|_| shared) {
            assembly.hangs(On::Entity(holder.clone()), &self.full_place(), "whom it shares a policy with");
        }
        found
    }

    fn full_place(&self) -> String {
        format!("{}: {}", self.env.file, self.place)
    }
}

/// Reads every resource of a template.
///
/// In the resources `twice` a key occurs twice.
pub(super) fn read(env: &Env<'_>, twice: &BTreeSet<String>, assembly: &mut Assembly) {
    let resources = env.template.get("Resources").and_then(Value::as_object);
    for (id, resource) in resources.into_iter().flatten() {
        let place = format!("Resources.{id}");
        if let Some(hidden) = hidden::reason(env, id, resource) {
            let _ = env.fail::<()>(&place, hidden.reason);
            for on in hidden.on {
                assembly.hangs(on, &format!("{}: {place}", env.file), "a policy that comes of it");
            }
            continue;
        }
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        if kind.starts_with("AWS::IAM::") {
            iam(env, id, resource, twice.contains(id), assembly);
        }
    }
}

fn iam(env: &Env<'_>, id: &str, resource: &Value, has_twice: bool, assembly: &mut Assembly) {
    static EMPTY: Value = Value::Null;
    let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
    let place = &format!("Resources.{id}");
    let properties = resource.get("Properties").unwrap_or(&EMPTY);
    let inner = Resource { env, place: format!("{place}.Properties"), properties };
    let read = condition(env, resource, place).and_then(|is_made| {
        if !is_made {
            return Ok(());
        }
        if has_twice {
            return Err(NotKnown);
        }
        env.plain(resource, place)?;
        env.plain(properties, &inner.place)?;
        hidden::foreign_properties(properties, kind, &inner.full_place(), assembly);
        entity(&inner, id, resource, kind, assembly)
    });
    if read.is_err() {
        assembly.unknown(format!("{}: {place}", env.file), "it is left out, because a part of it is not known");
        // A policy that is not known depends on those that it names.
        if matches!(
            kind.strip_prefix("AWS::IAM::"),
            Some("Policy" | "ManagedPolicy" | "RolePolicy" | "UserPolicy" | "GroupPolicy")
        ) {
            match env.plain(properties, &inner.place).is_ok() && !has_twice {
                true => {
                    for holder in inner.holders(assembly) {
                        assembly.hangs(On::Entity(holder), &format!("{}: {place}", env.file), A_POLICY);
                    }
                }
                false => {
                    for on in On::PRINCIPALS {
                        assembly.hangs(on, &format!("{}: {place}", env.file), "the policy");
                    }
                }
            }
        }
    }
}

/// Whether the template's conditions let a resource be made.
fn condition(env: &Env<'_>, resource: &Value, place: &str) -> Result<bool, NotKnown> {
    match resource.get("Condition") {
        None => Ok(true),
        Some(Value::String(name)) => env.named_condition(name, place, 0),
        Some(_) => env.fail(&format!("{place}.Condition"), "it names no condition"),
    }
}

fn entity(r: &Resource<'_>, id: &str, resource: &Value, kind: &str, assembly: &mut Assembly) -> Result<(), NotKnown> {
    let place = r.full_place();
    let named = |assembly: &mut Assembly| -> Result<Name, NotKnown> {
        let (_, key) = resources::kind(resource).unwrap_or((EntityKind::Role, "RoleName"));
        let (name, made_up) = resources::name(r.env, id, resource, key, &r.place)?;
        if made_up {
            let reason = format!("it has no `{key}`, and CloudFormation generates a name; the spec calls it `{name}`");
            assembly.unknown(place.clone(), reason);
        }
        Ok(Name::new(name))
    };
    match kind {
        "AWS::IAM::Role" => {
            let name = named(assembly)?;
            let mut role = new_role(r.path()?, r.own_document("AssumeRolePolicyDocument")?);
            let holder = Address::new(EntityKind::Role, &name);
            role.description = r.seen("Description");
            role.tags = Seen::Value(r.tags(&holder, assembly));
            role.permissions_boundary = Seen::Value(r.text("PermissionsBoundary")?);
            role.max_session_duration = match r.seen("MaxSessionDuration") {
                Seen::Value(None) => role.max_session_duration,
                Seen::Value(Some(text)) => match text.parse() {
                    Ok(seconds) => Seen::Value(seconds),
                    Err(_) => r.env.fail(&r.at("MaxSessionDuration"), "it is not a number").unwrap_or(Seen::Unread),
                },
                Seen::Unread => Seen::Unread,
            };
            r.attachments(&holder, assembly);
            assembly.role(name, role, &place);
        }
        "AWS::IAM::ManagedPolicy" => {
            let (document, path, name) = (r.own_document("PolicyDocument")?, r.path()?, named(assembly)?);
            let (description, tags) = (r.seen("Description"), r.tags(&Address::new(EntityKind::Policy, &name), assembly));
            let account = assembly.account();
            let arn = crate::names::entity_arn(&account.partition, &account.id, EntityKind::Policy, &path, name.as_str());
            for holder in r.holders(assembly) {
                assembly.attach(holder, arn.clone(), &place);
            }
            assembly.policy(name, path, description, tags, document, &place);
        }
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy" => {
            let (name, document) = (r.required("PolicyName")?, r.own_document("PolicyDocument")?);
            for holder in r.holders(assembly) {
                assembly.put_inline(holder, name.clone(), document.clone(), &place);
            }
        }
        "AWS::IAM::User" => {
            let (path, name) = (r.path()?, named(assembly)?);
            let holder = Address::new(EntityKind::User, &name);
            let (boundary, tags) = (Seen::Value(r.text("PermissionsBoundary")?), r.tags(&holder, assembly));
            r.attachments(&holder, assembly);
            let (groups, whole) = r.texts("Groups");
            for group in groups {
                assembly.join(name.clone(), Name::new(group), &place);
            }
            if !whole {
                assembly.hangs(On::Entity(holder), &place, "a group of it");
            }
            if r.is_there("LoginProfile") {
                assembly.note(format!("{place}.LoginProfile"), "iamctl sets no passwords");
            }
            assembly.user(name, path, boundary, tags, &place);
        }
        "AWS::IAM::Group" => {
            let (name, path) = (named(assembly)?, r.path()?);
            r.attachments(&Address::new(EntityKind::Group, &name), assembly);
            assembly.group(name, path, &place);
        }
        "AWS::IAM::UserToGroupAddition" => {
            let group = Name::new(r.required("GroupName")?);
            let (users, whole) = r.texts("Users");
            for user in users {
                assembly.join(Name::new(user), group.clone(), &place);
            }
            if !whole {
                assembly.hangs(On::Entity(Address::new(EntityKind::Group, &group)), &place, "a member of it");
            }
        }
        "AWS::IAM::InstanceProfile" => {
            let (roles, whole) = r.texts("Roles");
            if !whole {
                return Err(NotKnown);
            }
            let role = roles.into_iter().next().map(Name::new);
            let (path, name) = (r.path()?, named(assembly)?);
            assembly.profile(name, path, role, None, &place);
        }
        "AWS::IAM::OIDCProvider" => {
            let url = r.required("Url")?;
            let owner = Address::new(EntityKind::OidcProvider, Name::new(url.strip_prefix("https://").unwrap_or(&url)));
            let tags = r.tags(&owner, assembly);
            assembly.oidc(&url, r.seen_set("ClientIdList"), r.seen_set("ThumbprintList"), tags, &place);
        }
        "AWS::IAM::SAMLProvider" => {
            let (metadata, name) = (r.required("SamlMetadataDocument")?, named(assembly)?);
            let tags = r.tags(&Address::new(EntityKind::SamlProvider, &name), assembly);
            assembly.saml(name, metadata, tags, &place);
        }
        "AWS::IAM::ServiceLinkedRole" => {
            let (service, suffix) = (r.required("AWSServiceName")?, r.text("CustomSuffix")?);
            assembly.linked(&service, suffix.as_deref(), r.seen("Description"), &place);
        }
        // Credentials and devices: nothing that a policy is attached to.
        "AWS::IAM::AccessKey" | "AWS::IAM::ServerCertificate" | "AWS::IAM::VirtualMFADevice" => {
            assembly.note(place, format!("a spec has no place for `{kind}`; it stays as it is"));
        }
        other => {
            assembly.unknown(&place, format!("iamctl does not know `{other}`"));
            for on in On::PRINCIPALS {
                assembly.hangs(on, &place, "what comes of it");
            }
        }
    }
    Ok(())
}
