//! The entities of a spec file.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::schemas::{AttachmentSchema, DocumentSchema, InlineSchema};
use super::{Flag, ManageWord, SessionDuration, TrustEntry};
use crate::spec::yaml::{At, Entries, Items, Raw};

/// A customer managed policy.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a policy: a mapping with keys such as `document`")]
#[schemars(rename = "Policy")]
pub struct PolicySpec {
    /// `/` or `/team/`; cannot change later.
    pub path: Option<At<String>>,
    /// Cannot change later.
    pub description: Option<At<String>>,
    /// Tags.
    pub tags: Option<Entries<At<String>>>,
    /// The policy document, in IAM's grammar.
    #[schemars(with = "Option<DocumentSchema>")]
    pub document: Option<Raw>,
    /// A file with the policy document, relative to this file.
    pub document_file: Option<At<String>>,
    /// `exclusive` (default), `additive` or `create_only`.
    pub manage: Option<ManageWord>,
    /// Never deleted or replaced.
    #[serde(default)]
    pub protect: Flag,
    /// May take over an unowned policy of this name.
    #[serde(default)]
    pub adopt: Flag,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// From this day on (`2027-01-31`) it counts as not declared.
    pub expires: Option<At<String>>,
    /// Lint findings that are accepted here, each with a reason.
    #[serde(default)]
    pub waive: Items<WaiveSpec>,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a role: a mapping with keys such as `trust` and `managed_policies`")]
#[schemars(rename = "Role")]
pub struct RoleSpec {
    /// `/` or `/team/`; cannot change later.
    pub path: Option<At<String>>,
    /// Left as it is when omitted.
    pub description: Option<At<String>>,
    /// Longest session; left as it is when omitted.
    pub max_session_duration: Option<At<SessionDuration>>,
    /// A policy reference; `none` takes the boundary off; left as it is when omitted.
    pub permissions_boundary: Option<At<String>>,
    /// Tags.
    pub tags: Option<Entries<At<String>>>,
    /// Who may assume the role: a list of short entries, one statement each.
    pub trust: Option<Items<At<TrustEntry>>>,
    /// The whole trust policy, in IAM's grammar.
    #[schemars(with = "Option<DocumentSchema>")]
    pub trust_document: Option<Raw>,
    /// A file with the trust policy, relative to this file.
    pub trust_document_file: Option<At<String>>,
    /// Policy references: `Name`, `aws/Name`, or an ARN; or `{policy: Name, expires: 2027-01-31}`.
    #[serde(default)]
    #[schemars(with = "Items<AttachmentSchema>")]
    pub managed_policies: Items<At<String>>,
    /// Inline policies by name: a document, or `{document_file: x.json}`; `expires` may stand beside.
    #[serde(default)]
    #[schemars(with = "Entries<InlineSchema>")]
    pub inline_policies: Entries<Raw>,
    /// `true` for an instance profile of the role's name, another name, or `{name, path, tags}`.
    pub instance_profile: Option<At<InstanceProfileSpec>>,
    /// `exclusive` (default), `additive` or `create_only`.
    pub manage: Option<ManageWord>,
    /// Never deleted or replaced.
    #[serde(default)]
    pub protect: Flag,
    /// May take over an unowned role of this name.
    #[serde(default)]
    pub adopt: Flag,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// From this day on (`2027-01-31`) it counts as not declared.
    pub expires: Option<At<String>>,
    /// Lint findings that are accepted here, each with a reason.
    #[serde(default)]
    pub waive: Items<WaiveSpec>,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a user: a mapping with keys such as `managed_policies`")]
#[schemars(rename = "User")]
pub struct UserSpec {
    /// Left as it is when omitted.
    pub path: Option<At<String>>,
    /// A policy reference; `none` takes the boundary off; left as it is when omitted.
    pub permissions_boundary: Option<At<String>>,
    /// Tags.
    pub tags: Option<Entries<At<String>>>,
    /// Policy references: `Name`, `aws/Name`, or an ARN; or `{policy: Name, expires: 2027-01-31}`.
    #[serde(default)]
    #[schemars(with = "Items<AttachmentSchema>")]
    pub managed_policies: Items<At<String>>,
    /// Inline policies by name: a document, or `{document_file: x.json}`; `expires` may stand beside.
    #[serde(default)]
    #[schemars(with = "Entries<InlineSchema>")]
    pub inline_policies: Entries<Raw>,
    /// `additive` (default), `exclusive` or `create_only`.
    pub manage: Option<ManageWord>,
    /// Never deleted.
    #[serde(default)]
    pub protect: Flag,
    /// May take over an unowned user of this name.
    #[serde(default)]
    pub adopt: Flag,
    /// Make the user when missing, and own it.
    #[serde(default)]
    pub create: Flag,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// The name that the user has in the account: it is renamed in place, and keeps its unique id, members and credentials.
    pub renamed_from: Option<At<String>>,
    /// From this day on (`2027-01-31`) it counts as not declared.
    pub expires: Option<At<String>>,
    /// Lint findings that are accepted here, each with a reason.
    #[serde(default)]
    pub waive: Items<WaiveSpec>,
}

/// A group. Groups have no tags in IAM.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a group: a mapping with keys such as `managed_policies` and `users`")]
#[schemars(rename = "Group")]
pub struct GroupSpec {
    /// Left as it is when omitted.
    pub path: Option<At<String>>,
    /// Policy references: `Name`, `aws/Name`, or an ARN; or `{policy: Name, expires: 2027-01-31}`.
    #[serde(default)]
    #[schemars(with = "Items<AttachmentSchema>")]
    pub managed_policies: Items<At<String>>,
    /// Inline policies by name: a document, or `{document_file: x.json}`; `expires` may stand beside.
    #[serde(default)]
    #[schemars(with = "Entries<InlineSchema>")]
    pub inline_policies: Entries<Raw>,
    /// Names of its members.
    #[serde(default)]
    pub users: Items<At<String>>,
    /// `additive` (default), `exclusive` or `create_only`.
    pub manage: Option<ManageWord>,
    /// Never deleted.
    #[serde(default)]
    pub protect: Flag,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// The name that the group has in the account: it is renamed in place, and keeps its unique id, members and credentials.
    pub renamed_from: Option<At<String>>,
    /// From this day on (`2027-01-31`) it counts as not declared.
    pub expires: Option<At<String>>,
    /// Lint findings that are accepted here, each with a reason.
    #[serde(default)]
    pub waive: Items<WaiveSpec>,
}

/// An OIDC provider, named by its URL without `https://`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an OIDC provider: a mapping with keys such as `client_ids`")]
#[schemars(rename = "OidcProvider")]
pub struct OidcProviderSpec {
    /// Audiences; left as they are when omitted.
    pub client_ids: Option<Items<At<String>>>,
    /// SHA-1 thumbprints in hex; IAM finds one itself when omitted.
    pub thumbprints: Option<Items<At<String>>>,
    /// Tags.
    pub tags: Option<Entries<At<String>>>,
    /// `exclusive`, `additive` or `observe`; default: exclusive for what this stack created or adopted, else additive.
    pub manage: Option<ManageWord>,
    /// Never deleted.
    #[serde(default)]
    pub protect: Flag,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// From this day on (`2027-01-31`) it counts as not declared.
    pub expires: Option<At<String>>,
}

/// A SAML provider.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a SAML provider: a mapping with the key `metadata_file`")]
#[schemars(rename = "SamlProvider", extend("anyOf" = [{"required": ["metadata_file"]}, {"required": ["metadata"]}]))]
pub struct SamlProviderSpec {
    /// A file with the metadata document (XML), relative to this file.
    pub metadata_file: Option<At<String>>,
    /// The metadata document itself.
    pub metadata: Option<At<String>>,
    /// Tags.
    pub tags: Option<Entries<At<String>>>,
    /// `exclusive`, `additive` or `observe`; default: exclusive for what this stack created or adopted, else additive.
    pub manage: Option<ManageWord>,
    /// Never deleted.
    #[serde(default)]
    pub protect: Flag,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// From this day on (`2027-01-31`) it counts as not declared.
    pub expires: Option<At<String>>,
}

/// An instance of a template.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a use of a template: a mapping with the key `template`")]
#[schemars(rename = "Use", extend("dependencies" = {"each": ["name"]}))]
pub struct UseSpec {
    /// `sagemaker/training` and the like.
    pub template: At<String>,
    /// Name of the instance; default: the template's own. With `each` it must use every list: `${each.NAME}`.
    pub name: Option<At<String>>,
    /// Lists of texts: one instance for each combination of their items, `${each.NAME}` under `name` and `with`.
    #[schemars(with = "Option<super::schemas::EachSchema>")]
    pub each: Option<Entries<Raw>>,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// Values for the template's parameters.
    #[serde(default, rename = "with")]
    pub values: Entries<Raw>,
}

/// A fragment that is added where it applies; it adds and never replaces.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a part: a mapping with `spec`, and `when` or `accounts`")]
#[schemars(rename = "Part", extend("anyOf" = [{"required": ["when"]}, {"required": ["accounts"]}]))]
pub struct PartSpec {
    /// In templates: a parameter. The part is there where its list or text is not empty, or where it is `true`.
    pub when: Option<At<String>>,
    /// Accounts (names, `*` allowed) that have it; default: all.
    pub accounts: Option<Items<At<String>>>,
    /// What is added: mappings merge, lists append.
    #[schemars(with = "super::SpecFile", extend("not" = {"anyOf": [{"required": ["parts"]}, {"required": ["fragments"]}, {"required": ["version"]}]}))]
    pub spec: Raw,
}

/// A lint finding that is accepted.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the keys `code` and `reason`")]
#[schemars(rename = "Waive")]
pub struct WaiveSpec {
    /// The code of the finding.
    pub code: At<String>,
    /// Why it is accepted.
    pub reason: At<String>,
    /// Until when (a date, `2027-01-31`).
    pub until: Option<At<String>>,
}

/// `true`, `false`, or the profile's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceProfileSpec {
    /// Whether there is one of the role's name.
    SameName(bool),
    /// One of this name.
    Named(String),
    /// One with a path or tags of its own.
    Own(Box<OwnProfile>),
}

/// An instance profile that differs from its role in more than the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an instance profile: a mapping with the keys `name`, `path` and `tags`")]
#[schemars(rename = "OwnInstanceProfile")]
pub struct OwnProfile {
    /// The role's name when omitted.
    pub name: Option<String>,
    /// The role's path when omitted; cannot change later.
    pub path: Option<String>,
    /// The role's tags when omitted.
    pub tags: Option<std::collections::BTreeMap<String, String>>,
}

impl<'de> Deserialize<'de> for InstanceProfileSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct InstanceProfileVisitor;
        impl<'de> Visitor<'de> for InstanceProfileVisitor {
            type Value = InstanceProfileSpec;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, the instance profile's name, or a mapping with the keys `name`, `path` and `tags`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InstanceProfileSpec, A::Error> {
                OwnProfile::deserialize(MapAccessDeserializer::new(map)).map(|own| InstanceProfileSpec::Own(Box::new(own)))
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<InstanceProfileSpec, E> {
                Ok(InstanceProfileSpec::SameName(v))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<InstanceProfileSpec, E> {
                Ok(InstanceProfileSpec::Named(v.to_owned()))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<InstanceProfileSpec, E> {
                Ok(InstanceProfileSpec::Named(v.to_string()))
            }
        }
        d.deserialize_any(InstanceProfileVisitor)
    }
}

impl JsonSchema for InstanceProfileSpec {
    fn schema_name() -> Cow<'static, str> {
        "InstanceProfile".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let own = generator.subschema_for::<OwnProfile>();
        json_schema!({
            "description": "`true` for an instance profile of the role's name, another name, or one with its own path and tags",
            "anyOf": [{"type": "boolean"}, {"type": "string"}, own]
        })
    }
}

/// A service-linked role: the service, or a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedRoleSpec {
    /// The service principal, `spot.amazonaws.com`.
    pub service: String,
    /// The suffix, for services that allow several.
    pub custom_suffix: Option<String>,
    /// Left as it is when omitted.
    pub description: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a service, or a mapping with the key `service`")]
#[schemars(rename = "LinkedRoleEntry")]
struct LinkedRoleEntry {
    /// The service principal, `autoscaling.amazonaws.com`.
    service: String,
    /// The suffix, for services that allow several.
    custom_suffix: Option<String>,
    /// Left as it is when omitted.
    description: Option<String>,
}

impl<'de> Deserialize<'de> for LinkedRoleSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct LinkedRoleVisitor;
        impl<'de> Visitor<'de> for LinkedRoleVisitor {
            type Value = LinkedRoleSpec;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a service, or a mapping with the key `service`")
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<LinkedRoleSpec, E> {
                Ok(LinkedRoleSpec { service: v.to_owned(), custom_suffix: None, description: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<LinkedRoleSpec, A::Error> {
                let LinkedRoleEntry { service, custom_suffix, description } =
                    LinkedRoleEntry::deserialize(MapAccessDeserializer::new(access))?;
                Ok(LinkedRoleSpec { service, custom_suffix, description })
            }
        }
        d.deserialize_any(LinkedRoleVisitor)
    }
}

impl JsonSchema for LinkedRoleSpec {
    fn schema_name() -> Cow<'static, str> {
        "ServiceLinkedRole".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<LinkedRoleEntry>();
        json_schema!({"anyOf": [{"type": "string", "description": "The service principal"}, entry]})
    }
}
