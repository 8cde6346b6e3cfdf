// Texts for what can go wrong between the page and the server.
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
    en: 'Load it again; if it fails again, tell us what is written here.',
    zh: '请重新加载；若仍失败，请将此处内容告诉我们。',
  },
})
