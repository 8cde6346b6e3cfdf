// Texts of the page that searches the logs of all runs.
import { entries } from './entry'

export const logsMessages = entries({
  'logs.title': { en: 'Search logs', zh: '搜索日志' },
  'logs.summary': {
    en: 'In the logs of all runs that you may see, the newest run first.',
    zh: '在您可查看的所有运行的日志中搜索，最新的运行在前。',
  },
  'logs.link': { en: 'Search all logs', zh: '搜索全部日志' },
  'logs.link.for': { en: 'Search all logs for “{query}”', zh: '在全部日志中搜索“{query}”' },
  'logs.field': { en: 'Text of one line', zh: '一行中的文本' },
  'logs.field.regex': { en: 'Regular expression for one line', zh: '匹配一行的正则表达式' },
  'logs.search': { en: 'Search', zh: '搜索' },
  'logs.regex': { en: 'Regular expression', zh: '正则表达式' },
  'logs.ignoreCase': { en: 'Ignore case', zh: '忽略大小写' },
  'logs.project.any': { en: 'All projects', zh: '所有项目' },
  'logs.context': { en: 'Lines around each match', zh: '每个匹配项前后的行数' },
  'logs.context.none': { en: 'No lines around', zh: '不显示前后行' },
  'logs.context.lines': {
    en: { one: '{count} line before and after', other: '{count} lines before and after' },
    zh: '前后各 {count} 行',
  },
  'logs.none.yet': {
    en: 'Type a text that a run may have printed, such as an error message. Upper and lower case are the same.',
    zh: '输入运行可能打印过的文本，例如错误信息。不区分大小写。',
  },
  'logs.none': { en: 'No log has this text.', zh: '没有日志包含此内容。' },
  'logs.none.runs': { en: 'No run fits, so no log was searched.', zh: '没有符合条件的运行，因此未搜索任何日志。' },
  'logs.matches': { en: { one: '{count} match', other: '{count} matches' }, zh: '{count} 个匹配项' },
  'logs.progress': {
    en: { one: 'searching: {searched} of {count} run, {size}', other: 'searching: {searched} of {count} runs, {size}' },
    zh: '正在搜索：{searched} / {count} 个运行，{size}',
  },
  'logs.partly': {
    en: {
      one: '{searched} of {count} run searched, {size}; the rest was not searched',
      other: '{searched} of {count} runs searched, {size}; the rest was not searched',
    },
    zh: '已搜索 {searched} / {count} 个运行，{size}；其余尚未搜索',
  },
  'logs.whole': {
    en: { one: '{count} run searched, {size}', other: 'all {count} runs searched, {size}' },
    zh: '已搜索全部 {count} 个运行，{size}',
  },
  'logs.cannotTell': {
    en: {
      one: '{count} run was left out: the condition cannot be told',
      other: '{count} runs were left out: the condition cannot be told',
    },
    zh: '{count} 个运行因无法判断条件而未搜索',
  },
  'logs.stop': { en: 'Stop', zh: '停止' },
  'logs.more': { en: 'Search on', zh: '继续搜索' },
  'logs.attempt': { en: 'attempt {attempt}', zh: '第 {attempt} 次尝试' },
})
