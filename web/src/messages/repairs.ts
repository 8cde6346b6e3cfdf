// Texts about repairs: their list, and the sentences of the record about them. The texts about soundness contain the
// repair plan.
import { entries } from './entry'

export const repairMessages = entries({
  'nav.repairs': { en: 'Repairs', zh: '修复' },
  'repairs.count': { en: { one: '{count} repair', other: '{count} repairs' }, zh: '{count} 次修复' },
  'repairs.filter': { en: 'Filter the repairs', zh: '筛选修复' },
  'repairs.none': {
    en: 'No repair has been started yet. The page of a retracted thing has a button for it; the command is:',
    zh: '尚未开始任何修复。被撤回内容的页面上有按钮，也可用命令：',
  },
  'repairs.none.match': { en: 'No repair matches.', zh: '没有这样的修复。' },
  'repairs.repair': { en: 'Repair', zh: '修复' },
  'repairs.state': { en: 'State', zh: '状态' },
  'repairs.of': { en: 'Of', zh: '对象' },
  'repairs.begun': { en: 'Begun', zh: '开始于' },
  'repairs.by': { en: 'By', zh: '发起者' },
  'repairs.cancel': { en: 'Cancel', zh: '取消' },
  'repairs.state.running': { en: 'Running', zh: '运行中' },
  'repairs.state.done': { en: 'Done', zh: '完成' },
  'repairs.state.incomplete': { en: 'Incomplete', zh: '未完成' },
  'repairs.state.stopped': { en: 'Stopped', zh: '已中止' },
  'repairs.state.cancelled': { en: 'Cancelled', zh: '已取消' },
  'say.fact.repair.begun': { en: '{repair} was begun', zh: '{repair} 已开始' },
  'say.fact.repair.ended': { en: '{repair} is done ({steps} steps)', zh: '{repair} 已完成（共 {steps} 步）' },
  'say.fact.repair.incomplete': {
    en: '{repair} ended: {left} of {steps} steps are left',
    zh: '{repair} 已结束：{steps} 步中还剩 {left} 步',
  },
  'say.fact.repair.stopped': { en: '{repair} was stopped: {because}', zh: '{repair} 已中止：{because}' },
  'say.fact.repair.cancelled': { en: '{repair} was cancelled', zh: '{repair} 已取消' },
  'say.noun.repair': { en: 'repair {number}', zh: '修复 {number}' },
  'say.noun.a_repair': { en: 'a repair', zh: '某次修复' },
  'say.repair.not_allowed': {
    en: 'the person who began it may not change anything in its project any more',
    zh: '发起者已无权更改其项目中的内容',
  },
})
