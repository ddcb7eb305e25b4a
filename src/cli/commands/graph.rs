//! `iamctl graph`: who can become whom, and what is attached; of the specs alone, or of an account with what they would change.

use crate::cli::args::{GraphArgs, GraphFormat};
use crate::cli::flow::{self, PlanInput, SpecSet, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::nearest;
use crate::diff;
use crate::graph::{self, Graph, Part, part};
use crate::plan::PlanOptions;
use crate::planner;
use crate::report::{
    count, escape,
    graph::{Room, dot, drawn, mermaid, svg},
};

/// What code hosts draw of Mermaid by default: characters and edges.
const MERMAID_TEXT: usize = 50_000;
const MERMAID_EDGES: usize = 500;

/// Runs the command.
pub fn run(context: &Context, args: &GraphArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let specs = SpecSet::load(&session, &args.paths);
    let whole = match &args.against {
        None => {
            let (identity, resolved) = specs.resolve_offline(context, &session, None)?;
            graph::of(&graph::wanted(&resolved.desired, identity), None)
        }
        Some(file) => {
            // What is unowned and declared is drawn as it would be; a plan says what else it asks for.
            let options = PlanOptions { prune: args.paths.is_empty(), adopt_all: true, ..PlanOptions::default() };
            let input = if file.as_os_str() == "account" {
                session.stack()?;
                block_on(async {
                    let account = session.connect().await?;
                    let caller = session.caller(&account, None).await?;
                    flow::input_of_account(context, &session, &account, &caller, &specs, options, false).await
                })?
            } else {
                flow::input_of_file(context, &session, file, &specs, options, false)?
            };
            against(context, &input)
        }
    };
    for what in &whole.unknown {
        context.terminal.err(&format!("note: {}\n", escape::line(what)));
    }
    let shown = match &args.focus {
        None => whole,
        Some(focus) => focused(&whole, focus, args.format)?,
    };
    let text = match args.format {
        GraphFormat::Svg => {
            let Some(drawn) = drawn(&shown, Room::PICTURE) else { return Err(too_large(&shown)) };
            if let Some(what) = &drawn.left_out {
                context.terminal.err(&format!("note: drawn is {what}; `--focus ADDRESS` chooses another part\n"));
            }
            svg(&drawn.graph)
        }
        GraphFormat::Dot => dot(&shown),
        GraphFormat::Mermaid => {
            let text = mermaid(&shown);
            if text.len() > MERMAID_TEXT || shown.edges.len() > MERMAID_EDGES {
                context.terminal.err(
                    "note: this is more than Mermaid draws by default; `--focus ADDRESS` chooses a part, `--format dot` has no limit\n",
                );
            }
            text
        }
    };
    context.terminal.out(&text)?;
    Ok(Exit::FINE)
}

/// The account with what the specs would change.
fn against(context: &Context, input: &PlanInput<'_>) -> Graph {
    let cx = diff::Context { desired: input.desired(), snapshot: &input.snapshot, settings: &input.settings };
    let (end, refused) = planner::carried_out(&cx);
    for finding in &refused {
        let message = escape::line(&finding.message).into_owned();
        context.terminal.err(&format!("note: not drawn as declared: {message}\n"));
    }
    graph::of(&end, Some(&input.snapshot))
}

/// All that leads to an entity and that it leads to; where a picture has no room for that, the entity and its neighbours.
fn focused(whole: &Graph, focus: &str, format: GraphFormat) -> Result<Graph, CliError> {
    // Names ignore case.
    let node =
        whole.nodes.iter().find(|n| n.id == focus).or_else(|| whole.nodes.iter().find(|n| n.id.eq_ignore_ascii_case(focus)));
    let id = node.map(|node| node.id.clone()).unwrap_or_else(|| focus.to_owned());
    let Some(around) = part(whole, &Part::Around(id.clone())) else {
        let near = nearest(focus, whole.nodes.iter().map(|n| n.id.as_str()));
        let help = near
            .map_or_else(|| "`iamctl graph` without it shows what there is".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(CliError::usage(format!("`--focus {focus}`: nothing of this name is in the graph")).help(help));
    };
    if format == GraphFormat::Svg && drawn(&around, Room::PICTURE).is_none() {
        return part(whole, &Part::Near(id)).filter(|near| Room::PICTURE.holds(near)).ok_or_else(|| too_large(&around));
    }
    Ok(around)
}

fn too_large(graph: &Graph) -> CliError {
    let size = count(graph.nodes.len(), "node", "nodes");
    CliError::usage(format!("a picture of {size} and {} edges cannot be read", graph.edges.len()))
        .help("choose a part with `--focus ADDRESS`, mark what changes with `--against FILE`, or print it with `--format dot`")
}
