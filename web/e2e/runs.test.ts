// The list of runs: filter, keyboard, columns, export, cancelling many runs, a phone; the address stores all of it.
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { Hven } from './hven'
import { counting } from './scripts'

const count = 400
let hven: Hven
let browser: Browser

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  const template = { argv: ['true'], cwd: hven.folder, project: 'many/runs', environment: { PATH: process.env.PATH } }
  const runs = Array.from({ length: count }, (_, at) => ({ argv: ['echo', `number ${at}`], name: `task-${at}` }))
  await hven.api('POST', '/runs/batch', { template, runs })
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

test('words, state and project narrow the list, and the address stores them', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/runs')
  const rows = page.getByRole('row', { name: /task-/ })
  await rows.first().waitFor()
  const filter = page.getByRole('combobox', { name: 'Filter' })
  await filter.fill('task-377')
  await expect.poll(() => rows.count()).toBe(1)
  expect(page.url()).toContain('q=task-377')
  await page.reload()
  await expect.poll(() => rows.count()).toBe(1)
  await filter.fill('')
  await filter.fill('state:don')
  await page.getByRole('option', { name: 'state:done' }).click()
  await page.waitForURL(/state=done/)
  await filter.fill('no-such-run')
  await page.getByText('No run matches this filter.').waitFor()
  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await rows.first().waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('only visible rows are drawn, and the keyboard reaches every row', async () => {
  const { page, context } = await visit(browser, hven, '/runs')
  const grid = page.getByRole('grid')
  await page.getByRole('row', { name: /task-/ }).first().waitFor()
  expect(await page.getByRole('row').count()).toBeLessThan(60)
  await grid.focus()
  for (let page_count = 0; page_count < 4; page_count += 1) {
    await page.keyboard.press('End')
    await page.waitForTimeout(300)
  }
  await page.getByRole('gridcell', { name: 'task-0', exact: true }).waitFor()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/r\/\w+$/)
  await context.close()
})

test('columns are chosen, stored and exported', async () => {
  const { page, context } = await visit(browser, hven, '/runs')
  await page.getByRole('button', { name: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Outputs' }).check()
  await page.getByRole('checkbox', { name: 'Project' }).uncheck()
  await page.keyboard.press('Escape')
  await page.getByRole('columnheader', { name: 'Outputs' }).waitFor()
  await page.goto(`${hven.url}/runs`)
  await page.getByRole('columnheader', { name: 'Outputs' }).waitFor()
  expect(await page.getByRole('columnheader', { name: 'Project' }).count()).toBe(0)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: /CSV/ }).click()
  const csv = await readFile(await (await download).path(), 'utf8')
  expect(csv.trim().split('\r\n')).toHaveLength(count + 1)
  expect(csv).toContain('task-0')
  await context.close()
})

test('a metric is found by its name without the prefix, also on a phone', async () => {
  const handle = await hven.run(['--name', 'fitted'], ...counting(4, 0))
  await hven.ended(handle)
  const { page, context } = await visit(browser, hven, '/runs?q=fitted')
  await page.getByRole('row', { name: /fitted/ }).waitFor()
  await page.getByRole('button', { name: 'Columns' }).click()
  const find = page.getByRole('searchbox', { name: 'Find a column, parameter, metric or tag' })
  await find.fill('loss')
  await page.getByRole('checkbox', { name: 'metrics.loss' }).waitFor()
  await find.press('Enter')
  await page.keyboard.press('Escape')
  await page.waitForURL(/metrics\.loss/)
  await page.getByRole('columnheader', { name: 'loss' }).waitFor()
  await page.getByRole('gridcell', { name: '0.25', exact: true }).waitFor()
  await context.close()

  const pocket = await visit(browser, hven, '/runs?q=fitted', { viewport: phone })
  const row = pocket.page.getByRole('row', { name: /fitted/ })
  await row.getByText('python3 -u -c').waitFor()
  await row.getByText('loss').and(row.locator('[data-column=metric] *')).waitFor()
  await row.getByText('0.25').waitFor()
  const { width = 0 } = (await row.boundingBox()) ?? {}
  expect(width).toBeGreaterThan(0)
  expect(width).toBeLessThanOrEqual(phone.width)
  await pocket.context.close()
})

test('many runs are cancelled at once', async () => {
  const template = { argv: ['true'], cwd: hven.folder, environment: { PATH: process.env.PATH } }
  const runs = Array.from({ length: 3 }, (_, at) => ({ argv: ['sleep', '600'], name: `sleeper-${at}` }))
  await hven.api('POST', '/runs/batch', { template, runs })
  const { page, context } = await visit(browser, hven, '/runs?q=sleeper')
  await expect.poll(() => page.getByRole('row', { name: /sleeper-/ }).count()).toBe(3)
  await page.getByRole('checkbox', { name: 'Select all that are shown' }).check()
  await page.getByRole('button', { name: 'Cancel 3 runs' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel 3 runs' }).click()
  await expect.poll(() => page.getByRole('gridcell', { name: 'Cancelled' }).count(), { timeout: 30_000 }).toBe(3)
  await context.close()
})

test('a held run is released on its page, and shows how it waits', async () => {
  const wishes = ['--name', 'held', '--hold', '--priority', '-3', '--deadline', '2h']
  const handle = await hven.run(wishes, 'true')
  const { page, context, complaints } = await visit(browser, hven, `/r/${handle}`)
  await page.getByText(`It is held: “hven release ${handle}” lets it start.`).waitFor()
  const facts = page.getByRole('complementary', { name: 'Facts' })
  await facts.getByText('-3', { exact: true }).waitFor()
  await facts.getByText('To start by').waitFor()
  await page.getByRole('button', { name: 'Release' }).click()
  await page.getByText('Done', { exact: true }).first().waitFor()
  expect(await page.getByRole('button', { name: 'Hold' }).count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})
