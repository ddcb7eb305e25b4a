//! `iamctl schema`: the JSON Schema of a file format.

use crate::cli::args::{SchemaArgs, SchemaName};
use crate::cli::{CliError, Context, Exit};
use crate::{report, spec};

/// A schema as text.
pub fn text_of(name: SchemaName) -> String {
    match name {
        SchemaName::Spec => report::json(&spec::schema::spec_schema()),
        SchemaName::Project => report::json(&spec::schema::project_schema()),
        SchemaName::Accounts => report::json(&spec::schema::accounts_schema()),
        SchemaName::Template => report::json(&spec::schema::template_schema()),
        SchemaName::Plan => report::json(&report::plan_schema()),
        SchemaName::Fleet => report::json(&report::fleet_schema()),
        SchemaName::Snapshot => report::json(&report::snapshot_schema()),
        SchemaName::Apply => report::json(&report::outcome_schema()),
        SchemaName::Review => report::json(&report::review_schema()),
        SchemaName::Check => report::json(&report::check_schema()),
        SchemaName::CheckRequired => report::json(&report::check_required_schema()),
        SchemaName::Test => report::json(&report::tests_schema()),
        SchemaName::Simulate => report::json(&report::simulation_schema()),
        SchemaName::Access => report::json(&report::access_schema()),
        SchemaName::Findings => report::json(&report::findings_schema()),
    }
}

/// Prints the schema.
pub fn run(context: &Context, args: &SchemaArgs) -> Result<Exit, CliError> {
    context.terminal.out(&text_of(args.name))?;
    Ok(Exit::FINE)
}
