//! A workspace in a folder of its own, the program run in it, and what is really there.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use ninefold::kinds::Registry;
use ninefold::state::{Reader, StateDocument, StoreLocation};
use ninefold::targets::sandbox::{Sandbox, Selector, Store};
use ninefold::world::World;
use serde_json::Value;

use crate::check::Thing;
use crate::folders::copy;

/// No process may take longer.
const LIMIT: Duration = Duration::from_secs(60);
pub const FILES: [&str; 1] = ["notes.txt"];

pub struct Place(tempfile::TempDir);

/// How a run ended.
pub struct Ran {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Ran {
    pub fn was_killed(&self) -> bool {
        self.status.signal() == Some(9)
    }

    pub fn told(&self) -> String {
        format!("{} {}{}", self.status, self.out, self.err)
    }
}

impl Place {
    pub fn empty() -> Self {
        // What a process has written outlives its being killed in memory as well as on a disk, and here
        // nobody has to wait for the disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self(folder.unwrap())
    }

    /// A place where everything is as it is in another.
    pub fn copy(from: &Path) -> Self {
        let place = Self::empty();
        copy(from, place.path());
        place
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Starts the program; `failpoint` is where it kills itself.
    fn start(&self, failpoint: Option<&str>, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ninefold"));
        command.args(arguments).current_dir(self.path()).env("HOME", self.path());
        for name in ["NINEFOLD_ENV", "NINEFOLD_PASSPHRASE", "NINEFOLD_FAILPOINT"] {
            command.env_remove(name);
        }
        command.envs(failpoint.map(|failpoint| ("NINEFOLD_FAILPOINT", failpoint)));
        let outputs = ["out", "err"].map(|_| tempfile::tempfile().unwrap());
        let [out, err] = outputs.each_ref().map(|file| Stdio::from(file.try_clone().unwrap()));
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        Running { child: command.spawn().unwrap(), outputs, since: Instant::now() }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.start(None, arguments).end(LIMIT)
    }

    pub fn ok(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert!(ran.status.success(), "{arguments:?}: {}", ran.told());
        ran
    }

    pub fn run_at(&self, failpoint: &str, arguments: &[&str]) -> Ran {
        self.start(Some(failpoint), arguments).end(LIMIT)
    }

    /// Runs until a failpoint; `false` when the run ends before it comes to it.
    pub fn killed_at(&self, failpoint: &str, arguments: &[&str]) -> bool {
        let ran = self.run_at(failpoint, arguments);
        assert!(ran.was_killed() || ran.status.success(), "{failpoint}: {}", ran.told());
        ran.was_killed()
    }

    /// Runs for so long; `false` when it ends before that.
    pub fn killed_after(&self, time: Duration, arguments: &[&str]) -> bool {
        let ran = self.start(None, arguments).end(time);
        // Another try may find that the one before had done it.
        let is_done = ran.status.success() || ran.status.code() == Some(3);
        assert!(ran.was_killed() || is_done, "after {time:?}: {}", ran.told());
        ran.was_killed()
    }

    /// What `state pull` prints.
    pub fn pulled(&self) -> Value {
        serde_json::from_str(&self.ok(&["state", "pull"]).out).unwrap()
    }

    /// The same without a process of its own, of which there would be hundreds.
    pub fn state(&self) -> Value {
        let world = World::virtual_from(1, 0);
        let location = StoreLocation::parse("file:.ninefold/state").unwrap();
        let reader = Reader::new(location.open(self.path(), &world).unwrap(), "sandbox");
        let state = world.run(reader.load()).unwrap();
        serde_json::to_value(StateDocument::of(&state, "sandbox")).unwrap()
    }

    /// What the sandbox's own files say, and the files that were to be written.
    pub fn world(&self) -> Vec<Thing> {
        let objects = self.sandbox().objects().unwrap();
        let things = objects.into_iter().map(|object| Thing {
            kind: object.key.kind.to_string(),
            region: object.key.place.region().to_owned(),
            id: object.key.id.to_string(),
            address: object.marks.as_ref().map(|marks| marks.address.to_string()),
            made_by: object.created_by.as_ref().map(ToString::to_string),
        });
        let files = FILES.into_iter().filter(|name| self.path().join(name).exists()).map(|name| Thing {
            kind: "local.file".into(),
            region: "global".into(),
            id: name.into(),
            address: None,
            made_by: Some(format!("the file {name}")),
        });
        things.chain(files).collect()
    }

    pub fn sandbox(&self) -> Sandbox {
        let store = Store::Folder(self.path().join(".ninefold/sandbox/sandbox"));
        Sandbox::open(&store, Registry::all(), World::virtual_from(1, 0)).unwrap()
    }

    /// Takes away what stands at an address, as somebody else would.
    pub fn remove_from_the_world(&self, address: &str) {
        self.sandbox().remove(&Selector::named(address)).unwrap();
    }
}

/// A process that is ended by its own number, whatever becomes of the test.
struct Running {
    child: Child,
    outputs: [std::fs::File; 2],
    since: Instant,
}

impl Running {
    /// Waits for its end, and kills it when it hasn't come in time.
    fn end(mut self, time: Duration) -> Ran {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            let left = time.saturating_sub(self.since.elapsed());
            if left.is_zero() {
                self.child.kill().unwrap();
                break self.child.wait().unwrap();
            }
            std::thread::sleep(left.min(Duration::from_millis(1)));
        };
        let took = self.since.elapsed();
        assert!(took < LIMIT, "it took {took:?}");
        let [out, err] = self.outputs.each_mut().map(|file| {
            use std::io::{Read as _, Seek as _};
            let mut text = String::new();
            file.rewind().unwrap();
            file.read_to_string(&mut text).unwrap();
            text
        });
        Ran { status, out, err, took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already can't be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
