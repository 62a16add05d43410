//! `ninefold sandbox`: look into the embedded cloud, and do to it what happens to real ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use clap::builder::RangedI64ValueParser;

use super::args::{Environment, Format, Global, duration};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use super::terminal::{self, Terminal};
use crate::model::FieldPath;
use crate::report::table::Table;
use crate::report::{self, Look};
use crate::targets::sandbox::{self as targets, EditError, Sandbox, Selector, StoreError};

const EXAMPLES: &str = "\
Examples:
  ninefold sandbox status
  ninefold sandbox edit 'platform/cluster.vpc[primary]' enable_dns_hostnames=false
  ninefold sandbox break us-east-1 --at 12m
  ninefold sandbox heal us-east-1
  ninefold sandbox faults --throttled 50 --lost-answers 10
  ninefold sandbox figure sql.latency 250
  ninefold sandbox reset --yes";

/// Look into the embedded cloud, and do to it what happens to real ones
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Status(Status),
    Edit(Edit),
    Break(Break),
    Heal(Heal),
    Faults(Faults),
    Figure(Figure),
    Reset(Reset),
}

/// Count what is there, and say what the clock shows and what is broken
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold sandbox status --format json")]
pub struct Status {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Change an object behind Ninefold's back, as a console would
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox edit 'platform/cluster.vpc[primary]' enable_dns_hostnames=false
  ninefold sandbox edit vpc-0a1b2c3d 'tags.owner=\"somebody\"' --by carol
  ninefold sandbox edit vpc-0a1b2c3d --unset tags.owner
  ninefold sandbox edit sg-0a1b2c3d --add 'ingress={\"protocol\": \"tcp\", \"from_port\": 22}'
  ninefold sandbox edit vpc-0a1b2c3d --delete")]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true)
    .args(["set", "unset", "add", "delete"])))]
pub struct Edit {
    #[command(flatten)]
    pub environment: Environment,

    /// Its address, id, ARN or name
    #[arg(value_name = "OBJECT")]
    pub object: String,

    /// Set a field to a JSON value; what isn't JSON is a string
    #[arg(value_name = "FIELD=VALUE", value_parser = assignment)]
    pub set: Vec<Assignment>,

    /// Take a field away
    #[arg(long, value_name = "FIELD")]
    pub unset: Vec<FieldPath>,

    /// Add an element to a list
    #[arg(long, value_name = "FIELD=VALUE", value_parser = assignment)]
    pub add: Vec<Assignment>,

    /// Delete the object
    #[arg(long, conflicts_with_all = ["set", "unset", "add"])]
    pub delete: bool,

    /// Only an object of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,

    /// Only an object of this region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// Whom the sandbox's trail is to name for it
    #[arg(long, value_name = "WHO", default_value = "somebody")]
    pub by: String,
}

/// `FIELD=VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub path: FieldPath,
    pub value: crate::model::Json,
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (path, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` has no `=` between field and value"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok(Assignment { path: path.parse()?, value })
}

/// Break a region: every call to it fails
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox break us-east-1
  ninefold sandbox break us-east-1 --at 12m
                                            12 virtual minutes from now, in the middle of an apply")]
pub struct Break {
    #[command(flatten)]
    pub environment: Environment,

    pub region: String,

    /// So much virtual time from now, rather than at once
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub at: Option<Duration>,
}

/// Heal a broken region
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox heal us-east-1
  ninefold sandbox heal                     every region")]
pub struct Heal {
    #[command(flatten)]
    pub environment: Environment,

    /// [default: every broken region]
    pub region: Option<String>,
}

/// Set how often calls go wrong, or show it
///
/// Chances are per mille of the calls that they can befall. Without options it shows what is set.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold sandbox faults                   what is set
  ninefold sandbox faults --throttled 50    one call in twenty
  ninefold sandbox faults --lost-answers 10 --eventual
  ninefold sandbox faults --clear")]
pub struct Faults {
    #[command(flatten)]
    pub environment: Environment,

    /// Calls that are refused because there are too many
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub throttled: Option<u32>,

    /// Calls that end in a server error before they have had an effect
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub server_errors: Option<u32>,

    /// Changes that are carried out, and whose answer is lost
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub lost_answers: Option<u32>,

    /// Changes that take hours to settle
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub stalled: Option<u32>,

    /// Creations that are accepted and then end in failure
    #[arg(long, value_name = "PER_MILLE", value_parser = per_mille())]
    pub failed_creations: Option<u32>,

    /// Whether readers miss what was only just made
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub eventual: Option<bool>,

    /// Take all faults away first
    #[arg(long)]
    pub clear: bool,
}

fn per_mille() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(0..=1000)
}

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

/// Empty the sandbox's world; the environment's state stays as it is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold sandbox reset --yes")]
pub struct Reset {
    #[command(flatten)]
    pub environment: Environment,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

impl Command {
    fn environment(&self) -> &Environment {
        match self {
            Command::Status(args) => &args.environment,
            Command::Edit(args) => &args.environment,
            Command::Break(args) => &args.environment,
            Command::Heal(args) => &args.environment,
            Command::Faults(args) => &args.environment,
            Command::Figure(args) => &args.environment,
            Command::Reset(args) => &args.environment,
        }
    }
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open_alone(global, &args.command.environment().name, terminal)?;
    let environment = &session.environment;
    let sandbox = session.sandbox.as_ref().ok_or_else(|| {
        let (name, target) = (&environment.name, &environment.target);
        Error::new(format!("the environment `{name}` lives in `{target}`, not in the sandbox"))
            .hint("choose one whose file says `target: sandbox` with -e")
    })?;
    match &args.command {
        Command::Status(args) => status(args, sandbox, terminal),
        Command::Edit(args) => edit(args, sandbox),
        Command::Break(args) => break_region(args, sandbox, &session),
        Command::Heal(args) => heal(args, sandbox),
        Command::Faults(args) => faults(args, sandbox),
        Command::Figure(args) => figure(args, sandbox),
        Command::Reset(args) => reset(args, sandbox),
    }
}

fn status(args: &Status, sandbox: &Sandbox, terminal: Terminal) -> Result<Exit, Error> {
    let status = sandbox.status()?;
    let text = match args.format {
        Format::Human => shown(&status, terminal.out),
        Format::Json => {
            let mut json = serde_json::to_value(&status).map_err(|error| Error::new(error.to_string()))?;
            if let Some(json) = json.as_object_mut() {
                json.insert("format_version".into(), 1.into());
            }
            format!("{json:#}\n")
        }
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

/// The world for people.
fn shown(status: &targets::Status, look: Look) -> String {
    let mut text = format!("clock: {} since the world began\n", report::time(status.now_ms));
    if !status.account.is_empty() {
        let _ = writeln!(text, "account: {}", status.account);
    }
    for (region, &at_ms) in &status.broken_at_ms {
        let _ = match at_ms.checked_sub(status.now_ms) {
            None | Some(0) => writeln!(text, "{}", look.bad(format!("{region} is broken"))),
            Some(in_ms) => {
                writeln!(text, "{}", look.notable(format!("{region} breaks in {}", report::time(in_ms))))
            }
        };
    }
    for line in set_faults(&status.faults) {
        let _ = writeln!(text, "{}", look.notable(line));
    }
    for (name, value) in &status.figures {
        let _ = writeln!(text, "the figure {name} is set to {value}");
    }
    if status.counts.is_empty() {
        text.push_str("nothing is there\n");
        return text;
    }
    let mut table = Table::new(["kind", "region", "objects"]).figures_from(2);
    for (kind, regions) in &status.counts {
        for (region, count) in regions {
            table.row([kind.clone(), region.clone(), count.to_string()]);
        }
    }
    text.push('\n');
    text.push_str(&table.render(look));
    let total: usize = status.counts.values().flat_map(BTreeMap::values).sum();
    let _ = writeln!(text, "\n{} in all", report::counted(total, "object"));
    text
}

/// The faults that aren't off, a line each.
fn set_faults(faults: &targets::Faults) -> Vec<String> {
    let chances = [
        ("throttled", faults.throttled_per_mille),
        ("a server error", faults.server_error_per_mille),
        ("carried out, and its answer lost", faults.lost_answer_per_mille),
        ("stalled for hours", faults.stalled_per_mille),
        ("accepted, and then failed", faults.failed_creation_per_mille),
    ];
    let mut lines: Vec<String> = chances
        .into_iter()
        .filter(|(_, per_mille)| *per_mille > 0)
        .map(|(what, per_mille)| format!("fault: {per_mille} calls of 1000 are {what}"))
        .collect();
    if faults.eventual {
        lines.push("fault: readers miss what was only just made".to_owned());
    }
    if faults.without_tokens {
        lines.push("fault: a create that is repeated makes a second thing".to_owned());
    }
    if !faults.rules.is_empty() {
        lines.push(format!("fault: {} of one exact call each", report::counted(faults.rules.len(), "rule")));
    }
    lines
}

/// Makes the edits one after another: those before one that can't be made stay.
fn edit(args: &Edit, sandbox: &Sandbox) -> Result<Exit, Error> {
    let which = Selector { text: args.object.clone(), kind: args.kind.clone(), region: args.region.clone() };
    if args.delete {
        let key = sandbox.remove(&which)?;
        terminal::message(&format!("deleted {key}\n"));
        return Ok(Exit::Done);
    }
    for Assignment { path, value } in &args.set {
        let key = sandbox.edit(&which, path, Some(value.clone()), &args.by)?;
        terminal::message(&format!("{key}: set {path} to {value}\n"));
    }
    for path in &args.unset {
        let key = sandbox.edit(&which, path, None, &args.by)?;
        terminal::message(&format!("{key}: took {path} away\n"));
    }
    for Assignment { path, value } in &args.add {
        let key = sandbox.add_element(&which, path, value.clone(), &args.by)?;
        terminal::message(&format!("{key}: added {value} to {path}\n"));
    }
    Ok(Exit::Done)
}

fn break_region(args: &Break, sandbox: &Sandbox, session: &Session) -> Result<Exit, Error> {
    let region = args.region.as_str();
    let regions = &session.environment.regions;
    if !regions.is_empty() && !regions.contains(region) {
        let names: Vec<&str> = regions.iter().map(AsRef::as_ref).collect();
        let error =
            Error::new(format!("the environment `{}` has no region `{region}`", session.environment.name));
        return Err(error.hint(format!("its regions are {}", names.join(", "))));
    }
    let in_ms = args.at.map_or(0, |at| u64::try_from(at.as_millis()).unwrap_or(u64::MAX));
    sandbox.break_region(region, sandbox.now_ms()?.saturating_add(in_ms))?;
    let text = match in_ms {
        0 => format!("{region} is broken: every call to it fails\n"),
        _ => format!("{region} breaks in {} of virtual time\n", report::time(in_ms)),
    };
    terminal::message(&text);
    Ok(Exit::Done)
}

fn heal(args: &Heal, sandbox: &Sandbox) -> Result<Exit, Error> {
    let regions = match &args.region {
        Some(region) => vec![region.clone()],
        None => sandbox.status()?.broken_at_ms.into_keys().collect(),
    };
    if regions.is_empty() {
        terminal::message("no region is broken\n");
    }
    for region in regions {
        let text = match sandbox.heal_region(&region)? {
            true => format!("{region} is healed\n"),
            false => format!("{region} wasn't broken\n"),
        };
        terminal::message(&text);
    }
    Ok(Exit::Done)
}

fn faults(args: &Faults, sandbox: &Sandbox) -> Result<Exit, Error> {
    let before = sandbox.faults()?;
    let mut faults = if args.clear { targets::Faults::default() } else { before.clone() };
    for (chance, asked) in [
        (&mut faults.throttled_per_mille, args.throttled),
        (&mut faults.server_error_per_mille, args.server_errors),
        (&mut faults.lost_answer_per_mille, args.lost_answers),
        (&mut faults.stalled_per_mille, args.stalled),
        (&mut faults.failed_creation_per_mille, args.failed_creations),
    ] {
        *chance = asked.unwrap_or(*chance);
    }
    faults.eventual = args.eventual.unwrap_or(faults.eventual);
    if faults != before {
        sandbox.set_faults(faults.clone())?;
    }
    let mut lines = set_faults(&faults);
    if lines.is_empty() {
        lines.push("no faults are set".to_owned());
    }
    terminal::result(&(lines.join("\n") + "\n"))?;
    Ok(Exit::Done)
}

fn figure(args: &Figure, sandbox: &Sandbox) -> Result<Exit, Error> {
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

fn reset(args: &Reset, sandbox: &Sandbox) -> Result<Exit, Error> {
    let objects = sandbox.objects()?.len();
    let question =
        format!("This removes {} from the sandbox without a trace.", report::counted(objects, "object"));
    if !terminal::agreed(args.yes, &question, "give --yes")? {
        return Ok(Exit::Refused);
    }
    sandbox.reset()?;
    terminal::message(&format!("removed {}: the sandbox is empty\n", report::counted(objects, "object")));
    Ok(Exit::Done)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<EditError> for Error {
    fn from(error: EditError) -> Self {
        let hint = match &error {
            EditError::Nothing(_) => Some(
                "`ninefold state list --long` shows what has an id; what lives in state or in local files isn't in the sandbox",
            ),
            _ => None,
        };
        Self { hint: hint.map(str::to_owned), ..Self::new(error.to_string()) }
    }
}
