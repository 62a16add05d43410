//! `ninefold doctor`: what is missing on this machine, and how to get it.

use super::args::Global;
use super::error::Error;
use super::exit::Exit;
use super::secrets::PASSPHRASE;
use super::session;
use super::store;
use super::terminal::{self, Terminal};
use crate::graph::Body;
use crate::report::Look;
use crate::state::StoreLocation;
use crate::workspace::{Environment, Workspace};
use crate::world::{files, process};

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

/// One thing that an environment needs.
struct Need {
    what: String,
    /// How to get it, where it isn't there.
    missing: Option<String>,
}

impl Need {
    fn of(what: impl Into<String>, is_there: bool, how: &str) -> Self {
        Self { what: what.into(), missing: (!is_there).then(|| how.to_owned()) }
    }
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let workspace = session::workspace(global, terminal)?;
    let names: Vec<String> = match &args.environment {
        Some(name) => vec![name.clone()],
        None => workspace.environments().map(str::to_owned).collect(),
    };
    let mut exit = Exit::Done;
    for name in names {
        let needs = match workspace.environment(&name) {
            Ok(environment) => needs(&environment, &workspace),
            Err(faults) => {
                let error = session::faults(&workspace, &faults, terminal);
                vec![Need { what: "a configuration without faults".into(), missing: Some(error.message) }]
            }
        };
        if needs.iter().any(|need| need.missing.is_some()) {
            exit = Exit::Error;
        }
        terminal::result(&shown(&name, &needs, terminal.out))?;
    }
    Ok(exit)
}

fn shown(name: &str, needs: &[Need], look: Look) -> String {
    let mut text = format!("{}\n", look.bold(name));
    for need in needs {
        let line = match &need.missing {
            None => format!("  {} {}\n", look.good("ok     "), need.what),
            Some(how) => format!("  {} {}\n          {how}\n", look.bad("missing"), need.what),
        };
        text.push_str(&line);
    }
    text
}

/// Everything that an environment needs of this machine. Nothing is asked over a network.
fn needs(environment: &Environment, workspace: &Workspace) -> Vec<Need> {
    let mut needs = vec![state(environment, workspace)];
    if &*environment.target == "sandbox" {
        return needs;
    }
    let has = |prefix: &str| {
        environment
            .graph
            .nodes()
            .any(|(_, node)| matches!(&node.body, Body::Resource { kind, .. } if kind.starts_with(prefix)))
    };
    let (aws, kubernetes, helm) = (has("aws."), has("kubernetes."), has("helm."));
    let rebuild = "build ninefold with its default features";
    needs.push(match &environment.fingerprints {
        Some(key) => Need::of(
            format!("calls to KMS, where {} keys the fingerprints of secrets", key.key_id),
            cfg!(feature = "aws"),
            rebuild,
        ),
        None => Need::of(
            format!("{PASSPHRASE}, which keys the fingerprints of secrets"),
            process::variable(PASSPHRASE).is_some(),
            "set it from your secret store, the same for each run",
        ),
    });
    if aws {
        needs.push(Need::of("the AWS calls", cfg!(feature = "aws"), rebuild));
        needs.push(Need::of(
            "credentials for AWS",
            has_aws_credentials(),
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws configure sso` makes a profile",
        ));
    }
    if kubernetes || helm {
        needs.push(Need::of("the Kubernetes calls", cfg!(feature = "kubernetes"), rebuild));
    }
    if helm {
        needs.push(Need::of(
            "helm, which renders charts",
            process::program("helm").is_some(),
            "install it (https://helm.sh/docs/intro/install) and put it on PATH",
        ));
    }
    needs
}

/// Whether state can be written where the environment keeps it.
fn state(environment: &Environment, workspace: &Workspace) -> Need {
    let location = match store::location(environment) {
        Ok(location) => location,
        Err(faults) => {
            let faults: Vec<&str> = faults.iter().map(|fault| &*fault.message).collect();
            return Need { what: "a place for state".to_owned(), missing: Some(faults.join("; ")) };
        }
    };
    let what = format!("a place for state, {location}");
    match location {
        StoreLocation::Memory => Need { what, missing: None },
        // Whether it answers would have to be asked over the network.
        StoreLocation::Remote(_) => {
            let missing =
                (!cfg!(feature = "stores")).then(|| "build ninefold with its default features".to_owned());
            Need { what, missing }
        }
        StoreLocation::Folder(folder) => {
            let folder = workspace.root().join(folder);
            let missing = files::writable(&folder)
                .err()
                .map(|error| format!("{} can't be written ({error}): get the right to", folder.display()));
            Need { what, missing }
        }
    }
}

/// Whether one of the places where AWS's tools look for credentials has any. They aren't tried.
fn has_aws_credentials() -> bool {
    let set = |name: &str| process::variable(name).is_some();
    let in_environment = (set("AWS_ACCESS_KEY_ID") && set("AWS_SECRET_ACCESS_KEY"))
        || set("AWS_WEB_IDENTITY_TOKEN_FILE")
        || set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        || set("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    let in_file = |variable: &str, name: &str| {
        let path = process::variable(variable).map(std::path::PathBuf::from);
        let path = path.or_else(|| process::home().map(|home| home.join(".aws").join(name)));
        let profile = process::variable("AWS_PROFILE").unwrap_or_else(|| "default".into());
        let text = path.and_then(|path| files::read_to_string(&path).ok()).unwrap_or_default();
        let heads = [format!("[{profile}]"), format!("[profile {profile}]")];
        text.lines().any(|line| heads.iter().any(|head| head == line.trim()))
    };
    in_environment
        || in_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        || in_file("AWS_CONFIG_FILE", "config")
}
