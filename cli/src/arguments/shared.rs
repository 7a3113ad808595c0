//! What several commands take: an environment with its variables, a part of the configuration, what may be replaced.

use std::path::PathBuf;

use clap::Args;
use plimsoll_model::{Address, Selection};

/// Which environment, and the variables.
#[derive(Debug, Clone, Default, Args)]
pub struct Target {
    /// The environment; needed where more than one is declared.
    #[arg(short = 'e', long = "env", value_name = "NAME")]
    pub env: Option<String>,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// Variables from outside.
#[derive(Debug, Clone, Default, Args)]
pub struct Variables {
    /// Set a variable, such as --var tag=v1 or --var 'web={ replicas = 2 }'.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Read variables from a file of values.
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<PathBuf>,
}

/// Which part of the configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct Part {
    /// Look at this block alone, such as app.web, or at module.shop, with everything that it needs.
    #[arg(long = "target", value_name = "ADDRESS", value_parser = selection)]
    pub targets: Vec<Selection>,
    /// Leave this block (or module) out, with everything that needs it.
    #[arg(long, value_name = "ADDRESS", value_parser = selection)]
    pub exclude: Vec<Selection>,
    /// Allow -target and -exclude where the environment is protected.
    #[arg(long)]
    pub allow_protected: bool,
}

/// What may be made anew, or lost.
#[derive(Debug, Clone, Default, Args)]
pub struct Replacements {
    /// Allow that this object is replaced where that needs a word of its own, such as app.db.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub allow_replace: Vec<Address>,
    /// Allow that this object loses data, an address or a host in a protected environment.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub allow_loss: Vec<Address>,
    /// Delete this object and make it anew although nothing forces it.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub replace: Vec<Address>,
}

/// An address such as `app.db` or `app.db["eu"]`.
fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| {
        "an address is KIND.NAME, such as app.db, with [\"KEY\"] where there are several".to_string()
    })
}

fn selection(text: &str) -> Result<Selection, String> {
    text.parse().map_err(|_| {
        "an address is KIND.NAME, such as app.db, or module.NAME, with [\"KEY\"] where there are several"
            .to_string()
    })
}
