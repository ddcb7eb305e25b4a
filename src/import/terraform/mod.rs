//! `terraform show -json`, of a state or a plan → what it describes of IAM.

mod references;

use std::collections::BTreeMap;

use serde_json::Value;

use super::assembly::{Assembly, Described, On, new_role};
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
            false => Err("it is not the output of `terraform show -json`, of a state or a plan".to_owned()),
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
        let address = resource.get("address").and_then(Value::as_str).unwrap_or(kind);
        let place = format!("{file}: {address}");
        if resource.get("mode").and_then(Value::as_str) != Some("managed") {
            continue;
        }
        if !kind.starts_with("aws_iam_") {
            beside(kind, &place, &mut assembly);
            continue;
        }
        let r = Resource {
            place,
            values: resource.get("values").unwrap_or(&Value::Null),
            unknown: unknown.get(address).copied(),
            references: &references,
            module,
            resource,
        };
        if let Err(why) = entity(&r, kind, &mut assembly) {
            assembly.unknown(&r.place, format!("it is left out: {why}"));
            taint(&r, kind, &mut assembly);
        }
    }
    deferred(&value, file, &mut assembly);
    Ok(assembly.finish())
}

/// Resources of other kinds that make or change entities of IAM.
fn beside(kind: &str, place: &str, assembly: &mut Assembly) {
    let why = match kind {
        "aws_cloudformation_stack" | "aws_serverlessapplicationrepository_cloudformation_stack" => {
            "what it creates is in a template; import that one too"
        }
        "aws_cloudformation_stack_set" => "what it creates in other accounts is not imported",
        _ if kind.starts_with("awscc_iam_") => {
            for on in On::PRINCIPALS {
                assembly.hangs(on, place, "what comes of it");
            }
            "it is a resource of the Cloud Control provider, which is not read"
        }
        _ => return,
    };
    assembly.unknown(place, why);
}

/// Of a plan: resources that Terraform plans only later, because it does not know yet how many there are.
fn deferred(value: &Value, file: &str, assembly: &mut Assembly) {
    let changes = value.get("deferred_changes").and_then(Value::as_array).into_iter().flatten();
    for change in changes.filter_map(|deferred| deferred.get("resource_change")) {
        let text = |key: &str| change.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("type").starts_with("aws_iam_") && text("mode") == "managed" {
            let place = format!("{file}: {}", text("address"));
            assembly.unknown(&place, "Terraform plans it only after it has applied other changes");
            for on in On::PRINCIPALS {
                assembly.hangs(on, &place, "what comes of it");
            }
        }
    }
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
            return Err(later(key));
        }
        Ok(self.values.get(key).filter(|v| !v.is_null()))
    }

    /// The known values of a list that Terraform computes where nobody writes it, and whether they are all. A list that is not known
    /// yet, and that the configuration does not write, has resources of its own.
    fn written_or_computed(&self, key: &str) -> (Vec<&Value>, bool) {
        let is_later = matches!(self.unknown.and_then(|u| u.get(key)), Some(Value::Bool(true)));
        if is_later {
            return (Vec::new(), self.references.is_written(self.module, self.resource, key) == Some(false));
        }
        self.known_items(key)
    }

    /// The items of a list that are known, and whether they are all.
    fn known_items(&self, key: &str) -> (Vec<&Value>, bool) {
        let unknown = self.unknown.and_then(|u| u.get(key));
        if matches!(unknown, Some(Value::Bool(true))) {
            return (Vec::new(), false);
        }
        let list = match self.values.get(key) {
            None | Some(Value::Null) => return (Vec::new(), !unknown.is_some_and(has_true)),
            Some(Value::Array(list)) => list,
            Some(_) => return (Vec::new(), false),
        };
        let is_later = |n: usize| unknown.and_then(|u| u.get(n)).is_some_and(has_true);
        // Longer than the list is, the record of what is not known speaks of items that are not in it.
        let more = unknown.and_then(Value::as_array).is_some_and(|u| u.iter().skip(list.len()).any(has_true));
        let known: Vec<&Value> = list.iter().enumerate().filter(|(n, _)| !is_later(*n)).map(|(_, item)| item).collect();
        let whole = known.len() == list.len() && !more;
        (known, whole)
    }

    /// The known texts of a list, and whether they are all.
    fn items(&self, key: &str) -> (Vec<String>, bool) {
        let (items, whole) = self.known_items(key);
        let texts: Vec<String> = items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect();
        let whole = whole && texts.len() == items.len();
        (texts, whole)
    }

    /// A text that may stay unknown: the spec then leaves it as it is. Never a boundary: made without it, a role could do more.
    fn seen(&self, key: &str, assembly: &mut Assembly) -> Seen<Option<String>> {
        match self.text(key) {
            Ok(text) => Seen::Value(text),
            Err(why) => {
                assembly.unknown(&self.place, why);
                Seen::Unread
            }
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
            Some(_) => Err(format!("`{key}` is not text")),
        }
    }

    fn required(&self, key: &str) -> Result<String, Why> {
        self.text(key)?.ok_or_else(|| format!("it has no `{key}`"))
    }

    fn path(&self) -> Result<String, Why> {
        Ok(self.text("path")?.unwrap_or_else(|| "/".to_owned()))
    }

    /// `tags_all` has the provider's default tags too, but a plan may not know it yet: then the configuration says which they are.
    fn tags(&self, owner: &Address, assembly: &mut Assembly) -> Tags {
        let key = if self.values.get("tags_all").is_some_and(Value::is_object) { "tags_all" } else { "tags" };
        let unknown = self.unknown.and_then(|u| u.get(key));
        let mut whole = !matches!(unknown, Some(Value::Bool(true)));
        let mut tags = Tags::new();
        whole &= ["tags", "tags_all"].iter().all(|key| self.values.get(key).is_none_or(|v| v.is_object() || v.is_null()));
        let map = self.values.get(key).filter(|_| whole).and_then(Value::as_object);
        for (name, value) in map.into_iter().flatten() {
            match value.as_str().filter(|_| !unknown.and_then(|u| u.get(name)).is_some_and(has_true)) {
                Some(value) => drop(tags.insert(name.clone(), value.to_owned())),
                None => whole = false,
            }
        }
        whole &= !unknown.and_then(Value::as_object).is_some_and(|u| u.iter().any(|(k, v)| has_true(v) && !tags.contains_key(k)));
        if key == "tags" && self.is_later("tags_all") {
            match self.references.default_tags(self.module, self.resource) {
                Some(defaults) => tags = defaults.into_iter().chain(tags).collect(),
                None => whole = false,
            }
        }
        if !whole {
            assembly.unknown(
                &self.place,
                if self.unknown.is_some() { later(key) } else { format!("`{key}` is not a mapping of texts") },
            );
            assembly.hangs(On::Entity(owner.clone()), &self.place, "a tag of it");
        }
        tags
    }

    fn document(&self, key: &str) -> Result<Document, Why> {
        document(&self.required(key)?, key)
    }
}

fn later(key: &str) -> Why {
    format!("`{key}` is known only after Terraform has applied it")
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
    Document::parse(text).map_err(|_| format!("`{key}` is not JSON"))
}

/// What depends on an entity, as the report names it.
const A_POLICY: &str = "a policy attached to it";

/// The principals that a resource names. Where a name is not known, what the resource says may hang on any.
fn holders(r: &Resource<'_>, assembly: &mut Assembly) -> Vec<Address> {
    let mut found = Vec::new();
    for (key, kind) in [("role", EntityKind::Role), ("user", EntityKind::User), ("group", EntityKind::Group)] {
        let many = format!("{key}s");
        let (names, mut whole) = r.items(&many);
        found.extend(names.into_iter().map(|name| Address::new(kind, Name::new(name))));
        for key in [key.to_owned(), format!("{key}_name")] {
            match r.text(&key) {
                Ok(name) => found.extend(name.map(|name| Address::new(kind, Name::new(name)))),
                Err(why) => {
                    assembly.unknown(&r.place, why);
                    whole = false;
                }
            }
        }
        if !whole {
            assembly.hangs(On::Any(kind), &r.place, "the policy");
        }
    }
    found
}

/// The holder of a resource of a kind that has exactly one.
fn holder(r: &Resource<'_>, kind: &str, assembly: &mut Assembly) -> Result<Address, Why> {
    let (word, kind) = holder_kind(kind);
    let found = holders(r, assembly).into_iter().next();
    found.ok_or_else(|| {
        assembly.hangs(On::Any(kind), &r.place, "the policy");
        format!("it has no `{word}`")
    })
}

/// A resource that is not known, by its own fault: what it says depends on those that it names.
fn taint(r: &Resource<'_>, kind: &str, assembly: &mut Assembly) {
    if kind.ends_with("_policy") || kind.ends_with("_policy_attachment") || kind.ends_with("_exclusive") {
        for holder in holders(r, assembly) {
            assembly.hangs(On::Entity(holder), &r.place, A_POLICY);
        }
    }
}

/// Types that hold credentials, devices and settings of the account: nothing that a policy is attached to.
const BESIDE: &[&str] = &[
    "aws_iam_access_key",
    "aws_iam_account_alias",
    "aws_iam_account_password_policy",
    "aws_iam_organizations_features",
    "aws_iam_outbound_web_identity_federation",
    "aws_iam_security_token_service_preferences",
    "aws_iam_server_certificate",
    "aws_iam_service_specific_credential",
    "aws_iam_signing_certificate",
    "aws_iam_user_login_profile",
    "aws_iam_user_ssh_key",
    "aws_iam_virtual_mfa_device",
];

fn entity(r: &Resource<'_>, kind: &str, assembly: &mut Assembly) -> Result<(), Why> {
    let place = r.place.clone();
    match kind {
        "aws_iam_role" => {
            let name = Name::new(r.required("name")?);
            let mut role = new_role(r.path()?, r.document("assume_role_policy")?);
            let holder = Address::new(EntityKind::Role, &name);
            role.description = r.seen("description", assembly);
            role.permissions_boundary = Seen::Value(r.text("permissions_boundary")?);
            role.tags = Seen::Value(r.tags(&holder, assembly));
            role.max_session_duration = match r.seen("max_session_duration", assembly) {
                Seen::Value(None) => role.max_session_duration,
                Seen::Value(Some(text)) => {
                    text.parse().map(Seen::Value).map_err(|_| "`max_session_duration` is not a number".to_owned())?
                }
                Seen::Unread => Seen::Unread,
            };
            let (arns, mut whole) = r.written_or_computed("managed_policy_arns");
            for arn in arns {
                match arn.as_str() {
                    Some(arn) => assembly.attach(holder.clone(), arn.to_owned(), &place),
                    None => whole = false,
                }
            }
            let (policies, all) = r.written_or_computed("inline_policy");
            whole &= all;
            for policy in policies {
                let text = |key: &str| policy.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
                match (text("name"), text("policy")) {
                    (Some(name), Some(body)) => match document(body, "inline_policy") {
                        Ok(document) => assembly.put_inline(holder.clone(), name.to_owned(), document, &place),
                        Err(why) => {
                            assembly.unknown(&place, why);
                            whole = false;
                        }
                    },
                    // A state has one without name and document where the configuration says that there is none.
                    (None, None) if r.unknown.is_none() && policy.is_object() => {}
                    _ => whole = false,
                }
            }
            if !whole {
                assembly.hangs(On::Entity(holder), &place, A_POLICY);
            }
            assembly.role(name, role, &place);
        }
        "aws_iam_policy" => {
            let (name, path, document) = (Name::new(r.required("name")?), r.path()?, r.document("policy")?);
            let description = r.seen("description", assembly);
            let tags = r.tags(&Address::new(EntityKind::Policy, &name), assembly);
            assembly.policy(name, path, description, tags, document, &place);
        }
        "aws_iam_user" => {
            let (name, path) = (Name::new(r.required("name")?), r.path()?);
            let boundary = Seen::Value(r.text("permissions_boundary")?);
            let tags = r.tags(&Address::new(EntityKind::User, &name), assembly);
            assembly.user(name, path, boundary, tags, &place);
        }
        "aws_iam_group" => assembly.group(Name::new(r.required("name")?), r.path()?, &place),
        "aws_iam_instance_profile" => {
            let (name, role) = (Name::new(r.required("name")?), r.text("role")?.map(Name::new));
            let path = r.path()?;
            let tags = r.tags(&Address::new(EntityKind::InstanceProfile, &name), assembly);
            assembly.profile(name, path, role, Some(tags), &place);
        }
        "aws_iam_openid_connect_provider" => {
            let url = r.required("url")?;
            let owner = Address::new(EntityKind::OidcProvider, Name::new(url.strip_prefix("https://").unwrap_or(&url)));
            let tags = r.tags(&owner, assembly);
            // Without thumbprints IAM finds one, which a plan does not know yet.
            let thumbprints = match r.items("thumbprint_list") {
                (list, true) => Seen::Value(list.into_iter().collect()),
                (_, false) => Seen::Unread,
            };
            let client_ids = match r.items("client_id_list") {
                (list, true) => Seen::Value(list.into_iter().collect()),
                (_, false) => {
                    assembly.unknown(&place, later("client_id_list"));
                    Seen::Unread
                }
            };
            assembly.oidc(&url, client_ids, thumbprints, tags, &place);
        }
        "aws_iam_saml_provider" => {
            let (name, metadata) = (Name::new(r.required("name")?), r.required("saml_metadata_document")?);
            let tags = r.tags(&Address::new(EntityKind::SamlProvider, &name), assembly);
            assembly.saml(name, metadata, tags, &place);
        }
        "aws_iam_service_linked_role" => {
            // The description that a state has is the service's own as a rule, and counts for nothing once the role is there.
            let suffix = r.text("custom_suffix")?;
            assembly.linked(&r.required("aws_service_name")?, suffix.as_deref(), Seen::Value(None), &place);
        }
        "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
            let (name, document) = (r.required("name")?, r.document("policy")?);
            let holder = holder(r, kind, assembly)?;
            assembly.put_inline(holder, name, document, &place);
        }
        "aws_iam_role_policy_attachment"
        | "aws_iam_user_policy_attachment"
        | "aws_iam_group_policy_attachment"
        | "aws_iam_policy_attachment" => {
            let arn = r.required("policy_arn")?;
            if kind != "aws_iam_policy_attachment" {
                let holder = holder(r, kind, assembly)?;
                assembly.attach(holder, arn, &place);
                return Ok(());
            }
            for holder in holders(r, assembly) {
                assembly.attach(holder, arn.clone(), &place);
            }
        }
        "aws_iam_role_policy_attachments_exclusive"
        | "aws_iam_user_policy_attachments_exclusive"
        | "aws_iam_group_policy_attachments_exclusive" => {
            let holder = holder(r, kind, assembly)?;
            let (arns, whole) = r.items("policy_arns");
            for arn in arns {
                assembly.attach(holder.clone(), arn, &place);
            }
            if !whole {
                assembly.unknown(&place, later("policy_arns"));
                assembly.hangs(On::Entity(holder), &place, A_POLICY);
            }
        }
        // These only say that no other inline policy is wanted; the policies have resources of their own.
        "aws_iam_role_policies_exclusive" | "aws_iam_user_policies_exclusive" | "aws_iam_group_policies_exclusive" => {
            let holder = holder(r, kind, assembly)?;
            let (names, whole) = r.items("policy_names");
            for name in names {
                assembly.expect_inline(holder.clone(), name, &place);
            }
            if !whole {
                assembly.unknown(&place, later("policy_names"));
                assembly.hangs(On::Entity(holder), &place, "an inline policy of it");
            }
        }
        "aws_iam_group_membership" => {
            let group = Name::new(r.required("group")?);
            let (users, whole) = r.items("users");
            for user in users {
                assembly.join(Name::new(user), group.clone(), &place);
            }
            if !whole {
                assembly.unknown(&place, later("users"));
                assembly.hangs(On::Entity(Address::new(EntityKind::Group, &group)), &place, "a member of it");
            }
        }
        "aws_iam_user_group_membership" => {
            let user = Name::new(r.required("user")?);
            let (groups, whole) = r.items("groups");
            for group in groups {
                assembly.join(user.clone(), Name::new(group), &place);
            }
            if !whole {
                assembly.unknown(&place, later("groups"));
                assembly.hangs(On::Entity(Address::new(EntityKind::User, &user)), &place, "a group of it");
            }
        }
        beside if BESIDE.contains(&beside) => {
            assembly.note(place, format!("a spec has no place for `{beside}`; it stays as it is"));
        }
        other => {
            for on in On::PRINCIPALS {
                assembly.hangs(on, &place, "what comes of it");
            }
            return Err(format!("iamctl does not know `{other}`"));
        }
    }
    Ok(())
}

/// The word and kind in a resource type such as `aws_iam_role_policy`.
fn holder_kind(kind: &str) -> (&'static str, EntityKind) {
    match kind.strip_prefix("aws_iam_").and_then(|rest| rest.split('_').next()) {
        Some("user") => ("user", EntityKind::User),
        Some("group") => ("group", EntityKind::Group),
        _ => ("role", EntityKind::Role),
    }
}

#[cfg(test)]
mod tests;
