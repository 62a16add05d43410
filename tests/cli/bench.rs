//! A workspace in a folder of its own, and the program run in it.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub struct Bench {
    folder: tempfile::TempDir,
    /// What the program finds in its environment.
    variables: Vec<(&'static str, String)>,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The result as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Both streams.
    pub fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl Bench {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// The workspace that `init` makes.
    pub fn new() -> Self {
        let bench = Self::empty();
        bench.ok(&["init", "."]);
        bench
    }

    /// The same, applied.
    pub fn applied() -> Self {
        let bench = Self::new();
        bench.ok(&["apply", "--yes"]);
        bench
    }

    /// Sets variables for all that is run from here on.
    #[allow(dead_code, reason = "only some of the binaries that share this need it")]
    pub fn set(&mut self, variables: &[(&'static str, &str)]) {
        self.variables.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ninefold"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["NINEFOLD_ENV", "NINEFOLD_PASSPHRASE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
            command.env_remove(name);
        }
        command.env("HOME", self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    #[allow(dead_code, reason = "as `set`")]
    pub fn run_with(&self, variable: (&str, &str), arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).env(variable.0, variable.1).output().unwrap())
    }

    /// Starts the program and doesn't wait for it.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn end(child: Child) -> Ran {
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs what has to end with a code.
    pub fn exits(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.text());
        ran
    }

    /// Runs what has to succeed.
    pub fn ok(&self, arguments: &[&str]) -> Ran {
        self.exits(0, arguments)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Changes a text that stands in a file.
    #[allow(dead_code, reason = "as `set`")]
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// Nothing is left to do.
    pub fn is_settled(&self) {
        self.ok(&["plan", "--detailed-exitcode"]);
    }

    /// Everything in the sandbox, counted.
    pub fn objects(&self) -> u64 {
        let status = self.ok(&["sandbox", "status", "--format", "json"]).json();
        let regions = status["counts"].as_object().unwrap().values();
        regions.flat_map(|regions| regions.as_object().unwrap().values()).map(|n| n.as_u64().unwrap()).sum()
    }
}

#[allow(dead_code, reason = "as `set`")]
pub const NETWORK: &str = "phases/1-network.yaml";
pub const SANDBOX: &str = "stacks/environments/sandbox.yaml";
#[allow(dead_code, reason = "as `set`")]
pub const VPC: &str = "platform/network.vpc[primary]";
