// Texts of the frame around every page.
import { entries } from './entry'

export const frameMessages = entries({
  'nav.label': { en: 'Parts of Hven', zh: 'Hven 导航' },
  'nav.collapse': { en: 'Collapse the rail', zh: '收起侧栏' },
  'nav.expand': { en: 'Expand the rail', zh: '展开侧栏' },
  'nav.skip': { en: 'Skip to the page', zh: '跳到正文' },
  'nav.breadcrumb': { en: 'You are here', zh: '当前位置' },
  'frame.language': { en: '中文', zh: 'English' },
  'frame.language.label': { en: '切换到中文', zh: 'Switch to English' },
  'frame.theme.night': { en: 'Switch to the dark theme', zh: '切换到深色主题' },
  'frame.theme.paper': { en: 'Switch to the light theme', zh: '切换到浅色主题' },
  'frame.you': { en: 'Signed in as {name}', zh: '已登录：{name}' },
  'frame.you.erased': { en: 'a user without a name', zh: '无名用户' },
  'frame.lost': {
    en: 'The connection to the server is lost. What you see may be out of date; it resumes by itself.',
    zh: '与服务器的连接已断开。当前内容可能不是最新；恢复后会自动继续。',
  },
  'live.connected': { en: 'Connected', zh: '已连接' },
  'live.lost': { en: 'Not connected', zh: '未连接' },
  'live.connecting': { en: 'Connecting', zh: '正在连接' },
  'live.running': { en: '{count} running', zh: '{count} 个运行中' },
  'live.waiting': { en: '{count} waiting', zh: '{count} 个等待' },
  'palette.open': { en: 'Go to or do', zh: '前往或执行' },
  'palette.placeholder': { en: 'Go to a page or a run, or do something', zh: '前往页面或运行，或执行操作' },
  'palette.none': { en: 'No results for “{query}”.', zh: '没有名为“{query}”的内容。' },
  'palette.goTo': { en: 'Go to', zh: '前往' },
  'palette.here': { en: 'On this page', zh: '此页面' },
  'palette.do': { en: 'Do', zh: '执行' },
  'palette.keys': { en: '↑ ↓ to select, Enter to go, Esc to close', zh: '↑ ↓ 选择，回车前往，Esc 关闭' },
  'signedOut.title': { en: 'You are signed out', zh: '您尚未登录' },
  'signedOut.body': {
    en: 'Hven opens in the browser with a one-time link. In a terminal on the machine where it runs, type:',
    zh: 'Hven 通过一次性链接在浏览器中打开。请在运行 Hven 的机器上打开终端并输入：',
  },
  'signedOut.after': {
    en: 'It prints a link: open it here to sign this browser in. “hven login --open” opens the link itself.',
    zh: '它会打印一个链接：在此处打开即可让此浏览器登录。“hven login --open” 会直接打开该链接。',
  },
  'signedOut.used': {
    en: 'A link works once. If yours was used already or is old, make another one the same way.',
    zh: '每个链接只能使用一次。如果链接已被使用或已过期，请用同样的方法重新生成。',
  },
  'missing.title': { en: 'This page does not exist', zh: '没有这个页面' },
  'missing.body': { en: 'The address may be cut off or mistyped.', zh: '地址可能不完整或输入有误。' },
  'missing.home': { en: 'Go home', zh: '回到首页' },
})
