//! CloudFormation templates → what they would make of IAM: every `AWS::IAM::*` type that iamctl knows.

mod entities;
mod eval;
mod hidden;
mod others;
mod resources;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::assembly::{Assembly, Described};
use crate::model::AccountIdentity;
use crate::spec::yaml::read_tagged;
use eval::Env;

/// Stands for the region of whichever account a template goes to; specs say `${region}` for it.
pub const ANY_REGION: &str = "zz-any-0";

/// A template's name and text.
pub struct Template<'a> {
    /// As the user named it.
    pub name: &'a str,
    /// YAML with short tags, or JSON.
    pub text: &'a str,
}

/// Reads templates.
///
/// # Errors
/// A template that cannot be read: its name and what is wrong.
pub fn read_templates(
    templates: &[Template<'_>],
    parameters: &BTreeMap<String, String>,
    account: &AccountIdentity,
    account_known: bool,
) -> Result<Described, (String, String)> {
    let mut assembly = Assembly::new(account.clone());
    for template in templates {
        let failed = |why: String| (template.name.to_owned(), why);
        let value = read_tagged(template.text).map_err(failed)?;
        if !value.get("Resources").is_some_and(Value::is_object) {
            return Err((template.name.to_owned(), "it is no CloudFormation template: it has no `Resources`".to_owned()));
        }
        let env = Env {
            file: template.name,
            template: &value,
            given: parameters,
            account,
            region: ANY_REGION,
            account_known: account_known || parameters.contains_key("AWS::AccountId"),
            unknown: RefCell::new(Vec::new()),
            entered: RefCell::default(),
        };
        macros(&env);
        entities::read(&env, &mut assembly);
        for unknown in env.unknown.into_inner() {
            assembly.unknown(unknown.place, unknown.reason);
        }
    }
    Ok(assembly.finish())
}

/// Macros may change the whole template; those of AWS that are passed over here make no entity that is not said elsewhere.
fn macros(env: &Env<'_>) {
    if env.template.get("Fn::Transform").is_some() {
        let _ = env.fail::<()>("Fn::Transform", "what it changes is worked out by CloudFormation alone");
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
            let _ = env.fail::<()>("Transform", format!("what the macro `{name}` changes is worked out by CloudFormation alone"));
        }
    }
}
