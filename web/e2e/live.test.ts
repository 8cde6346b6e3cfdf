// A run that is followed while it runs: its log, its curve, its state; also when the server is killed meanwhile.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
import { Hven } from './hven'
import { counting, drawing, shouting } from './scripts'

let hven: Hven
let browser: Browser

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const shownLines = async (page: Page) =>
  [...((await page.getByRole('log').textContent()) ?? '').matchAll(/line (\d{6})/g)].map((found) => Number(found[1]))

test('a run is followed live to its end', async () => {
  const handle = await hven.run([], ...counting(60, 0.1))
  const { page, context, complaints } = await visit(browser, hven, `/r/${handle}`)
  await page.getByText('Running', { exact: true }).first().waitFor()
  await page.getByText('line 000005').waitFor()
  // The curve grows without a reload.
  await page
    .locator('[data-curve="loss"]')
    .getByText(/\d+ points/)
    .waitFor()
  await page.getByText(/^Done in/).waitFor({ timeout: 30_000 })
  await page.getByText('line 000059').waitFor()
  await page.locator('[data-curve="loss"]').getByText('60 points').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('following pauses and continues', async () => {
  const handle = await hven.run([], ...counting(150, 0.05))
  const { page, context } = await visit(browser, hven, `/r/${handle}`)
  await page.getByText('line 000010').waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  const paused = Math.max(...(await shownLines(page)))
  await page.waitForTimeout(700)
  expect(Math.max(...(await shownLines(page)))).toBe(paused)
  await page.getByRole('button', { name: 'Follow' }).click()
  await page.getByText('line 000149').waitFor()
  await context.close()
})

test('the server is killed and started again while the page is open', async () => {
  const lines = 120
  const handle = await hven.run([], ...counting(lines, 0.1))
  const { page, context } = await visit(browser, hven, `/r/${handle}`)
  await page.getByText('line 000010').waitFor()
  await hven.kill()
  await page.getByTestId('connection-lost').waitFor()
  // The loaded text stays readable.
  expect((await shownLines(page)).length).toBeGreaterThan(5)
  await page.waitForTimeout(1500)
  await hven.up()
  await page.getByTestId('connection-lost').waitFor({ state: 'detached', timeout: 20_000 })
  await page.getByText(/^Done in/).waitFor({ timeout: 40_000 })
  const last = `line ${String(lines - 1).padStart(6, '0')}`
  await page.getByText(last).waitFor()
  // No line is missing and no line is repeated.
  const log = page.getByRole('log')
  const seen = new Set<number>()
  let before = -1
  for (let top = 0; ; top += 200) {
    await log.evaluate((element, to) => element.scrollTo(0, to), top)
    await page.waitForTimeout(30)
    const shown = await shownLines(page)
    expect(shown).toEqual([...shown].sort((a, b) => a - b))
    expect(new Set(shown).size).toBe(shown.length)
    for (const line of shown) seen.add(line)
    const at = await log.evaluate((element) => element.scrollTop)
    if (at === before) break
    before = at
  }
  expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: lines }, (_, line) => line))
  await context.close()
})

test('a log of 100 MB is read in windows, searched, and opened at any position', { timeout: 240_000 }, async () => {
  const lines = 1_000_000
  const handle = await hven.run([], ...shouting(lines))
  await hven.ended(handle, 150_000)
  const { page, context } = await visit(browser, hven, `/r/${handle}`)
  await page.getByText('line 00000000').waitFor()
  await page.getByRole('button', { name: 'End' }).click()
  await page.getByText(`line ${String(lines - 1).padStart(8, '0')}`).waitFor()
  await page.getByRole('searchbox', { name: 'Search the log' }).fill('needle')
  await page.getByRole('log').locator('mark', { hasText: 'needle' }).waitFor({ timeout: 30_000 })
  // However long the log is, the page contains only a small part of it.
  expect(await page.locator('*').count()).toBeLessThan(3000)
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByText('line 00000000').waitFor()
  await context.close()
})

test('a progress bar that overwrites its line shows its last state, and each state is found', async () => {
  const handle = await hven.run([], ...drawing(600))
  await hven.ended(handle)
  const { page, context } = await visit(browser, hven, `/r/${handle}`)
  const log = page.getByRole('log')
  await log.getByText('finished').waitFor()
  expect(await log.textContent()).toContain('600/600 loss=nan')
  expect(await log.textContent()).not.toContain('599/600')
  const search = page.getByRole('searchbox', { name: 'Search the log' })
  await search.fill('loss=nan')
  await page.getByText('1 of 300').waitFor()
  await page.getByText('line 1, state 302, later overwritten').waitFor()
  await page.getByText('301/600 loss=nan').waitFor()
  await search.fill('finished')
  await page.getByText('line 2', { exact: true }).waitFor()
  await log.locator('mark', { hasText: 'finished' }).waitFor()
  await context.close()
})
