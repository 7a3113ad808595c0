//! The command line's grammar: commands, flags, help texts. Decides nothing.
//!
//! Flags follow Terraform where it has them, its single dash included (`-out`, `-auto-approve`):
//! `dashes.rs` gives those their second dash before the grammar sees them.

mod dashes;
mod shared;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use dashes::normalise;
pub use shared::{Part, Replacements, Target, Variables};

/// What the help of every command ends with.
const ONE_DASH: &str =
    "Long flags take one dash or two, as in Terraform: -out FILE and --out FILE are the same.";

/// Declares applications for Kubernetes, plans the change, and applies what was planned.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    /// Run as if started in this folder.
    #[arg(short = 'C', long, global = true, value_name = "FOLDER")]
    pub chdir: Option<PathBuf>,
    /// When to colour the output.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
    /// Never colour the output (as the environment variable NO_COLOR does).
    #[arg(long, global = true)]
    pub no_color: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// What was typed.
    ///
    /// # Errors
    /// It is no command line; or help or the version was asked for.
    pub fn read(typed: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
        let matches = Arguments::grammar().try_get_matches_from(normalise(typed))?;
        Arguments::from_arg_matches(&matches)
    }

    /// The grammar, with what the help of every command says.
    pub fn grammar() -> clap::Command {
        fn noted(command: clap::Command) -> clap::Command {
            command.after_help(ONE_DASH).mut_subcommands(noted)
        }
        noted(Arguments::command())
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a configuration to start from, one that plans and applies on the sandbox.
    Init(InitArguments),
    /// Check the configuration for every environment, without a cluster.
    Validate(ValidateArguments),
    /// Show what apply would change.
    Plan(PlanArguments),
    /// Make the cluster what the configuration says, or carry out a saved plan.
    Apply(ApplyArguments),
    /// Delete everything that this configuration made in an environment.
    Destroy(DestroyArguments),
    /// Show a saved plan, or the state.
    Show(ShowArguments),
    /// Show what somebody did in the cluster since the last apply; exit with 2 where there is anything.
    Drift(DriftArguments),
    /// Compare what two environments of a configuration want, without a cluster.
    DiffEnv(DiffEnvArguments),
    /// Print the dependency graph, in dot or as a picture.
    Graph(GraphArguments),
    /// List the objects of an environment and whether they are ready.
    Status(StatusArguments),
    /// Look at the state, or mend it.
    State(StateArguments),
    /// Print the outputs of the last apply.
    Output(OutputArguments),
    /// Evaluate expressions, one a line.
    Console(ConsoleArguments),
    /// The embedded cluster of this folder.
    Sandbox(SandboxArguments),
    /// Fetch the modules from git that the configuration calls.
    Get(GetArguments),
    /// Print what completes the commands and flags in a shell.
    Completions(CompletionsArguments),
    /// Explain a diagnostic's code, a block, or an attribute such as app.container.image.
    Explain(ExplainArguments),
    /// Lay out the files of a folder as `terraform fmt` would.
    Fmt(FmtArguments),
    /// Print the version.
    Version(VersionArguments),
}

impl Command {
    /// Whether one JSON document was asked for, so that a failure is one, too. (The console answers
    /// line by line.)
    pub fn answers_in_json(&self) -> bool {
        match self {
            Command::Validate(a) => a.json,
            Command::Plan(a) => a.json,
            Command::Show(a) => a.json,
            Command::Drift(a) => a.json,
            Command::DiffEnv(a) => a.json,
            Command::Status(a) => a.json,
            Command::State(StateArguments { command: StateCommand::List { json, .. } }) => *json,
            Command::Output(a) => a.json,
            Command::Version(a) => a.json,
            _ => false,
        }
    }
}

/// `validate`
#[derive(Debug, Args)]
pub struct ValidateArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Check this environment alone; all of them where left out.
    #[arg(short = 'e', long = "env", value_name = "NAME")]
    pub env: Option<String>,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Print one JSON document, in the form of Terraform's.
    #[arg(long)]
    pub json: bool,
}

/// `plan`
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Save the plan to this file, for `apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 where there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plan the deletion of everything.
    #[arg(long)]
    pub destroy: bool,
    /// Which part of the configuration.
    #[command(flatten)]
    pub part: Part,
    /// What may be made anew, or lost.
    #[command(flatten)]
    pub replacements: Replacements,
    /// Plan without dry runs, which need the right to write: what is not proven is said not to be
    /// verified.
    #[arg(long)]
    pub no_probe: bool,
    /// Print the order in which it is carried out, with what each step waits for, instead of the changes.
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    pub order: bool,
    /// Print Markdown for a pull request.
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Print one JSON document, readable by tools made for Terraform's plan JSON.
    #[arg(long)]
    pub json: bool,
    /// How many requests are in flight at once.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
    /// How long one request may take, such as 10s.
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub request_timeout: String,
}

/// `apply`
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// A folder, or a file that `plan -out` wrote; the current folder where left out.
    pub what: Option<PathBuf>,
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Do not ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// Which part of the configuration.
    #[command(flatten)]
    pub part: Part,
    /// What may be made anew, or lost.
    #[command(flatten)]
    pub replacements: Replacements,
    /// Also delete objects that only their labels mark as ours (after a lost state).
    #[arg(long)]
    pub delete_unrecorded: bool,
    /// Wait this long for a lock that somebody holds, such as 30s or 5m.
    #[arg(long, default_value = "0s", value_name = "DURATION")]
    pub lock_timeout: String,
    /// How many requests are in flight at once.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
    /// Allow the deletes of a saved plan in a protected environment.
    #[arg(long)]
    pub allow_destroy: bool,
    /// Do not wait until what was written, or was left unready before, is ready.
    #[arg(long)]
    pub no_wait: bool,
    /// How long one request may take, such as 10s.
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub request_timeout: String,
}

/// `destroy`
#[derive(Debug, Args)]
pub struct DestroyArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Which part of the configuration.
    #[command(flatten)]
    pub part: Part,
    /// Do not ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// Also delete objects that only their labels mark as ours (after a lost state).
    #[arg(long)]
    pub delete_unrecorded: bool,
    /// Wait this long for a lock that somebody holds, such as 30s or 5m.
    #[arg(long, default_value = "0s", value_name = "DURATION")]
    pub lock_timeout: String,
    /// How many requests are in flight at once.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
    /// How long one request may take, such as 10s.
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub request_timeout: String,
}

/// `show`
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// A file that `plan -out` wrote. Where left out, the state of the current folder is shown
    /// (that of another folder with -C FOLDER).
    pub file: Option<PathBuf>,
    /// Which environment.
    #[command(flatten)]
    pub target: Target,
    /// Print the order in which the plan is carried out, with what each step waits for.
    #[arg(long, requires = "file", conflicts_with_all = ["json", "markdown"])]
    pub order: bool,
    /// Print one JSON document, readable by tools made for Terraform's plan JSON.
    #[arg(long)]
    pub json: bool,
    /// Print Markdown for a pull request.
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}

/// `get`
#[derive(Debug, Args)]
pub struct GetArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Take what tags name now, instead of what is locked.
    #[arg(long)]
    pub upgrade: bool,
}

/// `init`
#[derive(Debug, Args)]
pub struct InitArguments {
    /// The folder, made where it is missing; the current one where left out.
    pub folder: Option<PathBuf>,
}

/// `diff-env`
#[derive(Debug, Args)]
pub struct DiffEnvArguments {
    /// The one environment.
    pub from: String,
    /// The other one.
    pub to: String,
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `completions`
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// Which shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `graph`
#[derive(Debug, Args)]
pub struct GraphArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Print a picture (SVG) instead of dot.
    #[arg(long)]
    pub svg: bool,
}

/// `drift`
#[derive(Debug, Args)]
pub struct DriftArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// How long one request may take, such as 10s.
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub request_timeout: String,
}

/// `status`
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// The folder; the current one where left out.
    pub folder: Option<PathBuf>,
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// How long one request may take, such as 10s.
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub request_timeout: String,
}

/// `state`
#[derive(Debug, Args)]
pub struct StateArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: StateCommand,
}

/// The commands of `state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// List the recorded objects.
    List {
        /// Which environment.
        #[command(flatten)]
        target: Target,
        /// Print one JSON document: a list of addresses, each with its object and uid.
        #[arg(long)]
        json: bool,
    },
    /// Show one recorded object.
    Show {
        /// Its address, such as app.web.
        address: String,
        /// Which environment.
        #[command(flatten)]
        target: Target,
    },
    /// Record an object under another address.
    Mv {
        /// The address now.
        from: String,
        /// The new address.
        to: String,
        /// Which environment.
        #[command(flatten)]
        target: Target,
        /// Needed where the environment is protected.
        #[arg(long)]
        allow_protected: bool,
    },
    /// Make the state anew from what the cluster holds: after it was lost.
    Rebuild(RebuildArguments),
    /// Forget an object, without touching the cluster.
    Rm {
        /// Its address.
        address: String,
        /// Which environment.
        #[command(flatten)]
        target: Target,
        /// Needed where the environment is protected.
        #[arg(long)]
        allow_protected: bool,
    },
}

/// `state rebuild`
#[derive(Debug, Args)]
pub struct RebuildArguments {
    /// Which environment.
    #[command(flatten)]
    pub target: Target,
    /// Put a state aside that is there and holds something, or is damaged.
    #[arg(long)]
    pub force: bool,
    /// Write the state without asking.
    #[arg(long)]
    pub auto_approve: bool,
    /// Needed where the environment is protected.
    #[arg(long)]
    pub allow_protected: bool,
    /// How long to wait for somebody else's run, such as 30s.
    #[arg(long, default_value = "0s", value_name = "DURATION")]
    pub lock_timeout: String,
    /// How long one request may take, such as 10s.
    #[arg(long, default_value = "30s", value_name = "DURATION")]
    pub request_timeout: String,
}

/// `output`
#[derive(Debug, Args)]
pub struct OutputArguments {
    /// One output; all of them where left out.
    pub name: Option<String>,
    /// Which environment.
    #[command(flatten)]
    pub target: Target,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Print the bare text of one string output.
    #[arg(long, requires = "name", conflicts_with = "json")]
    pub raw: bool,
}

/// `console`
#[derive(Debug, Args)]
pub struct ConsoleArguments {
    /// Which environment and variables.
    #[command(flatten)]
    pub target: Target,
    /// Read one expression a line, answer one JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// `sandbox`
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: SandboxCommand,
}

/// The commands of `sandbox`.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Start over with an empty cluster; the states of the old one are archived.
    Reset {
        /// The folder; the current one where left out.
        folder: Option<PathBuf>,
    },
}

/// `explain`
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A code as printed behind `error`, a block, or a block's attribute; a list of all where left out.
    #[arg(value_name = "CODE|BLOCK[.ATTRIBUTE]")]
    pub what: Option<String>,
    /// Print JSON.
    #[arg(long, requires = "what")]
    pub json: bool,
    /// Print the JSON schema of the blocks.
    #[arg(long, conflicts_with = "what")]
    pub json_schema: bool,
}

/// `fmt`
#[derive(Debug, Args)]
pub struct FmtArguments {
    /// Files and folders, or - for standard input; the current folder where left out.
    #[arg(value_name = "FILE|FOLDER|-")]
    pub what: Vec<PathBuf>,
    /// Write nothing; exit with 3 where the layout of a file differs.
    #[arg(long)]
    pub check: bool,
    /// Show the differences.
    #[arg(long)]
    pub diff: bool,
    /// Also the folders below, hidden ones aside.
    #[arg(long)]
    pub recursive: bool,
    /// Name the files whose layout differs.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set)]
    pub list: bool,
    /// Write the files.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true,
          default_missing_value = "true", action = clap::ArgAction::Set)]
    pub write: bool,
}

/// `version`
#[derive(Debug, Args)]
pub struct VersionArguments {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_consistent() {
        Arguments::command().debug_assert();
    }
}
