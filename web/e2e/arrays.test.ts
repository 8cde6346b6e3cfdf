// Arrays in the browser: the empty list, an array with failures (grid, failures, metrics, tasks), running the failed tasks
// again, an array that changes while a reader looks at it and that a reader cancels, and the page in Chinese.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { serious, settle, tooWide_px } from './checks'
import { Hven } from './hven'
import { writeSweep } from './scripts'

let hven: Hven
let browser: Browser
const ended_ms = 60_000

interface Counts {
  counts: { done: number; failed: number }
  state: string
}
const arrayOf = async (number: number) => (await hven.api<{ array: Counts }>('GET', `/arrays/${number}`)).array

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  await writeSweep(hven.folder)
})

afterAll(async () => {
  // No further task may start while the runs are ended.
  for (const number of [1, 2]) await hven?.api('POST', `/arrays/${number}/cancel`, {}).catch(() => undefined)
  await browser?.close()
  await hven?.stop()
})

const taskRows = (page: Page) => page.getByRole('table', { name: 'Tasks' }).getByRole('row')
const cells = (page: Page) => page.getByRole('toolbar', { name: 'States of all tasks' }).getByRole('button')

test('an empty list shows the command that makes the first array', async () => {
  const { page, context } = await visit(browser, hven, '/')
  await page.getByRole('link', { name: 'Arrays' }).click()
  await page.getByText('There is no array yet.').waitFor()
  await page.getByText("hven map 'python sim.py {i}' --over i=1..10", { exact: true }).waitFor()
  await context.close()
})

test('an array appears in the list, and its page has grid, failures, metrics and tasks', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/arrays')
  // A second try of this test finds the array of the first one.
  const { items } = await hven.api<{ items: unknown[] }>('GET', '/arrays')
  if (items.length === 0)
    await hven.cli('map', '--detach', 'python3 sweep.py {i} {t}', '--over', 'i=1..6', '--over', 't=0.5,1')
  const listed = page.getByRole('row', { name: /array\/1/ })
  await listed.getByText('12 tasks · 8 done · 4 failed').waitFor({ timeout: ended_ms })
  await listed.getByText('Incomplete').waitFor()
  await page.getByRole('combobox', { name: 'States' }).selectOption('running')
  await page.getByText('No array matches this filter.').waitFor()
  await page.getByRole('combobox', { name: 'States' }).selectOption('')
  await page.getByRole('link', { name: 'array/1' }).click()
  await page.getByRole('heading', { level: 1, name: 'array/1' }).waitFor()
  await settle(page)
  expect(await cells(page).evaluateAll((all) => all.map((cell) => cell.getAttribute('data-state')))).toEqual(
    [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1].map((done) => (done ? 'done' : 'failed')),
  )

  const failures = page.getByRole('table', { name: 'Failures by their last line' })
  await failures.getByRole('row', { name: /2 no convergence failed with exit status 3 3-4/ }).waitFor()
  await failures.getByRole('row', { name: /2 cannot read <b>data<\/b> failed with exit status 1 7-8/ }).waitFor()

  const metrics = page.getByRole('region', { name: 'Metrics over parameters' })
  await metrics.getByRole('img', { name: 'loss over i: 8 points' }).locator('svg').waitFor()
  await metrics.getByRole('combobox', { name: 'Metric' }).selectOption('size')
  await metrics.getByRole('combobox', { name: 'Over' }).selectOption('t')
  await metrics.getByRole('img', { name: 'size over t: 8 points' }).locator('svg').waitFor()
  expect(new URL(page.url()).searchParams.get('over')).toBe('t')

  expect(await taskRows(page).count()).toBe(13)
  await page.getByRole('combobox', { name: 'State of the tasks' }).selectOption('failed')
  await expect.poll(() => taskRows(page).count()).toBe(5)
  await failures.getByRole('button', { name: /from array\/1:7 on/ }).click()
  await expect.poll(() => taskRows(page).count()).toBe(3)
  await page.getByRole('button', { name: 'Show from the first task' }).click()
  await expect.poll(() => taskRows(page).count()).toBe(5)

  // By keyboard: the sixth cell, whose row is then the first one in the table.
  await cells(page).first().focus()
  for (const _ of [1, 2, 3, 4, 5]) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect.poll(() => taskRows(page).nth(1).textContent()).toMatch(/^array\/1:6Done31/)
  expect(await serious(page)).toEqual([])
  await taskRows(page).nth(1).getByRole('link').click()
  await page.waitForURL(/\/r\/\w+$/)
  expect(complaints).toEqual([])
  await context.close()
})

test('a reader has the failed tasks run again', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/arrays/1')
  await hven.cli('run', '--', 'touch', 'converges')
  await page.getByRole('button', { name: 'Run failed again' }).click()
  const question = page.getByRole('alertdialog', { name: 'Run 4 tasks of array/1 again?' })
  await question.getByRole('button', { name: 'Run failed again' }).click()
  await page.getByText('12 tasks · 10 done · 2 failed', { exact: true }).waitFor({ timeout: ended_ms })
  await page.getByRole('button', { name: 'Run failed again' }).waitFor()
  expect(await arrayOf(1)).toMatchObject({ state: 'incomplete', counts: { done: 10, failed: 2 } })
  expect(complaints).toEqual([])
  await context.close()
})

test('a running array is followed, and a reader cancels it', async () => {
  await hven.cli('map', '--detach', 'sleep {s}', '--over', 's=600..900')
  const { page, context, complaints } = await visit(browser, hven, '/arrays/2')
  await page.getByText(/301 tasks · .*running/).waitFor({ timeout: ended_ms })
  await page.getByRole('button', { name: 'Cancel array' }).click()
  const question = page.getByRole('alertdialog', { name: 'Cancel array/2?' })
  await question.getByRole('button', { name: 'Cancel array' }).click()
  await page.getByText('301 tasks · 301 cancelled', { exact: true }).waitFor({ timeout: ended_ms })
  await page.getByRole('button', { name: 'Run cancelled again' }).waitFor()
  expect(await page.getByRole('button', { name: 'Cancel array' }).count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})

test('the page is in Chinese on a phone, and the record says in Chinese what happened', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/arrays/1', { viewport: phone, locale: 'zh-CN' })
  await page.getByText('12 个任务 · 10 个完成 · 2 个失败').waitFor()
  await page.getByRole('table', { name: '按最后一行归类的失败' }).getByText('cannot read <b>data</b>').waitFor()
  await page.getByRole('combobox', { name: '任务状态' }).selectOption('failed')
  await expect.poll(() => page.getByRole('table', { name: '任务', exact: true }).getByRole('row').count()).toBe(3)
  expect(await tooWide_px(page)).toBe(0)
  await page.goto(`${hven.url}/log?kind=array.submitted`)
  await page.getByText('数组 2 已提交：301 个任务').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})
