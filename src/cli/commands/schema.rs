//! `iamctl schema`: the JSON Schema of a file format.

use schemars::Schema;

use crate::cli::args::{SchemaArgs, SchemaName};
use crate::cli::{CliError, Context, Exit};
use crate::report;

/// Makes a schema.
type Make = fn() -> Schema;

/// The schemas that can be printed, by name; `init` writes those of specs and the project file.
const SCHEMAS: &[(SchemaName, Make)] =
    &[(SchemaName::Plan, report::plan_schema), (SchemaName::Snapshot, report::snapshot_schema)];

/// A schema as text; `None` for a format whose schema this build lacks.
pub fn text_of(name: SchemaName) -> Option<String> {
    SCHEMAS.iter().find(|(n, _)| *n == name).map(|(_, schema)| report::json(&schema()))
}

/// Prints the schema.
pub fn run(context: &Context, args: &SchemaArgs) -> Result<Exit, CliError> {
    let text = text_of(args.name).ok_or_else(|| CliError::failed("this schema is not part of this build"))?;
    context.terminal.out(&text)?;
    Ok(Exit::FINE)
}
