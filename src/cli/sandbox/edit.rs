//! What somebody else changes.

use crate::cli::args::Environment;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::terminal;
use crate::model::{FieldPath, Json};
use crate::targets::sandbox::{EditError, Key, Sandbox, Selector, StoreError};

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
    pub value: Json,
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (path, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` has no `=` between field and value"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok(Assignment { path: path.parse()?, value })
}

/// Makes the edits one after another: those before one that can't be made stay.
pub(super) fn edit(args: &Edit, sandbox: &Sandbox) -> Result<Exit, Error> {
    let which = Selector { text: args.object.clone(), kind: args.kind.clone(), region: args.region.clone() };
    if args.delete {
        let key = sandbox.remove(&which)?;
        terminal::message(&format!("deleted {key}\n"));
        return Ok(Exit::Done);
    }
    for Assignment { path, value } in &args.set {
        let key = sandbox.edit(&which, path, Some(value.clone()), &args.by)?;
        let value = shown(sandbox, &key, path, value)?;
        terminal::message(&format!("{key}: set {path} to {value}\n"));
    }
    for path in &args.unset {
        let key = sandbox.edit(&which, path, None, &args.by)?;
        terminal::message(&format!("{key}: took {path} away\n"));
    }
    for Assignment { path, value } in &args.add {
        let key = sandbox.add_element(&which, path, value.clone(), &args.by)?;
        let value = shown(sandbox, &key, path, value)?;
        terminal::message(&format!("{key}: added {value} to {path}\n"));
    }
    Ok(Exit::Done)
}

/// A value as it may be shown, now that it stands in an object.
fn shown(sandbox: &Sandbox, key: &Key, path: &FieldPath, value: &Json) -> Result<String, StoreError> {
    Ok(if sandbox.is_concealed(key, path)? { "(sensitive)".to_owned() } else { value.to_string() })
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
