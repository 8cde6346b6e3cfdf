//! Properties of the process that requests a run. The process of the run gets them, too.

use std::fs;

use hven_api::process::ProcessSettings;
use hven_core::{file_name, workflow::CallerProcess};

/// Properties of the process that requests a run.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The file mode mask.
    pub umask: u32,
    pub process: ProcessSettings,
    /// The files to which the process prints, as in `hven run … > run.log`. They are not part of the code, because each run
    /// changes them. Systems without `/proc` do not report them.
    pub prints_to: Vec<String>,
}

impl Caller {
    /// The properties of this process. Call it before the process has other threads: reading the mask changes it for a moment.
    pub fn this_process() -> Self {
        Self { umask: umask(), process: hven_capture::process::of_process(), prints_to: prints_to() }
    }
}

impl From<&CallerProcess> for Caller {
    fn from(caller: &CallerProcess) -> Self {
        let CallerProcess { umask, process, prints_to } = caller;
        Self { umask: *umask, process: process.into(), prints_to: prints_to.clone() }
    }
}

fn prints_to() -> Vec<String> {
    let outputs = ["/proc/self/fd/1", "/proc/self/fd/2"].into_iter();
    let files = outputs.filter_map(|output| fs::read_link(output).ok()).filter(|path| path.is_file());
    files.map(|path| file_name::to_text(&path)).collect()
}

fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    mask.bits()
}
