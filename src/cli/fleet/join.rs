//! The plans of several shards as one report. What no shard handled is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{FLEET, PLAN, exit, prepare, print};
use crate::cli::args::FleetReportArgs;
use crate::cli::commands::apply::saved_plan;
use crate::cli::{CliError, Context, Exit};
use crate::graph::Graph;
use crate::plan::Plan;
use crate::report::{self, Detail, escape};
use crate::review::{self, Fleet, FleetAccount, FleetMember, FleetPart};

/// Joins directories.
pub fn join(context: &Context, args: &FleetReportArgs) -> Result<Exit, CliError> {
    let mut shards: Vec<(&PathBuf, Fleet)> = Vec::new();
    for directory in &args.directories {
        match load(directory)? {
            Some(fleet) => shards.push((directory, fleet)),
            // It was killed, or has not begun.
            None => {
                let name = directory.display().to_string();
                context.terminal.err(&format!("{} holds no {FLEET}: this shard did not finish\n", escape::line(&name)));
            }
        }
    }
    let Some((first, _)) = shards.first() else {
        return Err(CliError::failed(format!("no directory holds a {FLEET}: no shard finished"))
            .help("name the directories that `iamctl plan --select … --shard I/N --out DIR` wrote"));
    };
    let selected: BTreeSet<String> = shards.iter().take(1).flat_map(|(_, fleet)| names(fleet)).collect();
    let mut handled: BTreeMap<String, (&PathBuf, &FleetAccount)> = BTreeMap::new();
    let mut members: BTreeMap<&str, &FleetMember> = BTreeMap::new();
    for (directory, fleet) in &shards {
        if names(fleet) != selected {
            let message = format!(
                "`{}` and `{}` are not shards of one plan: they selected other accounts",
                first.display(),
                directory.display()
            );
            return Err(CliError::failed(message).help("plan all shards with the same project and the same `--select`"));
        }
        members.extend(fleet.elsewhere.iter().map(|member| (member.name.as_str(), member)));
        for account in &fleet.accounts {
            if let Some((other, _)) = handled.insert(account.name.clone(), (directory, account)) {
                let message =
                    format!("the account `{}` is in `{}` and in `{}`", account.name, other.display(), directory.display());
                return Err(
                    CliError::failed(message).help("name each shard once, and plan all of them with the same `--shard` count")
                );
            }
        }
    }
    let mut parts = Vec::new();
    let mut plans: Vec<(PathBuf, String)> = Vec::new();
    let mut stacks: BTreeSet<Option<String>> = BTreeSet::new();
    for (directory, account) in handled.values() {
        let file = directory.join(format!("{}{PLAN}", account.name));
        let (plan, text) = match &account.digest {
            Some(digest) => match load_plan(&file)? {
                Some((plan, text)) if plan.digest == *digest => (Some(plan), Some(text)),
                Some(_) => return Err(other_plan(&file)),
                // A plan with errors is not saved.
                None => (None, None),
            },
            None => (None, None),
        };
        stacks.extend(plan.as_ref().map(|plan| plan.stack.clone()));
        plans.extend(text.map(|text| (file, text)));
        let report = plan.as_ref().map(|plan| review::of_plan(plan, Graph::default()));
        parts.push(FleetPart { account: (*account).clone(), report });
    }
    if stacks.len() > 1 {
        return Err(CliError::failed("these are shards of different plans: they are of several stacks")
            .help("plan all shards with the same project"));
    }
    let absent = members.values().filter(|member| !handled.contains_key(&member.name));
    parts.extend(absent.map(|member| FleetPart { account: member.absent(), report: None }));
    let guards = shards.iter().flat_map(|(_, fleet)| fleet.guards.clone()).collect();
    let report = review::of_fleet(parts, Vec::new(), guards);
    if let (Some(out), Some(fleet)) = (&args.out, &report.fleet) {
        let out = prepare(out)?;
        for (file, text) in &plans {
            let name = file.file_name().map(Path::new).unwrap_or(file);
            crate::cli::commands::save(&out.join(name), text)?;
        }
        crate::cli::commands::save(&out.join(FLEET), &report::json(fleet))?;
    }
    print(context, args.format, Detail::Full, &report, None)?;
    Ok(exit(&report))
}

fn names(fleet: &Fleet) -> BTreeSet<String> {
    let here = fleet.accounts.iter().map(|account| account.name.clone());
    here.chain(fleet.elsewhere.iter().map(|member| member.name.clone())).collect()
}

fn other_plan(file: &Path) -> CliError {
    CliError::new(Exit::STALE, format!("`{}` is not the plan that {FLEET} speaks of", file.display()))
        .help("plan again; files of different runs do not belong together")
}

/// The file over all plans of a directory; `None` where there is none.
pub fn load(directory: &Path) -> Result<Option<Fleet>, CliError> {
    let file = directory.join(FLEET);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CliError::failed(format!("`{}` cannot be read", file.display())).caused_by(&error)),
    };
    let fleet: Fleet = serde_json::from_str(&text)
        .map_err(|error| CliError::failed(format!("`{}` is not a plan of many accounts", file.display())).caused_by(&error))?;
    if fleet.format_version != 1 {
        let message = format!("`{}` has format version {}, which is not known", file.display(), fleet.format_version);
        return Err(CliError::failed(message).help("use the iamctl that wrote it"));
    }
    if review::fleet_digest(&fleet.accounts) != fleet.digest {
        return Err(CliError::new(
            Exit::STALE,
            format!("`{}` was edited: its digest is not that of its accounts", file.display()),
        )
        .help("plan again"));
    }
    Ok(Some(fleet))
}

/// A saved plan with its text; `None` where there is none.
fn load_plan(file: &Path) -> Result<Option<(Plan, String)>, CliError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CliError::failed(format!("`{}` cannot be read", file.display())).caused_by(&error)),
    };
    Ok(Some((saved_plan(file, &text)?, text)))
}
