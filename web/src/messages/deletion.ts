// Texts about deleting runs, and about deleted runs.
import { entries } from './entry'

export const deletionMessages = entries({
  'delete.of': { en: 'Delete {run}…', zh: '删除 {run}…' },
  'delete.do': { en: 'Delete…', zh: '删除…' },
  'delete.live': { en: 'It can be deleted when it has ended.', zh: '结束后才能删除。' },
  'delete.owner': { en: 'Only owners of its project may delete it.', zh: '只有项目所有者可以删除。' },
  'delete.ask.one': { en: 'Delete run {run}?', zh: '删除运行 {run}？' },
  'delete.ask': { en: { one: 'Delete {count} run?', other: 'Delete {count} runs?' }, zh: '删除 {count} 个运行？' },
  'delete.body': {
    en: 'Command, parameters, metrics, log, labels and outputs are erased. This cannot be undone. The record keeps the id, who deleted it, when and why.',
    zh: '命令、参数、指标、日志、标签和输出将被清除，无法撤销。记录中会保留标识、删除者、时间和原因。',
  },
  'delete.because': { en: 'Why is it deleted? The reason is kept forever.', zh: '为何删除？原因将永久保留。' },
  'delete.act': { en: { one: 'Delete {count} run', other: 'Delete {count} runs' }, zh: '删除 {count} 个运行' },
  'delete.erases': {
    en: { one: '{count} fact and {log} of log are erased.', other: '{count} facts and {log} of log are erased.' },
    zh: '将清除 {count} 条事实和 {log} 的日志。',
  },
  'delete.frees': {
    en: {
      one: '{count} object, {size}, becomes garbage: “hven gc” removes it when it is a day old.',
      other: '{count} objects, {size}, become garbage: “hven gc” removes them when they are a day old.',
    },
    zh: '{count} 个对象（{size}）将成为垃圾：一天之后可用“hven gc”移除。',
  },
  'delete.keeps': {
    en: {
      one: '{count} object, {size}, stays, because others name it.',
      other: '{count} objects, {size}, stay, because others name them.',
    },
    zh: '{count} 个对象（{size}）因被其他内容引用而保留。',
  },
  'delete.rests': {
    en: {
      one: '{count} thing rests on it. It stays, and keeps its place in the lineage.',
      other: '{count} things rest on it. They stay, and keep their places in the lineage.',
    },
    zh: '有 {count} 项内容依赖于它。它们会保留，并保持其在谱系中的位置。',
  },
  'delete.rests.none': { en: 'Nothing rests on it.', zh: '没有内容依赖于它。' },
  'bulk.delete': { en: { one: 'Delete {count} run…', other: 'Delete {count} runs…' }, zh: '删除 {count} 个运行…' },
  'bulk.delete.tooMany': { en: 'At most {max} can be deleted at once.', zh: '一次最多可删除 {max} 个。' },
  'bulk.deleted': {
    en: { one: '{count} run was deleted.', other: '{count} runs were deleted.' },
    zh: '已删除 {count} 个运行。',
  },
  'deleted.title': { en: 'Deletion', zh: '删除信息' },
  'deleted.summary': { en: 'This run was deleted. Its content is erased.', zh: '此运行已被删除，其内容已清除。' },
  'deleted.by': { en: 'Deleted by', zh: '删除者' },
  'deleted.time': { en: 'Deleted', zh: '删除于' },
  'deleted.because': { en: 'Reason', zh: '原因' },
  'deleted.why.none': { en: 'No source of it is recorded.', zh: '没有记录其来源。' },
  'deleted.stays': {
    en: 'Its id stays, so that what rests on it keeps its place in the lineage.',
    zh: '其标识会保留，因此依赖于它的内容仍保持在谱系中的位置。',
  },
  'say.fact.run.deleted': { en: '{run} was deleted: {because}', zh: '{run} 已删除：{because}' },
})
