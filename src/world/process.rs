//! The process itself: its environment, its working folder, its host and its user.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

/// What the process was called with, its own name first.
pub fn arguments() -> std::env::ArgsOs {
    std::env::args_os()
}

/// The value of an environment variable; an empty one counts as absent.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder that the process was started in.
///
/// # Errors
/// When that folder is gone or may not be read.
pub fn working_folder() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// The user's own folder, where tools keep their files.
#[must_use]
pub fn home() -> Option<PathBuf> {
    variable("HOME").map(PathBuf::from)
}

/// The program of a name that `PATH` leads to.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let may_run = |path: &PathBuf| {
        std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(may_run)
}

/// Whether a person can be asked.
#[must_use]
pub fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Who runs this, as `user@host`, for people who read the history.
#[must_use]
pub fn holder() -> String {
    let user = variable("USER").or_else(|| variable("LOGNAME")).unwrap_or_else(|| "unknown".into());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| variable("HOSTNAME"))
        .map_or_else(|| "unknown".into(), |name| name.trim().to_owned());
    format!("{user}@{host}")
}

/// What no other machine has, and this one no longer after it was started anew.
#[must_use]
pub fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    // Where the system has none, no two processes count as being on one machine.
    boot.map_or_else(|_| format!("process {} of {}", id(), holder()), |text| text.trim().to_owned())
}

/// The number by which the operating system knows this process.
#[must_use]
pub fn id() -> u32 {
    std::process::id()
}

/// Ends this process at once, as a loss of power would: nothing of it runs any more.
pub(super) fn kill() {
    use rustix::process::{Signal, getpid, kill_process};
    // Nobody may refuse a process a signal to itself.
    let _ = kill_process(getpid(), Signal::KILL);
}

/// Lets nobody see the memory of this process, which holds secrets while it calls: the system writes
/// no core of it when it crashes, neither to a file nor to a program that collects cores (which a
/// limit of size alone doesn't keep off), and no other process of the same user can read it.
pub fn hide_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // A system that refuses either is one that hasn't it: nothing is lost by going on.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Whether the process was started so as to ignore a signal: a shell does that with SIGINT of what it
/// runs in the background, and `nohup` with SIGHUP. Where the system doesn't say, it isn't.
pub(super) fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    u32::try_from(signal - 1).is_ok_and(|bit| mask.checked_shr(bit).is_some_and(|rest| rest & 1 == 1))
}

/// Ends the process where it stands.
pub fn leave(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

/// A line that somebody types. Whoever stops waiting for it leaves the thread that reads it behind,
/// which holds nothing up.
///
/// # Errors
/// When there is nothing to read from, or no thread to read in.
pub async fn line_of_input() -> std::io::Result<String> {
    let (sender, line) = futures::channel::oneshot::channel();
    std::thread::Builder::new().name("input".into()).spawn(move || {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_line(&mut text);
        // Nobody may wait for it any more.
        let _ = sender.send(read.map(|_| text));
    })?;
    line.await.unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()))
}

/// The command line that started the process, for the history.
#[must_use]
pub fn command_line() -> String {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_is_hidden() {
        super::hide_memory();
        let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{DumpableBehavior, dumpable_behavior};
            assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        }
    }
}
