// Texts for errors between the page and the server.
import { entries } from './entry'

export const errorMessages = entries({
  'error.unreachable': { en: 'The server does not answer.', zh: '服务器没有响应。' },
  'error.unreachable.hint': {
    en: 'If it was stopped, start it with “hven up”. This page tries again by itself.',
    zh: '如果它已停止，请用 “hven up” 启动。此页面会自动重试。',
  },
  'error.unreadable': {
    en: 'The server answered with {status}, in a form this page cannot read.',
    zh: '服务器返回了 {status}，此页面无法解读其内容。',
  },
  'error.unreadable.hint': {
    en: 'The server may be another version than this page: load the page again.',
    zh: '服务器版本可能与此页面不同：请重新加载页面。',
  },
  'error.page': { en: 'This page failed to draw.', zh: '此页面绘制失败。' },
  'error.page.hint': {
    en: 'Load it again; if it fails again, report the text on this page.',
    zh: '请重新加载；若仍失败，请将此处内容告诉我们。',
  },
  'problem.access.unauthenticated': { en: 'You are signed out.', zh: '您尚未登录。' },
  'problem.access.denied': { en: 'You may not do that.', zh: '您无权执行此操作。' },
  'problem.run.not_allowed_as_owner': {
    en: 'Your commands may not run as the Unix user of the server.',
    zh: '您的命令不得以服务器的 Unix 用户身份执行。',
  },
  'problem.not_found': { en: 'It does not exist, or you may not see it.', zh: '没有这个对象，或您无权查看。' },
  'problem.run.ambiguous': { en: 'The name matches several runs.', zh: '这个名称对应多个运行。' },
  'problem.invalid': { en: 'The request is not valid.', zh: '提交的内容无效。' },
  'problem.conflict': { en: 'The present state does not allow it.', zh: '当前状态下无法执行。' },
  'problem.run.deleted': { en: 'The run was deleted.', zh: '该运行已被删除。' },
  'problem.secret.exposed': {
    en: 'A secret is in a text that would be recorded.',
    zh: '机密出现在会被记录的位置。',
  },
  'problem.soundness.suspect': { en: 'It would rest on something retracted.', zh: '它将依据已撤回的内容。' },
  'problem.soundness.retracted_before': { en: 'It was retracted before.', zh: '此前已被撤回。' },
  'problem.data.checks_failed': { en: 'The dataset fails its checks.', zh: '数据集未通过其检查。' },
  'problem.runner.stale_session': { en: 'The runner has attached again.', zh: '运行器已重新连接。' },
  'problem.busy': { en: 'The server is busy; try again in a moment.', zh: '服务器繁忙，请稍后重试。' },
  'problem.idempotency.key_reused': {
    en: 'The same request was sent twice with different content.',
    zh: '同一请求被以不同内容发送了两次。',
  },
  'problem.stream.gap': { en: 'A part of the stream is missing.', zh: '数据流缺少一段。' },
  'problem.object.wrong_digest': { en: 'The bytes do not match their digest.', zh: '字节与摘要不符。' },
  'problem.object.missing': {
    en: 'The store lacks bytes that the record names.',
    zh: '存储中缺少记录所指的字节。',
  },
  'problem.store.full': { en: 'The disk of the home, or its quota, is full.', zh: '主目录所在磁盘或其配额已满。' },
  'problem.store.read_only': { en: 'The disk of the home is read-only now.', zh: '主目录所在磁盘目前只能读取。' },
  'problem.store.damaged': { en: 'The record is damaged.', zh: '记录已损坏。' },
  'problem.store.failed': { en: 'The record cannot be reached.', zh: '无法访问记录。' },
})
