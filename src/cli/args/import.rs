//! Flags of `import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::import::{Layout, Selection, TagFilter};

/// Flags of `import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl import account --account prod -o specs
  iamctl import account -o specs --select 'role/app-*' --layout path
  iamctl import account --select all -o specs
  iamctl import snapshot account.json -o specs
  iamctl import cloudformation roles.yaml --parameter Env=prod -o specs
  terraform show -json > state.json && iamctl import terraform state.json -o specs
  iamctl import iambic ../iambic-templates -o specs")]
pub struct ImportArgs {
    /// Where from.
    #[command(subcommand)]
    pub source: ImportSource,
}

/// Where from.
#[derive(Clone, Debug, Subcommand)]
pub enum ImportSource {
    /// Write specs of the selected account, or one set of specs of several
    #[command(
        after_help = "Examples:\n  iamctl import account --account prod -o specs --select 'role/app-*'\n  iamctl import account --select 'team-*' --select '!team-lab' -o specs"
    )]
    Account(ImportShape),
    /// Write specs of a snapshot, or of a dump of `aws iam get-account-authorization-details`
    #[command(after_help = "Examples:\n  iamctl import snapshot account.json -o specs")]
    Snapshot {
        /// Read this file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What to take.
        #[command(flatten)]
        shape: ImportShape,
    },
    /// Write specs of what CloudFormation templates create
    #[command(after_help = "Examples:\n  iamctl import cloudformation roles.yaml --parameter Env=prod -o specs")]
    Cloudformation {
        /// Read these templates, YAML or JSON
        #[arg(value_name = "TEMPLATE", required = true)]
        templates: Vec<PathBuf>,
        /// Set a parameter, or a pseudo parameter such as AWS::StackName; may be repeated
        #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
        parameters: Vec<(String, String)>,
        /// What to take.
        #[command(flatten)]
        shape: ImportShape,
    },
    /// Write specs of what an IAMbic repository declares, in one folder for each account
    #[command(
        after_help = "Examples:\n  iamctl import iambic ../iambic-templates -o specs\n  iamctl import iambic ../iambic-templates --only prod -o specs"
    )]
    Iambic {
        /// Read the templates and the configuration in this directory
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Import only this account, by name or ID; may be repeated
        #[arg(long, value_name = "ACCOUNT")]
        only: Vec<String>,
        /// What to take.
        #[command(flatten)]
        shape: ImportShape,
    },
    /// Write specs of what Terraform manages or plans, from the output of `terraform show -json`
    #[command(after_help = "Examples:\n  terraform show -json > state.json && iamctl import terraform state.json -o specs")]
    Terraform {
        /// Read this file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What to take.
        #[command(flatten)]
        shape: ImportShape,
    },
}

/// What to take and how to lay it out.
#[derive(Clone, Debug, Args)]
pub struct ImportShape {
    /// Write the spec files to this directory; existing files are not overwritten
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// Import only entities whose address matches, as in 'role/app-*'; may be repeated. With `import account` a name without a slash
    /// selects accounts of the project file: dev, 'team-*', all, '!prod'
    #[arg(long, value_name = "PATTERN")]
    pub select: Vec<String>,
    /// Import only entities under this path, as in /team/; may be repeated
    #[arg(long, value_name = "PATH", value_parser = path)]
    pub path: Vec<String>,
    /// Import only entities with this tag; if repeated, with all of them
    #[arg(long, value_name = "KEY[=VALUE]", value_parser = tag)]
    pub tag: Vec<TagFilter>,
    /// Lay the files out by role, by path, or by the value of a tag
    #[arg(long, value_name = "role|path|tag:KEY", default_value_t)]
    pub layout: Layout,
    /// Include what CloudFormation stacks own; applying it needs --take-over
    #[arg(long)]
    pub include_cloudformation: bool,
    /// Include roles that AWS Organizations, Control Tower, StackSets and similar services created
    #[arg(long)]
    pub include_aws_made: bool,
    /// Include service-linked roles
    #[arg(long)]
    pub include_service_linked: bool,
}

impl ImportShape {
    /// What these flags select.
    pub fn selection(&self) -> Selection {
        Selection {
            addresses: self.select.clone(),
            paths: self.path.clone(),
            tags: self.tag.clone(),
            cloudformation: self.include_cloudformation,
            aws_made: self.include_aws_made,
            service_linked: self.include_service_linked,
        }
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, as in `--parameter Env=prod`".to_owned()),
    }
}

fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        return Ok(text.to_owned());
    }
    Err(format!("a path of IAM begins with a slash: write `/{}/`", text.trim_matches('/')))
}

fn tag(text: &str) -> Result<TagFilter, String> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (text, None),
    };
    if key.is_empty() { Err("a tag is KEY or KEY=VALUE".to_owned()) } else { Ok(TagFilter { key: key.to_owned(), value }) }
}
