//! `terraform show -json`, of a state or a plan → what it describes of IAM.

mod references;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::assembly::{Assembly, Described, new_role};
use crate::model::{AccountIdentity, Seen, Tags};
use crate::names::{Address, Arn, EntityKind, Name};
use crate::policy::Document;
use references::References;

/// Reads the output of `terraform show -json`. The account is the one that the file's ARNs name most often, else `account`.
///
/// # Errors
/// What is wrong with the file.
pub fn read_terraform(file: &str, text: &str, account: &AccountIdentity) -> Result<Described, String> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    let root = ["values", "planned_values"].iter().find_map(|key| value.get(key)?.get("root_module"));
    let Some(root) = root else {
        let empty = value.get("format_version").is_some() && value.get("resource_changes").is_none();
        return match empty {
            true => Ok(Assembly::new(account.clone()).finish()),
            false => Err("it is no output of `terraform show -json`, of a state or a plan".to_owned()),
        };
    };
    let mut found = Vec::new();
    modules(root, "", 0, &mut found);
    let identity = identity(&found).unwrap_or_else(|| account.clone());
    let unknown = unknown_after_apply(&value);
    let references = References::new(&value, &found, &identity);
    let mut assembly = Assembly::new(identity.clone());
    for (module, resource) in &found {
        let kind = resource.get("type").and_then(Value::as_str).unwrap_or_default();
        if !kind.starts_with("aws_iam_") || resource.get("mode").and_then(Value::as_str) != Some("managed") {
            continue;
        }
        let address = resource.get("address").and_then(Value::as_str).unwrap_or(kind);
        let r = Resource {
            place: format!("{file}: {address}"),
            values: resource.get("values").unwrap_or(&Value::Null),
            unknown: unknown.get(address).copied(),
            references: &references,
            module,
            resource,
        };
        if let Err(why) = entity(&r, kind, &mut assembly) {
            assembly.unknown(&r.place, why);
            taint(&r, kind, &mut assembly);
        }
    }
    Ok(assembly.finish())
}

/// Deeper than modules nest.
const MAX_DEPTH: usize = 64;

/// Every resource with the address of its module; the root's is empty.
fn modules<'v>(module: &'v Value, address: &'v str, depth: usize, found: &mut Vec<(&'v str, &'v Value)>) {
    let resources = module.get("resources").and_then(Value::as_array).into_iter().flatten();
    found.extend(resources.map(|resource| (address, resource)));
    if depth < MAX_DEPTH {
        for child in module.get("child_modules").and_then(Value::as_array).into_iter().flatten() {
            modules(child, child.get("address").and_then(Value::as_str).unwrap_or_default(), depth + 1, found);
        }
    }
}

/// The account that the ARNs of IAM's own resources name.
fn identity(resources: &[(&str, &Value)]) -> Option<AccountIdentity> {
    let mut named: BTreeMap<(crate::names::AccountId, String), usize> = BTreeMap::new();
    for (_, resource) in resources {
        let arn = resource.get("values").and_then(|v| v.get("arn")).and_then(Value::as_str).and_then(Arn::parse);
        if let Some((id, arn)) = arn.filter(|a| a.service == "iam").and_then(|arn| Some((arn.account_id()?, arn))) {
            *named.entry((id, arn.partition)).or_default() += 1;
        }
    }
    let ((id, partition), _) = named.into_iter().max_by_key(|(_, count)| *count)?;
    Some(AccountIdentity { id, partition })
}

/// Of a plan: what each resource will know only after it is applied.
fn unknown_after_apply(value: &Value) -> BTreeMap<&str, &Value> {
    let changes = value.get("resource_changes").and_then(Value::as_array).into_iter().flatten();
    changes.filter_map(|c| Some((c.get("address")?.as_str()?, c.get("change")?.get("after_unknown")?))).collect()
}

struct Resource<'v> {
    place: String,
    values: &'v Value,
    unknown: Option<&'v Value>,
    references: &'v References<'v>,
    module: &'v str,
    resource: &'v Value,
}

/// Why something is not known.
type Why = String;

impl Resource<'_> {
    fn is_later(&self, key: &str) -> bool {
        self.unknown.and_then(|u| u.get(key)).is_some_and(has_true)
    }

    /// A value that is there; one known only after an apply is an error.
    fn get(&self, key: &str) -> Result<Option<&Value>, Why> {
        if self.is_later(key) {
            return Err(format!("`{key}` is known only after Terraform has applied it"));
        }
        Ok(self.values.get(key).filter(|v| !v.is_null()))
    }

    /// A whole value that is not known yet was not written but is computed from other resources; one of which a part is not known
    /// yet was written.
    fn is_written_or_computed(&self, key: &str) -> Result<(), Why> {
        match self.unknown.and_then(|u| u.get(key)) {
            Some(Value::Bool(_)) | None => Ok(()),
            Some(_) => self.get(key).map(drop),
        }
    }

    fn text(&self, key: &str) -> Result<Option<String>, Why> {
        if self.is_later(key)
            && let Some(text) = self.references.text(self.module, self.resource, key)
        {
            return Ok(Some(text));
        }
        match self.get(key)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|t| !t.is_empty())),
            Some(Value::Number(n)) => Ok(Some(n.to_string())),
            Some(_) => Err(format!("`{key}` is no text")),
        }
    }

    fn required(&self, key: &str) -> Result<String, Why> {
        self.text(key)?.ok_or_else(|| format!("it has no `{key}`"))
    }

    fn path(&self) -> Result<String, Why> {
        Ok(self.text("path")?.unwrap_or_else(|| "/".to_owned()))
    }

    fn list(&self, key: &str) -> Result<Vec<String>, Why> {
        let list = self.get(key)?.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(|| format!("`{key}` is no list of texts"))).collect()
    }

    /// `tags_all` has the provider's default tags too.
    fn tags(&self) -> Result<Tags, Why> {
        let key = if self.values.get("tags_all").is_some_and(Value::is_object) { "tags_all" } else { "tags" };
        let map = self.get(key)?.and_then(Value::as_object);
        let pairs = map.into_iter().flatten().map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())));
        pairs.collect::<Option<Tags>>().ok_or_else(|| format!("`{key}` is no mapping of texts"))
    }

    fn document(&self, key: &str) -> Result<Document, Why> {
        document(&self.required(key)?, key)
    }
}

/// Whether any part of a value is not known yet.
fn has_true(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        Value::Array(items) => items.iter().any(has_true),
        Value::Object(map) => map.values().any(has_true),
        _ => false,
    }
}

fn document(text: &str, key: &str) -> Result<Document, Why> {
    Document::parse(text).map_err(|_| format!("`{key}` is no JSON"))
}

/// A policy that is not known makes its holder incomplete.
fn taint(r: &Resource<'_>, kind: &str, assembly: &mut Assembly) {
    let attaches = kind.ends_with("_policy") || kind.ends_with("_policy_attachment");
    if !attaches {
        return;
    }
    for (key, kind) in [("role", EntityKind::Role), ("user", EntityKind::User), ("group", EntityKind::Group)] {
        let many = r.list(&format!("{key}s")).unwrap_or_default();
        for name in r.text(key).ok().flatten().into_iter().chain(many) {
            assembly.additive(Address::new(kind, Name::new(name)), &r.place);
        }
    }
}

fn entity(r: &Resource<'_>, kind: &str, assembly: &mut Assembly) -> Result<(), Why> {
    let place = r.place.clone();
    match kind {
        "aws_iam_role" => {
            let name = Name::new(r.required("name")?);
            let mut role = new_role(r.path()?, r.document("assume_role_policy")?);
            role.description = Seen::Value(r.text("description")?);
            role.permissions_boundary = Seen::Value(r.text("permissions_boundary")?);
            role.tags = Seen::Value(r.tags()?);
            if let Some(seconds) = r.text("max_session_duration")? {
                role.max_session_duration =
                    Seen::Value(seconds.parse().map_err(|_| "`max_session_duration` is no number".to_owned())?);
            }
            let holder = Address::new(EntityKind::Role, &name);
            // Of a plan these two may be computed: then their own resources say what they are.
            r.is_written_or_computed("managed_policy_arns")?;
            r.is_written_or_computed("inline_policy")?;
            for arn in r.list("managed_policy_arns").unwrap_or_default() {
                assembly.attach(holder.clone(), arn, &place);
            }
            let inline = r.get("inline_policy").ok().flatten().and_then(Value::as_array).into_iter().flatten();
            for policy in inline {
                let text = |key: &str| policy.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
                if let (Some(name), Some(body)) = (text("name"), text("policy")) {
                    assembly.put_inline(holder.clone(), name.to_owned(), document(body, "inline_policy")?, &place);
                }
            }
            assembly.role(name, role, &place);
        }
        "aws_iam_policy" => {
            let (name, path, description) = (Name::new(r.required("name")?), r.path()?, r.text("description")?);
            assembly.policy(name, path, description, r.tags()?, r.document("policy")?, &place);
        }
        "aws_iam_user" => {
            let (name, path) = (Name::new(r.required("name")?), r.path()?);
            assembly.user(name, path, r.text("permissions_boundary")?, r.tags()?, &place);
        }
        "aws_iam_group" => assembly.group(Name::new(r.required("name")?), r.path()?, &place),
        "aws_iam_instance_profile" => {
            let (name, role) = (Name::new(r.required("name")?), r.text("role")?.map(Name::new));
            assembly.profile(name, r.path()?, role, Some(r.tags()?), &place);
        }
        "aws_iam_openid_connect_provider" => {
            let set = |key| r.list(key).map(|list| list.into_iter().collect::<BTreeSet<_>>());
            // Without thumbprints IAM finds one, which a plan does not know yet.
            let thumbprints = set("thumbprint_list").unwrap_or_default();
            assembly.oidc(&r.required("url")?, set("client_id_list")?, thumbprints, r.tags()?, &place);
        }
        "aws_iam_saml_provider" => {
            assembly.saml(Name::new(r.required("name")?), r.required("saml_metadata_document")?, r.tags()?, &place);
        }
        "aws_iam_service_linked_role" => {
            // The description that a state has is the service's own as a rule, and counts for nothing once the role is there.
            assembly.linked(&r.required("aws_service_name")?, r.text("custom_suffix")?.as_deref(), None, &place);
        }
        "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
            let (key, kind) = holder(kind);
            let address = Address::new(kind, Name::new(r.required(key)?));
            assembly.put_inline(address, r.required("name")?, r.document("policy")?, &place);
        }
        "aws_iam_role_policy_attachment" | "aws_iam_user_policy_attachment" | "aws_iam_group_policy_attachment" => {
            let (key, kind) = holder(kind);
            assembly.attach(Address::new(kind, Name::new(r.required(key)?)), r.required("policy_arn")?, &place);
        }
        "aws_iam_policy_attachment" => {
            let arn = r.required("policy_arn")?;
            for (key, kind) in [("roles", EntityKind::Role), ("users", EntityKind::User), ("groups", EntityKind::Group)] {
                for name in r.list(key)? {
                    assembly.attach(Address::new(kind, Name::new(name)), arn.clone(), &place);
                }
            }
        }
        "aws_iam_role_policy_attachments_exclusive"
        | "aws_iam_user_policy_attachments_exclusive"
        | "aws_iam_group_policy_attachments_exclusive" => {
            let (key, kind) = holder(kind);
            let address = Address::new(kind, Name::new(r.required(&format!("{key}_name"))?));
            for arn in r.list("policy_arns")? {
                assembly.attach(address.clone(), arn, &place);
            }
        }
        // These only say that no other inline policy is wanted; the policies have resources of their own.
        "aws_iam_role_policies_exclusive" | "aws_iam_user_policies_exclusive" | "aws_iam_group_policies_exclusive" => {}
        "aws_iam_group_membership" => {
            let group = Name::new(r.required("group")?);
            for user in r.list("users")? {
                assembly.join(Name::new(user), group.clone(), &place);
            }
        }
        "aws_iam_user_group_membership" => {
            let user = Name::new(r.required("user")?);
            for group in r.list("groups")? {
                assembly.join(user.clone(), Name::new(group), &place);
            }
        }
        other => return Err(format!("iamctl has nothing like `{other}`")),
    }
    Ok(())
}

/// The word and kind in a resource type such as `aws_iam_role_policy`.
fn holder(kind: &str) -> (&'static str, EntityKind) {
    match kind.strip_prefix("aws_iam_").and_then(|rest| rest.split('_').next()) {
        Some("user") => ("user", EntityKind::User),
        Some("group") => ("group", EntityKind::Group),
        _ => ("role", EntityKind::Role),
    }
}

#[cfg(test)]
mod tests;
