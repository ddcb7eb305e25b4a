//! A finding as plans and `--format json` have it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{Place, Severity, Source};
use crate::names::Address;

/// Another place that belongs to a finding.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RelatedPlace")]
pub(super) struct Related {
    /// What is there: `first declared here`, say.
    what: String,
    /// The spec file.
    file: String,
    /// Line, from 1.
    line: u32,
    /// Column, from 1.
    column: u32,
}

/// What is worth knowing and is no change.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    /// A stable word in kebab-case.
    code: String,
    /// How grave it is.
    severity: Severity,
    /// Which part of iamctl found it; absent in plans that an earlier version saved.
    #[serde(default)]
    source: Source,
    /// The entity, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    /// The spec file, if it is about a place in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    /// The headline.
    message: String,
    /// The next move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Of findings about escalation: every way, of which the message names the first few. Methods go by the names of the rule's page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ways: Vec<String>,
    /// The accounts of the project that it holds for, where others were looked at and are without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<String>,
    /// Other places that belong to it: the first of two declarations, the uses of a template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related>,
}

impl From<super::Finding> for Finding {
    fn from(finding: super::Finding) -> Self {
        let super::Finding {
            code,
            severity,
            address,
            at,
            message,
            help,
            ways,
            claim: _,
            outsider: _,
            source,
            accounts,
            source_line: _,
            related,
            written: _,
        } = finding;
        let (file, line, column) = match at {
            Some(Place { file, line, column }) => (Some(file), Some(line), Some(column)),
            None => (None, None, None),
        };
        let related = related.into_iter().map(|(what, Place { file, line, column })| Related { what, file, line, column });
        let related = related.collect();
        Self { code, severity, source, address, file, line, column, message, help, ways, accounts, related }
    }
}

impl From<Finding> for super::Finding {
    fn from(finding: Finding) -> Self {
        let Finding { code, severity, source, address, file, line, column, message, help, ways, accounts, related } = finding;
        let at = file.map(|file| Place { file, line: line.unwrap_or(1), column: column.unwrap_or(1) });
        let related = related.into_iter().map(|Related { what, file, line, column }| (what, Place { file, line, column }));
        let related = related.collect();
        Self { address, at, help, ways, accounts, related, ..Self::new(source, severity, code, message) }
    }
}

impl JsonSchema for super::Finding {
    fn schema_name() -> Cow<'static, str> {
        Finding::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Finding::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Finding::json_schema(generator)
    }
}
