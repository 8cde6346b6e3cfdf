//! Processes as macOS shows them, with `proc_pidinfo` and `sysctl`.
//!
//! This module follows Apple's documentation and was never run on macOS. It can do less than on Linux: there is no
//! subreaper, so a process whose parent ended is found only by its session or its mark; programs that Apple protects do not
//! show their environment, and so no mark.
#![allow(unsafe_code)]

use std::{ffi::CStr, mem, ptr};

use hven_api::spool::ATTEMPT_VARIABLE;
use libc::c_int;

use super::process::{ProcessScope, Stat, attempt_in};

/// Start times are in microseconds since 1970.
pub(super) fn began_s(start_time: u64) -> f64 {
    start_time as f64 / 1e6
}

pub(crate) fn stat(pid: u32) -> Option<Stat> {
    // SAFETY: the call fills at most the size of the structure, which is plain data for which zero is fine.
    let all: libc::proc_taskallinfo = unsafe {
        let mut all = mem::zeroed();
        let size = size_of::<libc::proc_taskallinfo>() as c_int;
        let read = libc::proc_pidinfo(pid as c_int, libc::PROC_PIDTASKALLINFO, 0, (&raw mut all).cast(), size);
        if read != size {
            return None;
        }
        all
    };
    // SAFETY: no pointers.
    let session = unsafe { libc::getsid(pid as libc::pid_t) };
    let name: Vec<u8> = all.pbsd.pbi_comm.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
    Some(Stat {
        pid,
        name: String::from_utf8_lossy(&name).into_owned(),
        ended: all.pbsd.pbi_status == libc::SZOMB,
        session: u32::try_from(session).unwrap_or(0),
        start_time: all.pbsd.pbi_start_tvsec * 1_000_000 + all.pbsd.pbi_start_tvusec,
        cpu_s: (all.ptinfo.pti_total_user + all.ptinfo.pti_total_system) as f64 * seconds_per_tick(),
        memory_bytes: all.ptinfo.pti_resident_size,
    })
}

/// The length of the tick in which CPU times are counted: a nanosecond on Intel, another length on Apple's chips.
fn seconds_per_tick() -> f64 {
    // SAFETY: the structure is plain data for which zero is fine, and lives through the call.
    #[allow(deprecated)] // Its replacement is a crate that would be used only here.
    unsafe {
        let mut base: libc::mach_timebase_info = mem::zeroed();
        libc::mach_timebase_info(&raw mut base);
        f64::from(base.numer.max(1)) / f64::from(base.denom.max(1)) / 1e9
    }
}

/// The process ids of a call that is made twice: for the count and for the ids.
fn listed(list: impl Fn(*mut libc::c_void, c_int) -> c_int) -> Vec<u32> {
    /// Room for processes that start between the two calls.
    const MORE: usize = 64;
    let count = usize::try_from(list(ptr::null_mut(), 0)).unwrap_or(0);
    let mut pids: Vec<libc::pid_t> = vec![0; count + MORE];
    let size = (pids.len() * size_of::<libc::pid_t>()) as c_int;
    let found = usize::try_from(list(pids.as_mut_ptr().cast(), size)).unwrap_or(0);
    pids.truncate(found);
    pids.into_iter().filter_map(|pid| u32::try_from(pid).ok()).filter(|&pid| pid > 0).collect()
}

pub(crate) fn children(pid: u32) -> Vec<u32> {
    // SAFETY: the call fills at most the bytes of the buffer.
    listed(|buffer, size| unsafe { libc::proc_listchildpids(pid as libc::pid_t, buffer, size) })
}

/// The ids of all processes of the machine.
pub(super) fn all() -> Vec<u32> {
    // SAFETY: the call fills at most the bytes of the buffer.
    listed(|buffer, size| unsafe { libc::proc_listallpids(buffer, size) })
}

/// The children of this process, and the orphans that are in the session of an attempt or carry a mark.
#[derive(Debug)]
pub(crate) struct OwnChildren;

impl OwnChildren {
    #[allow(clippy::unnecessary_wraps)] // On Linux it can fail.
    pub(crate) fn open() -> std::io::Result<Self> {
        Ok(Self)
    }

    #[allow(clippy::unused_self)] // On Linux there is a file to read.
    pub(crate) fn list(&mut self, is_session: impl Fn(u32) -> bool) -> Vec<u32> {
        /// The process that adopts orphans.
        const LAUNCHD: u32 = 1;
        let mut pids = children(std::process::id());
        let orphans = children(LAUNCHD).into_iter().filter_map(stat).filter(|stat| !stat.ended);
        let is_ours = |stat: &Stat| is_session(stat.session) || carries_mark(stat.pid);
        pids.extend(orphans.filter(is_ours).map(|stat| stat.pid));
        pids
    }
}

/// Whether the initial environment of a process names an attempt.
fn carries_mark(pid: u32) -> bool {
    variable(pid, ATTEMPT_VARIABLE).is_some_and(|value| attempt_in(&value).is_some())
}

/// A variable of the initial environment of a process, if the system shows it.
pub(super) fn variable(pid: u32, name: &str) -> Option<Vec<u8>> {
    let mut what = [libc::CTL_KERN, libc::KERN_PROCARGS2, pid as c_int];
    let mut size: libc::size_t = 0;
    // SAFETY: `what` and `size` live through both calls; the second call fills at most the `size` bytes of the buffer.
    let bytes = unsafe {
        if libc::sysctl(what.as_mut_ptr(), 3, ptr::null_mut(), &raw mut size, ptr::null_mut(), 0) != 0 {
            return None;
        }
        let mut bytes = vec![0_u8; size];
        if libc::sysctl(what.as_mut_ptr(), 3, bytes.as_mut_ptr().cast(), &raw mut size, ptr::null_mut(), 0) != 0 {
            return None;
        }
        bytes.truncate(size);
        bytes
    };
    // The layout: the number of arguments, the program, zeros, then arguments and variables, each ended by a zero.
    let (count, rest) = bytes.split_first_chunk::<4>()?;
    let count = usize::try_from(c_int::from_ne_bytes(*count)).ok()?;
    let program_end = rest.iter().position(|&b| b == 0)?;
    let begin = program_end + rest[program_end..].iter().position(|&b| b != 0)?;
    let variables = rest[begin..].split(|&b| b == 0).skip(count);
    let value = |entry: &[u8]| Some(entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_vec());
    variables.take_while(|entry| !entry.is_empty()).find_map(value)
}

/// The physical footprint of a process, which does not count shared memory.
pub(crate) fn proportional_memory_bytes(pid: u32) -> Option<u64> {
    rusage(pid).map(|usage| usage.ri_phys_footprint)
}

/// How many bytes a process read from disks and wrote to them.
pub(crate) fn disk_bytes(pid: u32) -> Option<(u64, u64)> {
    rusage(pid).map(|usage| (usage.ri_diskio_bytesread, usage.ri_diskio_byteswritten))
}

fn rusage(pid: u32) -> Option<libc::rusage_info_v2> {
    // SAFETY: the call fills the structure of this version, which is plain data for which zero is fine.
    unsafe {
        let mut usage: libc::rusage_info_v2 = mem::zeroed();
        let buffer: *mut libc::rusage_info_t = (&raw mut usage).cast();
        (libc::proc_pid_rusage(pid as c_int, libc::RUSAGE_INFO_V2, buffer) == 0).then_some(usage)
    }
}

/// macOS gives no id of the machine's start, so processes are identified by their id and start time only.
pub(super) fn scope() -> ProcessScope {
    let mut name = [0 as libc::c_char; 256];
    // SAFETY: the call writes at most the bytes of the buffer; the last byte stays zero.
    let host = unsafe {
        libc::gethostname(name.as_mut_ptr(), name.len() - 1);
        CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned()
    };
    ProcessScope { boot_id: String::new(), host, pid_namespace: String::new() }
}
