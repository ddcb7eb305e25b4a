//! Flags of every command.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

/// Flags of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Work on this account of the project file, on `local` or on `aws`
    #[arg(long, global = true, value_name = "NAME")]
    pub account: Option<String>,
    /// Use this stack name instead of the project file's
    #[arg(long, global = true, value_name = "NAME")]
    pub stack: Option<String>,
    /// Set a variable of the specs; may be repeated
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub vars: Vec<Var>,
    /// Use this project file instead of the nearest `iamctl.yaml`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Colour the output
    #[arg(long, global = true, value_name = "auto|always|never", value_enum, hide_possible_values = true, default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
    /// Show no progress on the terminal
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR or the like says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A variable given on the command line. The value is text as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Var {
    /// Its name, as in `${var.NAME}`.
    pub name: String,
    /// What was typed after the first `=`.
    pub value: String,
}

impl FromStr for Var {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            _ => Err("write NAME=VALUE, as in `--var env=prod`".to_owned()),
        }
    }
}
