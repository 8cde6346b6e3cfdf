// Sets theme and language on <html> before anything is painted, so that a page never flashes in the
// wrong theme. A file of its own because the server's policy allows no inline scripts.
;(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  }
  const theme = read('hven.theme')
  if (theme === 'paper' || theme === 'night') document.documentElement.dataset.theme = theme
  const language = read('hven.language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en')
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
})()
