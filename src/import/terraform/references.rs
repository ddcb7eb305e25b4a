//! What a plan does not know yet and its configuration tells all the same: an ARN or a name that is a reference to one entity of
//! the same plan and to nothing else. Whatever depends on more is not resolved.
//!
//! Terraform writes down which references an expression has, not what it makes of them. For the attributes in [`wanted`] that is
//! enough: each takes a name or an ARN, and the ARN or name of one entity is all that the expression can lead to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{AccountIdentity, Tags};
use crate::names::{EntityKind, entity_arn};

/// The configuration of a plan, and the resources that it plans.
pub(super) struct References<'v> {
    root: Option<&'v Value>,
    providers: Option<&'v Value>,
    found: &'v [(&'v str, &'v Value)],
    account: &'v AccountIdentity,
}

/// What an attribute takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Name(EntityKind),
    PolicyArn,
}

fn wanted(key: &str) -> Option<Wanted> {
    Some(match key {
        "role" | "role_name" => Wanted::Name(EntityKind::Role),
        "user" | "user_name" => Wanted::Name(EntityKind::User),
        "group" | "group_name" => Wanted::Name(EntityKind::Group),
        "policy_arn" | "permissions_boundary" => Wanted::PolicyArn,
        _ => return None,
    })
}

/// Longer than chains of variables and outputs get.
const MAX_STEPS: usize = 32;

impl<'v> References<'v> {
    pub fn new(plan: &'v Value, found: &'v [(&'v str, &'v Value)], account: &'v AccountIdentity) -> Self {
        let configuration = |key: &str| plan.get("configuration").and_then(|c| c.get(key));
        Self { root: configuration("root_module"), providers: configuration("provider_config"), found, account }
    }

    /// The tags that the provider of a resource adds to its own; `None` where they are not written out.
    pub fn default_tags(&self, module: &str, resource: &Value) -> Option<Tags> {
        let provider = self.configured(module, resource)?.get("provider_config_key")?.as_str()?;
        let mut tags = Tags::new();
        let blocks = self.providers.and_then(|all| all.get(provider)?.get("expressions")?.get("default_tags"));
        let blocks = match blocks {
            Some(Value::Array(list)) => list.as_slice(),
            one => one.map(std::slice::from_ref).unwrap_or_default(),
        };
        for written in blocks.iter().filter_map(|block| block.get("tags")) {
            for (key, value) in written.get("constant_value")?.as_object()? {
                tags.insert(key.clone(), value.as_str()?.to_owned());
            }
        }
        Some(tags)
    }

    /// Whether the configuration writes an attribute of a resource; `None` where it does not hold the resource.
    pub fn is_written(&self, module: &str, resource: &Value, key: &str) -> Option<bool> {
        Some(self.configured(module, resource)?.get("expressions").and_then(|e| e.get(key)).is_some())
    }

    fn configured(&self, module: &str, resource: &Value) -> Option<&'v Value> {
        let (kind, name) = (resource.get("type")?.as_str()?, resource.get("name")?.as_str()?);
        let configured = self.module(module)?.get("resources")?.as_array()?;
        let own = |r: &&Value| r.get("mode").is_none_or(|m| m == "managed") && r.get("type") == Some(&kind.into());
        configured.iter().filter(own).find(|r| r.get("name") == Some(&name.into()))
    }

    /// The text of an attribute of a resource in a module, if its expression is a reference to one known entity.
    pub fn text(&self, module: &str, resource: &Value, key: &str) -> Option<String> {
        let wanted = wanted(key)?;
        let own = self.configured(module, resource)?;
        self.follow(module, own.get("expressions")?.get(key)?, resource.get("index"), wanted, 0)
    }

    /// The configuration of the module with this address.
    fn module(&self, address: &str) -> Option<&'v Value> {
        steps(address).iter().try_fold(self.root?, |module, step| module.get("module_calls")?.get(&step.name)?.get("module"))
    }

    fn follow(&self, module: &str, expression: &Value, each: Option<&Value>, wanted: Wanted, step: usize) -> Option<String> {
        let references = expression.get("references")?.as_array()?;
        let all: BTreeSet<&str> = references.iter().map(Value::as_str).collect::<Option<_>>()?;
        // `a.b.c` comes with `a.b`: the longest alone says it all.
        let longer = |text: &str| all.iter().any(|o| o.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '['])));
        let mut whole: Vec<&str> = all.iter().copied().filter(|text| !longer(text)).collect();
        let keyed = whole.len();
        whole.retain(|text| *text != "each.key");
        let by_key = keyed > whole.len();
        let &[one] = whole.as_slice() else { return None };
        if step > MAX_STEPS {
            return None;
        }
        if let Some(variable) = one.strip_prefix("var.") {
            let path = steps(module);
            let last = path.last().filter(|_| !by_key && !variable.contains(['.', '[']))?;
            let parent = module.get(..last.at)?;
            let call = self.module(parent)?.get("module_calls")?.get(&last.name)?;
            let single = call.get("count_expression").is_none() && call.get("for_each_expression").is_none();
            let argument = call.get("expressions")?.get(variable).filter(|_| single)?;
            return self.follow(parent, argument, None, wanted, step + 1);
        }
        if let Some(output) = one.strip_prefix("module.") {
            let (name, output) =
                output.split_once('.').filter(|(n, o)| !by_key && !n.contains('[') && !o.contains(['.', '[']))?;
            let call = self.module(module)?.get("module_calls")?.get(name)?;
            if call.get("count_expression").is_some() || call.get("for_each_expression").is_some() {
                return None;
            }
            let expression = call.get("module")?.get("outputs")?.get(output)?.get("expression")?;
            let inner = if module.is_empty() { format!("module.{name}") } else { format!("{module}.module.{name}") };
            return self.follow(&inner, expression, None, wanted, step + 1);
        }
        self.entity(module, one, by_key.then_some(each).flatten(), by_key, wanted)
    }

    /// The one resource that `TYPE.NAME[KEY].ATTRIBUTE` names.
    fn entity(&self, module: &str, reference: &str, each: Option<&Value>, by_key: bool, wanted: Wanted) -> Option<String> {
        let (kind, rest) = reference.split_once('.')?;
        let (name, rest) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
        let (key, attribute) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (key, rest) = rest.split_once(']')?;
                (Some(serde_json::from_str::<Value>(key).ok()?), rest)
            }
            None => (None, rest),
        };
        let attribute = attribute.strip_prefix('.').unwrap_or(attribute);
        let same = |r: &Value| {
            r.get("mode").is_none_or(|m| m == "managed")
                && r.get("type") == Some(&kind.into())
                && r.get("name") == Some(&name.into())
        };
        let instances: Vec<&Value> = self.found.iter().filter(|(m, r)| *m == module && same(r)).map(|(_, r)| *r).collect();
        let resource = match (key.as_ref().or(each), instances.as_slice()) {
            (Some(key), list) => list.iter().copied().find(|r| r.get("index") == Some(key))?,
            (None, [one]) if !by_key => one,
            _ => return None,
        };
        // A key that only the apply knows is left out of the reference together with the attribute.
        let dynamic = attribute.is_empty() && by_key;
        let values = resource.get("values")?;
        let text = |key: &str| values.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
        match (wanted, kind, attribute) {
            (Wanted::PolicyArn, "aws_iam_policy", "arn" | "id") => self.policy_arn(text("name")?, text("path")?),
            (Wanted::PolicyArn, "aws_iam_policy", _) if dynamic => self.policy_arn(text("name")?, text("path")?),
            (Wanted::Name(EntityKind::Role), "aws_iam_role", "name" | "id")
            | (Wanted::Name(EntityKind::User), "aws_iam_user", "name" | "id")
            | (Wanted::Name(EntityKind::Group), "aws_iam_group", "name" | "id") => text("name").map(str::to_owned),
            (Wanted::Name(EntityKind::Role), "aws_iam_role", _)
            | (Wanted::Name(EntityKind::User), "aws_iam_user", _)
            | (Wanted::Name(EntityKind::Group), "aws_iam_group", _)
                if dynamic =>
            {
                text("name").map(str::to_owned)
            }
            _ => None,
        }
    }

    fn policy_arn(&self, name: &str, path: &str) -> Option<String> {
        Some(entity_arn(&self.account.partition, &self.account.id, EntityKind::Policy, path, name))
    }
}

/// One `module.NAME[KEY]` of a module's address.
struct Step {
    name: String,
    /// Where the step begins, a dot before it not counted in.
    at: usize,
}

/// The steps of `module.a.module.b["x.y"].module.c`, keys aside.
fn steps(address: &str) -> Vec<Step> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        out.push(Step { name: name.to_owned(), at });
        let tail = if tail.starts_with('[') { after_key(tail) } else { tail };
        rest = tail.strip_prefix('.').unwrap_or(tail);
        at = (address.len() - rest.len()).saturating_sub(usize::from(!rest.is_empty()));
    }
    out
}

/// What follows `[0]` or `["a\"]b"]`.
fn after_key(text: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (n, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return text.get(n + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}
