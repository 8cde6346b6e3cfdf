// Measures in a real browser how soon the list of runs and a comparison of 200 runs can be used:
//   node e2e/bench_pages.mjs HVEN HOME [REPEAT]
// HOME is a home that `hven bench runs --home HOME` has filled. Each time is from the start of the navigation, in a fresh
// tab, until the rows or the curves are drawn and the browser has nothing to do.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const compared = 200
const [, , binary, home, repeat = '7'] = process.argv
if (home === undefined) throw new Error('usage: node e2e/bench_pages.mjs HVEN HOME [REPEAT]')

const hven = (...args) => execFileSync(binary, ['--home', home, ...args], { encoding: 'utf8' })
hven('up', '--detach')
const { url } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
const token = readFileSync(join(home, 'token'), 'utf8').trim()
const list = await fetch(`${url}/api/v1/runs?project=bench&limit=${compared}`, {
  headers: { authorization: `Bearer ${token}` },
})
const handles = (await list.json()).items.map(({ handle }) => handle)

const rows = (page) =>
  page
    .getByRole('row', { name: /run-\d/ })
    .first()
    .waitFor()
const pages = [
  { name: 'list of runs', path: '/runs', drawn: rows },
  { name: 'list, a condition, sorted by a metric', path: '/runs?where=m7%20%3C%200.1&sort=m7', drawn: rows },
  {
    name: `comparison of ${handles.length} runs`,
    path: `/compare?runs=${handles.join(',')}&metric=m7`,
    drawn: (page) => page.locator('canvas').first().waitFor(),
  },
]

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? places.find((place) => existsSync(place)),
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' })
const first = await context.newPage()
const login = /http:\/\/[^\s"]+\/login\/[^\s"]+/.exec(hven('--json', 'login', '--next', '/'))
await first.goto(login[0])
await first.close()

const one = async ({ path, drawn }) => {
  const page = await context.newPage()
  const start = performance.now()
  await page.goto(url + path, { waitUntil: 'commit' })
  await drawn(page)
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)))
  const took_ms = performance.now() - start
  await page.close()
  return took_ms
}

for (const page of pages) {
  const cold_ms = await one(page)
  const times_ms = []
  for (let time = 0; time < Number(repeat); time += 1) times_ms.push(await one(page))
  times_ms.sort((a, b) => a - b)
  const median_ms = times_ms[Math.floor(times_ms.length / 2)]
  const shown = (ms) => `${ms.toFixed(0)} ms`
  process.stdout.write(
    `${page.name}: first ${shown(cold_ms)}, median ${shown(median_ms)}, longest ${shown(times_ms.at(-1))}\n`,
  )
}
await browser.close()
hven('down')
