'use strict'
// Chinese for browsers with Chinese as their language; the reader can change it.
if ((navigator.language || '').toLowerCase().startsWith('zh')) document.getElementById('chinese').checked = true
const updateLanguage = () => {
  document.documentElement.lang = document.getElementById('chinese').checked ? 'zh' : 'en'
}
for (const input of document.querySelectorAll('[name=language]')) input.addEventListener('change', updateLanguage)
updateLanguage()

// Compares the digests of all files that the reader chooses with manifest.json. No data leaves this page.
const output = document.getElementById('checked')
function say(kind, english, chinese, names = []) {
  const part = document.createElement('div')
  part.className = kind
  for (const [lang, text] of [['en', english], ['zh', chinese]]) {
    const line = document.createElement('p')
    line.lang = lang
    line.textContent = text
    part.append(line)
  }
  if (names.length > 0) {
    const list = document.createElement('ul')
    for (const name of names.slice(0, 100)) {
      const item = document.createElement('li')
      item.textContent = name
      list.append(item)
    }
    part.append(list)
  }
  output.append(part)
}
const hexadecimal = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

async function check(files) {
  output.replaceChildren()
  if (!(window.crypto && crypto.subtle)) {
    say('wrong', 'This browser computes no digests here; use hven verify or the command in README.md.', '此浏览器无法在此计算摘要；请用 hven verify 或 README.md 中的命令。')
    return
  }
  const chosen = new Map()
  for (const file of files) chosen.set((file.webkitRelativePath || file.name).split('/').slice(1).join('/') || file.name, file)
  const list = chosen.get('manifest.json')
  if (!list) {
    say('wrong', 'There is no manifest.json in that folder: choose the folder of this page.', '该文件夹中没有 manifest.json：请选择本页面所在的文件夹。')
    return
  }
  let manifest
  try {
    manifest = JSON.parse(await list.text()).files
    if (manifest === null || typeof manifest !== 'object') throw new Error()
  } catch {
    say('wrong', 'manifest.json cannot be read: it was changed.', 'manifest.json 无法读取：它已被改动。')
    return
  }
  const missing = []
  const changed = []
  const unread = []
  let good = 0
  for (const [name, expected] of Object.entries(manifest)) {
    const file = chosen.get(name)
    chosen.delete(name)
    if (!file) {
      missing.push(name)
      continue
    }
    try {
      const digest = hexadecimal(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
      if (file.size === expected.size && digest === expected.sha256) good += 1
      else changed.push(name)
    } catch {
      unread.push(name)
    }
  }
  chosen.delete('manifest.json')
  const extra = [...chosen.keys()]
  if (changed.length > 0) say('wrong', `Changed: ${changed.length}`, `已改动：${changed.length}`, changed)
  if (missing.length > 0) say('wrong', `Missing: ${missing.length}`, `缺失：${missing.length}`, missing)
  if (extra.length > 0) say('wrong', `Not part of the publication: ${extra.length}`, `不属于本出版物：${extra.length}`, extra)
  if (unread.length > 0) say('wrong', `Too large for this browser: ${unread.length}`, `对此浏览器过大：${unread.length}`, unread)
  if (changed.length + missing.length + extra.length + unread.length === 0)
    say('ok', `✓ All ${good} files are as manifest.json says.`, `✓ 全部 ${good} 个文件均与 manifest.json 所载相同。`)
  else say('soft', `${good} files are as manifest.json says.`, `${good} 个文件与 manifest.json 所载相同。`)
}
const chooser = document.getElementById('folder')
chooser.addEventListener('change', () => check(chooser.files))
