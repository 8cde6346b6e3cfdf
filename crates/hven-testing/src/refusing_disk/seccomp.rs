//! Seccomp notifications: the test decides on certain system calls of other processes. Each `unsafe` block contains system
//! calls on values that outlive them.
#![allow(unsafe_code)]

use std::{
    io, mem,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

use libc::{c_long, c_ulong, sock_filter};

use super::answers::Call;

/// The descriptor that delivers the notifications.
#[derive(Debug)]
pub(super) struct Questions(OwnedFd);

/// A notification; a thread waits for its answer.
#[derive(Debug)]
pub(super) struct Question {
    id: u64,
    pub(super) call: Call,
}

/// From now on, this thread and every process that it starts wait for an answer before they make one of these calls.
pub(super) fn ask_before(calls: impl Iterator<Item = c_long>) -> io::Result<Questions> {
    let number_at = mem::offset_of!(libc::seccomp_data, nr) as u32;
    let mut program = vec![step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, number_at, 0)];
    for call in calls {
        // Any other call skips the next step.
        program.push(step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, call as u32, 1));
        program.push(step(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_USER_NOTIF, 0));
    }
    program.push(step(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0));
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    let (on, none): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: the filter and its steps outlive the calls, which copy them. The descriptor was just opened, so no other value
    // owns it.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, on, none, none, none) != 0 {
            return Err(io::Error::last_os_error());
        }
        let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER);
        match libc::syscall(libc::SYS_seccomp, mode, flags, &raw const filter) {
            -1 => Err(io::Error::last_os_error()),
            listener => Ok(Questions(OwnedFd::from_raw_fd(listener as i32))),
        }
    }
}

/// One step of a filter. `skips` is the number of steps to skip when a comparison fails.
fn step(code: u32, k: u32, skips: u8) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: skips, k }
}

impl Questions {
    /// Waits for the next notification; `None` if all watched processes have ended.
    pub(super) fn next(&self) -> Option<Question> {
        loop {
            // SAFETY: zero is valid for this plain data, and the system requires zeros; it is read only after the call has filled it.
            let (asked, question) = unsafe {
                let mut question: libc::seccomp_notif = mem::zeroed();
                (libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut question), question)
            };
            if asked == 0 {
                let libc::seccomp_data { nr, args, .. } = question.data;
                let call = Call { thread: question.pid, number: c_long::from(nr), arguments: args };
                return Some(Question { id: question.id, call });
            }
            match io::Error::last_os_error().raw_os_error() {
                // A signal, or the end of a thread before its notification was read.
                Some(libc::EINTR) => {}
                Some(libc::ENOENT) if !self.is_over() => {}
                _ => return None,
            }
        }
    }

    /// Lets the system execute the call, or answers it with an error.
    pub(super) fn answer(&self, question: &Question, refusal: Option<i32>) {
        let flags = if refusal.is_none() { libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32 } else { 0 };
        let mut answer =
            libc::seccomp_notif_resp { id: question.id, val: 0, error: -refusal.unwrap_or_default(), flags };
        // SAFETY: the answer outlives the call, which fails if the thread was killed and needs no answer.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer) };
    }

    fn is_over(&self) -> bool {
        let mut listener = libc::pollfd { fd: self.0.as_raw_fd(), events: 0, revents: 0 };
        // SAFETY: one value, which outlives the call.
        unsafe { libc::poll(&raw mut listener, 1, 0) };
        listener.revents & libc::POLLHUP != 0
    }
}
