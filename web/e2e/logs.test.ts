// The search in the logs of all runs: matches below their runs, progress, empty answers, and the way to the place in a log.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { serious, settle, tooWide_px } from './checks'
import { Hven } from './hven'
import { shouting } from './scripts'

let hven: Hven
let browser: Browser
let large: string
let failed: string

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  large = await hven.run(['--name', 'large log', '--project', 'astro'], ...shouting(20_000))
  failed = await hven.run(
    ['--name', 'out of memory'],
    'python3',
    '-c',
    'print("epoch 1")\nprint("CUDA error: out of memory")\nprint("epoch 2")\nraise SystemExit("needle in the haystack")',
  )
  for (let number = 0; number < 6; number++) {
    const handle = await hven.run(
      ['--name', `many-${number}`],
      'python3',
      '-c',
      'for i in range(60): print("common", i)',
    )
    await hven.ended(handle)
  }
  await hven.ended(large)
  await hven.ended(failed)
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const shot = async (page: Page, name: string) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
}

test('a text is found in all logs, and a match leads to its place in the log', { timeout: 90_000 }, async () => {
  const { page, context, complaints } = await visit(browser, hven, '/runs')
  await page.getByRole('link', { name: 'Search all logs' }).click()
  await page.getByText('Type a text that a run may have printed').waitFor()
  await shot(page, 'logs-none-yet')
  await page.getByRole('searchbox', { name: 'Text of one line' }).fill('NEEDLE')
  await page.keyboard.press('Enter')
  await page.waitForURL(/q=NEEDLE/)
  const of = (handle: string) => page.getByRole('region', { name: `Log of run ${handle}` })
  await of(large).getByText('needle', { exact: true }).waitFor()
  expect(await of(failed).locator('mark').allTextContents()).toEqual(['needle'])
  await page.getByText(/2 matches · all 8 runs searched/).waitFor()
  await shot(page, 'logs-found')
  expect(await serious(page)).toEqual([])

  await of(large).getByRole('link', { name: 'line 10001' }).click()
  await page.waitForURL(new RegExp(`/r/${large}`))
  await page.locator('[data-chosen]').getByText('line 00010000').waitFor()
  await page.getByText('1 of 1').waitFor()
  await shot(page, 'logs-place')
  expect(complaints).toEqual([])
  await context.close()
})

test('an expression, lines around the matches, a project and a condition narrow the search', {
  timeout: 90_000,
}, async () => {
  const { page, context, complaints } = await visit(browser, hven, '/logs?q=cuda%20(error%7Cfault)')
  await page.getByText('No log has this text.').waitFor()
  await page.getByRole('checkbox', { name: 'Regular expression' }).check()
  await page.getByText('No log has this text.').waitFor()
  await page.getByRole('checkbox', { name: 'Ignore case' }).check()
  await page.getByText('CUDA error: out of memory').waitFor()
  await page.getByRole('combobox', { name: 'Lines around each match' }).selectOption('1')
  await page.getByText('epoch 2').waitFor()
  await shot(page, 'logs-context')
  const where = encodeURIComponent("state == 'done'")
  await page.goto(`${hven.url}/logs?q=needle&where=${where}`)
  await page.getByText(/1 match · all 7 runs searched/).waitFor()
  await page.goto(`${hven.url}/logs?q=needle&project=bio`)
  await page.getByText('No run fits, so no log was searched.').waitFor()
  await page.goto(`${hven.url}/logs?q=(&regex=true`)
  await page.getByText(/the regular expression cannot be read/).waitFor()
  await shot(page, 'logs-refused')
  expect(complaints).toEqual([])
  await context.close()
})

test('many matches come in parts', { timeout: 90_000 }, async () => {
  const { page, context } = await visit(browser, hven, '/logs?q=common')
  await page.getByRole('button', { name: 'Search on' }).waitFor()
  const count = async () =>
    Number(
      /(\d+) matches/.exec((await page.getByRole('status').filter({ hasText: 'matches' }).textContent()) ?? '')?.[1],
    )
  const before = await count()
  expect(before).toBeGreaterThanOrEqual(200)
  expect(before).toBeLessThan(360)
  await page.getByText(/the rest was not searched/).waitFor()
  await page.getByRole('button', { name: 'Search on' }).click()
  await page.getByText(/360 matches · all 8 runs searched/).waitFor()
  expect(await page.locator('li[data-match]').count()).toBe(360)
  await context.close()
})

test('the page fits a phone, in Chinese', { timeout: 60_000 }, async () => {
  const { page, context, complaints } = await visit(browser, hven, '/logs?q=needle&context=1', {
    viewport: phone,
    locale: 'zh-CN',
    colorScheme: 'dark',
  })
  await page.getByText(/2 个匹配项 · 已搜索全部 8 个运行/).waitFor()
  await settle(page)
  await shot(page, 'logs-phone')
  expect(await tooWide_px(page)).toBeLessThanOrEqual(0)
  expect(await serious(page)).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})
