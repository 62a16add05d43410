//! What is killed: the stages of a small workspace's life, from its first apply to its end.

use ninefold::kinds::Scope;
use serde_json::json;

use crate::place::{Place, Ran};

/// A part of the life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Everything is made, a thing that takes its time among it.
    Create,
    /// Things are changed, replaced in both orders, renamed, adopted, made and removed.
    Change,
    Import,
    Destroy,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Create, Stage::Change, Stage::Import, Stage::Destroy];

    pub fn command(self) -> &'static [&'static str] {
        match self {
            Stage::Create | Stage::Change => &["apply", "--yes"],
            Stage::Import => &["import", "platform/all.found", FOUND_ID],
            Stage::Destroy => &["destroy", "--yes"],
        }
    }

    /// Does again what was killed, as a person would.
    pub fn again(self, place: &Place) -> Result<(), String> {
        let ran = place.run(self.command());
        let known_already = |ran: &Ran| ran.status.code() == Some(3) && ran.err.contains("already");
        match self {
            _ if ran.status.success() => {}
            Stage::Import if known_already(&ran) => {}
            _ => return Err(format!("it doesn't go on: {}", ran.told())),
        }
        if self == Stage::Import {
            let applied = place.run(&["apply", "--yes"]);
            if !applied.status.success() {
                return Err(format!("what was imported can't be applied: {}", applied.told()));
            }
        }
        Ok(())
    }
}

/// The ids that the sandbox gives out are drawn; this one is put into the configuration.
const FOUND_ID: &str = "found-by-hand";

/// The folders in which each stage begins.
pub struct Template {
    /// With what others have made, and nothing of ours.
    pub fresh: Place,
    /// After the first apply.
    pub made: Place,
    /// The same, and the configuration asks for something else.
    pub changed: Place,
    /// Where that is done.
    pub done: Place,
    /// The same, and the configuration asks for one thing more, which is there already.
    pub found: Place,
}

impl Template {
    pub fn new() -> Self {
        let fresh = Place::empty();
        fresh.write(
            "stacks/environments/sandbox.yaml",
            "environment: sandbox\ntarget: sandbox\naccount: \"123456789012\"\nregions: { primary: { name: eu-west-1 } }\n",
        );
        fresh.write("stacks/platform/stack.yaml", "stack: platform\nphases: [all]\n");
        fresh.write("phases/all.yaml", &first());
        let here = Scope { region: Some("eu-west-1".into()), cluster: None };
        let theirs = fresh.sandbox().plant("aws.ec2.vpc", &here, &json!({ "cidr_block": "10.9.0.0/16" }));
        let theirs = theirs.unwrap().id.to_string();
        let role = json!({ "name": FOUND_ID, "assume_role_policy": policy() });
        fresh.sandbox().plant("aws.iam.role", &Scope::default(), &role).unwrap();
        let made = Place::copy(fresh.path());
        made.ok(Stage::Create.command());
        let changed = Place::copy(made.path());
        changed.write("phases/all.yaml", &second(&theirs, ""));
        let done = Place::copy(changed.path());
        done.ok(Stage::Change.command());
        let found = Place::copy(done.path());
        let lines = format!(
            "  found: {{ kind: aws.iam.role, spec: {{ name: {FOUND_ID}, assume_role_policy: {} }} }}\n",
            policy()
        );
        found.write("phases/all.yaml", &second(&theirs, &lines));
        Self { fresh, made, changed, done, found }
    }

    /// Where a stage begins.
    pub fn of(&self, stage: Stage) -> &Place {
        match stage {
            Stage::Create => &self.fresh,
            Stage::Change => &self.changed,
            Stage::Import => &self.found,
            Stage::Destroy => &self.done,
        }
    }
}

fn policy() -> serde_json::Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }],
    })
}

/// Long enough for a log with it to be worth a snapshot.
fn note(word: &str) -> String {
    word.repeat(40_000 / word.len())
}

fn vpc(name: &str, meta: &str, octet: u8, more: &str) -> String {
    format!(
        "  {name}:\n    kind: aws.ec2.vpc\n    region: eu-west-1\n{meta}    spec: {{ cidr_block: 10.{octet}.0.0/16{more} }}\n"
    )
}

/// A network with something in it that takes minutes to get ready, a check, and what never changes how it
/// is called.
fn common(hostnames: bool, team: &str, note: &str, value: u8) -> String {
    let net = vpc("net", "", 0, &format!(", enable_dns_hostnames: {hostnames}"));
    format!(
        "phase: all
checks:
  resolves:
    attribute: {{ of: \"{{{{ net }}}}\", attribute: enable_dns_support, equals: true }}
    within: 5m
resources:
  count: {{ kind: core.value, spec: {{ value: {value} }} }}
  notes: {{ kind: local.file, spec: {{ path: notes.txt, content: {note} }} }}
{net}  inner:
    kind: aws.ec2.subnet
    region: eu-west-1
    spec: {{ vpc_id: \"{{{{ net.id }}}}\", cidr_block: 10.0.1.0/24 }}
  gateway:
    kind: aws.ec2.nat_gateway
    region: eu-west-1
    after: [resolves]
    spec: {{ subnet_id: \"{{{{ inner.id }}}}\", connectivity_type: private, tags: {{ team: {team} }} }}
"
    )
}

fn first() -> String {
    [
        common(false, "one", &note("first "), 1),
        vpc("turned", "", 1, ""),
        vpc("swapped", "    replace: create_first\n", 2, ""),
        vpc("doomed", "", 3, ""),
        vpc("old_name", "", 4, ""),
    ]
    .concat()
}

fn second(theirs: &str, more: &str) -> String {
    [
        common(true, "two", &note("second "), 2),
        vpc("turned", "", 11, ""),
        vpc("swapped", "    replace: create_first\n", 12, ""),
        vpc("new_name", "", 4, ""),
        vpc("taken_over", &format!("    adopt: {theirs}\n"), 9, ", enable_dns_hostnames: true"),
        vpc("added", "", 5, ""),
        more.to_owned(),
        "moved:\n  - { from: all.old_name, to: all.new_name }\n".to_owned(),
    ]
    .concat()
}
