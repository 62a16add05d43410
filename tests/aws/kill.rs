//! The program itself, ended at every boundary of its calls to AWS and run again: what the emulator lists
//! then is what state knows.
//!
//! Who comes after a killed run waits for calls that may still have their effect, a minute and more of
//! real time: while runs are killed one after the other, those that recover wait beside each other.

#![allow(clippy::disallowed_methods, reason = "tests run the program and write its files")]

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use ninefold::world::{Boundary, World};
use serde_json::Value;

use crate::check::{Faults, Thing};
use crate::emulator::{Account, Emulator, REGION, account_of};

/// No run may take longer: it waits for calls of the one before, and for what may not be seen yet.
const LIMIT: Duration = Duration::from_secs(600);
/// Those of calls and of what is recorded of them. What leases and snapshots have is the same on every
/// target, and is killed at in `tests/kill.rs`.
const BOUNDARIES: [Boundary; 4] =
    [Boundary::RecordsPutting, Boundary::RecordsDurable, Boundary::CallBeginning, Boundary::CallAnswered];
/// More often no boundary is reached by three resources.
const OFTEN: u64 = 40;
const APPLY: &[&str] = &["apply", "-e", "real", "--yes"];
const DESTROY: &[&str] = &["destroy", "-e", "real", "--yes"];

/// A workspace for an account of its own.
struct Trial {
    folder: tempfile::TempDir,
    account: Account,
    world: World,
    number: String,
    endpoint: String,
    /// What every name begins with.
    prefix: String,
    killed: String,
}

impl Trial {
    fn new(endpoint: &str) -> Self {
        let world = World::real().expect("a runtime");
        let number = format!("{:012}", world.random() % 1_000_000_000_000);
        let account = world.run(account_of(world.clone(), endpoint, &number));
        let prefix = account.environment.clone();
        let folder = tempfile::tempdir().expect("a folder");
        let endpoint = endpoint.to_owned();
        let trial = Self { folder, account, world, number, endpoint, prefix, killed: String::new() };
        trial.write(
            "stacks/environments/real.yaml",
            &format!(
                "environment: real\ntarget: aws\naccount: \"{}\"\nregions: {{ primary: {{ name: {REGION} }} }}\n",
                trial.number
            ),
        );
        trial.write("stacks/s/stack.yaml", "stack: s\nphases: [p]\n");
        let name = &trial.prefix;
        trial.write(
            "phases/p.yaml",
            &format!(
                "phase: p
resources:
  bucket: {{ kind: aws.s3.bucket, region: {REGION}, spec: {{ bucket: {name}-bucket, versioning: {{ status: Enabled }} }} }}
  group:
    kind: aws.ec2.security_group
    region: {REGION}
    spec: {{ group_name: {name}-group, description: of {name}, vpc_id: vpc-0a1b2c3d4e5f60718 }}
  cluster:
    kind: aws.eks.cluster
    region: {REGION}
    spec:
      name: {name}-cluster
      role_arn: arn:aws:iam::{number}:role/cluster
      version: \"1.35\"
      resources_vpc_config:
        subnet_ids: [subnet-0a1b2c3d4e5f60718, subnet-0a1b2c3d4e5f60719]
        security_group_ids: [\"{{{{ group.id }}}}\"]
",
                number = trial.number
            ),
        );
        trial
    }

    /// With a network of the emulator's, in which a group can be.
    fn on_an_emulator(endpoint: &str) -> Self {
        let trial = Self::new(endpoint);
        let ec2 = aws_sdk_ec2::Client::new(&trial.account.sdk);
        let made = trial.world.run(ec2.create_vpc().cidr_block("10.7.0.0/16").send()).expect("a network");
        let vpc = made.vpc.and_then(|vpc| vpc.vpc_id).expect("its id");
        let path = trial.folder.path().join("phases/p.yaml");
        let text = std::fs::read_to_string(&path).expect("it was written");
        std::fs::write(path, text.replace("vpc-0a1b2c3d4e5f60718", &vpc)).expect("it can be written");
        trial
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }

    fn start(&self, failpoint: Option<&str>, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ninefold"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "NINEFOLD_ENV", "NINEFOLD_FAILPOINT"] {
            command.env_remove(name);
        }
        command.envs([
            ("HOME", &*self.folder.path().to_string_lossy()),
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", self.number.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", REGION),
            ("NINEFOLD_PASSPHRASE", "of tests"),
        ]);
        command.envs(failpoint.map(|failpoint| ("NINEFOLD_FAILPOINT", failpoint)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
    }

    fn run(&self, failpoint: Option<&str>, arguments: &[&str]) -> Output {
        end(self.start(failpoint, arguments), LIMIT)
    }

    fn ok(&self, arguments: &[&str]) -> Result<Output, String> {
        let output = self.run(None, arguments);
        if output.status.success() {
            Ok(output)
        } else {
            Err(format!("{}: {arguments:?}: {}", self.killed, told(&output)))
        }
    }

    fn state(&self) -> Result<Value, String> {
        let pulled = self.ok(&["state", "pull", "-e", "real"])?;
        serde_json::from_slice(&pulled.stdout).map_err(|error| error.to_string())
    }

    /// What the emulator itself lists of this trial.
    fn things(&self) -> Vec<Thing> {
        let sdk = &self.account.sdk;
        self.world.run(async {
            let thing = |kind: &str, id: &str, address: &str| Thing {
                kind: kind.into(),
                region: REGION.into(),
                id: id.into(),
                address: Some(address.into()),
                made_by: None,
            };
            let mut things = Vec::new();
            let buckets = aws_sdk_s3::Client::new(sdk).list_buckets().send().await.expect("buckets");
            let names = buckets.buckets().iter().filter_map(aws_sdk_s3::types::Bucket::name);
            let ours = names.filter(|name| name.starts_with(&self.prefix));
            things.extend(ours.map(|name| thing("aws.s3.bucket", name, "s/p.bucket")));
            let groups =
                aws_sdk_ec2::Client::new(sdk).describe_security_groups().send().await.expect("groups");
            let ours = groups
                .security_groups()
                .iter()
                .filter(|group| group.group_name().is_some_and(|name| name.starts_with(&self.prefix)));
            let ids = ours.filter_map(aws_sdk_ec2::types::SecurityGroup::group_id);
            things.extend(ids.map(|id| thing("aws.ec2.security_group", id, "s/p.group")));
            let clusters = aws_sdk_eks::Client::new(sdk).list_clusters().send().await.expect("clusters");
            let ours = clusters.clusters().iter().filter(|name| name.starts_with(&self.prefix));
            things.extend(ours.map(|name| thing("aws.eks.cluster", name, "s/p.cluster")));
            things
        })
    }

    /// Goes on after a kill, and says what is wrong then.
    fn goes_on(&self, arguments: &[&str]) -> Result<Faults, String> {
        self.ok(arguments)?;
        let faults = Faults::of(&self.things(), &self.state()?);
        let there = self.things().len();
        if arguments == DESTROY {
            return if there == 0 { Ok(faults) } else { Err(format!("{}: {there} are left", self.killed)) };
        }
        if there != 3 {
            return Err(format!("{}: there are {there} of 3", self.killed));
        }
        self.ok(&["plan", "-e", "real", "--detailed-exitcode"])?;
        Ok(faults)
    }
}

/// Waits for the end of a process, and ends it where that doesn't come in time.
fn end(mut child: Child, limit: Duration) -> Output {
    let since = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if since.elapsed() > limit {
            child.kill().expect("it is ours");
            let output = child.wait_with_output().expect("what it said");
            panic!("it takes longer than {limit:?}: {}", told(&output));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("what it said")
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{} {}{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Kills a run at each boundary that calls and their records have, as often as it comes to it, and lets it
/// go on while the next one is killed: it waits for a minute first.
fn kills(endpoint: &str, arguments: &'static [&'static str]) -> Vec<(String, Result<Faults, String>)> {
    std::thread::scope(|scope| {
        let mut runs = Vec::new();
        for boundary in BOUNDARIES {
            for nth in 1..=OFTEN {
                let mut trial = Trial::on_an_emulator(endpoint);
                if arguments == DESTROY {
                    trial.ok(APPLY).unwrap_or_else(|why| panic!("{why}"));
                }
                let failpoint = format!("{boundary}:{nth}");
                let output = trial.run(Some(&failpoint), arguments);
                if output.status.signal() != Some(9) {
                    assert!(output.status.success(), "{failpoint}: {}", told(&output));
                    break;
                }
                trial.killed = format!("{} with NINEFOLD_FAILPOINT={failpoint}", arguments[0]);
                runs.push((trial.killed.clone(), scope.spawn(move || trial.goes_on(arguments))));
            }
        }
        let ended = runs.into_iter().map(|(killed, run)| {
            let ended = run.join().unwrap_or_else(|_| Err(format!("{killed}: it panicked")));
            (killed, ended)
        });
        ended.collect()
    })
}

#[test]
fn a_kill_at_every_boundary_leaves_nothing_behind() {
    let endpoint = Emulator::Ministack.endpoint();
    let mut wrong = Vec::new();
    let mut sum = Faults::default();
    let all: Vec<_> = std::thread::scope(|scope| {
        let both = [APPLY, DESTROY].map(|arguments| {
            let endpoint = &endpoint;
            scope.spawn(move || kills(endpoint, arguments))
        });
        both.into_iter().flat_map(|kills| kills.join().expect("it says what is wrong itself")).collect()
    });
    for arguments in [APPLY, DESTROY] {
        let of_calls = all
            .iter()
            .filter(|(killed, _)| killed.starts_with(arguments[0]) && killed.contains("call-answered"));
        assert!(of_calls.count() >= 3, "three resources are three calls at least");
    }
    let done = all.len();
    for (killed, ended) in all {
        match ended {
            Ok(faults) => {
                wrong.extend(faults.all().iter().map(|fault| format!("{killed}: {fault}")));
                sum.orphans.extend(faults.orphans);
                sum.duplicates.extend(faults.duplicates);
                sum.lost.extend(faults.lost);
            }
            Err(why) => wrong.push(why),
        }
    }
    let (orphans, duplicates, lost) = (sum.orphans.len(), sum.duplicates.len(), sum.lost.len());
    println!(
        "on an emulator of AWS: kills done: {done}, orphans {orphans}, duplicates {duplicates}, lost {lost}"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_checks_look_for_is_there_to_be_found() {
    let trial = Trial::on_an_emulator(&Emulator::Ministack.endpoint());
    trial.ok(APPLY).unwrap_or_else(|why| panic!("{why}"));
    let state = trial.state().expect("a state");
    assert_eq!(Faults::of(&trial.things(), &state), Faults::default());
    trial.ok(&["state", "rm", "s/p.bucket", "-e", "real", "--yes"]).unwrap_or_else(|why| panic!("{why}"));
    let faults = Faults::of(&trial.things(), &trial.state().expect("a state"));
    assert_eq!((faults.orphans.len(), faults.all().len()), (1, 1), "{faults:?}");
    trial.world.run(async {
        let bucket = format!("{}-bucket", trial.prefix);
        aws_sdk_s3::Client::new(&trial.account.sdk)
            .delete_bucket()
            .bucket(bucket)
            .send()
            .await
            .expect("gone");
    });
    assert_eq!(Faults::of(&trial.things(), &state).lost.len(), 1);
}

/// A service that never answers: the longest call there is.
#[test]
fn a_call_that_hangs_keeps_nobody_from_leaving_in_five_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let trial = Trial::new(&format!("http://{}", silent.local_addr().expect("an address")));
    let child = trial.start(None, APPLY);
    let called = silent.accept().expect("a call");
    let since = Instant::now();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().expect("kill").success());
    let output = end(child, Duration::from_secs(5));
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    drop(called);
    assert_eq!(output.status.code(), Some(130), "{}", told(&output));
    let said = told(&output);
    assert!(said.contains("left in flight") && said.contains("Interrupted:"), "{said}");
    // The next run needn't wait until the lease has expired, but it knows that calls are under way.
    let lock =
        trial.ok(&["state", "lock", "-e", "real", "--format", "json"]).unwrap_or_else(|why| panic!("{why}"));
    let lock: Value = serde_json::from_slice(&lock.stdout).expect("JSON");
    assert!(lock["held"].is_null(), "{lock}");
    let lease = trial.folder.path().join(".ninefold/state/real/lease");
    let lease = std::fs::read_dir(lease).expect("leases").last().expect("one").expect("a file").path();
    let lease = std::fs::read_to_string(lease).expect("a lease");
    assert!(lease.contains("\"unfinished\":true") || lease.contains("\"unfinished\": true"), "{lease}");
    let state = trial.state().expect("a state");
    assert!(!state["open"].as_array().expect("what is in flight").is_empty(), "{state}");
}
