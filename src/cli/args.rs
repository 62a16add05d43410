//! The command line: what can be asked for, in words. Each command's own arguments stand in its
//! own file; here is what they share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    apply, completions, cost, destroy, doctor, drift, eval, exit, explain, fmt, graph, import, init, kinds,
    output, plan, sandbox, schema, show, state, validate, verify,
};
use crate::model::Address;

const EXAMPLES: &str = "\
Examples:
  ninefold init platform                    a small workspace to start from
  ninefold plan                             what would change on the embedded sandbox
  ninefold apply -e staging                 show the plan, ask, and carry it out
  ninefold drift -e production              what was changed behind our back
  ninefold explain aws.ec2.vpc              the fields of a kind";

/// Infrastructure as code: one graph of typed resources, planned, applied and watched
#[derive(Debug, Parser)]
#[command(name = "ninefold", version, about, propagate_version = true, after_help = EXAMPLES)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The folder of the workspace [default: the nearest one from here upward]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub workspace: Option<PathBuf>,

    /// When to use colour and drawing characters; `auto` honours `NO_COLOR`
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: Color,
}

/// When to write colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Also into files and pipes
    Always,
    /// Plain text only
    Never,
}

/// The environment that a command is about.
#[derive(Debug, Clone, Args)]
pub struct Environment {
    /// The environment, a file of `stacks/environments/`
    #[arg(id = "environment", short = 'e', long = "environment", value_name = "ENV")]
    #[arg(env = "NINEFOLD_ENV", default_value = DEFAULT_ENVIRONMENT, value_parser = environment_name)]
    pub name: String,
}

const DEFAULT_ENVIRONMENT: &str = "sandbox";

/// A variable that is set to nothing counts as one that isn't set.
#[allow(clippy::unnecessary_wraps, reason = "clap's parsers return results")]
fn environment_name(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(if text.is_empty() { DEFAULT_ENVIRONMENT } else { text }.to_owned())
}

/// What of an environment is acted on; everything, unless narrowed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Selection")]
pub struct Selection {
    /// Only this stack; may be given several times
    #[arg(long = "stack", value_name = "STACK")]
    pub stacks: Vec<String>,

    /// Only this phase; may be given several times
    #[arg(long = "phase", value_name = "PHASE")]
    pub phases: Vec<String>,

    /// Only this resource, and what it needs; without a key, all its instances
    #[arg(long = "only", visible_alias = "target", value_name = "ADDRESS")]
    pub only: Vec<Address>,

    /// Not this resource, nor what needs it
    #[arg(long = "exclude", value_name = "ADDRESS")]
    pub exclude: Vec<Address>,
}

impl Selection {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.stacks.is_empty() && self.phases.is_empty() && self.only.is_empty() && self.exclude.is_empty()
    }
}

/// For whom a result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs; it names its `format_version`
    Json,
}

/// How long to wait for others.
#[derive(Debug, Clone, Args)]
pub struct Locking {
    /// How long to wait for another run that changes this environment, such as `90s` or `10m`
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,
}

/// Reads a length of time such as `90s`, `12m` or `1h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed: Result<jiff::SignedDuration, _> = text.parse();
    parsed
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| format!("`{text}` is no length of time, such as `90s`, `12m` or `1h30m`"))
}

/// The commands, in the order in which people meet them.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(init::Args),
    Validate(validate::Args),
    Plan(plan::Args),
    Show(show::Args),
    Apply(apply::Args),
    Destroy(destroy::Args),
    Drift(drift::Args),
    Verify(verify::Args),
    Output(output::Args),
    Cost(cost::Args),
    Graph(graph::Args),
    State(state::Args),
    Import(import::Args),
    Kinds(kinds::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Sandbox(sandbox::Args),
    Fmt(fmt::Args),
    Eval(eval::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
}

#[cfg(test)]
mod tests;
