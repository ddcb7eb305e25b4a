//! Entities as mappings, their keys in the order in which the reference lists them. What a default says already is not said again.

use std::collections::BTreeSet;

use super::Yaml;
use super::assembly::{Ends, Expiries};
use super::trust_short::{Trusting, entries};
use super::values::Values;
use crate::model::{Group, InlinePolicies, OidcProvider, Policy, Role, Seen, Snapshot, Tags, User};
use crate::names::{Address, Arn, EntityKind, Name, check_description};
use crate::policy::Document;
use crate::scope::is_reserved_key;
use crate::spec::Defaults;

/// What entities are written against.
pub(super) struct Writer<'a> {
    pub snapshot: &'a Snapshot,
    pub values: &'a Values,
    pub defaults: &'a Defaults,
    pub tag_key: &'a str,
    /// What the specs will declare, earlier files included.
    pub declared: &'a BTreeSet<Address>,
    /// Roles whose trust is written out in full, because the short form did not read back as the same.
    pub in_full: &'a BTreeSet<Name>,
    /// Entities on which more hangs than is known.
    pub additive: &'a BTreeSet<Address>,
    /// What ends on a day.
    pub expires: &'a Expiries,
}

pub(super) type Fields = Vec<(String, Yaml)>;

fn push(fields: &mut Fields, key: &str, value: Yaml) {
    fields.push((key.to_owned(), value));
}

impl Writer<'_> {
    fn plain(&self, text: &str) -> Yaml {
        self.values.plain(text)
    }

    /// Tags without AWS's and iamctl's own.
    pub fn own_tags<'t>(&self, tags: &'t Tags) -> impl Iterator<Item = (&'t String, &'t String)> {
        tags.iter().filter(|(key, _)| !is_reserved_key(key, self.tag_key))
    }

    fn tags(&self, fields: &mut Fields, tags: &Seen<Tags>) {
        let tags: Fields = tags
            .value()
            .into_iter()
            .flat_map(|t| self.own_tags(t))
            .map(|(k, v)| (crate::spec::vars::literal(k), self.plain(v)))
            .collect();
        if !tags.is_empty() {
            push(fields, "tags", Yaml::Map(tags));
        }
    }

    fn manage(&self, fields: &mut Fields, address: &Address) {
        if self.additive.contains(address) {
            push(fields, "manage", Yaml::text("additive"));
        }
    }

    fn protect(fields: &mut Fields, tags: &Seen<Tags>) {
        let guarded = |t: &Tags| t.get("iamctl:protect").is_some_and(|v| !v.eq_ignore_ascii_case("false"));
        if tags.value().is_some_and(guarded) {
            push(fields, "protect", Yaml::Bool(true));
        }
    }

    /// The path, where it is not what an omitted one means.
    fn path(&self, fields: &mut Fields, path: &str) {
        if path != self.defaults.path.as_deref().unwrap_or("/") {
            push(fields, "path", self.plain(path));
        }
    }

    fn description(&self, fields: &mut Fields, description: &Seen<Option<String>>) {
        if let Some(Some(text)) = description.value()
            && !text.is_empty()
            && check_description(text).is_ok()
        {
            push(fields, "description", self.plain(text));
        }
    }

    /// A reference to a policy by its ARN: the shortest that leads back to it.
    pub fn reference(&self, arn: &str) -> Yaml {
        let account = &self.snapshot.account;
        let parsed = Arn::parse(arn);
        if let Some(parsed) = parsed.filter(|a| a.service == "iam" && a.partition == account.partition) {
            if parsed.account == "aws"
                && let Some(name) =
                    parsed.resource.strip_prefix("policy/").filter(|n| !n.is_empty() && !n.starts_with('/') && !n.ends_with('/'))
            {
                return self.plain(&format!("aws/{name}"));
            }
            if let Some(("policy", path, name)) = parsed.iam_resource()
                && parsed.account == account.id.as_str()
                && name != "none"
                && self.declared.contains(&Address::new(EntityKind::Policy, name))
                && self.snapshot.policies.get(&Name::new(name)).is_some_and(|p| p.path == path)
            {
                return self.plain(name);
            }
        }
        Yaml::Text(self.values.text(arn))
    }

    fn day(&self, address: &Address, what: Ends) -> Option<Yaml> {
        self.expires.get(&(address.clone(), what)).map(|day| Yaml::text(day.clone()))
    }

    fn expires(&self, fields: &mut Fields, address: &Address) {
        if let Some(day) = self.day(address, Ends::Entity) {
            push(fields, "expires", day);
        }
    }

    fn attachments(
        &self,
        fields: &mut Fields,
        holder: &Address,
        managed: &Seen<BTreeSet<String>>,
        inline: &Seen<InlinePolicies>,
    ) {
        let attachment = |arn: &String| match self.day(holder, Ends::Attached(arn.clone())) {
            Some(day) => Yaml::Map(vec![("policy".to_owned(), self.reference(arn)), ("expires".to_owned(), day)]),
            None => self.reference(arn),
        };
        let managed: Vec<Yaml> = managed.value().into_iter().flatten().map(attachment).collect();
        if !managed.is_empty() {
            push(fields, "managed_policies", Yaml::List(managed));
        }
        let entry = |(name, document): (&String, &Document)| {
            let mut written = self.values.document(document);
            if let (Yaml::Map(keys), Some(day)) = (&mut written, self.day(holder, Ends::Inline(name.clone()))) {
                push(keys, "expires", day);
            }
            (self.values.name(name), written)
        };
        let inline: Fields = inline.value().into_iter().flatten().map(entry).collect();
        if !inline.is_empty() {
            push(fields, "inline_policies", Yaml::Map(inline));
        }
    }

    fn boundary(&self, fields: &mut Fields, boundary: &Seen<Option<String>>, default: Option<&String>) {
        match boundary.value() {
            Some(Some(arn)) => push(fields, "permissions_boundary", self.reference(arn)),
            Some(None) if default.is_some() => push(fields, "permissions_boundary", Yaml::text("none")),
            _ => {}
        }
    }

    /// A customer managed policy.
    pub fn policy(&self, name: &Name, policy: &Policy) -> Option<Yaml> {
        let mut fields = Fields::new();
        self.path(&mut fields, &policy.path);
        self.description(&mut fields, &policy.description);
        self.tags(&mut fields, &policy.tags);
        push(&mut fields, "document", self.values.document(policy.default_document()?));
        let address = Address::new(EntityKind::Policy, name);
        self.manage(&mut fields, &address);
        Self::protect(&mut fields, &policy.tags);
        self.expires(&mut fields, &address);
        Some(Yaml::Map(fields))
    }

    /// A role with its instance profile.
    pub fn role(&self, name: &Name, role: &Role, profile: Option<&Name>) -> Option<Yaml> {
        let mut fields = Fields::new();
        self.path(&mut fields, &role.path);
        self.description(&mut fields, &role.description);
        let default = self.defaults.max_session_duration.unwrap_or(3600);
        if let Some(seconds) = role.max_session_duration.value().filter(|s| **s != default) {
            push(&mut fields, "max_session_duration", Yaml::Text(duration(*seconds)));
        }
        self.boundary(&mut fields, &role.permissions_boundary, self.defaults.permissions_boundary.as_ref());
        self.tags(&mut fields, &role.tags);
        let (key, trust) = self.trust(name, role.trust.value()?);
        push(&mut fields, key, trust);
        let address = Address::new(EntityKind::Role, name);
        self.attachments(&mut fields, &address, &role.attached_policies, &role.inline_policies);
        if let Some(profile) = profile {
            push(&mut fields, "instance_profile", self.profile(name, role, profile));
        }
        self.manage(&mut fields, &address);
        Self::protect(&mut fields, &role.tags);
        self.expires(&mut fields, &address);
        Some(Yaml::Map(fields))
    }

    /// The instance profile of a role; path and tags are said where they are not the role's.
    fn profile(&self, name: &Name, role: &Role, profile: &Name) -> Yaml {
        let same_name = profile.same_spelling(name);
        let mut own = Fields::new();
        if let Some(found) = self.snapshot.instance_profiles.get(profile) {
            if found.path != role.path {
                push(&mut own, "path", self.plain(&found.path));
            }
            let tags = |tags: &Tags| -> Tags { self.own_tags(tags).map(|(k, v)| (k.clone(), v.clone())).collect() };
            if let (Some(of_profile), Some(of_role)) = (found.tags.value().map(tags), role.tags.value().map(tags))
                && of_profile != of_role
            {
                let written = of_profile.iter().map(|(k, v)| (crate::spec::vars::literal(k), self.plain(v))).collect();
                push(&mut own, "tags", Yaml::Map(written));
            }
        }
        match (own.is_empty(), same_name) {
            (true, true) => Yaml::Bool(true),
            (true, false) => self.plain(profile.as_str()),
            (false, true) => Yaml::Map(own),
            (false, false) => Yaml::Map([("name".to_owned(), self.plain(profile.as_str()))].into_iter().chain(own).collect()),
        }
    }

    fn trust(&self, name: &Name, trust: &Document) -> (&'static str, Yaml) {
        let account = &self.snapshot.account;
        let named = |arn: &str| self.named(arn);
        let cx = Trusting { values: self.values, account: account.id.as_str(), partition: &account.partition, named: &named };
        let short = if self.in_full.contains(name) { None } else { entries(trust, &cx) };
        match short {
            Some(list) => ("trust", Yaml::List(list)),
            None => ("trust_document", self.values.document(trust)),
        }
    }

    /// `role/NAME` or `user/NAME`, where the specs alone lead from it to the ARN.
    fn named(&self, text: &str) -> Option<String> {
        let arn = Arn::parse(text)?;
        let (word, path, name) = arn.iam_resource()?;
        let account = &self.snapshot.account;
        let own = arn.service == "iam" && arn.region.is_empty() && arn.account == account.id.as_str();
        let key = Name::new(name);
        let (kind, found) = match word {
            "role" => (EntityKind::Role, self.snapshot.roles.get_key_value(&key).map(|(n, r)| (n, &r.path))),
            "user" => (EntityKind::User, self.snapshot.users.get_key_value(&key).map(|(n, u)| (n, &u.path))),
            _ => return None,
        };
        let (real, real_path) = found?;
        let known = path == "/" || self.declared.contains(&Address::new(kind, name));
        (own && known && real.same_spelling(&key) && real_path == path).then(|| format!("{word}/{name}"))
    }

    /// A user.
    pub fn user(&self, name: &Name, user: &User, created: bool) -> Yaml {
        let address = Address::new(EntityKind::User, name);
        let mut fields = Fields::new();
        if user.path != "/" {
            push(&mut fields, "path", self.plain(&user.path));
        }
        let default = self.defaults.permissions_boundary.as_ref().filter(|_| created);
        self.boundary(&mut fields, &user.permissions_boundary, default);
        self.tags(&mut fields, &user.tags);
        self.attachments(&mut fields, &address, &user.attached_policies, &user.inline_policies);
        if created {
            push(&mut fields, "create", Yaml::Bool(true));
        }
        Self::protect(&mut fields, &user.tags);
        self.expires(&mut fields, &address);
        Yaml::Map(fields)
    }

    /// A group with its members.
    pub fn group(&self, name: &Name, group: &Group, members: &[&Name]) -> Yaml {
        let address = Address::new(EntityKind::Group, name);
        let mut fields = Fields::new();
        if group.path != "/" {
            push(&mut fields, "path", self.plain(&group.path));
        }
        self.attachments(&mut fields, &address, &group.attached_policies, &group.inline_policies);
        if !members.is_empty() {
            push(&mut fields, "users", Yaml::List(members.iter().map(|m| self.plain(m.as_str())).collect()));
        }
        self.expires(&mut fields, &address);
        Yaml::Map(fields)
    }

    /// An OIDC provider.
    pub fn oidc(&self, provider: &OidcProvider) -> Yaml {
        let mut fields = Fields::new();
        for (key, list) in [("client_ids", &provider.client_ids), ("thumbprints", &provider.thumbprints)] {
            let list: Vec<Yaml> = list.value().into_iter().flatten().map(|t| self.plain(t)).collect();
            if !list.is_empty() {
                push(&mut fields, key, Yaml::List(list));
            }
        }
        self.tags(&mut fields, &provider.tags);
        Self::protect(&mut fields, &provider.tags);
        Yaml::Map(fields)
    }

    /// A SAML provider, its metadata in a file beside.
    pub fn saml(&self, tags: &Seen<Tags>, metadata_file: &str) -> Yaml {
        let mut fields = vec![("metadata_file".to_owned(), Yaml::text(metadata_file))];
        self.tags(&mut fields, tags);
        Self::protect(&mut fields, tags);
        Yaml::Map(fields)
    }
}

/// Seconds as a person says them.
fn duration(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (h, 0, 0) if h > 0 => format!("{h}h"),
        (0, m, 0) if m > 0 => format!("{m}m"),
        (h, m, 0) if m > 0 => format!("{h}h{m}m"),
        _ => seconds.to_string(),
    }
}
