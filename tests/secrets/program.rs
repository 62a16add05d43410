//! The program, run in a folder of its own that everything it writes lies in.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::planted::Planted;
use super::search::{Written, files, leaks};

pub struct Program {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    /// Whatever was printed.
    printed: Vec<Written>,
    /// Everything that was ever planted.
    marks: Vec<String>,
}

const ENVIRONMENT: &str = "environment: sandbox\ntarget: sandbox\naccount: \"123456789012\"\nregions: { primary: { name: us-east-1 } }\n";

impl Program {
    pub fn new(planted: Planted) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Self { folder, variables: Vec::new(), printed: Vec::new(), marks: Vec::new() };
        program.write("stacks/environments/sandbox.yaml", ENVIRONMENT);
        program.write(
            "stacks/platform/stack.yaml",
            "stack: platform\nphases: [vault]\noutputs: { page: \"{{ phases.vault.outputs.page }}\" }\n",
        );
        std::fs::create_dir_all(program.path("tmp")).unwrap();
        program.set(planted);
        program
    }

    /// Gives every secret another value.
    pub fn set(&mut self, planted: Planted) {
        self.write("phases/vault.yaml", &planted.phase);
        for (name, value) in &planted.files {
            self.write(&format!("held/{name}"), &format!("{value}\n"));
        }
        self.variables = planted.variables;
        self.marks.extend(planted.marks);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ninefold"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["NINEFOLD_ENV", "NINEFOLD_PASSPHRASE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
            command.env_remove(name);
        }
        // As talkative as it can be made.
        command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full"), ("NINEFOLD_LOG", "trace")]);
        command.env("HOME", self.folder.path()).env("TMPDIR", self.path("tmp"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it, and expects one of these exit codes. What it prints is kept.
    #[track_caller]
    pub fn exits(&mut self, codes: &[i32], arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let code = output.status.code();
        assert!(code.is_some_and(|code| codes.contains(&code)), "{arguments:?}: {code:?}: {text}");
        let place = format!("what `ninefold {}` printed", arguments.join(" "));
        self.printed.push(Written { place, bytes: text.clone().into_bytes() });
        text
    }

    #[track_caller]
    pub fn ok(&mut self, arguments: &[&str]) -> String {
        self.exits(&[0], arguments)
    }

    /// Starts it and kills it once it has written so many objects to the log; says whether it was still
    /// at work.
    pub fn kill_after(&mut self, objects: usize, arguments: &[&str]) -> bool {
        let mut child: Child =
            self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = self.path(".ninefold/state/sandbox/log");
        let before = count(&log);
        while child.try_wait().unwrap().is_none() && count(&log) < before + objects {
            std::thread::yield_now();
        }
        let was_at_work = child.try_wait().unwrap().is_none();
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let place = format!("what a killed `ninefold {}` printed", arguments.join(" "));
        self.printed.push(Written { place, bytes: [output.stdout, output.stderr].concat() });
        was_at_work
    }

    /// Everything that was written: but for the secrets' own files, and the phase that may hold them.
    pub fn written(&self) -> Vec<Written> {
        let mut written = Vec::new();
        files(self.folder.path(), &["held", "phases"], &mut written);
        for printed in &self.printed {
            written.push(Written { place: printed.place.clone(), bytes: printed.bytes.clone() });
        }
        written
    }

    /// Panics with every place that holds a secret, also where hardly anything was written yet.
    #[track_caller]
    pub fn assert_tight_so_far(&self) {
        let found = leaks(&self.written(), &self.marks);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    /// The same at the end, when there is something to be searched.
    #[track_caller]
    pub fn assert_tight(&self) {
        self.assert_tight_so_far();
        let written = self.written();
        let in_state = written.iter().filter(|file| file.place.contains(".ninefold/state")).count();
        let in_world = written.iter().filter(|file| file.place.contains(".ninefold/sandbox")).count();
        assert!(in_state > 0 && in_world > 0, "nothing was written: {in_state} {in_world}");
        // And it would have been found, had it been there.
        std::fs::write(self.path("tmp/canary"), format!("{{\"a\":\"{}\"}}", self.marks[0])).unwrap();
        assert_eq!(leaks(&self.written(), &self.marks).len(), 1, "the search finds nothing");
        std::fs::remove_file(self.path("tmp/canary")).unwrap();
    }
}

fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
