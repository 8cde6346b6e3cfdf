//! Settings and their origins: a flag comes first, then the environment, then `hven.toml`, then `config.toml` in the
//! home, then the default. The port that the home used last comes before the default port. One table lists all
//! settings; `hven config --origin` prints it.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use hven_app::ports::engine::{SharingRules, UseLimit};
use hven_client::{Failure, env};
use hven_compute::machine::MachineSettings;
use hven_core::{manifest::MANIFEST, nearest::suggestion, project::ProjectPath};

use crate::{
    arg_values::{parse_bytes, parse_duration},
    declared_resources,
    home::port,
};

/// The file with the settings of the home.
const CONFIG: &str = "config.toml";
/// The setting for the port of the server.
pub const PORT: &str = "server.port";
/// The setting for the resources of this machine in addition to cores and memory.
const RESOURCES: &str = "runner.resources";

/// The definition of a setting.
#[derive(Debug)]
pub struct Key {
    /// Its path in `config.toml`.
    pub name: &'static str,
    pub env: &'static str,
    pub flag: Option<&'static str>,
    /// Its path in `hven.toml`, if it is allowed there.
    manifest: Option<&'static str>,
    pub default: Option<&'static str>,
    pub what: &'static str,
    check: fn(&str) -> Result<(), String>,
}

fn size(text: &str) -> Result<(), String> {
    parse_bytes(text).map(drop)
}
fn duration(text: &str) -> Result<(), String> {
    parse_duration(text).map(drop)
}
/// How much work a runner gets in advance, so that short runs do not wait for messages.
const PREFETCH_WINDOW: Duration = Duration::from_millis(500);

/// The longest half-life: ten years.
const HALF_LIFE_MAX: Duration = Duration::from_hours(24 * 3652);

fn half_life(text: &str) -> Result<(), String> {
    let given = parse_duration(text)?;
    let is_good = (Duration::from_mins(1)..=HALF_LIFE_MAX).contains(&given);
    if is_good { Ok(()) } else { Err("it is from 1min to 3652d".to_owned()) }
}
/// A limit of 0 would let nothing start.
fn limit(text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(1..) => Ok(()),
        _ => Err(format!("{text:?} is not a whole number from 1 on; without the setting there is no limit")),
    }
}
fn count(text: &str) -> Result<(), String> {
    text.parse::<u32>().map(drop).map_err(|_| format!("{text:?} is not a whole number"))
}
fn port_number(text: &str) -> Result<(), String> {
    parse_port(text).map(drop)
}
fn parse_port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text:?} is not a port: a number from 0 to 65535"))
}
fn project(text: &str) -> Result<(), String> {
    text.parse::<ProjectPath>().map(drop).map_err(|e| e.to_string())
}
fn database(text: &str) -> Result<(), String> {
    let known = text == "sqlite" || text.starts_with("postgres://") || text.starts_with("postgresql://");
    if known { Ok(()) } else { Err("it is `sqlite` or an address such as postgres://user@host/name".to_owned()) }
}
fn names(text: &str) -> Result<(), String> {
    listed(text).map(drop)
}
/// Parses `SEED,OMP_NUM_THREADS`.
fn listed(text: &str) -> Result<Vec<String>, String> {
    text.split(',').map(variable_name).collect()
}
fn variable_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_good = !name.is_empty() && !name.contains(['=', ' ', '\0']);
    if is_good { Ok(name.to_owned()) } else { Err(format!("{name:?} is not the name of a variable")) }
}
fn resources(text: &str) -> Result<(), String> {
    declared_resources::parse(text).map(drop)
}
fn nvml_path(text: &str) -> Result<(), String> {
    if Path::new(text).is_absolute() { Ok(()) } else { Err("it is the absolute path of libnvidia-ml.so.1".to_owned()) }
}
fn filter(text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err("it is empty: write error, warn, info or debug".to_owned()) } else { Ok(()) }
}

macro_rules! keys {
    ($($name:literal $env:ident $flag:expr, $manifest:expr, $default:expr, $check:ident, $what:literal;)*) => {
        /// All settings, in the order in which they are shown.
        pub const KEYS: &[Key] = &[$(Key {
            name: $name, env: env::$env, flag: $flag, manifest: $manifest, default: $default, what: $what, check: $check,
        }),*];
    };
}

keys! {
    "project" HVEN_PROJECT Some("--project"), Some("project.name"), Some("home"), project, "the project of new runs";
    "defaults.cpus" HVEN_CPUS Some("--cpus"), Some("defaults.cpus"), Some("1"), count, "cores that a run reserves";
    "defaults.memory" HVEN_MEMORY Some("--memory"), Some("defaults.memory"), None, size, "memory that a run reserves";
    "defaults.time" HVEN_TIME Some("--time"), Some("defaults.time"), None, duration, "how long a run may take";
    "defaults.memory_limit" HVEN_MEMORY_LIMIT Some("--memory-limit"), Some("defaults.memory_limit"), None, size, "memory above which a run is stopped";
    "defaults.output_limit" HVEN_OUTPUT_LIMIT Some("--output-limit"), Some("defaults.output_limit"), None, size, "size of outputs above which a run is stopped";
    "defaults.grace" HVEN_GRACE Some("--grace"), Some("defaults.grace"), Some("10s"), duration, "time between TERM and KILL";
    "defaults.retries" HVEN_RETRIES Some("--retries"), Some("defaults.retries"), Some("0"), count, "further attempts after a failed one";
    "defaults.env_record" HVEN_ENV_RECORD Some("--env-record"), Some("defaults.env_record"), None, names, "more variables whose values are recorded";
    "code.files_max" HVEN_CODE_FILES_MAX None, None, Some("5000"), count, "files read to record the code of a folder without git";
    "code.bytes_max" HVEN_CODE_BYTES_MAX None, None, Some("64MiB"), size, "bytes read for the same purpose";
    "runner.resources" HVEN_RUNNER_RESOURCES None, None, None, resources, "resources of this machine in addition to cores, memory and GPUs";
    "runner.nvml" HVEN_RUNNER_NVML None, None, None, nvml_path, "NVIDIA's library that names the GPUs, if the system does not find it";
    "sharing.half_life" HVEN_SHARING_HALF_LIFE None, None, Some("1d"), half_life, "time after which earlier use of the machine counts half for the order of runs";
    "sharing.user_cpus" HVEN_SHARING_USER_CPUS None, None, None, limit, "cores that one user may use at the same time";
    "sharing.user_runs" HVEN_SHARING_USER_RUNS None, None, None, limit, "runs that one user may have at the same time";
    "sharing.project_cpus" HVEN_SHARING_PROJECT_CPUS None, None, None, limit, "cores that one project may use at the same time";
    "sharing.project_runs" HVEN_SHARING_PROJECT_RUNS None, None, None, limit, "runs that one project may have at the same time";
    "server.port" HVEN_PORT Some("--port"), None, Some("7878"), port_number, "port of the server (another free port when it is in use)";
    "server.idle_exit" HVEN_IDLE_EXIT None, None, Some("15min"), duration, "idle time after which a server that a command started ends";
    "server.database" HVEN_DATABASE None, None, Some("sqlite"), database, "database of facts and views";
    "server.log" HVEN_LOG None, None, Some("info"), filter, "level of the server's log";
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Env(&'static str),
    Manifest(PathBuf),
    Config(PathBuf),
    /// The value from the last time that the home was served.
    Kept(PathBuf),
    /// Found in the working directory or a folder above it.
    Found,
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Env(name) => f.write_str(name),
            Self::Manifest(path) | Self::Config(path) | Self::Kept(path) => write!(f, "{}", path.display()),
            Self::Found => f.write_str("found from the working directory upward"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A file of settings, flattened: path in the file → value as text.
type Layer = BTreeMap<String, String>;

/// A setting with its value, if it has one, and its origin.
pub type ResolvedSetting = (&'static Key, Option<(String, Origin)>);

/// All settings, resolved.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    flags: BTreeMap<&'static str, String>,
    variables: BTreeMap<String, String>,
    manifest: Option<(PathBuf, Layer)>,
    config: Option<(PathBuf, Layer)>,
    kept_port: Option<(PathBuf, u16)>,
}

impl Settings {
    /// Reads all layers except the flags. `cwd` is the folder from which the manifest is searched upward.
    pub fn load(cwd: &Path, home: &Path, variables: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let manifest = match cwd.ancestors().map(|folder| folder.join(MANIFEST)).find(|path| path.is_file()) {
            Some(path) => read_layer(&path)?.map(|layer| (path, layer)),
            None => None,
        };
        let path = home.join(CONFIG);
        let config = read_layer(&path)?.map(|layer| (path, layer));
        if let Some((path, layer)) = &config {
            check_names(path, layer)?;
        }
        let variables = variables.filter(|(name, value)| name.starts_with("HVEN_") && !value.is_empty()).collect();
        let kept_port = port::kept(home).map(|number| (port::file(home), number));
        Ok(Self { flags: BTreeMap::new(), variables, manifest, config, kept_port })
    }

    /// Adds the value of a flag, which comes before all layers; `None` when the flag was not given.
    #[must_use]
    pub fn with_flag(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.flags.insert(name, value.to_string());
        }
        self
    }

    /// The value of a setting, if it has one, and its origin.
    pub fn get(&self, name: &str) -> Option<(String, Origin)> {
        let key = KEYS.iter().find(|key| key.name == name)?;
        if let (Some(value), Some(flag)) = (self.flags.get(name), key.flag) {
            return Some((value.clone(), Origin::Flag(flag)));
        }
        if let Some(value) = self.variables.get(key.env) {
            return Some((value.clone(), Origin::Env(key.env)));
        }
        if let (Some((path, layer)), Some(place)) = (&self.manifest, key.manifest)
            && let Some(value) = layer.get(place)
        {
            return Some((value.clone(), Origin::Manifest(path.clone())));
        }
        if let Some((path, layer)) = &self.config
            && let Some(value) = layer.get(name)
        {
            return Some((value.clone(), Origin::Config(path.clone())));
        }
        if let Some((path, number)) = self.kept_port.as_ref().filter(|_| name == PORT) {
            return Some((number.to_string(), Origin::Kept(path.clone())));
        }
        key.default.map(|value| (value.to_owned(), Origin::Default))
    }

    /// A value, parsed by `parse`. An error names the origin of the value.
    fn read<T>(&self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> anyhow::Result<Option<T>> {
        let Some((value, origin)) = self.get(name) else { return Ok(None) };
        match parse(&value) {
            Ok(value) => Ok(Some(value)),
            Err(why) => Err(malformed(name, &value, &origin, &why).into()),
        }
    }

    pub fn text(&self, name: &'static str) -> anyhow::Result<Option<String>> {
        let check = KEYS.iter().find(|key| key.name == name).map_or(filter as fn(&str) -> _, |key| key.check);
        self.read(name, |text| check(text).map(|()| text.to_owned()))
    }
    pub fn bytes(&self, name: &'static str) -> anyhow::Result<Option<u64>> {
        self.read(name, parse_bytes)
    }
    /// The rules by which users and projects share the machine.
    pub fn sharing(&self) -> anyhow::Result<SharingRules> {
        let limit_of = |cpus: &'static str, runs: &'static str| {
            let read = |name| self.text(name)?.map(|text| text.parse().map_err(anyhow::Error::from)).transpose();
            anyhow::Ok(UseLimit { cpus: read(cpus)?, runs: read(runs)? })
        };
        let usual = SharingRules::default();
        self.text("sharing.half_life")?;
        Ok(SharingRules {
            half_life: self.duration("sharing.half_life")?.unwrap_or(usual.half_life),
            user: limit_of("sharing.user_cpus", "sharing.user_runs")?,
            project: limit_of("sharing.project_cpus", "sharing.project_runs")?,
            prefetch_window: Some(PREFETCH_WINDOW),
        })
    }

    pub fn duration(&self, name: &'static str) -> anyhow::Result<Option<Duration>> {
        self.read(name, parse_duration)
    }
    /// How the resources of this machine are found.
    pub fn machine(&self) -> anyhow::Result<MachineSettings> {
        Ok(MachineSettings {
            declared: self.read(RESOURCES, declared_resources::parse)?.unwrap_or_default(),
            nvml: self.text("runner.nvml")?.map(PathBuf::from),
            visible_gpus: env::text("CUDA_VISIBLE_DEVICES"),
        })
    }
    /// The port of the server; 0: any free port.
    pub fn port(&self) -> anyhow::Result<Option<u16>> {
        self.read(PORT, parse_port)
    }
    /// Names of variables: the values of the flag if there are any, else those of the setting.
    pub fn names(&self, name: &'static str, from_flag: &[String]) -> anyhow::Result<Vec<String>> {
        if from_flag.is_empty() {
            return Ok(self.read(name, listed)?.unwrap_or_default());
        }
        // Names from a flag get the same checks as names from a setting.
        let flag = KEYS.iter().find(|key| key.name == name).and_then(|key| key.flag).unwrap_or(name);
        let names = from_flag.iter().map(|name| variable_name(name)).collect::<Result<_, _>>();
        names.map_err(|why| malformed(name, &from_flag.join(","), &Origin::Flag(flag), &why).into())
    }
    pub fn number(&self, name: &'static str) -> anyhow::Result<Option<u32>> {
        self.read(name, |text| text.parse().map_err(|_| "it is not a whole number".to_owned()))
    }

    /// All settings with their values and origins, checked.
    pub fn all(&self) -> anyhow::Result<Vec<ResolvedSetting>> {
        KEYS.iter()
            .map(|key| {
                self.text(key.name)?;
                Ok((key, self.get(key.name)))
            })
            .collect()
    }

    /// The path of the manifest.
    pub fn manifest_path(&self) -> Option<&Path> {
        self.manifest.as_ref().map(|(path, _)| path.as_path())
    }
}

fn malformed(name: &str, value: &str, origin: &Origin, why: &str) -> Failure {
    Failure::new("setting.malformed", format!("{name} = {value:?} ({origin}): {why}"))
        .hint("`hven config --origin` shows all settings and where they come from")
}

/// Reads a TOML file; `None` when it does not exist.
fn read_layer(path: &Path) -> anyhow::Result<Option<Layer>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(
                Failure::new("setting.unreadable", format!("{} cannot be read: {error}", path.display())).into()
            );
        }
    };
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Failure::new("setting.malformed", format!("{} is not TOML: {}", path.display(), error.to_string().trim()))
    })?;
    let mut layer = Layer::new();
    if path.ends_with(CONFIG)
        && let Some(declared) = declared_resources::take_table(path, &mut table)?
    {
        layer.insert(RESOURCES.to_owned(), declared);
    }
    flatten("", &table, &mut layer);
    Ok(Some(layer))
}

fn flatten(above: &str, table: &toml::Table, layer: &mut Layer) {
    for (name, value) in table {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            toml::Value::Table(below) => flatten(&path, below, layer),
            toml::Value::String(text) => drop(layer.insert(path, text.clone())),
            // A list has the same meaning as a flag that is given several times.
            toml::Value::Array(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
                layer.insert(path, items.join(","));
            }
            other => drop(layer.insert(path, other.to_string())),
        }
    }
}

/// Refuses unknown settings, which would have no effect, and suggests the most similar name.
fn check_names(path: &Path, layer: &Layer) -> anyhow::Result<()> {
    for name in layer.keys() {
        if KEYS.iter().any(|key| key.name == name) {
            continue;
        }
        let failure = Failure::new("setting.unknown", format!("{} has an unknown setting {name:?}", path.display()));
        let hint = suggestion(name, KEYS.iter().map(|key| key.name));
        return Err(failure.hint(hint.unwrap_or_else(|| "`hven config` lists all settings".to_owned())).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hven_compute::machine::Declared;

    use super::*;

    fn layers(manifest: &str, config: &str, variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join(MANIFEST), manifest)?;
        let home = folder.path().join("home");
        fs::create_dir(&home)?;
        fs::write(home.join(CONFIG), config)?;
        let cwd = folder.path().join("deep/down");
        fs::create_dir_all(&cwd)?;
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::load(&cwd, &home, variables)
    }

    #[test]
    fn names_of_variables_are_checked_for_every_origin() {
        let settings = layers("", "[defaults]\nenv_record = [\"SEED\", \"LANG\"]", &[]).expect("good layers");
        let names = |flag: &[&str]| {
            let flag: Vec<String> = flag.iter().map(|name| (*name).to_owned()).collect();
            settings.names("defaults.env_record", &flag).map_err(|error| error.to_string())
        };
        assert_eq!(names(&[]), Ok(vec!["SEED".to_owned(), "LANG".to_owned()]));
        assert_eq!(names(&["A", "B"]), Ok(vec!["A".to_owned(), "B".to_owned()]));
        let refused = "defaults.env_record = \"A,B=1\" (--env-record): \"B=1\" is not the name of a variable";
        assert_eq!(names(&["A", "B=1"]), Err(refused.to_owned()));
    }

    #[test]
    fn the_layer_with_precedence_wins() {
        let settings = layers(
            "[project]\nname = \"astro/kepler\"\n[defaults]\nmemory = \"1GiB\"\ncpus = 2",
            "project = \"mine\"\n[defaults]\nmemory = \"2GiB\"\nretries = 3",
            &[("HVEN_CPUS", "4"), ("HVEN_TIME", "")],
        )
        .expect("good layers")
        .with_flag("defaults.memory", Some("512MiB"));
        assert_eq!(settings.text("project").expect("good"), Some("astro/kepler".to_owned()));
        assert_eq!(settings.get("defaults.cpus"), Some(("4".to_owned(), Origin::Env("HVEN_CPUS"))));
        assert_eq!(settings.get("defaults.memory"), Some(("512MiB".to_owned(), Origin::Flag("--memory"))));
        assert_eq!(settings.bytes("defaults.memory").expect("good"), Some(512 << 20));
        assert!(matches!(settings.get("defaults.retries"), Some((_, Origin::Config(_)))));
        assert_eq!(settings.get("defaults.grace"), Some(("10s".to_owned(), Origin::Default)));
        assert_eq!(settings.get("defaults.time"), None, "an empty variable is none");
        assert_eq!(settings.all().expect("all good").len(), KEYS.len());
    }

    #[test]
    fn resources_of_the_machine_are_declared_in_two_ways() {
        let machine = |config: &str| layers("", config, &[])?.machine().map(|machine| machine.declared);
        let refused = |config: &str, part: &str| {
            let message = hven_terminal::ErrorReport::of(&machine(config).expect_err(config)).message;
            assert!(message.contains(part), "{config}: {message}");
        };
        let wanted: BTreeMap<String, Declared> = [
            ("gpu".to_owned(), Declared::Count(2)),
            ("spectrometer".to_owned(), Declared::Units(vec!["a".to_owned(), "b".to_owned()])),
        ]
        .into();
        for config in [
            "[resources]\ngpu = 2\nspectrometer = [\"a\", \"b\"]",
            "[runner]\nresources = [\"gpu=2\", \"spectrometer=a+b\"]",
            "runner.resources = \"spectrometer=a+b, gpu=2\"",
        ] {
            assert_eq!(machine(config).expect("good"), wanted, "{config}");
        }
        assert_eq!(machine("").expect("good"), BTreeMap::new());
        refused("[resources]\ngpu = 2\n[runner]\nresources = [\"gpu=2\"]", "keep one of the two");
        refused("runner.resources = \"gpu\"", "runner.resources = \"gpu\"");
        refused("[runner]\nnvml = \"libnvidia-ml.so.1\"", "it is the absolute path");
        // The manifest's tables have other meanings.
        assert!(layers("[resources]\ngpu = 2", "", &[]).is_ok());
    }

    #[test]
    fn the_last_port_of_a_home_comes_before_the_default() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path();
        let found = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Settings::load(home, home, variables).expect("good layers").get(PORT)
        };
        assert_eq!(found(&[]), Some(("7878".to_owned(), Origin::Default)));
        fs::write(port::file(home), "41234\n").expect("written");
        assert_eq!(found(&[]), Some(("41234".to_owned(), Origin::Kept(port::file(home)))));
        assert_eq!(found(&[("HVEN_PORT", "8123")]), Some(("8123".to_owned(), Origin::Env("HVEN_PORT"))));
        fs::write(home.join(CONFIG), "[server]\nport = 8200").expect("written");
        assert_eq!(found(&[]), Some(("8200".to_owned(), Origin::Config(home.join(CONFIG)))));
    }

    #[test]
    fn a_bad_value_names_its_origin_and_a_misspelt_name_is_refused() {
        let settings = layers("", "", &[("HVEN_MEMORY", "much")]).expect("good layers");
        let error = settings.bytes("defaults.memory").expect_err("much is no size");
        assert!(error.to_string().contains("(HVEN_MEMORY)"), "{error}");
        let error = layers("", "[defaults]\ncpu = 2", &[]).expect_err("there is no such setting");
        assert_eq!(hven_terminal::ErrorReport::of(&error).hint.as_deref(), Some("is `defaults.cpus` meant?"));
        assert!(layers("[run.law]\nrecipe = \"law\"", "", &[]).is_ok(), "other parts of a manifest are not settings");
    }

    #[test]
    fn defaults_are_good_values() {
        for key in KEYS {
            if let Some(value) = key.default {
                assert_eq!((key.check)(value), Ok(()), "{}", key.name);
            }
        }
    }
}
