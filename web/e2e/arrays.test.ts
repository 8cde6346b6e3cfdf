// Arrays in the browser: the empty list, an array with failures (grid, failures, metrics, tasks), running the failed tasks
// again, an array that changes while a reader looks at it and that a reader cancels, the form, and the page in Chinese.
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { serious, settle, shots, tooWide_px } from './checks'
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
  for (const number of [1, 2, 3, 4]) await hven?.api('POST', `/arrays/${number}/cancel`, {}).catch(() => undefined)
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

test('a reader starts an array in the form, and again with other values', async () => {
  await hven.cli('run', '--', 'true')
  const { page, context, complaints } = await visit(browser, hven, '/arrays')
  await page.getByRole('link', { name: 'New array' }).click()
  await page.getByRole('heading', { level: 1, name: 'New array' }).waitFor()
  const effect = page.getByRole('region', { name: 'What it would do' })
  await effect.getByText(/^With a command, a folder and values/).waitFor()
  // The folder of the latest run is there; everything else is written by keyboard.
  expect(await page.getByRole('textbox', { name: /^Folder/ }).inputValue()).toBe(hven.folder)
  await page.getByRole('textbox', { name: /^Command/ }).focus()
  await page.keyboard.type('python3 sweep.py {i} {t}')
  await page.getByRole('textbox', { name: 'Name of the values in row 1' }).focus()
  await page.keyboard.type('i')
  await page.keyboard.press('Tab')
  await page.keyboard.type('5..8')
  await page.getByText('{t} stands for no value', { exact: false }).waitFor()
  expect(await page.getByRole('textbox', { name: /^Command/ }).getAttribute('aria-invalid')).toBe('true')
  await page.getByRole('button', { name: 'Add values' }).press('Enter')
  await page.keyboard.type('t')
  await page.keyboard.press('Tab')
  await page.keyboard.type('0..1')
  await effect.getByText('8 tasks').waitFor()
  await page.getByRole('textbox', { name: 'Values of t' }).fill('0..0.5')
  await page.getByText('the range t=0..0.5 has no step').waitFor()
  await page.getByRole('textbox', { name: 'Values of t' }).fill('0.5,1')
  await effect.getByText('8 tasks').waitFor()
  await effect.getByText('python3 sweep.py 5 0.5', { exact: true }).waitFor()
  await effect.getByText('python3 sweep.py 8 1', { exact: true }).waitFor()
  await effect.getByText(/^The tasks get the environment in which the server was started/).waitFor()
  expect(await serious(page)).toEqual([])
  await page.screenshot({ path: join(shots, 'array-form-filled.png'), fullPage: true })
  expect((await hven.api<{ items: unknown[] }>('GET', '/arrays')).items.length).toBe(2)
  await page.getByRole('button', { name: 'Submit the array' }).click()
  await page.getByRole('heading', { level: 1, name: 'array/3' }).waitFor()
  await page.getByText('8 tasks · 8 done', { exact: true }).waitFor({ timeout: ended_ms })

  // The page of a task names the array and leads back to it.
  await taskRows(page).nth(2).getByRole('link').click()
  await page.getByText('Task 2 of array/3').waitFor()
  await page.getByRole('link', { name: 'array/3' }).click()
  await page.getByRole('link', { name: 'Again with other values' }).click()
  await page.waitForURL(/\/arrays\/new\?like=/)
  expect(await page.getByRole('textbox', { name: 'Values of i' }).inputValue()).toBe('5..8')
  await page.getByRole('textbox', { name: 'Values of i' }).fill('9')
  await page.getByRole('textbox', { name: 'Stops when' }).fill('failed >')
  await page.getByText('1 field needs a change.').waitFor()
  await page.getByRole('button', { name: 'Submit the array' }).click()
  await page.getByText('The array was not submitted, and nothing was recorded.').waitFor()
  await page.getByRole('textbox', { name: 'Stops when' }).fill('failed > 1')
  // Enough runs of this code ended: the time is known.
  await effect.getByText(/^About .* from \d+ earlier runs of this code\.$/).waitFor()
  await page.getByRole('button', { name: 'Submit the array' }).click()
  await page.getByRole('heading', { level: 1, name: 'array/4' }).waitFor()
  await page.getByText('2 tasks · 2 done', { exact: true }).waitFor({ timeout: ended_ms })
  expect(complaints).toEqual([])
  await context.close()
})

test('the form fits a phone, in Chinese and in the dark theme', async () => {
  const options = { viewport: phone, locale: 'zh-CN', colorScheme: 'dark' as const }
  const { page, context, complaints } = await visit(browser, hven, '/arrays/new?like=3', options)
  await page.getByRole('region', { name: '提交后的效果' }).getByText('8 个任务').waitFor()
  expect(await page.getByRole('textbox', { name: 't 的取值' }).inputValue()).toBe('0.5,1')
  expect(await tooWide_px(page)).toBe(0)
  expect(await serious(page)).toEqual([])
  await page.screenshot({ path: join(shots, 'array-form-phone-dark.png'), fullPage: true })
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
