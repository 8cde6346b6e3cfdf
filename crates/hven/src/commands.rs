//! The commands, one file each. A command takes its arguments and a [`Context`], and answers the exit status.

pub mod attach;
pub mod audit;
pub mod backup;
pub mod cancel;
pub mod claim;
pub mod completion;
pub mod config;
pub mod data;
pub mod doctor;
pub mod export;
pub mod gc;
pub mod get;
pub mod graph;
pub mod import;
pub mod init;
pub mod labels;
pub mod law;
pub mod lists;
pub mod log;
pub mod login;
pub mod logs;
pub mod member;
pub mod ps;
pub mod publication;
pub mod publish;
pub mod recipe;
pub mod redact;
pub mod repair;
pub mod reproduce;
pub mod rerun;
pub mod retract;
pub mod run;
pub mod show;
pub mod token;
pub mod up;
pub mod user;
pub mod verify;

use crate::{
    bench,
    cli::Command,
    context::Context,
    exit, house,
    output::{self, Output},
};

/// What `hven` alone says.
const FIRST_STEPS: &str = "\
Hven keeps the record of your computations. Three commands to begin with:

  hven run -- python train.py      run anything as you would, tracked and repeatable
  hven ps -a                       what ran and what runs
  hven login                       a link to the pages in a browser

`hven --help` lists all commands.
";

/// Does what was asked.
pub fn dispatch(command: Option<Command>, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match command {
        None => output::raw(FIRST_STEPS.as_bytes()).map(|()| exit::OK),
        Some(Command::Run(args)) => run::run(&args, context, output),
        Some(Command::Attach(args)) => attach::attach(&args, context, output),
        Some(Command::Ps(args)) => ps::ps(args, context, output),
        Some(Command::Logs(args)) => logs::logs(&args, context, output),
        Some(Command::Cancel(args)) => cancel::cancel(&args, context, output),
        Some(Command::Rerun(args)) => rerun::rerun(&args, context, output),
        Some(Command::Get(args)) => get::get(&args, context, output),
        Some(Command::Reproduce(args)) => reproduce::reproduce(&args, context, output),
        Some(Command::Show(args)) => show::show(&args, context, output),
        Some(Command::Tag(args)) => labels::tag(&args, context, output),
        Some(Command::Note(args)) => labels::note(&args, context, output),
        Some(Command::Archive(args)) => labels::archive(&args, context, output),
        Some(Command::Unarchive(args)) => labels::unarchive(&args, context, output),
        Some(Command::Init(args)) => init::init(&args, context, output),
        Some(Command::Data(args)) => data::data(&args, context, output),
        Some(Command::Law(args)) => law::law(&args, context, output),
        Some(Command::Claim(args)) => claim::claim(&args, context, output),
        Some(Command::Retract(args)) => retract::retract(&args, context, output),
        Some(Command::Assert(args)) => retract::assert(&args, context, output),
        Some(Command::Repair(args)) => repair::repair(&args, context, output),
        Some(Command::Publish(args)) => publish::publish(&args, context, output),
        Some(Command::Publication(args)) => publication::publication(&args, context, output),
        Some(Command::Verify(args)) => verify::verify(&args, context, output),
        Some(Command::Import(args)) => import::import(&args, context, output),
        Some(Command::Recipe(args)) => recipe::recipe(&args),
        Some(Command::Why(args)) => show::why(&args, context, output),
        Some(Command::Graph(args)) => graph::graph(&args, context, output),
        Some(Command::Explain(args)) => show::explain(&args, context, output),
        Some(Command::Log(args)) => log::log(args, context, output),
        Some(Command::Audit(args)) => audit::audit(&args, context, output),
        Some(Command::Doctor(args)) => doctor::doctor(&args, context, output),
        Some(Command::Backup(args)) => backup::backup(&args, context, output),
        Some(Command::Restore(args)) => backup::restore(&args, context, output),
        Some(Command::Export(args)) => export::export(&args, context, output),
        Some(Command::Redact(args)) => redact::redact(args, context, output),
        Some(Command::Gc(args)) => gc::gc(&args, context, output),
        Some(Command::Config(args)) => config::config(&args, context, output),
        Some(Command::Up(args)) => up::up(&args, context, output),
        Some(Command::Down(_)) => up::down(context, output),
        Some(Command::Login(args)) => login::login(args, context, output),
        Some(Command::Token(args)) => token::token(args, context, output),
        Some(Command::Member(args)) => member::member(args, context, output),
        Some(Command::User(args)) => user::user(args, context, output),
        Some(Command::Completion(args)) => completion::completion(&args),
        Some(Command::Bench(args)) => bench::bench(&args, output),
        Some(Command::Openapi) => output::raw(house::openapi().as_bytes()).map(|()| exit::OK),
    }
}
