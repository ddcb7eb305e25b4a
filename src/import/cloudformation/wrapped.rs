//! Templates as the AWS CLI prints them, and what a stack made of its resources.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::names::{AccountId, Arn};
use crate::spec::yaml::{Tagged, read_tagged};

/// Reads a template, the answer of `aws cloudformation get-template` around it or not.
pub(super) fn template(text: &str) -> Result<Tagged, String> {
    let read = read_tagged(text)?;
    let inner = match (&read.value, read.value.get("TemplateBody")) {
        // `--query TemplateBody` prints a template in YAML as one JSON text.
        (Value::String(text), _) | (_, Some(Value::String(text))) => read_tagged(text)?,
        (_, Some(body @ Value::Object(_))) => {
            let inside = |path: &Vec<String>| path.strip_prefix(&["TemplateBody".to_owned()]).map(<[String]>::to_vec);
            let duplicates = read.duplicates.iter().filter_map(inside).collect();
            Tagged { value: body.clone(), duplicates }
        }
        _ => read,
    };
    if inner.value.get("Resources").is_some_and(Value::is_object) {
        return Ok(inner);
    }
    Err("it is not a CloudFormation template: it has no `Resources`".to_owned())
}

/// What a stack made: the answer of `describe-stack-resources` or `list-stack-resources`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stack {
    /// Type and physical id by logical id.
    made: BTreeMap<String, (String, String)>,
    /// The stack's name and id, where the answer has them.
    pub name: Option<String>,
    pub id: Option<String>,
}

impl Stack {
    /// Reads the answer; `None` for a file of another kind.
    pub fn read(text: &str) -> Option<Self> {
        let value = read_tagged(text).ok()?.value;
        let list = ["StackResources", "StackResourceSummaries"].iter().find_map(|key| value.get(key)?.as_array())?;
        let mut stack = Self::default();
        for resource in list {
            let text = |key: &str| resource.get(key).and_then(Value::as_str).map(str::to_owned);
            stack.name = stack.name.or_else(|| text("StackName"));
            stack.id = stack.id.or_else(|| text("StackId"));
            let gone = text("ResourceStatus").is_some_and(|status| status == "DELETE_COMPLETE");
            if let (Some(logical), Some(kind), Some(physical), false) =
                (text("LogicalResourceId"), text("ResourceType"), text("PhysicalResourceId").filter(|id| !id.is_empty()), gone)
            {
                stack.made.insert(logical, (kind, physical));
            }
        }
        Some(stack)
    }

    /// The physical id of a resource of this type.
    pub fn physical(&self, logical: &str, kind: &str) -> Option<&str> {
        self.made.get(logical).filter(|(found, _)| found == kind).map(|(_, physical)| physical.as_str())
    }

    /// The account and partition of the stack.
    pub fn account(&self) -> Option<(AccountId, String)> {
        let arn = self.id.as_deref().and_then(Arn::parse)?;
        Some((arn.account_id()?, arn.partition))
    }
}
