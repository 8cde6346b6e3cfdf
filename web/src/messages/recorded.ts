// Recorded sentences: how a run ended, and why, as the scheduling engine and the runners recorded it.
import { entries } from './entry'

export const recordedMessages = entries({
  'say.outcome.done': { en: 'done', zh: '完成' },
  'say.outcome.cancelled': { en: 'cancelled', zh: '已取消' },
  'say.outcome.failed': { en: 'failed with exit status {exit}', zh: '失败，退出码 {exit}' },
  'say.outcome.failed_elsewhere': { en: 'failed', zh: '失败' },
  'say.outcome.left_open_elsewhere': {
    en: 'failed: its process ended and left it open',
    zh: '失败：其进程已结束，但未说明其结果',
  },
  'say.outcome.failed_elsewhere_because': { en: 'failed: {why}', zh: '失败：{why}' },
  'say.outcome.killed': { en: 'killed by signal {signal}', zh: '被信号 {signal} 终止' },
  'say.outcome.not_started': { en: 'not started: {why}', zh: '未能启动：{why}' },
  'say.outcome.timed_out': { en: 'stopped after its limit of {limit_s}', zh: '达到时间上限 {limit_s} 后被停止' },
  'say.outcome.out_of_memory': {
    en: 'stopped above its limit of {limit_bytes} of memory',
    zh: '超过内存上限 {limit_bytes} 后被停止',
  },
  'say.outcome.output_too_large': {
    en: 'stopped above its limit of {limit_bytes} of output',
    zh: '输出超过上限 {limit_bytes} 后被停止',
  },
  'say.outcome.output_missing': { en: 'its declared output {path} is missing', zh: '声明的输出 {path} 缺失' },
  'say.outcome.output_not_kept': {
    en: 'its declared output {path} cannot be kept: {why}',
    zh: '声明的输出 {path} 无法保存：{why}',
  },
  'say.outcome.output_holds': {
    en: 'its output {output} holds {path}, which cannot be kept: {why}',
    zh: '其输出 {output} 中的 {path} 无法保存：{why}',
  },
  'say.outcome.lost': { en: 'lost: {why}', zh: '失联：{why}' },
  'say.lost.runner_ended': {
    en: 'the runner ended before the task did; what was left of the task has been ended',
    zh: '运行器先于任务结束；任务的剩余部分已被终止',
  },
  'say.lost.end_not_seen': { en: 'its end was not seen', zh: '未能观察到它的结束' },
  'say.gone.spool_elsewhere': { en: 'its spool is not in this home', zh: '其暂存区不在此主目录中' },
  'say.gone.spool_unlocked': {
    en: 'its spool is locked by nobody, and it noted no process',
    zh: '其暂存区无人锁定，也未记录任何进程',
  },
  'say.gone.process_ended': { en: 'its process {pid} has ended', zh: '其进程 {pid} 已结束' },
  'say.gone.process_unlocked': {
    en: 'its process {pid} no longer locks its spool',
    zh: '其进程 {pid} 不再锁定暂存区',
  },
  'say.gone.machine_restarted': {
    en: '{host} was started again since its process {pid} began',
    zh: '自其进程 {pid} 启动后，{host} 已重新启动',
  },
  'say.start.launch_gone': {
    en: 'its environment is gone, as after a restore from a backup: submit it again',
    zh: '其环境已不存在（例如从备份恢复之后）：请重新提交',
  },
  'say.start.may_not_run': {
    en: 'whoever submitted it may not have commands run as the Unix user of the server any more',
    zh: '提交者已无权以服务器的 Unix 用户身份执行命令',
  },
  'say.start.after_unsuccessful': {
    en: 'run {run}, after which it was to start, did not succeed',
    zh: '它应在运行 {run} 之后启动，而后者未成功',
  },
  'say.start.after_array_unsuccessful': {
    en: '{array}, after which it was to start, did not succeed',
    zh: '它应在 {array} 之后启动，而后者未成功',
  },
  'say.start.after_array_erased': {
    en: '{array}, after which it was to start, was erased, so its end is not known',
    zh: '它应在 {array} 之后启动，而后者已被抹除，其结局不得而知',
  },
  'say.start.deadline_passed': {
    en: 'it was to start by {by}, and had not started then',
    zh: '它应在 {by} 前启动，但到时仍未启动',
  },
  'say.start.runner_older': {
    en: 'its runner is of an older Hven, which hands on no standard input: “hven down” when nothing runs ends it',
    zh: '其运行器属于较旧的 Hven，不会转交标准输入：在没有任务运行时执行 “hven down” 可结束它',
  },
  'say.start.runner_older_folder': {
    en: 'its runner is of an older Hven, which starts nothing in a part of a fresh folder: “hven down” when nothing runs ends it',
    zh: '其运行器属于较旧的 Hven，不会在新文件夹的子文件夹中启动任务：在没有任务运行时执行 “hven down” 可结束它',
  },
  'say.start.spool_unwritable': {
    en: 'the runner’s spool {path} cannot be written: {error}',
    zh: '无法写入运行器的暂存区 {path}：{error}',
  },
  'say.start.command_empty': {
    en: 'the command is empty: say what to run after “--”',
    zh: '命令为空：请在 “--” 之后写明要运行的内容',
  },
  'say.start.command_unknown': {
    en: 'there is no command {command} in PATH ({path}){hint}',
    zh: 'PATH（{path}）中没有命令 {command}{hint}',
  },
  'say.start.file_unknown': { en: 'there is no file {path}{hint}', zh: '没有文件 {path}{hint}' },
  'say.start.hint_quoted': {
    en: '; the whole text was taken for one word: give the words of the command unquoted',
    zh: '；整段文字被当成了一个词：请不要给整条命令加引号',
  },
  'say.start.hint_here': {
    en: '; there is a file of that name in {folder}: say ./{command}',
    zh: '；{folder} 中有同名文件：请写成 ./{command}',
  },
  'say.start.hint_near': { en: '; did you mean {near}?', zh: '；是否想用 {near}？' },
  'say.start.folder_no_folder': {
    en: 'the working directory {path} is not a folder',
    zh: '工作目录 {path} 不是文件夹',
  },
  'say.start.folder_absent': {
    en: 'the working directory {path} does not exist on this machine',
    zh: '此机器上没有工作目录 {path}',
  },
  'say.start.folder_relative': {
    en: 'the working directory {path} is not an absolute path',
    zh: '工作目录 {path} 不是绝对路径',
  },
  'say.start.folder_closed': {
    en: 'the working directory {path} may not be entered: {why}',
    zh: '无权进入工作目录 {path}：{why}',
  },
  'say.start.folder_broken': {
    en: 'the working directory {path} cannot be entered: {error}',
    zh: '无法进入工作目录 {path}：{error}',
  },
  'say.start.mode': { en: 'its mode is {mode}', zh: '其权限为 {mode}' },
  'say.start.interpreter_unknown': {
    en: '{path} asks for the interpreter {interpreter}, which does not exist',
    zh: '{path} 要求的解释器 {interpreter} 不存在',
  },
  'say.start.loader_unknown': {
    en: '{path} asks for a loader or library that this machine does not have',
    zh: '{path} 要求的加载器或库在此机器上不存在',
  },
  'say.start.program_is_folder': { en: '{path} is a folder, not a program', zh: '{path} 是文件夹，不是程序' },
  'say.start.program_closed': {
    en: '{path} may not be executed: “chmod +x” it',
    zh: '{path} 没有执行权限：请对其 “chmod +x”',
  },
  'say.start.program_closed_mode': {
    en: '{path} may not be executed ({why}): “chmod +x” it',
    zh: '{path} 没有执行权限（{why}）：请对其 “chmod +x”',
  },
  'say.start.program_foreign': {
    en: '{path} is not a program that this machine can execute',
    zh: '{path} 不是此机器能执行的程序',
  },
  'say.start.arguments_too_long': {
    en: 'the arguments and environment are too long: {length_bytes}; put lists into a file',
    zh: '参数与环境变量过长：{length_bytes}；请把列表写入文件',
  },
  'say.start.machine_full': {
    en: 'this machine has no room for another process ({error}): end some, or raise “ulimit -u”',
    zh: '此机器无法再创建进程（{error}）：请结束一些进程，或提高 “ulimit -u”',
  },
  'say.start.program_broken': { en: '{path} could not be started: {error}', zh: '无法启动 {path}：{error}' },
  'say.start.variable_misnamed': {
    en: '{name} cannot be the name of an environment variable',
    zh: '{name} 不能用作环境变量名',
  },
  'say.start.no_pipe': { en: 'no pipe for its output: {error}', zh: '无法为其输出建立管道：{error}' },
  'say.output.absent': { en: 'the command ended, but this was not there', zh: '命令已结束，但没有产生它' },
  'say.output.unreadable': { en: 'it cannot be read: {error}', zh: '无法读取：{error}' },
  'say.output.folder_unreadable': {
    en: 'its folder {path} cannot be read: {error}',
    zh: '无法读取其中的文件夹 {path}：{error}',
  },
  'say.output.too_large': {
    en: 'all outputs have {sum_bytes}, more than the limit of {limit_bytes}',
    zh: '全部输出共 {sum_bytes}，超过上限 {limit_bytes}',
  },
  'say.output.too_many': {
    en: 'it holds more than {files} files: let the task make an archive',
    zh: '其中的文件多于 {files} 个：请让任务打包成归档',
  },
  'say.output.special': { en: 'it is {what}, not a file or folder', zh: '它是{what}，不是文件或文件夹' },
  'say.output.pipe': { en: 'a pipe', zh: '管道' },
  'say.output.socket': { en: 'a socket', zh: '套接字' },
  'say.output.device': { en: 'a device', zh: '设备' },
  'say.output.something': { en: 'something special', zh: '特殊文件' },
  'say.output.entry_misnamed': { en: 'its name is not UTF-8', zh: '其名称不是 UTF-8' },
  'say.output.entry_link_to_folder': { en: 'it is a link to a folder', zh: '它是指向文件夹的链接' },
  'say.output.entry_home': { en: 'it is Hven’s own home', zh: '它是 Hven 自己的主目录' },
  'say.output.entry_link_absent': { en: 'it is a link to what does not exist', zh: '它是指向不存在之处的链接' },
  'say.output.entry_link_broken': {
    en: 'it is a link that cannot be followed: {error}',
    zh: '它是无法跟随的链接：{error}',
  },
  'say.output.entry_link_outside': {
    en: 'it is a link to {target}, outside of {folder}',
    zh: '它是指向 {target} 的链接，在 {folder} 之外',
  },
  'say.output.entries_skipped': {
    en: '{entries} more entries are not files that can be kept',
    zh: '另有 {entries} 项不是可保存的文件',
  },
  'say.code.too_many': { en: 'the folder has more than {files} files', zh: '文件夹中的文件多于 {files} 个' },
  'say.code.too_large': {
    en: 'the folder’s files have more than {limit_bytes}',
    zh: '文件夹中的文件总量超过 {limit_bytes}',
  },
  'say.code.too_many_links': {
    en: 'the folder has more than {links} links that git does not know: let git ignore those that are no code',
    zh: '文件夹中 git 未跟踪的链接多于 {links} 个：请让 git 忽略其中不是代码的链接',
  },
  'say.code.too_many_repositories': {
    en: 'the repository holds more than {repositories} others: say in hven.toml what of it is code',
    zh: '该仓库中含有多于 {repositories} 个其他仓库：请在 hven.toml 中说明哪些是代码',
  },
  'say.compared.nothing_declared': { en: 'no outputs and no metrics declared', zh: '未声明任何输出或指标' },
  'say.compared.nothing_held': {
    en: 'its outputs hold no files, and it logged no metrics',
    zh: '其输出不含任何文件，也未记录指标',
  },
  'say.compared.nothing_compared': {
    en: 'nothing was compared, although it was recorded as the same bytes',
    zh: '并未比较任何内容，尽管记录为字节相同',
  },
  'say.printed.elsewhere': {
    en: 'a run that came with a publication has no log here',
    zh: '随出版物带来的运行在此没有日志',
  },
  'say.printed.dropped': { en: 'the middle of a log was not kept', zh: '日志的中间部分未保存' },
  'say.printed.too_long': { en: 'a log has more than {limit_bytes}', zh: '日志超过 {limit_bytes}' },
  'say.printed.unreadable': { en: 'a log cannot be read: {error}', zh: '无法读取日志：{error}' },
  'say.judged.true': { en: 'the test is true', zh: '检验为真' },
  'say.judged.false': { en: 'the test is false', zh: '检验为假' },
  'say.retry.lost': {
    en: '{outcome}; the work was lost with its runner',
    zh: '{outcome}；工作随运行器一起丢失',
  },
  'say.retry.asked': {
    en: '{outcome}; attempt {attempt} of {attempts}',
    zh: '{outcome}；第 {attempt} 次尝试，共 {attempts} 次',
  },
})
