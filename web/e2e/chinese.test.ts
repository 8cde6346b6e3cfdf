// Chinese pages are in Chinese: no English sentence of the server is left on them.
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
import { Hven } from './hven'

const kepler = join(import.meta.dirname, '../../examples/kepler')
let hven: Hven
let browser: Browser
/** Runs in each state. */
const runs: Record<string, string> = {}

interface Said {
  code?: string
  text: string
}

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  for (const file of ['fit.py', 'planets.csv']) await cp(join(kepler, file), join(hven.folder, file))
  await writeFile(join(hven.folder, 'closed.sh'), 'echo\n')
  runs.done = await hven.run(['-i', 'planets.csv', '-o', 'fit.csv', '-o', 'fit.svg'], 'python3', 'fit.py')
  await hven.ended(runs.done)
  runs.next = await hven.run(['-i', 'fit.csv', '-o', 'sum.txt'], 'cp', 'fit.csv', 'sum.txt')
  runs.failed = await hven.run(['--retries', '1'], 'false')
  runs.absent = await hven.run([], 'no-such-command')
  runs.closed = await hven.run([], './closed.sh')
  runs.outputMissing = await hven.run(['-o', 'nothing.csv'], 'true')
  for (const handle of Object.values(runs)) await hven.ended(handle)
  runs.running = await hven.run([], 'sleep', '1000')
  runs.held = await hven.run(['--hold'], 'true')
  runs.cancelled = await hven.run([], 'sleep', '1000')
  await hven.cli('cancel', runs.cancelled)
  await hven.ended(runs.cancelled)
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

/** All text of a page that a reader can see or hear: its text nodes, and attributes that screen readers read. */
async function readable(page: Page): Promise<string[]> {
  // biome-ignore lint/performance/useDomNodeTextContent: hidden text does not count
  const seen = await page.locator('body').innerText()
  const spoken = await page.evaluate(() =>
    ['title', 'aria-label', 'placeholder', 'alt'].flatMap((name) =>
      [...document.querySelectorAll(`[${name}]:not([lang=en])`)].map((element) => element.getAttribute(name) ?? ''),
    ),
  )
  return [...seen.split('\n'), ...spoken]
}

/** Three English words in a row count as a sentence; names and units are shorter. */
const english = /[a-z]{2,} [a-z]{2,} [a-z]{2,}/i

/** A command to type is the same in each language. */
const command = /“hven [^”]*”/g

async function leftOver(page: Page, said: Said[]): Promise<string[]> {
  const lines = (await readable(page)).map((line) => line.replaceAll(command, ''))
  const texts = said.filter(({ text }) => english.test(text)).map(({ text }) => text)
  return lines.filter((line) => english.test(line) || texts.some((text) => line.includes(text)))
}

test('Chinese pages contain no English sentence of the server', { timeout: 120_000 }, async () => {
  const { page, context } = await visit(browser, hven, '/', { locale: 'zh-CN' })
  await page.getByRole('heading', { name: '首页' }).waitFor()
  await page.getByRole('link', { name: runs.done }).first().waitFor()
  expect(await leftOver(page, [])).toEqual([])

  const { items: facts } = await hven.api<{ items: Said[] }>('GET', '/facts?limit=1000')
  expect(facts.filter(({ code }) => !code)).toEqual([])
  await page.goto(`${hven.url}/log`)
  await page.getByText(`运行 ${runs.failed} 已结束：失败，退出码 1`).first().waitFor()
  expect(await leftOver(page, facts)).toEqual([])

  for (const [stands, handle] of Object.entries(runs)) {
    const explained = await hven.api<{ lines: Said[] }>('GET', `/runs/${handle}/explain`)
    const why = await hven.api<{ rests_on: Said[]; supports: Said[] }>('GET', `/runs/${handle}/why`)
    const said = [...explained.lines, ...why.rests_on, ...why.supports]
    expect(said.filter(({ code }) => !code)).toEqual([])
    await page.goto(`${hven.url}/r/${handle}?tab=outputs`)
    await page.getByRole('heading', { level: 1, name: handle }).waitFor()
    await expect.poll(() => page.getByRole('status', { name: '正在加载' }).count()).toBe(0)
    await page.getByText('每次都会运行').or(page.getByText('视为最新')).first().waitFor()
    expect(await leftOver(page, said), stands).toEqual([])
  }
  await context.close()
})
