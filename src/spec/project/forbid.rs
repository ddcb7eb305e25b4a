//! The rules under `forbid`.

use serde_json::Value;

use super::{break_glass, for_account};
use crate::diag::{Finding, Place, did_you_mean};
use crate::policy::grammar::{GrammarContext, check};
use crate::policy::{Document, DocumentKind};
use crate::scope::ForbidRule;
use crate::spec::shape::{AccountSpec, ForbidSpec, ProjectSpec};
use crate::spec::text::Pos;
use crate::spec::yaml::At;

/// Every rule of a project file, those of accounts included.
pub(super) fn all(project: &ProjectSpec) -> impl Iterator<Item = &At<ForbidSpec>> {
    project.forbid.0.iter().chain(project.accounts.list.iter().flat_map(|(_, account)| &account.forbid.0))
}

/// The rules that hold in an account: an account adds to the project's and takes none away. `place`: where a rule stands.
pub(super) fn rules(project: &ProjectSpec, name: &str, account: &AccountSpec, place: &dyn Fn(Pos) -> Place) -> Vec<ForbidRule> {
    let both = project.forbid.0.iter().chain(&account.forbid.0);
    // `Project::parse` has refused what cannot be read.
    both.filter_map(|rule| read(rule, project, name, account, place(rule.at)).ok()).collect()
}

/// One rule for one account.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn read(
    rule: &At<ForbidSpec>,
    project: &ProjectSpec,
    name: &str,
    account: &AccountSpec,
    place: Place,
) -> Result<ForbidRule, (Pos, Finding)> {
    let ForbidSpec { name: called, actions, resources, conditions, principals, except } = &rule.value;
    let filled = |text: &At<String>| for_account(text, project, name, account).map_err(|problem| (text.at, problem));
    let list = |texts: &[At<String>]| texts.iter().map(filled).collect::<Result<Vec<String>, _>>();
    let patterns = |texts: &Option<crate::spec::yaml::Items<At<String>>>| {
        let texts = texts.iter().flat_map(|list| &list.0);
        texts.map(|text| break_glass(text, project, name, account).map_err(|p| (text.at, p))).collect::<Result<Vec<_>, _>>()
    };
    let actions = list(&actions.0)?;
    let Some(first) = actions.first() else {
        let problem = Finding::error("bad-project", "a rule without actions forbids nothing");
        return Err((rule.at, problem.help("write `actions: [service:Action]`")));
    };
    let resources = match resources {
        Some(resources) if resources.0.is_empty() => {
            let problem = Finding::error("bad-project", "a rule without resources forbids nothing");
            return Err((rule.at, problem.help("name resources, or leave `resources` out for all")));
        }
        Some(resources) => list(&resources.0)?,
        None => vec!["*".to_owned()],
    };
    let mut tests = serde_json::Map::new();
    for (operator, values) in &conditions.list {
        let values = in_account(values.0.to_json(), project, name, account).map_err(|problem| (operator.at, problem))?;
        tests.insert(operator.value.clone(), values);
    }
    Ok(ForbidRule {
        name: called.as_ref().map_or_else(|| first.clone(), |name| name.value.clone()),
        actions,
        resources,
        conditions: Value::Object(tests),
        principals: patterns(principals)?,
        except: patterns(except)?,
        place,
    })
}

fn in_account(value: Value, project: &ProjectSpec, name: &str, account: &AccountSpec) -> Result<Value, Finding> {
    Ok(match value {
        Value::String(text) => Value::String(for_account(&text, project, name, account)?),
        Value::Array(list) => {
            Value::Array(list.into_iter().map(|item| in_account(item, project, name, account)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let filled = map.into_iter().map(|(key, value)| Ok((key, in_account(value, project, name, account)?)));
            Value::Object(filled.collect::<Result<_, Finding>>()?)
        }
        // IAM reads numbers and booleans in conditions as their texts.
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    })
}

/// What is wrong with a rule: IAM would not take its statement, or it is about no action that AWS has.
pub(super) fn faults(rule: &ForbidRule) -> Vec<Finding> {
    let document = Document::new(rule.as_policy());
    let mut found: Vec<Finding> = check(&document, DocumentKind::Identity, GrammarContext::default())
        .into_iter()
        .map(|error| Finding::error(error.code, error.message))
        .collect();
    for action in &rule.actions {
        if action != "*" && crate::catalogue::expand(action).is_empty() {
            let problem = Finding::error(
                "bad-value",
                format!("AWS has no action `{}`: the rule would forbid nothing", action.escape_debug()),
            );
            found.push(problem.help(likely(action)));
        }
    }
    found
}

fn likely(action: &str) -> String {
    let Some((prefix, name)) = action.split_once(':') else { return "write `service:Action`".to_owned() };
    let known = match crate::catalogue::service(prefix) {
        Some(service) => {
            let names: Vec<&str> = service.actions().map(|action| action.name()).collect();
            did_you_mean(name, names)
        }
        None => {
            let services: Vec<&str> = crate::catalogue::services().map(|service| service.prefix()).collect();
            did_you_mean(prefix, services)
        }
    };
    known.unwrap_or_else(|| "check the spelling, or install newer data with `iamctl data update`".to_owned())
}
