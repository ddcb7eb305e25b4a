//! `iamctl plan`: what apply would do, call by call. Holds no writer, and so cannot write.

use crate::cli::args::{PlanArgs, PlanFormat};
use crate::cli::fleet;
use crate::cli::flow::{self, SpecSet, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::graph::{self, Graph};
use crate::report::{self, Remarks};
use crate::review;

/// Runs the command.
pub fn run(context: &Context, args: &PlanArgs) -> Result<Exit, CliError> {
    args.shape.refuse_strayed_address(&args.paths)?;
    if let Some(chosen) = Session::shared(context, &args.many)? {
        return fleet::plan(context, args, &chosen);
    }
    let session = Session::open(context, None)?;
    if args.detailed_exitcode {
        flow::refuse_lost_project(&session, "--detailed-exitcode")?;
    }
    if args.format.is_for_review() {
        flow::refuse_lost_project(&session, "--format")?;
    }
    session.stack()?;
    let specs = SpecSet::load(&session, &args.paths);
    let options = args.options();
    let input = match &args.against {
        Some(file) => flow::input_of_file(context, &session, file, &specs, options, args.unmanaged)?,
        None => block_on(async {
            let account = session.connect().await?;
            let caller = session.caller(&account, None).await?;
            flow::input_of_account(context, &session, &account, &caller, &specs, options, args.unmanaged).await
        })?,
    };
    let mut planned = input.plan();
    let end = planned.end.take();
    flow::preflight_note(&input.settings.caller_arn, &input.snapshot, end.as_ref(), &mut planned.plan);
    if let Some(file) = &args.out {
        super::replaces(context, file, &super::Kind { noun: "a saved plan", members: &["format_version", "digest", "steps"] })?;
        if planned.has_errors {
            context.terminal.err("the plan has errors and is not saved\n");
        } else {
            super::save(file, &crate::planner::sealed(&planned.plan, report::plan_json))?;
            let name = file.display().to_string();
            let name = report::escape::line(&name);
            context.terminal.err(&match planned.plan.complete {
                true => format!("saved; apply it with `iamctl apply {name}`\n"),
                false => {
                    format!("saved in {name}, to be read only: the plan is not complete, and such a plan is never applied\n")
                }
            });
        }
    }
    let plan = &planned.plan;
    let text = match args.format {
        PlanFormat::Json => report::plan_json(plan),
        PlanFormat::Text => {
            report::report_text(&review::of_plan(plan, Graph::default()), args.detail(), context.terminal.paint())
        }
        PlanFormat::Markdown => report::review_markdown(&review::of_plan(plan, Graph::default())),
        PlanFormat::Html => {
            let before = &input.snapshot;
            let after = end.as_ref().unwrap_or(before);
            report::review_html(&review::of_plan(plan, graph::of(after, Some(before))))
        }
        PlanFormat::Sarif => {
            report::sarif(&Remarks::of_review(&review::of_plan(plan, Graph::default())), &flow::origin(&session))
        }
        PlanFormat::Github => {
            report::github(&Remarks::of_review(&review::of_plan(plan, Graph::default())), &flow::origin(&session))
        }
    };
    context.terminal.out(&text)?;
    Ok(flow::plan_exit(&planned, args.detailed_exitcode))
}
