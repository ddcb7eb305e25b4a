//! What editors are told about values that the reader takes as they stand: documents, conditions, account ids.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// A policy document in IAM's grammar. Editors check its elements; values are the grammar's (`iamctl validate`).
pub(super) struct DocumentSchema;

/// One statement.
struct StatementSchema;

/// A list of statements that documents use by name.
pub(super) struct FragmentSchema;

/// The lists of `each`.
pub(super) struct EachSchema;

/// A part of a spec file, which has no parameters.
pub(super) struct SpecPartSchema;

/// A document, or the file that holds it.
pub(super) struct InlineSchema;

/// An entry of `managed_policies`.
pub(super) struct AttachmentSchema;

/// A Condition element.
pub(super) struct ConditionSchema;

/// Twelve digits, as text.
pub(super) struct AccountIdSchema;

/// The name of a stack.
pub(super) struct StackSchema;

/// The value of a condition key: one, or several.
pub(super) struct ContextSchema;

fn texts(description: &str) -> Value {
    json!({"description": description, "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
}

fn principal(description: &str) -> Value {
    json!({"description": description, "anyOf": [{"type": "string"}, {"type": "object"}]})
}

impl JsonSchema for DocumentSchema {
    fn schema_name() -> Cow<'static, str> {
        "PolicyDocument".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let statement = generator.subschema_for::<StatementSchema>();
        let placeholder = placeholder();
        json_schema!({
            "description": "A policy document in IAM's grammar",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "Version": {"description": "Version of the policy language", "enum": ["2012-10-17", "2008-10-17"]},
                "Id": {"type": "string", "description": "The document's id"},
                "Statement": {"description": "The statements", "anyOf": [statement, placeholder, {"type": "array", "items": {"anyOf": [statement, placeholder]}}]}
            }
        })
    }
}

impl JsonSchema for StatementSchema {
    fn schema_name() -> Cow<'static, str> {
        "Statement".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<ConditionSchema>();
        json_schema!({
            "description": "One statement of a policy",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "Sid": {"type": "string", "description": "The statement's id: letters and digits"},
                "Effect": {"description": "`Allow` or `Deny`", "anyOf": [{"enum": ["Allow", "Deny"]}, {"type": "string", "pattern": "\\$\\{"}]},
                "Principal": principal("Who; in trust policies alone"),
                "NotPrincipal": principal("Everybody but these"),
                "Action": texts("Actions, such as `s3:GetObject`"),
                "NotAction": texts("All actions but these"),
                "Resource": texts("ARNs, or `*`"),
                "NotResource": texts("All resources but these"),
                "Condition": {"description": "When the statement holds", "allOf": [condition]}
            }
        })
    }
}

/// What stands for statements.
fn placeholder() -> Value {
    json!({"type": "string", "pattern": "^\\$\\{(fragment|param)\\.[^}]+\\}$"})
}

impl JsonSchema for FragmentSchema {
    fn schema_name() -> Cow<'static, str> {
        "Fragment".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let statement = generator.subschema_for::<StatementSchema>();
        json_schema!({
            "description": "Statements, and other fragments",
            "type": "array",
            "items": {"anyOf": [statement, placeholder()]}
        })
    }
}

impl JsonSchema for EachSchema {
    fn schema_name() -> Cow<'static, str> {
        "Each".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json!({"type": ["string", "number", "boolean"]});
        json_schema!({
            "description": "Lists of texts by name, or `${var.NAME}` of a list",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Za-z0-9_-]+$"},
            "additionalProperties": {"anyOf": [
                {"type": "array", "minItems": 1, "items": text},
                {"type": "string", "pattern": "^\\$\\{[^}]+\\}$"}
            ]}
        })
    }
}

impl JsonSchema for SpecPartSchema {
    fn schema_name() -> Cow<'static, str> {
        "SpecPart".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let part = generator.subschema_for::<super::PartSpec>();
        json_schema!({
            "description": "A part of a spec file: what is added in some accounts",
            "allOf": [part],
            "not": {"required": ["when"]}
        })
    }
}

impl JsonSchema for InlineSchema {
    fn schema_name() -> Cow<'static, str> {
        "InlinePolicy".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        // The document with `expires` beside its own members.
        let mut document = DocumentSchema::json_schema(generator);
        if let Some(properties) = document.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert("expires".to_owned(), expires());
        }
        json_schema!({
            "anyOf": [
                document,
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["document_file"],
                    "properties": {
                        "document_file": {"type": "string", "description": "A file with the policy document, relative to this file"},
                        "expires": expires()
                    }
                }
            ]
        })
    }
}

/// A day.
fn expires() -> Value {
    json!({"type": "string", "description": "From this day on (`2027-01-31`) it counts as not declared"})
}

impl JsonSchema for AttachmentSchema {
    fn schema_name() -> Cow<'static, str> {
        "Attachment".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": "string", "description": "`Name`, `aws/Name`, or an ARN"},
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["policy"],
                    "properties": {"policy": {"type": "string", "description": "`Name`, `aws/Name`, or an ARN"}, "expires": expires()}
                }
            ]
        })
    }
}

impl JsonSchema for ConditionSchema {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Conditions in IAM's own form: operator, condition key, values",
            "type": "object",
            "additionalProperties": {"type": "object"}
        })
    }
}

impl JsonSchema for AccountIdSchema {
    fn schema_name() -> Cow<'static, str> {
        "AccountId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "Twelve digits, in quotes", "type": "string", "pattern": "^[0-9]{12}$"})
    }
}

impl JsonSchema for StackSchema {
    fn schema_name() -> Cow<'static, str> {
        "Stack".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "Name of a stack", "type": "string", "pattern": "^[A-Za-z0-9_.:/=+@-]{1,128}$"})
    }
}

impl JsonSchema for ContextSchema {
    fn schema_name() -> Cow<'static, str> {
        "ContextValue".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = json!({"type": ["string", "number", "boolean"]});
        json_schema!({"description": "One value, or a list", "anyOf": [one, {"type": "array", "items": one}]})
    }
}
