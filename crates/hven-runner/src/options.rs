//! The runner's command-line options.

use std::{path::PathBuf, thread::available_parallelism};

use hven_core::{
    RunnerId,
    resources::{ResourceUnits, Resources},
};

use crate::{kernel, log::LogLimits};

/// The default limit of a log's size.
const LOG_BYTES_MAX: u64 = 1 << 30;

pub const USAGE: &str = "\
usage: hven-runner --spool FOLDER --address FILE [options]

Starts and watches tasks for the server that FILE names. Hven starts the runner; you need not start it yourself.

--spool FOLDER         the runner's files; the folder's name is the runner's id, its file `token` is the runner's key
--address FILE         JSON with the server's `url`; the runner reads it again when the server does not answer
--pool NAME            the pool that the runner belongs to [local]
--cpus N               how many cores its tasks may use together [the cores of this machine]
--memory BYTES         how much memory its tasks may ask for together [the memory of this machine]
--resource NAME=N      the capacity of another resource; can be given several times
--units JSON           the units of the resources whose units have names: a list of {name, model} for each
--log-bytes-max BYTES  how much of a log is kept: half from its start, half from its end [1 GiB]

SIGTERM ends the runner when it holds no task, or as soon as it holds none; tasks go on.
";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub runner: RunnerId,
    pub spool: PathBuf,
    pub address: PathBuf,
    pub pool: String,
    pub capacity: Resources,
    /// The units of the resources whose units have names; the capacity contains their number.
    pub units: ResourceUnits,
    pub log: LogLimits,
}

impl Options {
    /// Parses the words after the program's name.
    ///
    /// # Errors
    /// A message for people.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (mut spool, mut address, mut pool) = (None, None, "local".to_owned());
        let mut log_bytes_max = LOG_BYTES_MAX;
        let mut capacity = machine();
        let mut units = ResourceUnits::new();
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number =
                |text: &str| text.parse::<u64>().map_err(|_| format!("{name} needs a whole number, not {text:?}"));
            match name.as_str() {
                "--spool" => spool = Some(PathBuf::from(value)),
                "--address" => address = Some(PathBuf::from(value)),
                "--pool" => pool = value,
                "--cpus" => capacity.cpus = number(&value)?.min(u32::MAX.into()) as u32,
                "--memory" => capacity.memory_bytes = number(&value)?,
                "--log-bytes-max" => log_bytes_max = number(&value)?.max(1 << 20),
                "--resource" => {
                    let (resource, count) = value.split_once('=').ok_or("--resource needs NAME=N")?;
                    capacity.named.insert(resource.to_owned(), number(count)?);
                }
                "--units" => units = serde_json::from_str(&value).map_err(|error| format!("{name}: {error}"))?,
                _ => return Err(format!("there is no option {name}")),
            }
        }
        capacity.named.extend(units.iter().map(|(resource, units)| (resource.clone(), units.len() as u64)));
        let absolute = |path: Option<PathBuf>, name: &str| {
            let path = path.ok_or_else(|| format!("{name} is missing"))?;
            std::path::absolute(path).map_err(|error| error.to_string())
        };
        let (spool, address) = (absolute(spool, "--spool")?, absolute(address, "--address")?);
        let runner = spool.file_name().and_then(|name| name.to_str()?.parse().ok());
        let runner = runner.ok_or_else(|| format!("the name of {} is not a runner's id", spool.display()))?;
        Ok(Self { runner, spool, address, pool, capacity, units, log: LogLimits::total(log_bytes_max) })
    }
}

/// The resources of this machine, with only the cores that this process may use.
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
            "--spool /h/spool/{id} --address /h/server.json --cpus 3 --resource gpu=2 --log-bytes-max 4194304 \
             --units {{\"spectrometer\":[{{\"name\":\"a\"}},{{\"name\":\"b\"}}]}}"
        ));
        let options = options.expect("good options");
        assert_eq!((options.runner, options.capacity.cpus), (RunnerId::from_u128(0xab), 3));
        assert_eq!((options.capacity.named["gpu"], options.log.head_bytes), (2, 2 << 20));
        assert_eq!((options.capacity.named["spectrometer"], options.units["spectrometer"][1].name.as_str()), (2, "b"));
        assert!(options.capacity.memory_bytes > 0);
        for (bad, why) in [
            ("", "--spool is missing"),
            ("--spool", "--spool needs a value"),
            ("--spool /h/x --address /h/server.json", "the name of /h/x is not a runner's id"),
            ("--cpus many", "--cpus needs a whole number, not \"many\""),
            ("--units gpu", "--units: expected value at line 1 column 1"),
            ("--what 1", "there is no option --what"),
        ] {
            assert_eq!(parse(bad), Err(why.to_owned()));
        }
    }
}
