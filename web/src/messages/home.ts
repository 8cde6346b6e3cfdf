// Texts of the home page, and of the home itself.
import { entries } from './entry'

export const homeMessages = entries({
  'nav.home': { en: 'Home', zh: '首页' },
  'home.title': { en: 'Home', zh: '首页' },
  'home.summary': {
    en: '{running} running, {waiting} waiting, {done} done and {failed} failed of {total} runs, archived ones left out.',
    zh: '共 {total} 个运行（不计已归档）：{running} 个运行中，{waiting} 个等待，{done} 个完成，{failed} 个失败。',
  },
  'home.running': { en: 'Running', zh: '运行中' },
  'home.waiting': { en: 'Waiting', zh: '等待' },
  'home.recent': { en: 'Recent runs', zh: '最近的运行' },
  'home.running.none': { en: 'Nothing runs now.', zh: '当前没有运行。' },
  'home.waiting.none': { en: 'Nothing waits.', zh: '没有等待中的运行。' },
  'home.recent.none': { en: 'No run has ended yet. Start one with:', zh: '还没有结束的运行。用这条命令开始：' },
  'home.all': { en: 'All runs', zh: '全部运行' },
  'home.more': { en: 'and {count} more', zh: '另有 {count} 个' },
  'home.facts': { en: 'Facts', zh: '事实' },
  'home.database': { en: 'Database', zh: '数据库' },
  'home.runner.state': { en: 'Runner', zh: '运行器' },
  'home.runner.capacity': { en: 'Capacity', zh: '容量' },
  'home.runner.heard': { en: 'Last contact', zh: '上次联系' },
  'runner.attached': { en: 'attached', zh: '已连接' },
  'runner.silent': { en: 'silent; it may well be alive', zh: '静默；可能仍在运行' },
  'runner.gone': { en: 'gone', zh: '已离开' },
  'home.place': { en: 'Server', zh: '服务器' },
  'say.fact.home.created': { en: 'the home was made by Hven {version}', zh: 'Hven {version} 创建了主目录' },
  'say.noun.home': { en: 'the home', zh: '主目录' },
})
