//! What checks measure here.

use crate::cli::args::Environment;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::terminal;
use crate::targets::sandbox::Sandbox;

/// Set a figure that checks measure, or let the sandbox answer by itself again
///
/// It is given in the unit that the probe measures in: `ms` for the latency of `sql`, the question's own
/// for a query.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox figure sql.latency 250
  ninefold sandbox figure sql.latency@HOST 250       of one endpoint only
  ninefold sandbox figure 'promql.count(up == 0)' 3  of a query
  ninefold sandbox figure 'promql.count(up == 0)@us-east-1' 3
  ninefold sandbox figure job.p99@load-test 250      a result that a job leaves
  ninefold sandbox figure sql.latency --clear")]
pub struct Figure {
    #[command(flatten)]
    pub environment: Environment,

    /// PROBE.MEASURE, PROBE.MEASURE@ENDPOINT, promql.QUERY or promql.QUERY@REGION
    pub name: String,

    #[arg(allow_negative_numbers = true, required_unless_present = "clear", value_parser = finite)]
    pub value: Option<f64>,

    /// Take the figure away
    #[arg(long, conflicts_with = "value")]
    pub clear: bool,
}

fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|figure: &f64| figure.is_finite()).ok_or_else(|| "it is no number".to_owned())
}

pub(super) fn set(args: &Figure, sandbox: &Sandbox) -> Result<Exit, Error> {
    let name = &args.name;
    let is_of_a_probe = name.split_once('.').is_some_and(|(probe, measure)| {
        ["dns", "http", "job", "promql", "sql", "tls"].contains(&probe) && !measure.is_empty()
    });
    if !is_of_a_probe {
        let error = Error::new(format!("`{name}` is no figure of a probe"));
        return Err(error.hint("figures are called PROBE.MEASURE, such as sql.latency, or promql.QUERY"));
    }
    sandbox.set_figure(name, args.value)?;
    let text = match args.value {
        Some(value) => format!("the figure {name} is set to {value}\n"),
        None => format!("the figure {name} isn't set any more\n"),
    };
    terminal::message(&text);
    Ok(Exit::Done)
}
