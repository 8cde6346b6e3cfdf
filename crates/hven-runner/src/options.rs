//! What a runner is told when it is started.

use std::{path::PathBuf, thread::available_parallelism};

use hven_core::{RunnerId, resources::Resources};

use crate::{kernel, log::LogLimits};

/// How much of a log is kept when nothing else is said.
const LOG_BYTES_MAX: u64 = 1 << 30;

pub const USAGE: &str = "\
usage: hven-runner --spool FOLDER --address FILE [options]

Starts and watches tasks for the server that FILE names. Hven starts it; there is no need to do so by hand.

  --spool FOLDER         what it writes; the folder's name is its id, and the file `token` in it its key
  --address FILE         JSON with the server's `url`; read again whenever the server does not answer
  --pool NAME            the pool that it belongs to [local]
  --cpus N               how many cores its tasks may have together [those of this machine]
  --memory BYTES         how much memory they may ask for together [that of this machine]
  --resource NAME=N      how many of something else; may be given several times
  --log-bytes-max BYTES  how much of a log is kept: half from its beginning, half from its end [1 GiB]

SIGTERM ends it when it holds no task, else as soon as it holds none; tasks are not touched.
";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub runner: RunnerId,
    pub spool: PathBuf,
    pub address: PathBuf,
    pub pool: String,
    pub capacity: Resources,
    pub log: LogLimits,
}

impl Options {
    /// Reads the words after the program's name; an error is for people.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (mut spool, mut address, mut pool) = (None, None, "local".to_owned());
        let mut log_bytes_max = LOG_BYTES_MAX;
        let mut capacity = machine();
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} wants a value"))?;
            let number =
                |text: &str| text.parse::<u64>().map_err(|_| format!("{name} wants a whole number, not {text:?}"));
            match name.as_str() {
                "--spool" => spool = Some(PathBuf::from(value)),
                "--address" => address = Some(PathBuf::from(value)),
                "--pool" => pool = value,
                "--cpus" => capacity.cpus = number(&value)?.min(u32::MAX.into()) as u32,
                "--memory" => capacity.memory_bytes = number(&value)?,
                "--log-bytes-max" => log_bytes_max = number(&value)?.max(1 << 20),
                "--resource" => {
                    let (resource, count) = value.split_once('=').ok_or("--resource wants NAME=N")?;
                    capacity.named.insert(resource.to_owned(), number(count)?);
                }
                _ => return Err(format!("there is no option {name}")),
            }
        }
        let absolute = |path: Option<PathBuf>, name: &str| {
            let path = path.ok_or_else(|| format!("{name} is missing"))?;
            std::path::absolute(path).map_err(|error| error.to_string())
        };
        let (spool, address) = (absolute(spool, "--spool")?, absolute(address, "--address")?);
        let runner = spool.file_name().and_then(|name| name.to_str()?.parse().ok());
        let runner = runner.ok_or_else(|| format!("{} is not named by a runner's id", spool.display()))?;
        Ok(Self { runner, spool, address, pool, capacity, log: LogLimits::total(log_bytes_max) })
    }
}

/// What this machine has. Where only some of its cores may be used, it has those.
fn machine() -> Resources {
    let cpus = available_parallelism().map_or(1, |cpus| cpus.get().min(u32::MAX as usize) as u32);
    Resources { cpus, memory_bytes: kernel::memory_bytes(), ..Resources::none() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Options, String> {
        Options::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_refused() {
        let id = "000000000000000000000000000000ab";
        let options = parse(&format!(
            "--spool /h/spool/{id} --address /h/server.json --cpus 3 --resource gpu=2 --log-bytes-max 4194304"
        ));
        let options = options.expect("good options");
        assert_eq!((options.runner, options.capacity.cpus), (RunnerId::from_u128(0xab), 3));
        assert_eq!((options.capacity.named["gpu"], options.log.head_bytes), (2, 2 << 20));
        assert!(options.capacity.memory_bytes > 0);
        for (bad, why) in [
            ("", "--spool is missing"),
            ("--spool", "--spool wants a value"),
            ("--spool /h/x --address /h/server.json", "/h/x is not named by a runner's id"),
            ("--cpus many", "--cpus wants a whole number, not \"many\""),
            ("--what 1", "there is no option --what"),
        ] {
            assert_eq!(parse(bad), Err(why.to_owned()));
        }
    }
}
