//! `ninefold doctor`: what is missing on this machine, and how to get it.

const EXAMPLES: &str = "\
Examples:
  ninefold doctor                           what every environment needs
  ninefold doctor -e production             helm, credentials and rights for this one";

/// Say what is missing (tools, credentials, rights) and how to get it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only what this environment needs [default: all]
    #[arg(short, long, value_name = "ENV")]
    pub environment: Option<String>,
}
