//! What becomes of a run that is asked to stop: once, twice, by a CI runner, by a closed terminal.
//!
//! A call is held under way for as long as a test likes: a file that is to be written is a pipe, which
//! the program looks into first. It waits there until somebody writes, and so does everything else.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::bench::{Bench, Ran};

const CONTENT: &str = "written by hand\n";
/// What CI runners and pods leave a process after SIGTERM.
const SECONDS_TO_LIVE: Duration = Duration::from_secs(5);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

const PHASE: &str = "phase: notes
resources:
  beside:
    kind: aws.ec2.vpc
    region: eu-west-1
    spec: { cidr_block: 10.1.0.0/16 }
  held:
    kind: local.file
    spec: { path: held.txt, content: \"written by hand\\n\" }
  after:
    kind: aws.ec2.vpc
    region: eu-west-1
    after: [held]
    spec: { cidr_block: 10.2.0.0/16 }
";

/// A run in the middle of a call, and what it waits for.
struct Held {
    bench: Bench,
    child: Child,
    pipe: File,
}

impl Held {
    /// Starts an apply and waits until it is within the call. `signals` is what it is started with.
    fn apply(signals: &str) -> Self {
        let bench = Bench::empty();
        bench.write(
            "stacks/environments/sandbox.yaml",
            "environment: sandbox\ntarget: sandbox\naccount: \"123456789012\"\nregions: { primary: { name: eu-west-1 } }\n",
        );
        bench.write("stacks/platform/stack.yaml", "stack: platform\nphases: [notes]\n");
        bench.write("phases/notes.yaml", PHASE);
        assert!(Command::new("mkfifo").arg(bench.path("held.txt")).status().unwrap().success());
        // What a shell in the background or `nohup` makes its children ignore isn't theirs to decide here.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT,HUP,TERM", "env", signals, env!("CARGO_BIN_EXE_ninefold")]);
        command.args(["apply", "--yes"]).current_dir(bench.path(".")).env("HOME", bench.path("."));
        command.env_remove("NINEFOLD_ENV").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, opened) = mpsc::channel();
        let path = bench.path("held.txt");
        // Opening a pipe for writing waits for whoever reads it.
        std::thread::spawn(move || sender.send(OpenOptions::new().write(true).open(path)));
        let Ok(pipe) = opened.recv_timeout(PATIENCE) else {
            child.kill().unwrap();
            panic!("it never looked: {}", Ran::of(child.wait_with_output().unwrap()).text());
        };
        Self { bench, child, pipe: pipe.unwrap() }
    }

    /// Sends a signal and waits until the program has heard it.
    fn signal(&self, name: &str) {
        let before = self.times_heard();
        self.send(name);
        let since = Instant::now();
        while self.times_heard() == before {
            assert!(since.elapsed() < PATIENCE, "{name} isn't heard");
            std::thread::yield_now();
        }
    }

    fn send(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// How often the thread that hears signals has gone to sleep again.
    fn times_heard(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let read = |name: &std::path::Path| std::fs::read_to_string(name).unwrap_or_default();
        let listener = tasks
            .map(|task| task.unwrap().path())
            .find(|task| read(&task.join("comm")).trim() == "signals")
            .expect("somebody listens");
        let status = read(&listener.join("status"));
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    }

    /// Lets the call go on, and waits for the end.
    fn release(self) -> (Bench, Ran) {
        let Self { bench, child, mut pipe } = self;
        pipe.write_all(CONTENT.as_bytes()).unwrap();
        drop(pipe);
        (bench, Ran::of(child.wait_with_output().unwrap()))
    }

    /// Waits for the end, which has to come in time, although the call doesn't end.
    fn dies_within(self, time: Duration, since: Instant) -> (Bench, Ran) {
        let Self { bench, mut child, pipe } = self;
        while child.try_wait().unwrap().is_none() {
            if since.elapsed() >= time {
                child.kill().unwrap();
                panic!("it lives longer than {time:?}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(pipe);
        let ran = Ran::of(child.wait_with_output().unwrap());
        // Nobody must wait there once more.
        std::fs::remove_file(bench.path("held.txt")).unwrap();
        (bench, ran)
    }
}

fn lease_is_free(bench: &Bench) -> bool {
    bench.ok(&["state", "lock", "--format", "json"]).json()["held"].is_null()
}

#[test]
fn the_first_ctrl_c_waits_for_what_is_under_way_and_starts_nothing_new() {
    let held = Held::apply("--");
    held.signal("INT");
    let (bench, ran) = held.release();
    assert_eq!(ran.code, 130, "{}", ran.text());
    assert!(ran.err.contains("Stopping:") && ran.err.contains("created platform/notes.held"), "{}", ran.err);
    let state = bench.ok(&["state", "list"]).out;
    assert!(state.contains("notes.held") && state.contains("notes.beside"), "{state}");
    assert!(!state.contains("notes.after") && bench.objects() == 1, "{state}");
    assert!(bench.ok(&["state", "history"]).out.contains("ends: it was interrupted"));
    assert!(lease_is_free(&bench));
    let rest = bench.ok(&["apply", "--yes"]);
    assert!(!rest.err.contains("The last run"), "nothing was in flight: {}", rest.err);
    bench.is_settled();
    assert_eq!(bench.objects(), 2);
}

#[test]
fn the_second_ctrl_c_leaves_what_is_under_way_to_the_next_run() {
    let held = Held::apply("--");
    held.signal("INT");
    let since = Instant::now();
    held.signal("INT");
    let (bench, ran) = held.dies_within(SECONDS_TO_LIVE, since);
    assert_eq!(ran.code, 130, "{}", ran.text());
    assert!(ran.err.contains("the next apply finds out"), "{}", ran.err);
    // The call had its effect, and nobody was told.
    bench.write("held.txt", CONTENT);
    let rest = bench.ok(&["apply", "--yes", "--format", "json"]);
    let told = "create platform/notes.held: it has made held.txt, which is taken over";
    assert!(rest.err.contains("was interrupted: finding out what became of"), "{}", rest.err);
    assert!(rest.err.contains(told), "{}", rest.err);
    let summary = rest.json();
    let taken_up = summary["recovered"].as_array().unwrap();
    let file = taken_up.iter().find(|one| one["address"] == "platform/notes.held").unwrap();
    assert_eq!((&file["action"], &file["known"]), (&"create".into(), &true.into()));
    bench.is_settled();
    assert_eq!(bench.objects(), 2);
}

#[test]
fn the_third_ctrl_c_leaves_on_the_spot() {
    let held = Held::apply("--");
    held.signal("INT");
    let since = Instant::now();
    held.signal("INT");
    held.send("INT");
    let (bench, ran) = held.dies_within(ninefold::world::TIME_TO_LEAVE, since);
    assert_eq!(ran.code, 130, "{}", ran.text());
    // The call had no effect: it is made anew.
    let rest = bench.ok(&["apply", "--yes"]);
    assert!(rest.err.contains("create platform/notes.held: it had no effect"), "{}", rest.err);
    assert_eq!(bench.read("held.txt"), CONTENT);
    bench.is_settled();
}

#[test]
fn a_runner_and_a_closed_terminal_have_it_gone_in_five_seconds() {
    for signal in ["TERM", "HUP"] {
        let held = Held::apply("--");
        let since = Instant::now();
        held.signal(signal);
        let (bench, ran) = held.dies_within(SECONDS_TO_LIVE, since);
        assert_eq!(ran.code, 130, "{signal}: {}", ran.text());
        bench.ok(&["apply", "--yes"]);
        bench.is_settled();
        assert_eq!(bench.objects(), 2);
    }
}

#[test]
fn who_leaves_at_once_gives_the_lease_back_where_it_can() {
    let held = Held::apply("--");
    held.signal("TERM");
    let (bench, ran) = held.release();
    assert_eq!(ran.code, 130, "{}", ran.text());
    assert!(ran.err.contains("Interrupted:") && ran.err.contains("not tried"), "{}", ran.err);
    assert!(!bench.ok(&["state", "list"]).out.contains("notes.after"));
    assert!(bench.ok(&["state", "history"]).out.contains("ends: it was interrupted"));
    assert!(lease_is_free(&bench));
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    assert_eq!(bench.objects(), 2);
}

#[test]
fn what_it_was_started_to_ignore_it_ignores() {
    let held = Held::apply("--ignore-signal=HUP");
    held.send("HUP");
    let (bench, ran) = held.release();
    assert_eq!(ran.code, 0, "{}", ran.text());
    bench.is_settled();
}

#[test]
fn who_does_not_listen_is_ended_by_the_signal_itself() {
    // Nothing is held while a plan is made, so that nothing has to be given back.
    let bench = Bench::new();
    let pipe = bench.path("stacks/environments/other.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = bench.start(&["plan"]);
    let (sender, opened) = mpsc::channel();
    std::thread::spawn(move || sender.send(OpenOptions::new().write(true).open(pipe)));
    let held = opened.recv_timeout(PATIENCE).expect("it reads every file of an environment").unwrap();
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    drop(held);
}

#[test]
fn a_pipe_that_is_closed_stops_nothing() {
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_ninefold");
    for (line, code) in [
        (format!("{program} apply --yes 2>&1 | head -n 1"), "0"),
        (format!("{program} state pull | head -c 1"), "0"),
        (format!("{program} plan 2>&1 | head -c 1"), "0"),
        (format!("{program} destroy --yes --format json 2>&1 | true"), "0"),
    ] {
        let script = format!("{line} > /dev/null; echo ${{PIPESTATUS[0]}}");
        let mut command = Command::new("bash");
        command.args(["-c", &script]).current_dir(bench.path(".")).env_remove("NINEFOLD_ENV");
        let ended = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert_eq!(ended.trim(), code, "{line}");
    }
    assert_eq!(bench.objects(), 0);
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
}
