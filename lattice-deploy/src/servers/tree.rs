//! The tree of processes below this one, read from `/proc`.

use std::{fs, io};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid},
};

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: Pid,
    parent: Option<Pid>,
    zombie: bool,
}

impl Process {
    /// Reads a line of `/proc/<pid>/stat`: `pid (name) state parent …`, where the name may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        let pid = Pid::from_raw(stat.split_once(' ')?.0.parse().ok()?)?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let parent = Pid::from_raw(fields.next()?.parse().ok()?);
        Some(Self { pid, parent, zombie: matches!(state, "Z" | "X") })
    }
}

/// Everything that runs on this machine.
fn all() -> io::Result<Vec<Process>> {
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc")? {
        // A process may end while it is read; the next look will not see it.
        let stat = fs::read_to_string(entry?.path().join("stat"));
        processes.extend(stat.ok().as_deref().and_then(Process::parse));
    }
    Ok(processes)
}

/// Those that descend from `root`, without itself.
fn below(root: Pid, all: &[Process]) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for process in all.iter().filter(|process| process.parent == Some(parent)) {
            found.push(*process);
            parents.push(process.pid);
        }
    }
    found
}

/// Takes the exit codes of adopted children that have ended; those of `except` are left to whoever started it.
pub(super) fn reap(except: Option<Pid>) -> io::Result<()> {
    let this = getpid();
    for process in all()? {
        if process.zombie && process.parent == Some(this) && Some(process.pid) != except {
            match waitpid(Some(process.pid), WaitOptions::NOHANG) {
                Ok(_) | Err(Errno::CHILD) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Kills everything below this process once; says how many were still there.
///
/// What is orphaned by it comes to this process, as the subreaper, and is found by the next call.
pub(super) fn kill_descendants() -> io::Result<usize> {
    reap(None)?;
    let alive = below(getpid(), &all()?);
    for process in alive.iter().filter(|process| !process.zombie) {
        match kill_process(process.pid, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(alive.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> Process {
        Process { pid: Pid::from_raw(pid).unwrap(), parent: Pid::from_raw(parent), zombie: false }
    }

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "42 (a) Z 7 (b) S 1 42 42 0 -1";
        assert_eq!(Process::parse(stat), Some(process(42, 1)));
        assert!(Process::parse("43 (x) Z 42 1").unwrap().zombie);
        assert_eq!(Process::parse("1 (init) S 0 1"), Some(process(1, 0)));
        assert_eq!(Process::parse("nonsense"), None);
    }

    #[test]
    fn descendants_are_found_at_every_depth() {
        let all = [process(1, 0), process(5, 4), process(4, 3), process(3, 1), process(9, 1), process(6, 3)];
        let mut pids: Vec<_> = below(Pid::from_raw(3).unwrap(), &all).iter().map(|p| p.pid.as_raw_pid()).collect();
        pids.sort_unstable();
        assert_eq!(pids, [4, 5, 6]);
    }

    #[test]
    fn this_process_is_listed() {
        assert!(all().unwrap().iter().any(|process| process.pid == getpid()));
    }
}
