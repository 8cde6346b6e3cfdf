// Sentences of the server that belong to no single noun: why a run waits, how it ended, what changed since it ran. The
// file of a noun has the sentences of that noun. Answers contain the codes; docs/openapi.json lists all (x-sentences).
import { entries } from './entry'

export const sharedSentences = entries({
  'stream.log': { en: 'log', zh: '日志' },
  'stream.metrics': { en: 'metrics', zh: '指标' },
  'stream.resources': { en: 'resources', zh: '资源用量' },
  'stream.metrics.api': { en: 'metrics', zh: '指标（接口）' },
  'say.level.same_bytes': { en: 'the same bytes', zh: '字节完全相同' },
  'say.level.same_values': { en: 'the same values of its metrics', zh: '指标的数值相同' },
  'say.level.same_within': { en: 'the same within the tolerance', zh: '在容差之内相同' },
  'say.level.nothing_to_compare': { en: 'nothing to compare', zh: '没有可比较的内容' },
  'say.level.differs': { en: 'it differs', zh: '有差异' },
  'say.level.cannot_rerun': { en: 'it cannot be run again', zh: '无法重新运行' },
  'say.noun.a_node': { en: 'something', zh: '某项内容' },
  'say.verdict.holds': { en: 'holds', zh: '成立' },
  'say.verdict.fails': { en: 'fails', zh: '不成立' },
  'say.verdict.cannot_tell': { en: 'cannot tell', zh: '无法判定' },
  'say.noun.core': { en: '1 core', zh: '1 个核' },
  'say.noun.cores': { en: { one: '{count} core', other: '{count} cores' }, zh: '{count} 个核' },
  'say.noun.memory': { en: '{wanted_bytes} of memory', zh: '{wanted_bytes} 内存' },
  'say.noun.units': { en: '{count} of {name}', zh: '{count} 个 {name}' },
  'say.noun.available': { en: '{count}', zh: '{count} 个' },
  'say.noun.available_memory': { en: '{available_bytes} of it', zh: '{available_bytes} 内存' },
  'say.noun.place': { en: '{host} (pool {pool})', zh: '{host}（资源池 {pool}）' },
  'say.noun.unknown_place': { en: 'an unknown runner', zh: '未知的运行器' },
  'say.waits.no_space': {
    en: 'It waits because the disk of the home is full; it starts when there is space again.',
    zh: '主目录所在磁盘已满，正在等待；有空间后会自动开始。',
  },
  'say.waits.no_runner': {
    en: 'It waits because no runner is attached yet; one is being started.',
    zh: '尚无运行器连接，正在启动一个。',
  },
  'say.waits.runner_silent': {
    en: 'It waits for a runner that is not known to have ended and does not come to this server: process {pid} on {host}, enrolled by Hven {version}. Another one takes its place when it ends; “kill -KILL {pid}” there ends it at once, and what it runs then is lost.',
    zh: '正在等待一个未知是否已结束、也未连接到此服务器的运行器：{host} 上的进程 {pid}，由 Hven {version} 登记。它结束后会由另一个接替；在那里执行 “kill -KILL {pid}” 可立即结束它，届时它正在运行的任务会丢失。',
  },
  'say.waits.runner_unknown': {
    en: 'It waits for a runner that is not known to have ended and does not come to this server. The file runner.log in its folder, below spool in the home, may say why.',
    zh: '正在等待一个未知是否已结束、也未连接到此服务器的运行器。主目录 spool 下其文件夹中的 runner.log 可能说明原因。',
  },
  'say.waits.queue': {
    en: {
      one: 'It waits because {count} run is before it.',
      other: 'It waits because {count} runs are before it.',
    },
    zh: '前面还有 {count} 个运行在排队。',
  },
  'say.waits.share': {
    en: 'It waits because the share of {name} is due first: {name} used less of the machine lately.',
    zh: '正在等待：{name} 近来使用机器较少，应先轮到 {name}。',
  },
  'say.waits.queue_and_share': {
    en: {
      one: 'It waits because {count} run is before it. And the share of {name} is due first.',
      other: 'It waits because {count} runs are before it. And the share of {name} is due first.',
    },
    zh: '前面还有 {count} 个运行在排队，并且应先轮到 {name}。',
  },
  'say.waits.limit_user': {
    en: 'It waits because of a limit: it needs {needed}, and one user may have {limit} at the same time. Now in use: {in_use}.',
    zh: '因限额而等待：需要 {needed}，而每位用户最多同时使用 {limit}。当前已使用：{in_use}。',
  },
  'say.waits.limit_project': {
    en: 'It waits because of a limit: it needs {needed}, and one project may have {limit} at the same time. Now in use: {in_use}.',
    zh: '因限额而等待：需要 {needed}，而每个项目最多同时使用 {limit}。当前已使用：{in_use}。',
  },
  'say.waits.limit_never': {
    en: 'It waits in vain: it needs {needed}, and a limit of the home allows {limit} at the same time. “hven cancel” ends it; the settings “sharing” of the home set the limits.',
    zh: '无法启动：需要 {needed}，而主目录的限额最多同时允许 {limit}。“hven cancel” 可结束它；限额由主目录的 “sharing” 设置决定。',
  },
  'say.waits.held': {
    en: 'It is held: “hven release {handle}” lets it start.',
    zh: '已暂缓：“hven release {handle}” 可放行。',
  },
  'say.waits.after': { en: 'It waits until run {run} has succeeded.', zh: '等待运行 {run} 成功。' },
  'say.waits.array_held': {
    en: '{array} is held: “hven release {array}” lets its tasks start.',
    zh: '{array} 已暂缓：“hven release {array}” 可让其任务启动。',
  },
  'say.waits.after_array': {
    en: 'It waits until all tasks of {array} have succeeded.',
    zh: '等待 {array} 的所有任务成功。',
  },
  'say.noun.one_run': { en: '1 run', zh: '1 个运行' },
  'say.noun.runs': { en: { one: '{count} run', other: '{count} runs' }, zh: '{count} 个运行' },
  'say.waits.busy': {
    en: 'It is next, and waits for {needed} to be free. Free now: {available}.',
    zh: '它排在下一个，需要 {needed}空闲，目前空闲 {available}。',
  },
  'say.waits.too_large': {
    en: 'It waits because no runner is large enough: it needs {needed}, and the largest has {available}.',
    zh: '没有足够大的运行器：需要 {needed}，而最大的只有 {available}。',
  },
  'say.waits.not_declared': {
    en: 'It waits because no runner has {needed}: the most is {available}. If this machine has more, write “[runner]” and below it “resources = ["{resource}=N"]” into config.toml of the home, and say “hven down” when nothing runs. “hven cancel” ends the run.',
    zh: '正在等待：没有运行器拥有 {needed}，最多的有 {available}。如果这台机器有更多，请在主目录的 config.toml 中写入 “[runner]”，并在其下写入 “resources = ["{resource}=N"]”，然后在没有任务运行时执行 “hven down”。“hven cancel” 可结束此运行。',
  },
  'say.waits.placed': {
    en: 'It was given to a runner, which starts it as soon as the cores and memory that it asked for are free.',
    zh: '已交给运行器，所申请的核和内存一空出即启动。',
  },
  'say.waits.to_be_recorded': {
    en: 'The disk of the home is full: when the run has ended, that is recorded as soon as there is space again.',
    zh: '主目录所在的磁盘已满：运行结束后，要等到有空间时才会记录。',
  },
  'say.waits.backoff': {
    en: 'It waits until {until_time} before it is tried again.',
    zh: '将在 {until_time} 之后重试。',
  },
  'say.place.units': { en: 'Reserved for it: {units}.', zh: '为它保留的资源：{units}。' },
  'say.expects.start': {
    en: {
      one: 'It starts in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier run of what is before it.',
      other:
        'It starts in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of what is before it.',
    },
    zh: '大约 {about_s}（{low_s} 至 {high_s}）后开始：根据排在前面的任务的 {count} 次先前运行估计。',
  },
  'say.expects.length': {
    en: {
      one: 'It takes about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier run of this code.',
      other: 'It takes about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this code.',
    },
    zh: '大约需要 {about_s}（{low_s} 至 {high_s}）：根据此代码的 {count} 次先前运行估计。',
  },
  'say.expects.length_alike': {
    en: {
      one: 'It takes about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier run of this command with inputs of similar size.',
      other:
        'It takes about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this command with inputs of similar size.',
    },
    zh: '大约需要 {about_s}（{low_s} 至 {high_s}）：根据此命令在输入大小相近时的 {count} 次先前运行估计。',
  },
  'say.expects.end': {
    en: {
      one: 'It ends in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier run of this code.',
      other: 'It ends in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this code.',
    },
    zh: '大约 {about_s}（{low_s} 至 {high_s}）后结束：根据此代码的 {count} 次先前运行估计。',
  },
  'say.expects.end_alike': {
    en: {
      one: 'It ends in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier run of this command with inputs of similar size.',
      other:
        'It ends in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this command with inputs of similar size.',
    },
    zh: '大约 {about_s}（{low_s} 至 {high_s}）后结束：根据此命令在输入大小相近时的 {count} 次先前运行估计。',
  },
  'say.expects.outlasts': {
    en: {
      one: 'It runs longer than {count} earlier run of this code: when it ends is not known.',
      other: 'It runs longer than nearly all of {count} earlier runs of this code: when it ends is not known.',
    },
    zh: '它的运行时间已超过此代码 {count} 次先前运行中的几乎所有：何时结束未知。',
  },
  'say.asks.cores': {
    en: {
      one: 'It asks for {asked} cores; {count} earlier run of this code used {used} on average.',
      other: 'It asks for {asked} cores; {count} earlier runs of this code used {used} on average.',
    },
    zh: '它申请 {asked} 个核；此代码的 {count} 次先前运行平均使用 {used} 个。',
  },
  'say.asks.memory': {
    en: {
      one: 'It asks for {asked_bytes} of memory; {count} earlier run of this code used at most {used_bytes}.',
      other: 'It asks for {asked_bytes} of memory; {count} earlier runs of this code used at most {used_bytes}.',
    },
    zh: '它申请 {asked_bytes} 内存；此代码的 {count} 次先前运行最多使用 {used_bytes}。',
  },
  'say.expects.too_few': {
    en: {
      one: 'How long it takes is not known: {count} earlier run of this code succeeded, and {needed} are needed.',
      other: 'How long it takes is not known: {count} earlier runs of this code succeeded, and {needed} are needed.',
    },
    zh: '需要多久未知：此代码有 {count} 次成功的先前运行，至少需要 {needed} 次。',
  },
  'say.expects.code_unknown': {
    en: 'How long it takes is not known: the command does not show which code it runs.',
    zh: '需要多久未知：从命令看不出它运行哪段代码。',
  },
  'say.expects.no_runner': {
    en: 'How long it takes is not known: no runner is attached.',
    zh: '需要多久未知：没有已连接的运行器。',
  },
  'say.expects.too_large': {
    en: 'How long it takes is not known: no runner is large enough.',
    zh: '需要多久未知：没有足够大的运行器。',
  },
  'say.place.first': {
    en: 'Attempt {attempt} went to {place}.',
    zh: '第 {attempt} 次尝试分配给 {place}。',
  },
  'say.attempt.followed': {
    en: 'Attempt {attempt} was followed by another: {because}.',
    zh: '第 {attempt} 次尝试之后又重试：{because}。',
  },
  'say.end.done': {
    en: 'It is done: the process ended with status 0 and its outputs are sealed.',
    zh: '已完成：进程以状态 0 结束，输出已封存。',
  },
  'say.end.cancelled': { en: 'It was cancelled.', zh: '已被取消。' },
  'say.end.other': { en: 'It ended: {outcome}.', zh: '已结束：{outcome}。' },
  'say.place.elsewhere': {
    en: 'Its work is done elsewhere; {source} reports it, and Hven cannot stop it.',
    zh: '工作在别处进行，由 {source} 报告；Hven 无法停止它。',
  },
  'say.place.elsewhere_on': {
    en: 'Its work is done on {host}; {source} reports it, and Hven cannot stop it.',
    zh: '工作在 {host} 上进行，由 {source} 报告；Hven 无法停止它。',
  },
  'say.place.heard_last': { en: 'The last report came at {heard_time}.', zh: '最近一次报告：{heard_time}。' },
  'say.place.heard_never': {
    en: 'No report has come since the server started at {start_time}.',
    zh: '服务于 {start_time} 启动以来没有收到报告。',
  },
  'say.place.silent': {
    en: 'Its state is unknown: no report has come for more than {silent_after_s}.',
    zh: '状态未知：超过 {silent_after_s} 没有报告。',
  },
  'say.cache.elsewhere': {
    en: 'Hven does not start its work, so it is never taken for up to date.',
    zh: '工作不由 Hven 启动，因此不会被视为最新。',
  },
  'say.cache.erased': {
    en: 'What it ran was erased, so it is never taken for up to date.',
    zh: '所运行的内容已被涂除，因此不会被视为最新。',
  },
  'say.cache.kept': {
    en: 'The same command with the same parameters, inputs, code, variables, programs and modules is up to date and is not run again, unless --fresh is given.',
    zh: '命令、参数、输入、代码、变量、程序与模块都相同则视为最新，不会再次运行，除非指定 --fresh。',
  },
  'say.cache.kept_recipe': {
    en: 'The same recipe with the same arguments and inputs is up to date and is not run again, unless --fresh is given.',
    zh: '相同的内置方法、参数与输入视为最新，不会再次运行，除非指定 --fresh。',
  },
  'say.cache.undeclared': {
    en: 'It is run each time, because it does not declare both its inputs (-i) and its outputs (-o).',
    zh: '每次都会运行，因为没有同时声明输入 (-i) 与输出 (-o)。',
  },
  'say.cache.pipe': {
    en: 'It is run each time, because it reads a pipe: what comes through it is known only afterwards.',
    zh: '每次都会运行，因为它读取管道：经过管道的内容事后才能知道。',
  },
  'say.end.done_without_outputs': {
    en: 'It is done: the process ended with status 0. No outputs were kept.',
    zh: '已完成：进程以状态 0 结束，未保存任何输出。',
  },
  'say.stderr.line': { en: '{line}', zh: '{line}' },
  'say.stderr.nothing': { en: 'It printed nothing to stderr.', zh: '它没有向 stderr 打印任何内容。' },
  'say.cache.code_unknown': {
    en: 'It is run each time, because its code is not in the record.',
    zh: '每次都会运行，因为记录中没有其代码。',
  },
  'say.cache.unknown': { en: 'It is run each time: {why}.', zh: '每次都会运行：{why}。' },
  'say.cache.own': {
    en: 'It is run each time, because it checks another run.',
    zh: '每次都会运行，因为它用于检查另一个运行。',
  },
  'say.cache.not_asked': {
    en: 'What was done before was not asked for it: it was one of many that were submitted at once, or it came with a publication.',
    zh: '未为它查询此前的工作：它是一次提交的多个运行之一，或随出版物带来。',
  },
  'say.cache.no_code': {
    en: 'It is run each time, because its code was not captured: {why}.',
    zh: '每次都会运行，因为未捕获其代码：{why}。',
  },
  'say.cache.not_looked': {
    en: 'It is run each time, because whoever submitted it did not say which programs and modules it uses.',
    zh: '每次都会运行，因为提交者没有说明它使用哪些程序与模块。',
  },
  'say.cache.older_rule': {
    en: 'It was recorded by the rule of Hven 0.1, which did not look at programs, modules and all variables, so it is never taken for up to date.',
    zh: '它按 Hven 0.1 的规则记录，该规则不查看程序、模块与全部变量，因此不会被视为最新。',
  },
  'say.cache.by_older_rule': {
    en: '{run} did the same by the rule of Hven 0.1, which did not look at programs, modules and all variables, so it was not taken for up to date.',
    zh: '按 Hven 0.1 的规则，{run}做了同样的工作；该规则不查看程序、模块与全部变量，因此未被视为最新。',
  },
  'say.cache.differs': { en: 'It is not the same as {run}: {what}.', zh: '它与{run}不同：{what}。' },
  'say.end.deleted': {
    en: '{name} deleted it on {deleted_time}: {because}. Where it ran and how it ended was erased.',
    zh: '{name} 于 {deleted_time} 将其删除：{because}。它在哪里运行、如何结束均已涂除。',
  },
  'say.cache.not_succeeded': {
    en: 'It did not succeed, so it answers for no other run: the same work is run again.',
    zh: '它没有成功，因此不能代替其他运行：相同的工作会再次运行。',
  },
  'say.cache.not_done': {
    en: 'It is not done yet, so it answers for no other run.',
    zh: '它尚未完成，因此还不能代替其他运行。',
  },
  'say.cache.unsound': {
    en: 'It answers for no other run, and the same work is run again. It is {why}.',
    zh: '它不能代替其他运行，相同的工作会再次运行。原因：{why}。',
  },
  'say.cache.outputs_gone': {
    en: 'Not all of its outputs are in the store any more, so the same work is run again.',
    zh: '它的输出已不全在存储中，因此相同的工作会再次运行。',
  },
  'say.cache.changed': {
    en: 'Its outputs are not used again, because of what was found of its files.',
    zh: '其输出不会再被采用，原因见对其文件的说明。',
  },
  'say.cache.last_changed': {
    en: '{run} did the same, and its outputs are not used again, because of what was found of its files.',
    zh: '{run}做了同样的工作，但其输出不会再被采用，原因见对其文件的说明。',
  },
  'say.files.input_changed': {
    en: 'Its input {path} changed before it started: the recorded bytes are not those that it found.',
    zh: '其输入 {path} 在启动前发生了变化：所记录的内容不是它启动时的内容。',
  },
  'say.files.input_changed_while_it_ran': {
    en: 'Its input {path} changed while it ran: it is not known which bytes it read.',
    zh: '其输入 {path} 在运行期间发生了变化：无法确定它读取的是哪些内容。',
  },
  'say.files.code_changed': {
    en: 'Its code {path} changed before it started: the recorded code is not what it found.',
    zh: '其代码 {path} 在启动前发生了变化：所记录的代码不是它启动时的代码。',
  },
  'say.files.code_written_again': {
    en: 'Its code {path} was written again before it started: whether its bytes changed is not known.',
    zh: '其代码 {path} 在启动前被重新写入：内容是否变化无法确定。',
  },
  'say.files.input_touched_while_it_ran': {
    en: 'Its input {path} was written or touched while it ran: it has the recorded bytes now, and it is not known which bytes it read.',
    zh: '其输入 {path} 在运行期间被写入或触及：现在的内容与所记录的相同，但无法确定它读取的是哪些内容。',
  },
  'say.files.code_changed_before_it_ended': {
    en: 'Its code {path} changed before the run ended: it is not known which code it ran.',
    zh: '其代码 {path} 在运行结束前发生了变化：无法确定它运行的是哪些代码。',
  },
  'say.files.code_written_before_it_ended': {
    en: 'Its code {path} was written again before the run ended: it is not known which code it ran.',
    zh: '其代码 {path} 在运行结束前被重新写入：无法确定它运行的是哪些代码。',
  },
  'say.files.output_not_written': {
    en: 'Its output {path} was there before, and it was not written.',
    zh: '其输出 {path} 在启动前就已存在，且未被写入。',
  },
  'say.files.more_not_written': {
    en: 'More of its outputs were there before, and they were not written ({files}), such as {path}.',
    zh: '还有 {files} 个输出文件在启动前就已存在，且未被写入，例如 {path}。',
  },
  'say.files.output_shared': {
    en: 'Run {handle} ran at the same time and has {path} among its outputs, too: it is not known which of them made it.',
    zh: '运行 {handle} 同时在运行，其输出也包括 {path}：无法确定它由哪一个运行产生。',
  },
  'say.files.more_shared': {
    en: 'More runs ran at the same time and have outputs of this run among their own ({runs}), such as {path}.',
    zh: '还有 {runs} 个同时运行的运行，其输出与此运行的输出相同，例如 {path}。',
  },
  'say.files.more_changed': {
    en: 'More of its files changed, or could not be compared ({files}), such as {path}.',
    zh: '还有 {files} 个文件发生了变化，或无法比较，例如 {path}。',
  },
  'say.files.not_compared': {
    en: 'Whether {path} changed is not known: {why}.',
    zh: '{path} 是否发生变化无法确定：{why}。',
  },
  'say.cache.same': { en: 'Nothing that is recorded tells it from {run}.', zh: '所记录的内容与{run}没有差别。' },
  'say.changed.erased': { en: 'what {run} ran was erased', zh: '{run}所运行的内容已被涂除' },
  'say.changed.work': { en: 'it does other work now', zh: '现在做的是另一项工作' },
  'say.changed.recipe': {
    en: 'the recipe is now version {version}, and was {before}',
    zh: '内置方法现在是版本 {version}，之前是 {before}',
  },
  'say.changed.argument': { en: '{name} changed', zh: '{name} 已改变' },
  'say.changed.command': { en: 'the command changed', zh: '命令已改变' },
  'say.changed.place': { en: 'it runs in a folder of another kind', zh: '运行所在的文件夹类型不同' },
  'say.changed.place_within': {
    en: 'it runs in another part of its fresh folder',
    zh: '它在新文件夹的另一个子文件夹中运行',
  },
  'say.changed.input': { en: '{path} changed', zh: '{path} 已改变' },
  'say.changed.input_new': { en: '{path} is a new input', zh: '{path} 是新的输入' },
  'say.changed.input_gone': { en: '{path} is no input any more', zh: '{path} 不再是输入' },
  'say.changed.stdin': { en: 'what is on standard input changed', zh: '标准输入的内容已改变' },
  'say.changed.inputs_order': { en: 'the order of the inputs changed', zh: '输入的顺序已改变' },
  'say.changed.outputs': { en: 'it makes other outputs', zh: '产生的输出不同' },
  'say.changed.outputs_order': { en: 'the order of the outputs changed', zh: '输出的顺序已改变' },
  'say.changed.param': { en: 'the parameter {name} changed', zh: '参数 {name} 已改变' },
  'say.changed.param_value': {
    en: 'the parameter {name} changed from {before} to {value}',
    zh: '参数 {name} 由 {before} 变为 {value}',
  },
  'say.changed.param_new': { en: 'the parameter {name} is given now', zh: '现在给出了参数 {name}' },
  'say.changed.param_gone': { en: 'the parameter {name} is not given any more', zh: '不再给出参数 {name}' },
  'say.changed.code': { en: 'the code changed', zh: '代码已改变' },
  'say.changed.code_files': { en: 'the code changed: {paths}', zh: '代码已改变：{paths}' },
  'say.changed.commit': {
    en: 'the code changed: commit {before} became {commit}',
    zh: '代码已改变：提交 {before} 变为 {commit}',
  },
  'say.changed.key_file': { en: 'the file of keys {path} changed', zh: '密钥文件 {path} 已改变' },
  'say.changed.variable': { en: 'the environment variable {name} changed', zh: '环境变量 {name} 已改变' },
  'say.changed.variable_value': {
    en: 'the environment variable {name} changed from {before} to {value}',
    zh: '环境变量 {name} 由 {before} 变为 {value}',
  },
  'say.changed.variable_new': { en: 'the environment variable {name} is set now', zh: '现在设置了环境变量 {name}' },
  'say.changed.variable_gone': {
    en: 'the environment variable {name} is not set any more',
    zh: '不再设置环境变量 {name}',
  },
  'say.changed.secret': { en: 'the secret {name} has another value', zh: '机密 {name} 的值不同' },
  'say.changed.secrets': { en: 'it is given other secrets', zh: '所提供的机密不同' },
  'say.changed.program': { en: 'the program {word} changed: {path}', zh: '程序 {word} 已改变：{path}' },
  'say.changed.program_place': {
    en: 'the program {word} is another: {path} instead of {before}',
    zh: '程序 {word} 是另一个：{path}，之前是 {before}',
  },
  'say.changed.program_new': { en: 'the program {word} is found now: {path}', zh: '现在能找到程序 {word}：{path}' },
  'say.changed.program_gone': { en: 'the program {word} is not found any more', zh: '找不到程序 {word} 了' },
  'say.changed.file': {
    en: 'the file {path}, which the command or a variable names, changed (if the run writes it, declare it with -o)',
    zh: '命令或变量所指的文件 {path} 已改变（若由该运行写入，请用 -o 声明）',
  },
  'say.changed.file_new': {
    en: 'the file {path} counts now: the command or a variable names it (if the run writes it, declare it with -o)',
    zh: '文件 {path} 现在计入：命令或变量指明了它（若由该运行写入，请用 -o 声明）',
  },
  'say.changed.file_gone': {
    en: 'the file {path} does not count any more: it is not there, or not named',
    zh: '文件 {path} 不再计入：它不存在，或未被指明',
  },
  'say.changed.folder': {
    en: 'files in the folder {path} of {name} changed',
    zh: '{name} 的文件夹 {path} 中有文件改变',
  },
  'say.changed.folder_new': {
    en: 'the folder {path} of {name} is looked in now',
    zh: '现在会查找 {name} 的文件夹 {path}',
  },
  'say.changed.folder_gone': {
    en: 'the folder {path} of {name} is not there any more, or not looked in',
    zh: '{name} 的文件夹 {path} 已不存在，或不再查找',
  },
  'say.changed.package': {
    en: 'the package {name} was {before} and is {version}',
    zh: '软件包 {name} 由 {before} 变为 {version}',
  },
  'say.changed.package_new': {
    en: 'the package {name} {version} is installed now',
    zh: '现在安装了软件包 {name} {version}',
  },
  'say.changed.package_gone': { en: 'the package {name} is not installed any more', zh: '软件包 {name} 已不再安装' },
  'say.changed.installation': {
    en: 'packages or modules in {path} changed, in the same versions',
    zh: '{path} 中的软件包或模块已改变，版本相同',
  },
  'say.changed.home_key': {
    en: 'the home has another key, so values of variables cannot be compared',
    zh: '主目录的密钥不同，因此无法比较变量的值',
  },
  'say.changed.not_recorded': {
    en: 'which variables, programs and modules {run} had was not recorded',
    zh: '{run}有哪些变量、程序与模块未被记录',
  },
  'say.changed.not_looked': {
    en: 'of one of the two it is not known which programs and modules it used',
    zh: '两者之一使用哪些程序与模块未知',
  },
  'say.changed.unread': {
    en: 'variables, programs or modules changed; which of them cannot be read any more',
    zh: '变量、程序或模块已改变，具体是哪些已无法读取',
  },
  'say.changed.more': { en: 'and {count} more', zh: '还有 {count} 项' },
  'say.step.run': { en: '{run}', zh: '{run} ' },
  'say.step.run_through': { en: '{run}, through {path}', zh: '{run}，经由 {path}' },
  'say.step.unfinished': { en: '{run} (not done)', zh: '{run}（未完成）' },
  'say.step.unfinished_through': { en: '{run} (not done), through {path}', zh: '{run}（未完成），经由 {path}' },
  'say.step.raw': {
    en: '{path}, not known to be made by a recorded run',
    zh: '{path}，不知道由哪个已记录的运行产生',
  },
  'say.step.raw_bytes': {
    en: 'bytes that are not known to be made by a recorded run',
    zh: '不知道由哪个已记录的运行产生的字节',
  },
  'say.step.commit': { en: 'code: git commit {commit}', zh: '代码：git 提交 {commit}' },
  'say.step.commit_changed': {
    en: 'code: git commit {commit} with uncommitted changes',
    zh: '代码：git 提交 {commit}，含未提交的改动',
  },
  'say.step.folder': {
    en: { one: 'code: {count} file of its folder', other: 'code: {count} files of its folder' },
    zh: '代码：所在目录的 {count} 个文件',
  },
  'say.step.no_code': { en: 'code: not captured ({why})', zh: '代码：未捕获（{why}）' },
  'say.step.named_run': { en: '{run} ({name})', zh: '{run}（{name}）' },
  'say.step.dataset_of_one_row': { en: 'dataset {dataset}, 1 row', zh: '数据集 {dataset}，1 行' },
  'say.step.dataset': { en: 'dataset {dataset}, {rows} rows', zh: '数据集 {dataset}，{rows} 行' },
  'say.step.claim': { en: 'claim {claim}: {verdict}', zh: '论断 {claim}：{verdict}' },
  'say.step.publication': { en: 'publication {publication}: {title}', zh: '出版物 {publication}：{title}' },
  'say.step.claim_unjudged': { en: 'claim {claim}, not judged', zh: '论断 {claim}，尚未判定' },
  'say.step.hidden_node': { en: 'something that you may not see', zh: '您无权查看的内容' },
  'say.step.hidden': { en: 'a run that you may not see', zh: '您无权查看的运行' },
})
