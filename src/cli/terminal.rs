//! Where text goes: results to stdout, messages and progress to stderr.

use std::io::{self, IsTerminal, Write as _};

use super::args::Color;
use super::error::Error;
use crate::report::Look;
use crate::world::{World, process};

/// The two streams, and how text may look on each.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Of results.
    pub out: Look,
    /// Of messages and progress.
    pub err: Look,
}

impl Terminal {
    #[must_use]
    pub fn new(color: Color) -> Self {
        Self { out: look(color, io::stdout().is_terminal()), err: look(color, io::stderr().is_terminal()) }
    }
}

/// Writes a result. Whoever reads it may stop reading, as `head` does: that is no error.
///
/// # Errors
/// When it can't be written.
pub fn result(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes a message. One that nobody can read is no reason to stop.
pub fn message(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Asks a question that only `yes` affirms.
async fn ask(world: &World, question: &str) -> io::Result<bool> {
    message(&format!("{question} Only `yes` goes on: "));
    // A person takes real time, in which a lease is renewed and a request to stop is heard.
    let answer = world.outside().call(process::line_of_input()).await;
    Ok(answer.map_err(io::Error::other)??.trim() == "yes")
}

/// Whether a person agrees, or has agreed beforehand with `--yes`. Without a terminal there is nobody
/// to ask, and `hint` says what to do then.
///
/// # Errors
/// When nobody can be asked, or no answer can be read.
pub(super) async fn agreed(world: &World, yes: bool, question: &str, hint: &str) -> Result<bool, Error> {
    if yes {
        return Ok(true);
    }
    if !process::has_terminal() {
        return Err(Error::refused("there is nobody to ask").hint(hint));
    }
    let answer = ask(world, question).await;
    answer.map_err(|error| Error::new(format!("the answer can't be read: {error}")))
}

/// Whether messages go to a terminal that can redraw what it shows.
#[must_use]
pub fn can_redraw() -> bool {
    io::stderr().is_terminal() && process::variable("TERM").as_deref() != Some("dumb")
}

fn look(color: Color, is_terminal: bool) -> Look {
    let rich = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal
                && process::variable("NO_COLOR").is_none()
                && process::variable("TERM").as_deref() != Some("dumb")
        }
    };
    let width = if is_terminal { terminal_width() } else { Look::PLAIN.width };
    Look { color: rich, unicode: rich && speaks_unicode(), width }
}

/// As the C library finds it out: the first that is set decides.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(process::variable);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Lines that are wider than this are hard to read, whatever the terminal can show.
const WIDEST: usize = 160;

fn terminal_width() -> usize {
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    width.unwrap_or(Look::PLAIN.width).clamp(40, WIDEST)
}
