//! `iamctl aws-policies`: the managed policies of AWS, from the set inside the binary or from AWS itself.

use std::collections::BTreeSet;

use crate::aws_policies::{self, Lifecycle};
use crate::cli::args::{AwsPoliciesArgs, AwsPoliciesCommand, DiffArgs, DocumentFormat, Format, ShowArgs};
use crate::cli::flow::block_on;
use crate::cli::flow::versions::{self, Versioned};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::import::{Yaml, document_text};
use crate::names::VersionId;
use crate::plan::AccessVerdict;
use crate::policy::DocumentKind;
use crate::report::{self, AccessAnswer, AwsPolicyLine, VersionDiff, escape};
use crate::spec::vars::literal;

/// Runs the command.
pub fn run(context: &Context, args: &AwsPoliciesArgs) -> Result<Exit, CliError> {
    match &args.command {
        None => list(context, args),
        Some(AwsPoliciesCommand::Show(show)) => self::show(context, show, args.live),
        Some(AwsPoliciesCommand::Diff(diff)) => self::diff(context, diff, args.live),
    }
}

fn list(context: &Context, args: &AwsPoliciesArgs) -> Result<Exit, CliError> {
    let mut lines = if args.live { live_list(context)? } else { embedded_list() };
    let text = args.text.as_deref().unwrap_or_default();
    let wanted = text.strip_prefix("aws/").unwrap_or(text).to_ascii_lowercase();
    lines.retain(|line| line.name.to_ascii_lowercase().contains(&wanted));
    lines.sort();
    if lines.is_empty() {
        let near = aws_policies::nearest(text).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        context.terminal.err(&format!("no AWS managed policy has `{}` in its name{near}\n", escape::line(text)));
    }
    context.terminal.out(&match args.format {
        Format::Text => report::aws_policies_text(&lines, context.terminal.paint()),
        Format::Json => report::aws_policies_json(&lines),
    })?;
    Ok(Exit::FINE)
}

/// A line with what is known of a policy's standing.
fn line(name: String, arn: String, version: Option<String>, updated: Option<String>) -> AwsPolicyLine {
    let successor = aws_policies::successor_of(&name);
    let standing = match aws_policies::standing(&name) {
        Some(Lifecycle::Withdrawn) => "withdrawn",
        Some(Lifecycle::Deprecated) => "deprecated",
        Some(Lifecycle::Current) | None => "current",
    };
    AwsPolicyLine {
        name,
        arn,
        version,
        updated,
        standing,
        successor: successor.map(|s| s.name.to_owned()),
        source: successor.and_then(|s| s.source).map(str::to_owned),
    }
}

fn embedded_list() -> Vec<AwsPolicyLine> {
    let names = aws_policies::all().iter().map(aws_policies::AwsPolicy::full_name);
    let names = names.chain(aws_policies::withdrawn().map(str::to_owned));
    let described = |name: String| {
        let known = aws_policies::versions(&name);
        let version = known.and_then(|known| known.default_version());
        let made = known.and_then(|known| known.versions.iter().find(|v| Some(&v.id) == version.as_ref()));
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        line(name, arn, version.as_ref().map(ToString::to_string), made.and_then(|v| v.created).map(str::to_owned))
    };
    names.map(described).collect()
}

fn live_list(context: &Context) -> Result<Vec<AwsPolicyLine>, CliError> {
    let session = Session::open(context, None)?;
    block_on(async {
        let account = session.connect().await?;
        match &account {
            crate::cli::session::Account::Embedded(_) => Err(versions::not_aws(&session)),
            #[cfg(feature = "aws")]
            crate::cli::session::Account::Aws(aws) => {
                session.caller(&account, None).await?;
                let listed = aws.aws_policies().await.map_err(|error| {
                    CliError::failed("the policies cannot be listed").caused_by(&error).help("it takes iam:ListPolicies")
                })?;
                let described = |policy: crate::backend::aws::ListedPolicy| {
                    let name = policy.arn.split_once(":policy/").map_or(policy.arn.as_str(), |(_, name)| name).to_owned();
                    line(name, policy.arn, policy.default_version.map(|v| v.to_string()), policy.updated)
                };
                Ok(listed.into_iter().map(described).collect())
            }
        }
    })
}

/// A policy with the documents of some versions; of the one in force where none is named.
fn read(context: &Context, name: &str, wanted: &BTreeSet<VersionId>, live: bool) -> Result<Versioned, CliError> {
    if !live {
        let bare = name.strip_prefix("aws/").unwrap_or(name);
        let default = aws_policies::versions(bare).and_then(aws_policies::AwsVersions::default_version);
        return versions::aws_policy(name, &|_| {
            if wanted.is_empty() { default.iter().cloned().collect() } else { wanted.clone() }
        });
    }
    let session = Session::open(context, None)?;
    // The one in force is known after GetPolicy only; it is among the newest that AWS keeps.
    let pick = |ids: &[VersionId]| if wanted.is_empty() { ids.iter().cloned().collect() } else { wanted.clone() };
    block_on(versions::live_aws_policy(&session, name, &pick))
}

fn show(context: &Context, args: &ShowArgs, live: bool) -> Result<Exit, CliError> {
    let wanted: BTreeSet<VersionId> = args.version.iter().cloned().collect();
    let found = read(context, &args.name, &wanted, live)?;
    let version = args.version.as_ref().unwrap_or(&found.policy.default_version);
    let document = found.document(version, live)?;
    let facts = facts(&found, version);
    match args.format {
        DocumentFormat::Json => {
            context.terminal.err(&facts.iter().map(|fact| format!("{}\n", escape::line(fact))).collect::<String>());
            context.terminal.out(&(document.pretty() + "\n"))?;
        }
        DocumentFormat::Yaml => {
            let head: String = facts.iter().map(|fact| format!("# {}\n", escape::line(fact))).collect();
            let body = match Yaml::from_json(document.value(), &literal) {
                Yaml::Map(entries) => document_text(&entries, 0),
                // A policy document is an object; anything else is shown as it is.
                _ => document.pretty() + "\n",
            };
            context.terminal.out(&(head + &body))?;
        }
    }
    Ok(Exit::FINE)
}

/// What is to be said of a version: ARN, whether it is in force, and what took the policy's place.
fn facts(found: &Versioned, version: &VersionId) -> Vec<String> {
    let made = found.policy.versions.get(version).and_then(|v| v.created.as_ref());
    let made = made.map(|time| format!(", made {time}")).unwrap_or_default();
    let name = found.label.strip_prefix("aws/").unwrap_or(&found.label);
    let standing = aws_policies::standing(name);
    let force = match (*version == found.policy.default_version, standing) {
        (true, Some(Lifecycle::Withdrawn)) => ", the last one known",
        (true, _) => ", in force",
        (false, _) => "",
    };
    let mut facts = vec![found.arn.clone(), format!("{version}{force}{made}")];
    match standing {
        Some(Lifecycle::Withdrawn) => {
            facts.push("withdrawn: it stays where it is attached, and cannot be attached again".to_owned());
        }
        Some(Lifecycle::Deprecated) => facts.push("deprecated: AWS recommends another".to_owned()),
        Some(Lifecycle::Current) | None => {}
    }
    if let Some(next) = aws_policies::successor_of(name) {
        let source = next.source.map_or_else(|| " (by its name)".to_owned(), |page| format!(" ({page})"));
        facts.push(format!("successor: aws/{}{source}", next.name));
    }
    facts
}

fn diff(context: &Context, args: &DiffArgs, live: bool) -> Result<Exit, CliError> {
    let wanted = BTreeSet::from([args.before.clone(), args.after.clone()]);
    let found = read(context, &args.name, &wanted, live)?;
    let (before, after) = (found.document(&args.before, live)?.clone(), found.document(&args.after, live)?.clone());
    let access = AccessAnswer::of(super::history::compare(&before, &after));
    let undecided = access.verdict == AccessVerdict::Undecided;
    let lines = report::document_diff(before.value(), after.value(), DocumentKind::Identity, &found.partition);
    let diff = VersionDiff { policy: found.label, from: args.before.clone(), to: args.after.clone(), before, after, access };
    context.terminal.out(&match args.format {
        Format::Text => report::version_diff_text(&diff, &lines, context.terminal.paint()),
        Format::Json => report::version_diff_json(&diff),
    })?;
    Ok(if undecided { Exit::UNDECIDED } else { Exit::FINE })
}
