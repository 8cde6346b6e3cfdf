// Workflows in the browser: the empty list, a workflow with its steps and manifest, one that changes while a reader looks
// at it, and one that a reader cancels.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { Hven } from './hven'
import { copyKepler, writeBroken, writeSlow } from './manifests'

let hven: Hven
let browser: Browser
const carriedOut_ms = 40_000

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const row = (page: Page, name: string) =>
  page.getByRole('table', { name: 'Steps' }).getByRole('row', { name: new RegExp(`^${name} `) })

test('an empty list shows the command that starts the first workflow', async () => {
  const { page, context } = await visit(browser, hven, '/')
  await page.getByRole('link', { name: 'Workflows' }).click()
  await page.getByText('No workflow has been started yet.').waitFor()
  await page.getByText('hven run', { exact: true }).waitFor()
  await context.close()
})

test('a workflow appears in the list, and its page shows steps, results and the manifest', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/workflows')
  const folder = await copyKepler(hven)
  await hven.cliIn(folder, 'run')
  await page
    .getByRole('row', { name: /workflow\/1/ })
    .getByText('4 of 4 steps ended')
    .waitFor()
  await page.getByRole('link', { name: 'workflow/1' }).click()
  await page.getByRole('heading', { level: 1, name: 'workflow/1' }).waitFor()
  await row(page, 'data.planets').getByRole('link', { name: 'planets@1' }).waitFor()
  await row(page, 'run.law needs data.planets').getByText('Done').waitFor()
  await row(page, 'claim.kepler3 needs run.law').getByText('Holds').waitFor()
  expect(await page.getByRole('button', { name: 'Cancel workflow' }).count()).toBe(0)
  await page.getByText('Text of the manifest').click()
  await page.getByText('recipe = "law"').waitFor()
  await row(page, 'run.line').getByRole('link').click()
  await page.waitForURL(/\/r\/\w+$/)
  expect(complaints).toEqual([])
  await context.close()
})

test('a step that failed says why, and one that ran again says because of what', async () => {
  const folder = await copyKepler(hven)
  await writeBroken(folder)
  // The exit status reports that a step failed.
  await hven.cliIn(folder, 'run').catch(() => undefined)
  const { page, context } = await visit(browser, hven, '/workflows/2', { viewport: phone })
  await page.getByText('6 of 6 steps ended · 2 without the wanted result').waitFor()
  await row(page, 'run.law needs data.planets').getByText('Up to date').waitFor()
  await page.getByText('Run again, because fit.py changed').waitFor()
  await row(page, 'run.breaks').getByText('Failed').waitFor()
  await page.getByText('failed with exit status 3').waitFor()
  await row(page, 'run.after needs run.breaks').getByText('Blocked').waitFor()
  await context.close()
})

test('a running workflow is followed, and a reader cancels it', async () => {
  const folder = await writeSlow(hven)
  const followed = hven.cliIn(folder, 'run').catch(() => undefined)
  await expect.poll(() => hven.api('GET', '/workflows/3').catch(() => undefined)).toBeDefined()
  const { page, context, complaints } = await visit(browser, hven, '/workflows/3')
  await row(page, 'run.slow needs run.quick').getByText('Running').waitFor({ timeout: carriedOut_ms })
  await page.getByText('1 of 3 steps ended').waitFor()
  await row(page, 'run.last').getByText('Waiting').waitFor()
  await page.getByRole('button', { name: 'Cancel workflow' }).click()
  const question = page.getByRole('alertdialog', { name: 'Cancel workflow/3?' })
  await question.getByRole('button', { name: 'Cancel workflow' }).click()
  await page.getByRole('complementary', { name: 'Facts' }).getByText('Cancelled by').waitFor()
  await row(page, 'run.last').getByText('Not done').waitFor()
  expect(await page.getByRole('button', { name: 'Cancel workflow' }).count()).toBe(0)
  await followed
  const { items } = await hven.api<{ items: { state: string; handle: string; name: string }[] }>('GET', '/runs')
  const slow = items.find(({ name }) => name === 'slow')
  expect(await hven.ended(String(slow?.handle), carriedOut_ms)).toBe('cancelled')
  expect(complaints).toEqual([])
  await context.close()
})
