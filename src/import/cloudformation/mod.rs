//! CloudFormation templates → what they would make of IAM: every `AWS::IAM::*` type that iamctl knows.

mod entities;
mod eval;
mod foreach;
mod hidden;
mod others;
mod parameters;
mod resources;
mod sam;
#[cfg(test)]
mod tests;
mod wrapped;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::assembly::{Assembly, Described, On};
use crate::model::AccountIdentity;
use eval::Env;
pub use parameters::parameter_fault;
use wrapped::Stack;

/// Stands for the region of whichever account a template goes to; specs say `${region}` for it.
pub const ANY_REGION: &str = "zz-any-0";

/// A template's name and text.
pub struct Template<'a> {
    /// As the user named it.
    pub name: &'a str,
    /// YAML with short tags, or JSON.
    pub text: &'a str,
}

/// Reads templates. Among them may be what a stack made, as `describe-stack-resources` prints it: then there is one template.
///
/// # Errors
/// A template that cannot be read: its name and what is wrong.
pub fn read_templates(
    templates: &[Template<'_>],
    parameters: &BTreeMap<String, String>,
    account: &AccountIdentity,
    account_known: bool,
) -> Result<Described, (String, String)> {
    let mut given = parameters.clone();
    let mut stack = Stack::default();
    let mut bodies = Vec::new();
    for template in templates {
        let failed = |why: String| (template.name.to_owned(), why);
        if let Some(found) = Stack::read(template.text) {
            if stack != Stack::default() {
                return Err(failed("a second list of a stack's resources; import one stack at a time".to_owned()));
            }
            stack = found;
        } else {
            bodies.push((template.name, wrapped::template(template.text).map_err(failed)?));
        }
    }
    let mut identity = account.clone();
    let mut account_known = account_known || given.contains_key("AWS::AccountId");
    if stack != Stack::default() {
        let [(name, _)] = bodies.as_slice() else {
            let first = templates.first().map_or_else(String::new, |t| t.name.to_owned());
            return Err((first, "a list of a stack's resources belongs to one template; name that one beside it".to_owned()));
        };
        if let Some((id, partition)) = stack.account() {
            if account_known && id != identity.id {
                return Err((
                    (*name).to_owned(),
                    format!("the stack is in account `{id}`, and the account here is `{}`", identity.id),
                ));
            }
            identity = AccountIdentity { id, partition };
            account_known = true;
        }
        for (key, value) in [("AWS::StackName", &stack.name), ("AWS::StackId", &stack.id)] {
            if let Some(value) = value {
                given.entry(key.to_owned()).or_insert_with(|| value.clone());
            }
        }
    }
    let mut assembly = Assembly::new(identity.clone());
    for (name, body) in &bodies {
        let env = Env {
            file: name,
            template: &body.value,
            given: &given,
            account: &identity,
            region: ANY_REGION,
            account_known,
            stack: &stack,
            unknown: RefCell::default(),
            entered: RefCell::default(),
        };
        let expanded = foreach::expanded(&env);
        read_template(&Env { template: &expanded, ..env }, &body.duplicates, &mut assembly);
    }
    Ok(assembly.finish())
}

fn read_template(env: &Env<'_>, duplicates: &[Vec<String>], assembly: &mut Assembly) {
    macros(env, assembly);
    let twice = twice(env, duplicates, assembly);
    entities::read(env, &twice, assembly);
    let missing = parameters::missing(env);
    if !missing.is_empty() {
        let flags: Vec<String> = missing.iter().map(|name| format!("--parameter {name}=VALUE")).collect();
        assembly.unknown(env.file, format!("give every parameter that has no value: `{}`", flags.join(" ")));
    }
    for (place, reason) in parameters::decided_by_defaults(env) {
        assembly.note(place, reason);
    }
    for unknown in env.unknown.take() {
        assembly.unknown(unknown.place, unknown.reason);
    }
}

/// The resources in which a key occurs twice, so that one of the two is lost. Elsewhere the last one counts, and that is noted.
fn twice(env: &Env<'_>, duplicates: &[Vec<String>], assembly: &mut Assembly) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in duplicates {
        let place = path.join(".");
        match path.as_slice() {
            [section, id, ..] if section == "Resources" => {
                let kind = env.template.get("Resources").and_then(|r| r.get(id)?.get("Type")?.as_str()).unwrap_or_default();
                if path.len() == 2 || kind.starts_with("AWS::IAM::") || kind.starts_with("AWS::Serverless::") {
                    let _ = env.fail::<()>(&place, "this key occurs twice");
                    found.insert(id.clone());
                }
            }
            _ => assembly.note(format!("{}: {place}", env.file), "this key occurs twice; the last one counts"),
        }
    }
    found
}

/// Macros may change the whole template, and attach policies to whatever it declares; those of AWS that are passed over here make
/// no entity that is not said elsewhere.
fn macros(env: &Env<'_>, assembly: &mut Assembly) {
    let mut unknown = |place: &str, reason: String| {
        let _ = env.fail::<()>(place, reason);
        for on in On::PRINCIPALS {
            assembly.hangs(on, &format!("{}: {place}", env.file), "a policy that the macro adds");
        }
    };
    if env.template.get("Fn::Transform").is_some() {
        unknown("Fn::Transform", "what it changes is worked out by CloudFormation alone".to_owned());
    }
    let named = match env.template.get("Transform") {
        None | Some(Value::Null) => return,
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    };
    for one in named {
        let name = one.as_str().or_else(|| one.get("Name").and_then(Value::as_str)).unwrap_or_default();
        if !matches!(
            name,
            "AWS::LanguageExtensions" | "AWS::CodeDeployBlueGreen" | "AWS::ServiceCatalog" | "AWS::SecretsManager-2020-07-23"
        ) && !name.starts_with("AWS::Serverless-")
        {
            unknown("Transform", format!("what the macro `{name}` changes is worked out by CloudFormation alone"));
        }
    }
}
