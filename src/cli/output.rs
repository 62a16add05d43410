//! `ninefold output`: the outputs of the stacks.

use super::args::{Environment, Format, Global};
use super::error::Error;
use super::exit::Exit;
use super::session::{Session, faults};
use super::terminal::{self, Terminal};
use crate::model::{Json, Value, closest};
use crate::report::table::Table;

const EXAMPLES: &str = "\
Examples:
  ninefold output -e staging                all outputs
  ninefold output platform.endpoints        one of them
  ninefold output platform.endpoints --raw  its bare text, for scripts";

/// Print the outputs of the stacks
///
/// A sensitive output is never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// Only this one, as `stack.name`; the stack may be left out where only one has it
    pub name: Option<String>,

    /// Print a string without its quotes
    #[arg(long, requires = "name", conflicts_with = "format")]
    pub raw: bool,

    /// For whom to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The version of the machine form.
const FORMAT_VERSION: u32 = 1;

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.provide(&session.state()?);
    let all = session.environment.outputs().map_err(|found| faults(&session.workspace, &found, terminal))?;
    let outputs: Vec<(String, Value)> =
        all.into_iter().map(|((stack, name), value)| (format!("{stack}.{name}"), value)).collect();
    let text = match (&args.name, args.format) {
        (Some(name), format) => {
            let value = chosen(&outputs, name)?;
            match (value.as_str(), args.raw, format) {
                (Some(text), true, _) => format!("{text}\n"),
                (None, true, _) => {
                    return Err(Error::new(format!("`{name}` is {}, not a string", value.type_name()))
                        .hint("leave --raw out to get it as JSON"));
                }
                (_, false, _) => format!("{value}\n"),
            }
        }
        (None, Format::Human) => {
            let mut table = Table::new(["output", "value"]).whole(0..2);
            for (name, value) in &outputs {
                table.row([name.clone(), value.to_string()]);
            }
            table.render(terminal.out)
        }
        (None, Format::Json) => {
            let outputs: serde_json::Map<String, Json> = outputs
                .iter()
                .map(|(name, value)| Ok((name.clone(), serde_json::to_value(value)?)))
                .collect::<Result<_, serde_json::Error>>()
                .map_err(|error| Error::new(error.to_string()))?;
            format!("{:#}\n", serde_json::json!({ "format_version": FORMAT_VERSION, "outputs": outputs }))
        }
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

/// The output of a name, or of the only stack that has one of that name.
fn chosen<'o>(outputs: &'o [(String, Value)], name: &str) -> Result<&'o Value, Error> {
    let matching: Vec<&(String, Value)> = outputs
        .iter()
        .filter(|(full, _)| full == name || full.split_once('.').is_some_and(|(_, rest)| rest == name))
        .collect();
    match matching.as_slice() {
        [(_, value)] => Ok(value),
        [] => {
            let error = Error::new(format!("there is no output `{name}`"));
            match closest(name, outputs.iter().map(|(full, _)| full.as_str())) {
                Some(close) => Err(error.hint(format!("did you mean `{close}`?"))),
                None => Err(error.hint("`ninefold output` lists them")),
            }
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(full, _)| full.as_str()).collect();
            Err(Error::new(format!("several stacks have an output `{name}`"))
                .hint(format!("name one of {}", names.join(", "))))
        }
    }
}
