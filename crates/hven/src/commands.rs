//! The commands, one file each. A command resolves its arguments, the environment and files to typed settings, acts on
//! them, and returns the exit status. No command imports another one: code that commands share has a file of its own
//! outside this folder.

use clap::Subcommand;
use hven_terminal::Output;

use crate::{act::Act, context::Context};

/// Declares the modules of the commands, and the grammar made of their arguments. The help text of a command is next to
/// its arguments.
macro_rules! commands {
    ($(mod $module:ident: $($command:ident($arguments:ident)),+;)+) => {
        $(pub mod $module;)+

        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($($command($module::$arguments),)+)+
        }

        impl Act for Command {
            fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
                match self {
                    $($(Self::$command(arguments) => arguments.act(context, output),)+)+
                }
            }
        }
    };
}

// The list of all commands, in the order of the help. A new command needs a file and a line here.
commands! {
    mod run: Run(RunArgs);
    mod map: Map(MapArgs);
    mod retry: Retry(RetryArgs);
    mod gather: Gather(GatherArgs);
    mod attach: Attach(AttachArgs);
    mod ps: Ps(PsArgs);
    mod view: View(ViewArgs);
    mod logs: Logs(LogsArgs);
    mod cancel: Cancel(CancelArgs);
    mod rerun: Rerun(RerunArgs);
    mod get: Get(GetArgs);
    mod reproduce: Reproduce(ReproduceArgs);
    mod show: Show(ShowArgs);
    mod compare: Compare(CompareArgs);
    mod queueing: Hold(HoldArgs), Release(ReleaseArgs), Priority(PriorityArgs);
    mod usage: Usage(UsageArgs);
    mod machine: Machine(MachineArgs);
    mod labels: Tag(TagArgs), Note(NoteArgs), Archive(ArchiveArgs), Unarchive(UnarchiveArgs);
    mod delete: Delete(DeleteArgs);
    mod why: Why(WhyArgs);
    mod graph: Graph(GraphArgs);
    mod explain: Explain(ExplainArgs);
    mod init: Init(InitArgs);
    mod data: Data(DataArgs);
    mod recipe: Recipe(RecipeArgs);
    mod law: Law(LawArgs);
    mod claim: Claim(ClaimArgs);
    mod retract: Retract(RetractArgs), Assert(AssertArgs);
    mod repair: Repair(RepairArgs);
    mod publish: Publish(PublishArgs);
    mod publication: Publication(PublicationArgs);
    mod verify: Verify(VerifyArgs);
    mod import: Import(ImportArgs);
    mod log: Log(LogArgs);
    mod audit: Audit(AuditArgs);
    mod doctor: Doctor(DoctorArgs);
    mod backup: Backup(BackupArgs), Restore(RestoreArgs);
    mod export: Export(ExportArgs);
    mod redact: Redact(RedactArgs);
    mod gc: Gc(GcArgs);
    mod config: Config(ConfigArgs);
    mod up: Up(UpArgs), Down(DownArgs);
    mod login: Login(LoginArgs);
    mod token: Token(TokenArgs);
    mod member: Member(MemberArgs);
    mod user: User(UserArgs);
    mod completion: Completion(CompletionArgs);
    mod bench: Bench(BenchArgs);
    mod draft_process: DraftProcess(DraftProcessArgs);
    mod step_process: StepProcess(StepProcessArgs);
    mod openapi: Openapi(OpenapiArgs);
}
