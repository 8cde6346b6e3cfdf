//! Which command was asked for.

use hven_terminal::{Output, exit};

use crate::{
    bench_servers::BenchServers,
    cli::Command,
    commands::{
        attach, audit, backup, cancel, claim, completion, config, data, doctor, export, gc, get, graph, import, init,
        labels, law, log, login, logs, member, ps, publication, publish, recipe, redact, repair, reproduce, rerun,
        retract, run, show, token, up, user, verify,
    },
    context::Context,
    house,
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
        None => hven_terminal::raw(FIRST_STEPS.as_bytes()).map(|()| exit::OK),
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
        Some(Command::Bench(args)) => hven_bench::bench(&args, &BenchServers, output),
        Some(Command::Openapi) => hven_terminal::raw(house::openapi().as_bytes()).map(|()| exit::OK),
    }
}
