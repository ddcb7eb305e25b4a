//! Resources → entities, one type after the other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::assembly::{Assembly, new_role};
use super::eval::{Env, NotKnown, scalar};
use super::{hidden, resources};
use crate::model::{Seen, Tags};
use crate::names::{Address, EntityKind, Name};
use crate::policy::Document;

/// One resource with its properties evaluated.
struct Resource<'a> {
    env: &'a Env<'a>,
    place: String,
    properties: Value,
}

impl Resource<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.properties.get(key)
    }

    fn text(&self, key: &str) -> Result<Option<String>, NotKnown> {
        match self.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match scalar(value) {
                Some(text) => Ok(Some(text)),
                None => self.env.fail(&format!("{}.{key}", self.place), "text is wanted here"),
            },
        }
    }

    fn required(&self, key: &str) -> Result<String, NotKnown> {
        self.text(key)?.map_or_else(|| self.env.fail(&self.place, format!("it has no `{key}`")), Ok)
    }

    fn path(&self) -> Result<String, NotKnown> {
        Ok(self.text("Path")?.unwrap_or_else(|| "/".to_owned()))
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, NotKnown> {
        let wrong = || self.env.fail(&format!("{}.{key}", self.place), "a list of texts is wanted here");
        match self.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(scalar).collect::<Option<Vec<_>>>().map_or_else(wrong, Ok),
            Some(one) => scalar(one).map_or_else(wrong, |text| Ok(vec![text])),
        }
    }

    fn tags(&self) -> Result<Tags, NotKnown> {
        let wrong = || self.env.fail(&format!("{}.Tags", self.place), "a list of `Key` and `Value` is wanted here");
        let pair = |tag: &Value| Some((scalar(tag.get("Key")?)?, scalar(tag.get("Value")?)?));
        match self.get("Tags") {
            None | Some(Value::Null) => Ok(Tags::new()),
            Some(Value::Array(list)) => list.iter().map(pair).collect::<Option<Tags>>().map_or_else(wrong, Ok),
            Some(_) => wrong(),
        }
    }

    fn document(&self, value: Option<&Value>, key: &str) -> Result<Document, NotKnown> {
        match value {
            Some(Value::String(text)) => match Document::parse(text) {
                Ok(document) => Ok(document),
                Err(_) => self.env.fail(&format!("{}.{key}", self.place), "the policy document is no JSON"),
            },
            Some(value) => Ok(Document::new(value.clone())),
            None => self.env.fail(&self.place, format!("it has no `{key}`")),
        }
    }

    /// A policy of a role, user or group. One of the old version, or without any, becomes one of today's where that means the same:
    /// where no text has `${`, which is a variable in the new version alone (iam-facts 5.3, 5.7).
    fn identity_document(&self, value: Option<&Value>, key: &str, assembly: &mut Assembly) -> Result<Document, NotKnown> {
        let document = self.document(value, key)?;
        let Value::Object(fields) = document.value() else { return Ok(document) };
        let old = fields.get("Version").is_none_or(|version| version == "2008-10-17");
        if !old || !fields.contains_key("Statement") || document.value().to_string().contains("${") {
            return Ok(document);
        }
        let mut renewed = serde_json::Map::from_iter([("Version".to_owned(), Value::from("2012-10-17"))]);
        renewed.extend(fields.iter().filter(|(name, _)| *name != "Version").map(|(name, value)| (name.clone(), value.clone())));
        let said = fields.get("Version").map_or("it has no `Version`", |_| "its `Version` is `2008-10-17`");
        let reason = format!("{said}; the spec says `2012-10-17`, which means the same here, because specs take no other");
        assembly.unknown(format!("{}.{key}", self.full_place()), reason);
        Ok(Document::new(Value::Object(renewed)))
    }

    /// Inline and managed policies of a role, user or group.
    fn attachments(&self, holder: &Address, assembly: &mut Assembly) -> Result<(), NotKnown> {
        for arn in self.texts("ManagedPolicyArns")? {
            assembly.attach(holder.clone(), arn, &self.full_place());
        }
        let policies = match self.get("Policies") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(list)) => list.as_slice(),
            Some(_) => return self.env.fail(&format!("{}.Policies", self.place), "a list of policies is wanted here"),
        };
        for (n, policy) in policies.iter().enumerate() {
            let key = format!("Policies[{n}].PolicyDocument");
            let document = self.identity_document(policy.get("PolicyDocument"), &key, assembly)?;
            match policy.get("PolicyName").and_then(scalar) {
                Some(name) => assembly.put_inline(holder.clone(), name, document, &self.full_place()),
                None => return self.env.fail(&format!("{}.Policies[{n}]", self.place), "it has no `PolicyName`"),
            }
        }
        Ok(())
    }

    fn full_place(&self) -> String {
        format!("{}: {}", self.env.file, self.place)
    }
}

/// Reads every resource of a template.
pub(super) fn read(env: &Env<'_>, assembly: &mut Assembly) {
    let resources = env.template.get("Resources").and_then(Value::as_object);
    for (id, resource) in resources.into_iter().flatten() {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        if id.starts_with("Fn::") {
            let _ = env.fail::<()>(&format!("Resources.{id}"), "what it makes is worked out by CloudFormation alone");
            continue;
        }
        let place = format!("Resources.{id}");
        // Merged into the resource, or all there is of it.
        if let Some(word) = resource.as_object().and_then(|r| r.keys().find(|key| key.starts_with("Fn::"))) {
            let _ = env.fail::<()>(&place, format!("what `{word}` makes of it is worked out by CloudFormation alone"));
            taint(env, kind, resource, &place, assembly);
            continue;
        }
        if !kind.starts_with("AWS::IAM::") {
            if let Some(reason) = hidden::reason(env, kind, resource) {
                let _ = env.fail::<()>(&place, reason);
            }
            continue;
        }
        if let Some(condition) = resource.get("Condition").and_then(Value::as_str) {
            match env.named_condition(condition, &place, 0) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(NotKnown) => {
                    taint(env, kind, resource, &place, assembly);
                    continue;
                }
            }
        }
        let empty = Value::Object(serde_json::Map::new());
        let properties = env.value(resource.get("Properties").unwrap_or(&empty), &format!("{place}.Properties"));
        let read = properties.and_then(|properties| {
            let properties = properties.filter(|p| !p.is_null()).unwrap_or(empty);
            let inner = Resource { env, place: format!("{place}.Properties"), properties };
            hidden::foreign_properties(&inner.properties, kind, &inner.full_place(), assembly);
            entity(&inner, id, resource, kind, assembly)
        });
        if read.is_err() {
            taint(env, kind, resource, &place, assembly);
        }
    }
}

/// A policy that is not known makes those that it is attached to incomplete, as far as they are known.
fn taint(env: &Env<'_>, kind: &str, resource: &Value, place: &str, assembly: &mut Assembly) {
    let holders = [
        ("Roles", EntityKind::Role),
        ("Users", EntityKind::User),
        ("Groups", EntityKind::Group),
        ("RoleName", EntityKind::Role),
        ("UserName", EntityKind::User),
        ("GroupName", EntityKind::Group),
    ];
    if !matches!(
        kind,
        "AWS::IAM::Policy"
            | "AWS::IAM::ManagedPolicy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy"
    ) {
        return;
    }
    for (key, holder) in holders {
        let Some(value) = resource.get("Properties").and_then(|p| p.get(key)) else { continue };
        let known = env.value(value, &format!("{place}.Properties.{key}")).ok().flatten();
        let names: Vec<String> = match &known {
            Some(Value::Array(list)) => list.iter().filter_map(scalar).collect(),
            Some(one) => scalar(one).into_iter().collect(),
            None => Vec::new(),
        };
        for name in names {
            assembly.additive(Address::new(holder, Name::new(name)), &format!("{}: {place}", env.file));
        }
    }
}

fn entity(r: &Resource<'_>, id: &str, resource: &Value, kind: &str, assembly: &mut Assembly) -> Result<(), NotKnown> {
    let place = r.full_place();
    let named = |assembly: &mut Assembly| -> Result<Name, NotKnown> {
        let (_, key) = resources::kind(resource).unwrap_or((EntityKind::Role, "RoleName"));
        let (name, made_up) = resources::name(r.env, id, resource, key, &r.place)?;
        if made_up {
            let reason = format!("it has no `{key}`, and CloudFormation makes a name up; the spec calls it `{name}`");
            assembly.unknown(place.clone(), reason);
        }
        Ok(Name::new(name))
    };
    match kind {
        "AWS::IAM::Role" => {
            let mut role = new_role(r.path()?, r.document(r.get("AssumeRolePolicyDocument"), "AssumeRolePolicyDocument")?);
            role.description = Seen::Value(r.text("Description")?);
            role.tags = Seen::Value(r.tags()?);
            role.permissions_boundary = Seen::Value(r.text("PermissionsBoundary")?);
            if let Some(text) = r.text("MaxSessionDuration")? {
                let seconds = text.parse().or_else(|_| r.env.fail(&r.place, "`MaxSessionDuration` is no number"))?;
                role.max_session_duration = Seen::Value(seconds);
            }
            let name = named(assembly)?;
            r.attachments(&Address::new(EntityKind::Role, &name), assembly)?;
            assembly.role(name, role, &place);
        }
        "AWS::IAM::ManagedPolicy" => {
            let document = r.identity_document(r.get("PolicyDocument"), "PolicyDocument", assembly)?;
            let (path, description) = (r.path()?, r.text("Description")?);
            let (name, tags) = (named(assembly)?, r.tags()?);
            let account = assembly.account();
            let arn = crate::names::entity_arn(&account.partition, &account.id, EntityKind::Policy, &path, name.as_str());
            for (key, kind) in [("Roles", EntityKind::Role), ("Users", EntityKind::User), ("Groups", EntityKind::Group)] {
                for holder in r.texts(key)? {
                    assembly.attach(Address::new(kind, Name::new(holder)), arn.clone(), &place);
                }
            }
            assembly.policy(name, path, description, tags, document, &place);
        }
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy" => {
            let name = r.required("PolicyName")?;
            let document = r.identity_document(r.get("PolicyDocument"), "PolicyDocument", assembly)?;
            let keys = [
                ("Roles", EntityKind::Role),
                ("Users", EntityKind::User),
                ("Groups", EntityKind::Group),
                ("RoleName", EntityKind::Role),
                ("UserName", EntityKind::User),
                ("GroupName", EntityKind::Group),
            ];
            for (key, kind) in keys {
                for holder in r.texts(key)? {
                    assembly.put_inline(Address::new(kind, Name::new(holder)), name.clone(), document.clone(), &place);
                }
            }
        }
        "AWS::IAM::User" => {
            let (path, boundary, tags) = (r.path()?, r.text("PermissionsBoundary")?, r.tags()?);
            let name = named(assembly)?;
            r.attachments(&Address::new(EntityKind::User, &name), assembly)?;
            for group in r.texts("Groups")? {
                assembly.join(name.clone(), Name::new(group), &place);
            }
            if r.get("LoginProfile").is_some() {
                assembly.unknown(format!("{place}.LoginProfile"), "iamctl sets no passwords");
            }
            assembly.user(name, path, boundary, tags, &place);
        }
        "AWS::IAM::Group" => {
            let (name, path) = (named(assembly)?, r.path()?);
            r.attachments(&Address::new(EntityKind::Group, &name), assembly)?;
            assembly.group(name, path, &place);
        }
        "AWS::IAM::UserToGroupAddition" => {
            let group = Name::new(r.required("GroupName")?);
            for user in r.texts("Users")? {
                assembly.join(Name::new(user), group.clone(), &place);
            }
        }
        "AWS::IAM::InstanceProfile" => {
            let role = r.texts("Roles")?.into_iter().next().map(Name::new);
            let path = r.path()?;
            let name = named(assembly)?;
            assembly.profile(name, path, role, None, &place);
        }
        "AWS::IAM::OIDCProvider" => {
            let set = |key| r.texts(key).map(|list| list.into_iter().collect::<BTreeSet<_>>());
            let (url, clients, thumbprints) = (r.required("Url")?, set("ClientIdList")?, set("ThumbprintList")?);
            assembly.oidc(&url, clients, thumbprints, r.tags()?, &place);
        }
        "AWS::IAM::SAMLProvider" => {
            let metadata = r.required("SamlMetadataDocument")?;
            let name = named(assembly)?;
            assembly.saml(name, metadata, r.tags()?, &place);
        }
        "AWS::IAM::ServiceLinkedRole" => {
            let (service, suffix) = (r.required("AWSServiceName")?, r.text("CustomSuffix")?);
            assembly.linked(&service, suffix.as_deref(), r.text("Description")?, &place);
        }
        other => assembly.unknown(place, format!("iamctl has nothing like `{other}`")),
    }
    Ok(())
}
