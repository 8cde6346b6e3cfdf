// From a one-time login link to a run's plot, and from there to everything that belongs to the run.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
import { Hven } from './hven'

const kepler = join(import.meta.dirname, '../../examples/kepler')
let hven: Hven
let browser: Browser
let handle: string

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  for (const file of ['fit.py', 'planets.csv']) await cp(join(kepler, file), join(hven.folder, file))
  const files = ['-i', 'planets.csv', '-o', 'fit.csv', '-o', 'fit.svg']
  handle = await hven.run([...files, '--project', 'astro/kepler', '--name', 'third law'], 'python3', 'fit.py')
  expect(await hven.ended(handle)).toBe('done')
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

test('a login link leads to the run, its plot, its numbers and its files', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/')
  expect(page.url()).toBe(`${hven.url}/`)
  await page.getByRole('region', { name: 'Recent runs' }).getByRole('link', { name: handle }).click()
  await page.waitForURL(`**/r/${handle}`)

  // The main picture is the plot that the script drew.
  const plot = page.getByTestId('main-picture')
  await plot.waitFor()
  await expect.poll(() => plot.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100)
  await page.getByRole('heading', { level: 1, name: new RegExp(handle) }).waitFor()
  await page.getByText(/^Done in .*2 outputs\.$/).waitFor()
  expect(await page.getByText('exponent', { exact: true }).count()).toBeGreaterThan(0)

  // Its lineage leads back to the raw table.
  await page.getByText('planets.csv').first().waitFor()

  await page.getByRole('tab', { name: 'Outputs' }).click()
  await page.getByRole('button', { name: 'fit.csv' }).click()
  await page
    .getByRole('cell', { name: 'Earth' })
    .or(page.getByRole('cell', { name: 'Mars' }))
    .first()
    .waitFor()
  await page.getByRole('tab', { name: 'Inputs' }).click()
  await page.getByRole('columnheader', { name: 'semi_major_axis' }).waitFor()
  await page.getByRole('tab', { name: 'Parameters' }).click()
  await page.getByRole('tabpanel').getByText(/\w/).first().waitFor()
  await page.getByRole('tab', { name: 'Code and environment' }).click()
  await page.getByText('python3 fit.py').first().waitFor()
  // The address stores the open part: a reload opens it again.
  await page.reload()
  await page.getByRole('tab', { name: 'Code and environment', selected: true }).waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('a link works once, and without a link the page shows the command to type', async () => {
  const link = await hven.link(`/r/${handle}`)
  const first = await browser.newContext()
  const page = await first.newPage()
  await page.goto(link)
  await page.waitForURL(`**/r/${handle}`)
  await first.close()

  const second = await browser.newContext()
  const again = await second.newPage()
  await again.goto(link)
  await again.getByText('hven login', { exact: true }).waitFor()
  await again.goto(`${hven.url}/r/${handle}`)
  await again.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await again.getByText('hven login', { exact: true }).waitFor()
  await second.close()
})

test('the palette opens a run, and the language changes with one click', async () => {
  const { page, context } = await visit(browser, hven, '/log')
  await page.getByRole('heading', { name: 'Record' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('third')
  await page.getByRole('option', { name: new RegExp(handle) }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/r/${handle}`)
  await page.getByRole('button', { name: '中文' }).click()
  await page.getByRole('tab', { name: '日志' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
  await context.close()
})

test('the record shows each fact and can be verified', async () => {
  const { page, context } = await visit(browser, hven, '/log')
  await page.getByRole('cell', { name: 'run.finished' }).first().waitFor()
  await page
    .getByRole('button', { name: /^Show fact/ })
    .first()
    .click()
  await page.getByText('· Hash').waitFor()
  await page.getByRole('combobox', { name: 'Kind of fact' }).selectOption('run.submitted')
  await expect.poll(() => page.getByRole('cell', { name: 'run.finished' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await page.getByText(/The chain holds/).waitFor()
  await context.close()
})
