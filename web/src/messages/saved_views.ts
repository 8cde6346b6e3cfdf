// Texts of saved views, and the sentences of the record about them.
import { entries } from './entry'

export const savedViewMessages = entries({
  'views.title': { en: 'Views', zh: '视图' },
  'views.open': { en: 'View: {name}', zh: '视图：{name}' },
  'views.changed': { en: 'changed', zh: '已修改' },
  'views.name': { en: 'Name of this view', zh: '此视图的名称' },
  'views.project': { en: 'Project of this view', zh: '此视图所属的项目' },
  'views.save': { en: 'Save', zh: '保存' },
  'views.overwrite': { en: 'Overwrite', zh: '覆盖' },
  'views.overwrite.named': { en: 'Overwrite the view {name} with this state', zh: '用当前状态覆盖视图 {name}' },
  'views.rename': { en: 'Rename', zh: '重命名' },
  'views.rename.named': { en: 'Rename the view {name}', zh: '重命名视图 {name}' },
  'views.remove': { en: 'Remove', zh: '删除' },
  'views.remove.named': { en: 'Remove the view {name}', zh: '删除视图 {name}' },
  'views.remove.title': { en: 'Remove the view {name}?', zh: '删除视图 {name}？' },
  'views.remove.body': {
    en: 'All users of {project} lose it. The record still names it.',
    zh: '{project} 的所有用户都将失去它。记录中仍会保留其名称。',
  },
  'views.keep': { en: 'Keep it', zh: '保留' },
  'views.by': { en: 'saved by {user}', zh: '由 {user} 保存' },
  'views.none': { en: 'There are no views yet.', zh: '还没有视图。' },
  'views.none.all': {
    en: 'There are no views yet. The list of runs and the page that compares runs save them under “Views”.',
    zh: '还没有视图。可在运行列表和比较页面的“视图”中保存。',
  },
  'views.note': {
    en: 'All users who may see the project see its views.',
    zh: '能查看该项目的所有用户都能看到其视图。',
  },
  'views.noProject': {
    en: 'You may not save views: you are a member of no project.',
    zh: '您不是任何项目的成员，因此无法保存视图。',
  },
  'views.all': { en: 'All views', zh: '全部视图' },
  'views.count': { en: { one: '{count} view', other: '{count} views' }, zh: '{count} 个视图' },
  'views.page': { en: 'Page', zh: '页面' },
  'views.page.runs': { en: 'Runs', zh: '运行' },
  'views.page.compare': { en: 'Comparison', zh: '比较' },
  'views.saved': { en: 'Saved', zh: '保存于' },
  'views.savedBy': { en: 'Saved by', zh: '保存者' },
  'views.gone': {
    en: 'The view {name} does not exist any more, or you may not see it.',
    zh: '视图 {name} 已不存在，或您无权查看。',
  },
  'views.browser': {
    en: {
      one: '{count} view is kept in this browser alone: {names}',
      other: '{count} views are kept in this browser alone: {names}',
    },
    zh: '{count} 个视图仅保存在此浏览器中：{names}',
  },
  'views.browser.save': { en: 'Save them in {project}', zh: '保存到 {project}' },
  'views.browser.drop': { en: 'Remove them', zh: '删除' },
  'views.browser.taken': {
    en: 'The project has views of these names already: {names}',
    zh: '该项目已有同名视图：{names}',
  },
  'say.fact.document.view_saved': { en: 'the view {view} was saved', zh: '保存了视图 {view}' },
  'say.fact.document.view_removed': { en: 'the view {view} was removed', zh: '删除了视图 {view}' },
})
