//! What a template asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::need::{Everything, Feature};
use crate::check::{HYPERPOD_CLI, Need};
use crate::cli::args::{CheckArgs, Var};
use crate::cli::flow::{self, SpecSet, Unknown};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::{Finding, did_you_mean};
use crate::model::AccountIdentity;
use crate::names::Name;
use crate::report;
use crate::spec::template::Template;

/// The parameters of [`HYPERPOD_CLI`].
const CLUSTER: [&str; 2] = ["cluster", "eks_cluster"];

/// What the template asks for, for a role of this name.
pub(super) fn of(
    context: &Context,
    session: &Session,
    args: &CheckArgs,
    account: &AccountIdentity,
    name: &str,
) -> Result<Need, CliError> {
    let mut with: BTreeMap<String, Vec<String>> = BTreeMap::new();
    args.with.iter().for_each(|given| with.entry(given.name.clone()).or_default().push(given.value.clone()));
    if args.template == HYPERPOD_CLI {
        return hyperpod(args, account, with);
    }
    // The template as it is written says which parameters stand for everything; its role is then that of names in their place.
    let first = SpecSet::instance(session, &args.template, name, &args.with);
    let template = first.loaded().template(&args.template);
    let open: Vec<Everything> = template.map(|template| everything(template, &with)).unwrap_or_default();
    let kept = args.with.iter().filter(|given| !open.iter().any(|one| one.parameter == given.name)).cloned();
    let stands = open.iter().map(|one| Var { name: one.parameter.clone(), value: one.stand_in.to_owned() });
    let filled: Vec<Var> = kept.chain(stands).collect();
    let features = match template {
        Some(template) => features(template, &args.need, &with)?,
        None => Vec::new(),
    };
    let specs = SpecSet::instance(session, &args.template, name, &filled);
    let caller = flow::root_of(account);
    let resolved = specs
        .problems_or_resolved(session, account, Some(&caller), None, Unknown::Warning)
        .map_err(|problems| template_error(context, &problems))?;
    let roles = &resolved.desired.roles;
    let role = roles.get(&Name::new(name)).or_else(|| roles.values().next().filter(|_| roles.len() == 1));
    let Some(role) = role else {
        let message = format!("the template `{}` creates no role, or several", args.template.escape_debug());
        return Err(CliError::usage(message).help("a template for `check` creates one role, with the name `${param.name}`"));
    };
    let default_name = template.map(Template::default_name);
    Ok(Need { with, default_name, ..Need::of_role(&args.template, role, &resolved.desired, features, &open) })
}

fn hyperpod(args: &CheckArgs, account: &AccountIdentity, with: BTreeMap<String, Vec<String>>) -> Result<Need, CliError> {
    let usage = |message: String| CliError::usage(message).help("it has `cluster` and `eks_cluster`: names, or ARNs");
    if let Some(other) = with.keys().find(|name| !CLUSTER.contains(&name.as_str())) {
        return Err(usage(format!("`{HYPERPOD_CLI}` has no parameter `{}`", other.escape_debug())));
    }
    let bad = |value: &String| value.is_empty() || value.contains(['*', '?', '/']) && !value.starts_with("arn:");
    if let Some((name, values)) = with.iter().find(|(_, values)| values.len() != 1 || values.iter().any(bad)) {
        return Err(usage(format!("`{name}` is one cluster, not `{}`", values.join("`, `").escape_debug())));
    }
    if let Some(feature) = args.need.iter().find(|feature| *feature != "all") {
        return Err(CliError::usage(format!("`{HYPERPOD_CLI}` has nothing optional, and so no `{}`", feature.escape_debug())));
    }
    Ok(Need::hyperpod_cli(&account.partition, account.id.as_str(), with))
}

/// The parameters that stand for everything: `*` was given, or nothing was and the template says `*`.
fn everything(template: &Template, with: &BTreeMap<String, Vec<String>>) -> Vec<Everything> {
    let parameters = template.parameters.list.iter();
    let of = parameters.filter_map(|(name, parameter)| {
        let (_, stand_in) = parameter.kind.scope()?;
        let given = with.get(&name.value);
        let is_open = match (given, &parameter.default) {
            (Some(values), _) => values.iter().any(|value| value == "*"),
            (None, Some(default)) => {
                default.0.as_str() == Some("*") || default.0.items().iter().any(|item| item.as_str() == Some("*"))
            }
            (None, None) => false,
        };
        is_open.then(|| Everything { parameter: name.value.clone(), stand_in, given: given.is_some() })
    });
    of.collect()
}

/// What the template calls optional, each with whether it is wanted all the same.
fn features(template: &Template, wanted: &[String], with: &BTreeMap<String, Vec<String>>) -> Result<Vec<Feature>, CliError> {
    let known: BTreeSet<&str> = template.optional.list.iter().map(|(name, _)| name.value.as_str()).collect();
    if let Some(other) = wanted.iter().find(|name| *name != "all" && !known.contains(name.as_str())) {
        let listed = || match known.is_empty() {
            true => "everything in it is needed".to_owned(),
            false => format!("it has {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        let message = format!("template `{}` calls nothing `{}` optional", template.template.value, other.escape_debug());
        return Err(CliError::usage(message).help(did_you_mean(other, known.iter().copied()).unwrap_or_else(listed)));
    }
    let feature = |name: &str, optional: &crate::spec::template::Optional| Feature {
        name: name.to_owned(),
        about: optional.about.as_ref().map_or_else(|| name.to_owned(), |about| about.value.clone()),
        actions: optional.actions.0.iter().map(|action| action.value.clone()).collect(),
        wanted: wanted.iter().any(|one| one == "all" || one == name)
            || optional.required_with.as_ref().is_some_and(|parameter| with.contains_key(&parameter.value)),
    };
    Ok(template.optional.list.iter().map(|(name, optional)| feature(&name.value, optional)).collect())
}

/// A wrong name on the command line is wrong usage; a fault inside a template is an error of the specs.
fn template_error(context: &Context, problems: &[Finding]) -> CliError {
    let of_usage = ["unknown-template", "unknown-parameter", "missing-parameter", "unknown-value", "wrong-type", "bad-value"];
    if let Some(problem) = problems.iter().find(|p| of_usage.contains(&p.code.as_str())) {
        let mut error = CliError::usage(problem.message.clone());
        error.help = problem.help.clone();
        return error;
    }
    context.terminal.err(&report::diagnostics_text(problems, context.terminal.err_paint()));
    CliError::new(Exit::FINDINGS, "the template has errors")
}
