//! `iamctl permissions`: the least policy that iamctl itself needs for these specs.

use crate::cli::args::{PermissionsArgs, PermissionsFor, PermissionsFormat};
use crate::cli::flow::SpecSet;
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::import::{Yaml, document_text};
use crate::permissions::{self, PermissionsInput, Purpose};
use crate::policy::Document;
use crate::report;

/// Characters that a managed policy may have (iam-facts 3.1).
const MANAGED: u64 = 6_144;

/// Runs the command.
pub fn run(context: &Context, args: &PermissionsArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    if !session.is_embedded() && session.account.id.is_none() {
        return Err(CliError::usage("the policy names ARNs, and the account's id is not written down")
            .help("write `id:` at the account in iamctl.yaml; this command asks no account"));
    }
    let stacks: Vec<String> = match args.purpose {
        PermissionsFor::Apply => std::iter::once(session.stack()?).chain(session.formerly()).collect(),
        PermissionsFor::Plan | PermissionsFor::TestLive => Vec::new(),
    };
    let specs = SpecSet::load(&session, &args.paths);
    let (account, resolved) = specs.resolve_offline(context, &session, None)?;
    let input = PermissionsInput { account: &account, tag_key: &session.project.ownership_tag, stacks: &stacks };
    let purpose = match args.purpose {
        PermissionsFor::Plan => Purpose::Plan,
        PermissionsFor::Apply => Purpose::Apply,
        PermissionsFor::TestLive => Purpose::TestLive,
    };
    let policy = permissions::policy(&resolved.desired, &input, purpose);
    if policy.size() > MANAGED {
        context.terminal.err(&format!(
            "the policy has {} characters, and a managed policy takes {MANAGED}: put its statements into several, or give your entities a path \
             (`defaults: {{path: /…/}}`) and allow that\n",
            policy.size()
        ));
    }
    context.terminal.out(&text(&policy, args.format))?;
    Ok(Exit::FINE)
}

fn text(policy: &Document, format: PermissionsFormat) -> String {
    match (format, Yaml::from_json(policy.value(), &str::to_owned)) {
        (PermissionsFormat::Yaml, Yaml::Map(entries)) => document_text(&entries, 0),
        _ => report::json(policy),
    }
}
