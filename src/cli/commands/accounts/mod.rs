//! `iamctl accounts`: the accounts of the project, with what selections know of them.

mod sync;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::args::{AccountsArgs, AccountsCommand, Format};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::fleet::{Member, Shard};
use crate::report::{self, escape};

/// Runs the command.
pub fn run(context: &Context, args: &AccountsArgs) -> Result<Exit, CliError> {
    if let Some(AccountsCommand::Sync) = args.command {
        return sync::run(context);
    }
    let project = Session::load_project(context)?;
    let chosen: Vec<&Member> = match args.many.select.is_empty() {
        // All, with the reasons of those that are left out.
        true => project.roster.all().iter().collect(),
        false => {
            let names = args.many.names(context.global.account.as_deref(), &project.roster)?;
            names.iter().filter_map(|name| project.roster.get(name)).collect()
        }
    };
    let active = || chosen.iter().filter(|member| member.left_out.is_none());
    let shards = args.shards.map(|of| {
        let mut shards: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for member in active() {
            shards.entry(Shard::of_member(member, of)).or_default().push(&member.name);
        }
        (of, shards)
    });
    let text = match (args.format, &shards) {
        (Format::Json, None) => report::json(&json!({"accounts": chosen.iter().map(|m| of_member(m)).collect::<Vec<_>>()})),
        // An empty shard needs no job.
        (Format::Json, Some((of, shards))) => {
            let jobs = shards.iter().map(|(index, names)| json!({"shard": format!("{index}/{of}"), "accounts": names.len()}));
            report::json(&json!({"include": jobs.collect::<Vec<_>>()}))
        }
        (Format::Text, None) => table(&chosen),
        (Format::Text, Some((of, shards))) => {
            let line = |(index, names): (&u32, &Vec<&str>)| format!("{index}/{of}  {}\n", names.join(", "));
            shards.iter().map(line).collect()
        }
    };
    context.terminal.out(&text)?;
    let groups = project.roster.groups().len();
    let left_out = chosen.len() - active().count();
    if args.format == Format::Text {
        let left_out = if left_out == 0 { String::new() } else { format!(", {left_out} left out") };
        let active = report::count(active().count(), "account", "accounts");
        context.terminal.err(&format!("{active}{left_out}, {}\n", report::count(groups, "group", "groups")));
    }
    Ok(Exit::FINE)
}

fn of_member(member: &Member) -> Value {
    let Member { name, id, ou, tags, groups, wave, left_out } = member;
    json!({
        "name": name,
        "id": id,
        "ou": ou,
        "tags": tags,
        "groups": groups,
        "wave": wave,
        "left_out": left_out,
    })
}

/// One line for each account, in columns.
fn table(members: &[&Member]) -> String {
    let mut rows = vec![["ACCOUNT", "ID", "UNIT", "WAVE", "GROUPS"].map(str::to_owned)];
    rows.extend(members.iter().map(|member| {
        let groups: Vec<&str> = member.groups.iter().map(String::as_str).collect();
        let last = match &member.left_out {
            Some(why) => format!("left out: {why}"),
            None => groups.join(", "),
        };
        let id = member.id.as_ref().map_or("-", |id| id.as_str());
        let ou = member.ou.as_deref().unwrap_or("-");
        [member.name.clone(), id.to_owned(), ou.to_owned(), member.wave.to_string(), last]
            .map(|cell| escape::line(&cell).into_owned())
    }));
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..4).map(width).collect();
    let line = |row: &[String; 5]| {
        let padded = row.iter().enumerate().map(|(i, cell)| format!("{cell:<w$}", w = widths.get(i).copied().unwrap_or(0)));
        let line = padded.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}
