// Texts about remarks: in their list, in the record and in the lineage.
import { entries } from './entry'

export const remarkMessages = entries({
  'nav.remarks': { en: 'Remarks', zh: '评注' },
  'remarks.count': { en: { one: '{count} remark', other: '{count} remarks' }, zh: '{count} 条评注' },
  'remarks.filter': { en: 'Filter the remarks', zh: '筛选评注' },
  'remarks.none': { en: 'Nothing has been remarked yet. Remark something:', zh: '尚无评注。添加评注：' },
  'remarks.none.match': { en: 'No remark has these words.', zh: '没有含有这些词的评注。' },
  'remark.remark': { en: 'Remark', zh: '评注' },
  'remark.text': { en: 'Text', zh: '内容' },
  'remark.made': { en: 'Made', zh: '添加于' },
  'remark.by': { en: 'By', zh: '添加者' },
  'reach.group.remark': { en: { one: '{count} remark', other: '{count} remarks' }, zh: '{count} 条评注' },
  'say.fact.remark.made': { en: 'remark {remark} was made: {text}', zh: '已添加评注 {remark}：{text}' },
  'say.noun.remark': { en: 'remark {remark}', zh: '评注 {remark}' },
  'say.step.remark': { en: 'remark {remark}: {text}', zh: '评注 {remark}：{text}' },
})
