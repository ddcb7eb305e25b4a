//! `iamctl schema`: the JSON Schema of a file format.

use crate::cli::args::{SchemaArgs, SchemaName};
use crate::cli::{CliError, Context, Exit};
use crate::report;
use crate::spec::schema;

/// A schema as text, as `schema/NAME.schema.json` holds it.
pub fn text_of(name: SchemaName) -> String {
    match name {
        SchemaName::Spec => report::json(&schema::spec_schema()),
        SchemaName::Project => report::json(&schema::project_schema()),
        SchemaName::Plan => report::json(&report::plan_schema()),
        SchemaName::Snapshot => report::json(&report::snapshot_schema()),
    }
}

/// Prints the schema.
pub fn run(context: &Context, args: &SchemaArgs) -> Result<Exit, CliError> {
    context.terminal.out(&text_of(args.name))?;
    Ok(Exit::FINE)
}
