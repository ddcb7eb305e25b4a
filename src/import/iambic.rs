//! Repositories of IAMbic → what they say of each of their accounts: roles, users, groups and managed policies.
//!
//! Source: <https://docs.iambic.org>, `included_accounts`, `excluded_accounts`, `expires_at`, and variables of accounts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::assembly::{Assembly, Described, Ends, On, Unknown, new_role};
use crate::model::{AccountIdentity, Seen, Tags};
use crate::names::{AccountId, Address, EntityKind, Name};
use crate::policy::Document;
use crate::spec::yaml::read_tagged;

/// An account of the repository's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IambicAccount {
    /// As the templates name it.
    pub name: String,
    /// Its id and partition.
    pub identity: AccountIdentity,
    /// Whether IAMbic leaves it alone.
    disabled: bool,
    /// Its organisation's id, if it has one.
    organisation: Option<String>,
    /// Values of `{{var.NAME}}`.
    variables: BTreeMap<String, String>,
}

/// A repository: its accounts and templates.
#[derive(Clone, Debug, Default)]
pub struct Repository {
    /// The accounts, in the order of the configuration.
    pub accounts: Vec<IambicAccount>,
    templates: Vec<(String, Value)>,
    /// Templates of which a spec has no place.
    pub notes: Vec<Unknown>,
}

/// Reads the YAML files of a repository, names first.
///
/// # Errors
/// The file that cannot be read and what is wrong with it; the folder itself where no configuration names an account.
pub fn read_iambic(folder: &str, files: &[(String, String)]) -> Result<Repository, (String, String)> {
    let mut repository = Repository::default();
    for (name, text) in files {
        if !text.contains("template_type") {
            continue;
        }
        let failed = |why: String| (name.clone(), why);
        let read = read_tagged(text).map_err(failed)?;
        if let Some(path) = read.duplicates.first() {
            return Err(failed(format!("the key `{}` occurs twice", path.join("."))));
        }
        let kind = read.value.get("template_type").and_then(Value::as_str).unwrap_or_default().to_owned();
        match kind.as_str() {
            "NOQ::Core::Config" => {
                let (disabled, managed) =
                    accounts(&read.value).map_err(failed)?.into_iter().partition::<Vec<_>, _>(|a| a.disabled);
                repository.accounts.extend(managed);
                repository.notes.extend(disabled.into_iter().map(|account| {
                    let reason = format!("the account `{}` is left out: it is `iambic_managed: disabled`", account.name);
                    Unknown { place: name.clone(), reason }
                }));
            }
            "NOQ::AWS::IAM::Role" | "NOQ::AWS::IAM::User" | "NOQ::AWS::IAM::Group" | "NOQ::AWS::IAM::ManagedPolicy" => {
                repository.templates.push((name.clone(), read.value));
            }
            other if other.starts_with("NOQ::") => {
                let reason = format!("a spec has no place for `{other}`");
                repository.notes.push(Unknown { place: name.clone(), reason });
            }
            _ => {}
        }
    }
    if let (true, Some(note)) = (repository.accounts.is_empty(), repository.notes.iter().find(|n| n.reason.contains("disabled")))
    {
        return Err((note.place.clone(), note.reason.clone()));
    }
    if repository.accounts.is_empty() {
        return Err((folder.to_owned(), "it is not a repository of IAMbic: no `NOQ::Core::Config` names an account".to_owned()));
    }
    Ok(repository)
}

fn accounts(config: &Value) -> Result<Vec<IambicAccount>, String> {
    let listed = config.get("aws").and_then(|aws| aws.get("accounts")).and_then(Value::as_array);
    listed.into_iter().flatten().map(account).collect()
}

fn account(value: &Value) -> Result<IambicAccount, String> {
    let text = |key: &str| value.get(key).and_then(scalar);
    let id = text("account_id").ok_or("an account has no `account_id`")?;
    let id = AccountId::parse(&id).ok_or_else(|| format!("`{id}` is not an account id"))?;
    let name = text("account_name").unwrap_or_else(|| id.to_string());
    let partition = value.get("partition").and_then(|p| p.as_str().or_else(|| p.get("Fn::Partition")?.as_str()));
    let mut variables = BTreeMap::from([("account_id".to_owned(), id.to_string()), ("account_name".to_owned(), name.clone())]);
    for variable in value.get("variables").and_then(Value::as_array).into_iter().flatten() {
        if let (Some(key), Some(value)) = (variable.get("key").and_then(scalar), variable.get("value").and_then(scalar)) {
            variables.insert(key, value);
        }
    }
    let identity = AccountIdentity { id, partition: partition.unwrap_or("aws").to_owned() };
    let disabled = text("iambic_managed").as_deref() == Some("disabled");
    Ok(IambicAccount { name, identity, disabled, organisation: text("org_id"), variables })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Why a part of a template is not known.
type Why = String;

impl Repository {
    /// What the templates say of one account on a day (`2027-01-31`); what has expired by then is not there any more.
    pub fn describe(&self, account: &IambicAccount, today: &str) -> Described {
        let mut assembly = Assembly::new(account.identity.clone());
        for (file, template) in &self.templates {
            let view = View { account, today };
            let kind = template.get("template_type").and_then(Value::as_str).unwrap_or_default();
            let read = view.applies(template).and_then(|applies| {
                if !applies {
                    return Ok(());
                }
                if let Some(word) = unmanaged(template) {
                    assembly.note(file, format!("it is left out: IAMbic does not write what is `iambic_managed: {word}`"));
                    return Ok(());
                }
                let properties = template.get("properties").unwrap_or(&Value::Null);
                Part { view: &view, file, properties, template }.entity(kind, &mut assembly)
            });
            if let Err(why) = read {
                assembly.unknown(file, format!("it is left out: {why}"));
            }
        }
        assembly.finish()
    }
}

/// The word by which IAMbic leaves something as it is.
fn unmanaged(value: &Value) -> Option<String> {
    value.get("iambic_managed").and_then(scalar).filter(|word| matches!(word.as_str(), "disabled" | "import_only"))
}

/// The day on which something ends; what [`View::applies`] takes has one that can be read.
fn ends_on(value: &Value) -> Option<String> {
    value.get("expires_at").and_then(scalar)?.get(..10).map(str::to_owned)
}

/// Notes what ends and has no `expires` in a spec.
fn note_expiry(value: &Value, place: &str, assembly: &mut Assembly) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| note_expiry(item, place, assembly)),
        Value::Object(map) => {
            if let Some(day) = ends_on(value) {
                assembly.note(place, format!("a part of it expires on `{day}`; the spec does not say so"));
            }
            map.values().for_each(|inner| note_expiry(inner, place, assembly));
        }
        _ => {}
    }
}

/// Keys that say where and how long something applies, and nothing of what it is.
const ABOUT: [&str; 8] = [
    "included_accounts",
    "excluded_accounts",
    "included_orgs",
    "excluded_orgs",
    "expires_at",
    "expires_at_default",
    "deleted",
    "iambic_managed",
];

struct View<'a> {
    account: &'a IambicAccount,
    today: &'a str,
}

impl View<'_> {
    /// Whether something applies to the account today.
    fn applies(&self, value: &Value) -> Result<bool, Why> {
        if value.get("deleted") == Some(&Value::Bool(true)) {
            return Ok(false);
        }
        if let Some(day) = value.get("expires_at").filter(|v| !v.is_null()) {
            let text = scalar(day).unwrap_or_default();
            let day = text.get(..10).filter(|day| is_day(day)).ok_or_else(|| format!("`expires_at: {text}` is not a date"))?;
            if day <= self.today {
                return Ok(false);
            }
        }
        let identifiers = [self.account.identity.id.to_string(), self.account.name.to_lowercase()];
        let organisation: Vec<String> = self.account.organisation.iter().map(|o| o.to_lowercase()).collect();
        Ok(among(value, "accounts", &identifiers)? && (organisation.is_empty() || among(value, "orgs", &organisation)?))
    }

    /// A value with variables put in, and without the parts that do not apply.
    fn resolve(&self, value: &Value) -> Result<Value, Why> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(text)?),
            Value::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    if self.applies(item)? {
                        out.push(self.resolve(item)?);
                    }
                }
                Value::Array(out)
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, value) in map.iter().filter(|(key, _)| !ABOUT.contains(&key.as_str())) {
                    out.insert(self.text(key)?, self.resolve(value)?);
                }
                Value::Object(out)
            }
            plain => plain.clone(),
        })
    }

    fn text(&self, text: &str) -> Result<String, Why> {
        if text.contains("{%") {
            return Err(format!("`{text}` holds a statement of Jinja"));
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, tail)) = after.split_once("}}") else { break };
            let name = name.trim();
            let value = self.account.variables.get(name.strip_prefix("var.").unwrap_or(name));
            out.push_str(before);
            out.push_str(value.ok_or_else(|| format!("the account `{}` has no variable `{name}`", self.account.name))?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn is_day(text: &str) -> bool {
    text.bytes().enumerate().all(|(n, b)| if matches!(n, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// Whether the lists `included_…` and `excluded_…` let one of the identifiers in: the longer rule wins, as in IAMbic.
fn among(value: &Value, what: &str, identifiers: &[String]) -> Result<bool, Why> {
    let rules = |word: &str| -> Vec<String> {
        let list = value.get(format!("{word}_{what}")).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(scalar).map(|rule| rule.to_lowercase()).collect()
    };
    let longest = |rules: &[String]| -> Result<Option<usize>, Why> {
        let mut found = None;
        for rule in rules {
            if matches_rule(rule, identifiers)? {
                found = found.max(Some(rule.len()));
            }
        }
        Ok(found)
    };
    let included = match rules("included") {
        empty if empty.is_empty() => vec!["*".to_owned()],
        rules => rules,
    };
    Ok(longest(&included)? > longest(&rules("excluded"))?)
}

/// A rule is `*`, a name, or a regular expression, of which prefixes alone are read.
fn matches_rule(rule: &str, identifiers: &[String]) -> Result<bool, Why> {
    let special = |text: &str| text.contains(['*', '+', '?', '[', ']', '(', ')', '{', '}', '|', '^', '$', '\\']);
    match rule.strip_suffix(".*") {
        _ if rule == "*" => Ok(true),
        Some(prefix) if !special(prefix) => Ok(identifiers.iter().any(|id| id.starts_with(prefix))),
        _ if special(rule) => Err(format!("`{rule}` is a regular expression, which is not read; write the accounts out")),
        _ => Ok(identifiers.iter().any(|id| id == rule)),
    }
}

/// The properties of one template.
struct Part<'a> {
    view: &'a View<'a>,
    file: &'a str,
    properties: &'a Value,
    template: &'a Value,
}

/// What depends on an entity, as the report names it.
const A_POLICY: &str = "a policy attached to it";

impl Part<'_> {
    /// A property that may differ by account: a value, or a list of which the first that applies counts.
    fn chosen(&self, key: &str) -> Result<Option<Value>, Why> {
        let found = match self.properties.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) => {
                let mut found = None;
                for item in items {
                    if self.view.applies(item)? {
                        found = Some(item);
                        break;
                    }
                }
                let Some(item) = found else { return Ok(None) };
                item.get(key).unwrap_or(item)
            }
            Some(one) if !self.view.applies(one)? => return Ok(None),
            Some(one) => one,
        };
        self.view.resolve(found).map(Some)
    }

    fn text(&self, key: &str) -> Result<Option<String>, Why> {
        match self.chosen(key)? {
            None => Ok(None),
            Some(value) => scalar(&value).map(Some).ok_or_else(|| format!("`{key}` is not text")),
        }
    }

    fn seen(&self, key: &str, assembly: &mut Assembly) -> Seen<Option<String>> {
        self.text(key).map_or_else(
            |why| {
                assembly.unknown(self.file, why);
                Seen::Unread
            },
            Seen::Value,
        )
    }

    fn name(&self, key: &str) -> Result<Name, Why> {
        let name = match self.text(key)? {
            Some(name) => Some(name),
            None => self.template.get("identifier").and_then(scalar).map(|text| self.view.text(&text)).transpose()?,
        };
        name.map(Name::new).ok_or_else(|| format!("it has no `{key}`"))
    }

    fn path(&self) -> Result<String, Why> {
        Ok(self.text("path")?.unwrap_or_else(|| "/".to_owned()))
    }

    fn boundary(&self) -> Result<Seen<Option<String>>, Why> {
        let Some(value) = self.chosen("permissions_boundary")? else { return Ok(Seen::Value(None)) };
        let arn = value.get("policy_arn").and_then(scalar).ok_or("`permissions_boundary` has no `policy_arn`")?;
        Ok(Seen::Value(Some(arn)))
    }

    /// The items of a list that apply, each with the day on which it ends; what is not known of it depends on the owner.
    fn items(&self, key: &str, owner: &Address, what: &str, assembly: &mut Assembly) -> Vec<(Value, Option<String>)> {
        let mut found = Vec::new();
        for item in self.properties.get(key).and_then(Value::as_array).into_iter().flatten() {
            let read = self.view.applies(item).and_then(|applies| applies.then(|| self.view.resolve(item)).transpose());
            match read {
                Ok(Some(value)) => {
                    // Parts of a part have no `expires` in a spec.
                    for inner in item.as_object().into_iter().flat_map(Map::values) {
                        note_expiry(inner, &format!("{}: {key}", self.file), assembly);
                    }
                    found.push((value, ends_on(item)));
                }
                Ok(None) => {}
                Err(why) => {
                    assembly.unknown(format!("{}: {key}", self.file), why);
                    assembly.hangs(On::Entity(owner.clone()), self.file, what);
                }
            }
        }
        found
    }

    fn tags(&self, owner: &Address, assembly: &mut Assembly) -> Tags {
        self.note_each("tags", assembly);
        let items = self.items("tags", owner, "a tag of it", assembly);
        items.iter().filter_map(|(tag, _)| Some((scalar(tag.get("key")?)?, scalar(tag.get("value")?)?))).collect()
    }

    fn note_each(&self, key: &str, assembly: &mut Assembly) {
        if let Some(value) = self.properties.get(key) {
            note_expiry(value, &format!("{}: {key}", self.file), assembly);
        }
    }

    /// What the template as a whole says of its end.
    fn expire(&self, address: &Address, assembly: &mut Assembly) {
        if let Some(day) = ends_on(self.template) {
            assembly.expire(address, Ends::Entity, day);
        }
        for key in ["assume_role_policy_document", "policy_document", "permissions_boundary", "description", "path"] {
            self.note_each(key, assembly);
        }
    }

    fn attachments(&self, holder: &Address, assembly: &mut Assembly) {
        for (policy, day) in self.items("managed_policies", holder, A_POLICY, assembly) {
            match policy.get("policy_arn").and_then(scalar) {
                Some(arn) => {
                    if let Some(day) = day {
                        assembly.expire(holder, Ends::Attached(arn.clone()), day);
                    }
                    assembly.attach(holder.clone(), arn, self.file);
                }
                None => self.lost(holder, "a managed policy has no `policy_arn`", assembly),
            }
        }
        for (policy, day) in self.items("inline_policies", holder, A_POLICY, assembly) {
            match (policy.get("policy_name").and_then(scalar), document(&policy, None)) {
                (Some(name), Ok(document)) => {
                    if let Some(day) = day {
                        assembly.expire(holder, Ends::Inline(name.clone()), day);
                    }
                    assembly.put_inline(holder.clone(), name, document, self.file);
                }
                (None, _) => self.lost(holder, "an inline policy has no `policy_name`", assembly),
                (_, Err(why)) => self.lost(holder, &why, assembly),
            }
        }
    }

    fn lost(&self, holder: &Address, why: &str, assembly: &mut Assembly) {
        assembly.unknown(self.file, why);
        assembly.hangs(On::Entity(holder.clone()), self.file, A_POLICY);
    }

    fn entity(&self, kind: &str, assembly: &mut Assembly) -> Result<(), Why> {
        match kind.rsplit("::").next().unwrap_or_default() {
            "Role" => {
                let name = self.name("role_name")?;
                let trust = self.chosen("assume_role_policy_document")?.ok_or("it has no `assume_role_policy_document`")?;
                let mut role = new_role(self.path()?, document(&trust, Some("2008-10-17"))?);
                let holder = Address::new(EntityKind::Role, &name);
                self.expire(&holder, assembly);
                role.permissions_boundary = self.boundary()?;
                role.description = self.seen("description", assembly);
                role.tags = Seen::Value(self.tags(&holder, assembly));
                if let Some(seconds) = self.text("max_session_duration")? {
                    let seconds = seconds.parse().map_err(|_| "`max_session_duration` is not a number".to_owned())?;
                    role.max_session_duration = Seen::Value(seconds);
                }
                self.attachments(&holder, assembly);
                assembly.role(name, role, self.file);
            }
            "User" => {
                let name = self.name("user_name")?;
                let (path, boundary) = (self.path()?, self.boundary()?);
                let holder = Address::new(EntityKind::User, &name);
                self.expire(&holder, assembly);
                self.note_each("groups", assembly);
                let tags = self.tags(&holder, assembly);
                self.attachments(&holder, assembly);
                for (group, _) in self.items("groups", &holder, "a group of it", assembly) {
                    match group.get("group_name").and_then(scalar) {
                        Some(group) => assembly.join(name.clone(), Name::new(group), self.file),
                        None => self.lost(&holder, "a group has no `group_name`", assembly),
                    }
                }
                assembly.user(name, path, boundary, tags, self.file);
            }
            "Group" => {
                let (name, path) = (self.name("group_name")?, self.path()?);
                let holder = Address::new(EntityKind::Group, &name);
                self.expire(&holder, assembly);
                self.attachments(&holder, assembly);
                assembly.group(name, path, self.file);
            }
            _ => {
                let (name, path) = (self.name("policy_name")?, self.path()?);
                let body = self.chosen("policy_document")?.ok_or("it has no `policy_document`")?;
                let document = document(&body, None)?;
                let description = self.seen("description", assembly);
                let address = Address::new(EntityKind::Policy, &name);
                self.expire(&address, assembly);
                let tags = self.tags(&address, assembly);
                assembly.policy(name, path, description, tags, document, self.file);
            }
        }
        Ok(())
    }
}

/// A policy document in IAM's own words. `version` is what IAMbic takes for an omitted one.
fn document(value: &Value, version: Option<&str>) -> Result<Document, Why> {
    let mut out = Map::new();
    if let Some(version) = value.get("version").and_then(scalar).or_else(|| version.map(str::to_owned)) {
        out.insert("Version".to_owned(), Value::String(version));
    }
    if let Some(id) = value.get("id").filter(|id| !id.is_null()) {
        out.insert("Id".to_owned(), id.clone());
    }
    let statements = match value.get("statement") {
        Some(Value::Array(list)) => list.iter().map(statement).collect::<Result<Vec<_>, _>>()?,
        Some(one @ Value::Object(_)) => vec![statement(one)?],
        _ => return Err("a policy document has no `statement`".to_owned()),
    };
    out.insert("Statement".to_owned(), Value::Array(statements));
    Ok(Document::new(Value::Object(out)))
}

fn statement(value: &Value) -> Result<Value, Why> {
    let fields = value.as_object().ok_or("a statement is not a mapping")?;
    let mut out = Map::new();
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let word = match key.to_lowercase().replace('_', "").as_str() {
            "sid" => "Sid",
            "effect" => "Effect",
            "principal" => "Principal",
            "notprincipal" => "NotPrincipal",
            "action" => "Action",
            "notaction" => "NotAction",
            "resource" => "Resource",
            "notresource" => "NotResource",
            "condition" => "Condition",
            _ => return Err(format!("a statement has the key `{key}`, which IAM does not know")),
        };
        let value = match word {
            "Principal" | "NotPrincipal" => principal(value)?,
            "Condition" => conditions(value),
            _ => value.clone(),
        };
        out.insert(word.to_owned(), value);
    }
    Ok(Value::Object(out))
}

fn principal(value: &Value) -> Result<Value, Why> {
    let Value::Object(map) = value else { return Ok(value.clone()) };
    let mut out = Map::new();
    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        let word = match key.to_lowercase().replace('_', "").as_str() {
            "aws" => "AWS",
            "service" => "Service",
            "federated" => "Federated",
            "canonicaluser" => "CanonicalUser",
            _ => return Err(format!("a principal has the key `{key}`, which IAM does not know")),
        };
        out.insert(word.to_owned(), value.clone());
    }
    Ok(Value::Object(out))
}

/// Condition operators may be `string_equals`; whatever is spelt as IAM spells it stays.
fn conditions(value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let camel = |key: &str| -> String {
        if key.starts_with(char::is_uppercase) {
            return key.to_owned();
        }
        let word = |part: &str| part.get(..1).map(str::to_uppercase).unwrap_or_default() + part.get(1..).unwrap_or_default();
        key.split('_').map(word).collect()
    };
    map.iter().map(|(key, value)| (camel(key), value.clone())).collect()
}

#[cfg(test)]
mod tests;
