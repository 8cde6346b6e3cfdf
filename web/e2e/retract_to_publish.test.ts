// The whole journey in the browser: a claim is published, its source is retracted, the claim is suspect and cannot be
// published, it is repaired, and a new version is published in place of the suspect one.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { Hven } from './hven'
import { Catalogue } from './tables'

let hven: Hven
let browser: Browser
let catalogue: Catalogue

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  catalogue = await Catalogue.fill(hven)
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const banner = (page: Page) => page.getByRole('region', { name: 'Soundness' })
const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Publish kepler3' })
const made_ms = 40_000

async function openDialog(page: Page) {
  await page.goto(`${hven.url}/knowledge/${catalogue.kepler3}`)
  await page.getByRole('button', { name: 'Publish…' }).click()
  await dialogOf(page).waitFor()
  return dialogOf(page)
}

test('an empty list shows the command that makes the first publication', async () => {
  const { page, context } = await visit(browser, hven, '/')
  await page.getByRole('link', { name: 'Publications' }).click()
  await page.getByText('Nothing has been published yet.').waitFor()
  await page.getByText('hven publish claim/kepler3').waitFor()
  await context.close()
})

test('a claim is published in a dialogue that shows the planned content', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/')
  const dialog = await openDialog(page)
  const inside = dialog.getByRole('region', { name: 'Planned content' })
  await inside.getByText('kepler3, version 1:').waitFor()
  await inside.getByText(/1 claim · 1 law · 1 dataset/).waitFor()
  const licence = inside.getByRole('table', { name: 'Licences' }).getByRole('row', { name: /planets@1/ })
  await licence.getByText('CC0-1.0').first().waitFor()
  await licence.getByText('yes', { exact: true }).waitFor()
  // All with the keyboard, starting in the focused field.
  await page.keyboard.type('Distances and periods of planets')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Planets that are farther out take longer.')
  await page.keyboard.press('Tab')
  await page.keyboard.type('行星越远，周期越长。')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Ada Lovelace; 0000-0002-1825-0097; Analytical Society')
  await page.keyboard.press('Tab')
  await page.keyboard.type('CC-BY-4.0')
  await page.keyboard.press('Tab')
  await page.keyboard.type('planets, orbits')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/publications\/\w+$/, { timeout: made_ms })
  await page.getByRole('heading', { level: 1, name: /kepler3@1\s*Distances and periods of planets/ }).waitFor()
  await page.getByText('Planets that are farther out take longer.').first().waitFor()
  const facts = page.getByRole('complementary', { name: 'Facts' })
  await facts.getByText('Ada Lovelace, Analytical Society').waitFor()
  await facts.getByText('planets, orbits').waitFor()
  await page
    .getByRole('region', { name: 'Content' })
    .getByRole('row', { name: /kepler3/ })
    .getByText('Holds')
    .waitFor()

  // The page of the publication, in a frame that runs no scripts.
  const frame = page.locator('iframe[sandbox=""]')
  expect(await frame.getAttribute('sandbox')).toBe('')
  await frame.contentFrame().getByText('Distances and periods of planets').first().waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: /^Download \(zip/ }).click()
  const bytes = await readFile(await (await download).path())
  expect(bytes.subarray(0, 2).toString()).toBe('PK')

  // The same content would be the same version.
  const again = await openDialog(page)
  await again
    .getByRole('region', { name: 'Planned content' })
    .getByText(/kepler3, version \d:/)
    .waitFor()
  await page.keyboard.press('Escape')
  await page
    .getByRole('complementary', { name: /What rests on it/ })
    .getByRole('link', { name: /kepler3@1/ })
    .waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('a retraction makes the claim and its publication suspect, and the next version is refused', async () => {
  const { page, context } = await visit(browser, hven, `/data/${catalogue.planets}`)
  await page.getByRole('button', { name: 'Retract…' }).click()
  const retract = page.getByRole('dialog', { name: 'Retract planets@1?' })
  await retract.getByRole('heading', { name: '1 publication' }).waitFor()
  await retract.getByRole('textbox', { name: /^Reason/ }).fill('unit error in row 5')
  await retract.getByRole('button', { name: 'Retract' }).click()
  await banner(page).getByText('Retracted by owner').waitFor()

  await page.getByRole('link', { name: 'Publications' }).click()
  await page
    .getByRole('row', { name: /kepler3@1/ })
    .getByText('Suspect')
    .waitFor()
  await page.getByRole('link', { name: 'kepler3@1' }).click()
  await banner(page).getByText('Suspect', { exact: true }).waitFor()
  await banner(page).getByText('“unit error in row 5”').waitFor()
  await banner(page).getByRole('link', { name: catalogue.law }).waitFor()

  const dialog = await openDialog(page)
  await dialog.getByText('It is refused unless you give a reason:').waitFor()
  await dialog.getByText(/rests on dataset planets@1/).waitFor()
  await dialog.getByRole('button', { name: 'Publish despite the suspicion' }).click()
  await dialog.getByText('Give a reason: the record keeps it.').waitFor()
  await page.keyboard.press('Escape')
  expect((await hven.api<{ items: unknown[] }>('GET', '/publications')).items.length).toBe(1)
  await context.close()
})

test('after a repair a new version replaces the suspect one', async () => {
  await writeFile(join(hven.folder, 'planets.csv'), catalogue.table.replace('4.608', '4.6041'))
  const units = ['--unit', 'period=yr', '--unit', 'semi_major_axis=AU', '--license', 'CC0-1.0']
  await hven.cli('data', 'add', 'planets.csv', ...units)
  const { page, context } = await visit(browser, hven, `/data/${catalogue.planets}`)
  const plan = page.getByRole('region', { name: 'Repair plan' })
  await plan.getByRole('button', { name: 'Start the repair' }).click()
  await plan.getByText(/^Repaired:/).waitFor({ timeout: made_ms })

  const dialog = await openDialog(page)
  await dialog.getByText('kepler3, version 2:').waitFor()
  expect(await dialog.getByText('It is refused').count()).toBe(0)
  // The description of the first version is the default of the next.
  await expect
    .poll(() => dialog.getByRole('textbox', { name: 'Title' }).inputValue())
    .toBe('Distances and periods of planets')
  await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.waitForURL(/\/publications\/\w+$/, { timeout: made_ms })
  await page.getByRole('heading', { level: 1, name: /kepler3@2\s*Distances and periods of planets/ }).waitFor()
  expect(await banner(page).count()).toBe(0)
  const versions = page.getByRole('table', { name: 'All versions' })
  await versions
    .getByRole('row', { name: /kepler3@1/ })
    .getByText('Superseded')
    .waitFor()
  await versions.getByRole('link', { name: 'kepler3@1' }).click()
  await page.getByText('A newer version replaces it:').waitFor()
  await context.close()
})

test('a suspect claim is published with a reason, and the page shows the reason', async () => {
  await hven.cli('retract', 'planets@2', '--because', 'wrong once more', '--yes')
  const { page, context } = await visit(browser, hven, '/', { viewport: phone })
  const dialog = await openDialog(page)
  await dialog.getByRole('textbox', { name: /give a reason/ }).fill('readers must see what went wrong')
  await dialog.getByRole('textbox', { name: 'Title' }).fill('What went wrong')
  await dialog.getByRole('button', { name: 'Publish despite the suspicion' }).click()
  await page.waitForURL(/\/publications\/\w+$/, { timeout: made_ms })
  await banner(page).getByText('Suspect', { exact: true }).waitFor()
  await page.getByText('“readers must see what went wrong”').first().waitFor()
  await context.close()
})
