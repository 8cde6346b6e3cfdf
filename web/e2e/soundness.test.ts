// A retraction in the browser: the dialogue first shows everything downstream, every affected page shows the
// retraction, nothing is built on it without a reason, and the page starts a repair that continues after a reload.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { desktop, launch, phone, visit } from './browser'
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

/** The banner is visible without scrolling. */
async function isAboveTheFold(page: Page, height: number) {
  const place = await banner(page).boundingBox()
  expect(place?.y ?? height).toBeLessThan(height / 3)
}

const retraction = (page: Page) => page.getByRole('dialog', { name: /^Retract / })

test('everything downstream is shown before a retraction, all with the keyboard', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/data/${catalogue.planets}`)
  const button = page.getByRole('button', { name: 'Retract…' })
  await button.focus()
  await page.keyboard.press('Enter')
  const dialog = retraction(page)
  await dialog.waitFor()
  const reach = dialog.getByRole('region', { name: 'What rests on it' })
  await reach.getByRole('heading', { name: '1 law' }).waitFor()
  await reach.getByRole('heading', { name: '2 claims' }).waitFor()
  // The law was found in a part of the table, so the split is between them.
  const item = (name: string) => reach.getByRole('listitem').filter({ hasText: name })
  await item('kepler3')
    .getByText(new RegExp(`^through .*run ${catalogue.law}`))
    .waitFor()
  await reach.getByText('directly').first().waitFor()

  // Esc changes nothing and returns the focus.
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await banner(page).count()).toBe(0)

  // The action needs a reason, and the empty field gets the focus.
  await page.keyboard.press('Enter')
  const reason = dialog.getByRole('textbox', { name: /^Reason/ })
  await expect.poll(() => reason.evaluate((element) => element === document.activeElement)).toBe(true)
  await page.keyboard.press('Control+Enter')
  await dialog.getByText('Give a reason: the record keeps it.').waitFor()
  expect(await reason.getAttribute('aria-invalid')).toBe('true')

  // Another user retracts it meanwhile: the dialogue reports that, and the typed text stays.
  await page.keyboard.type('unit error in row 5')
  await context.route('**/api/v1/retractions', (route) =>
    route.fulfill({
      status: 409,
      json: {
        error: {
          code: 'soundness.retracted_before',
          message: 'the dataset planets@1 was retracted before: x',
          hint: '',
        },
      },
    }),
  )
  await page.keyboard.press('Control+Enter')
  await dialog.getByText('planets@1 was retracted before').waitFor()
  expect(await reason.inputValue()).toBe('unit error in row 5')
  await context.unroute('**/api/v1/retractions')
  await page.keyboard.press('Control+Enter')
  await dialog.waitFor({ state: 'detached' })
  await banner(page).getByText('Retracted by owner').waitFor()
  await banner(page).getByText('“unit error in row 5”').waitFor()
  expect(await button.count()).toBe(0)
  // There is no version yet that could replace it.
  await banner(page).getByText('There is no other version of it yet.').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('every affected page shows the state at its top, with the path', async () => {
  for (const viewport of [desktop, phone]) {
    const { page, context } = await visit(browser, hven, `/knowledge/${catalogue.kepler3}`, { viewport })
    for (const path of [`/knowledge/${catalogue.kepler3}`, `/r/${catalogue.law}`, `/laws/${catalogue.law}`]) {
      await page.goto(hven.url + path)
      await banner(page).getByText('Suspect', { exact: true }).waitFor()
      await banner(page).getByText('which was retracted by owner').waitFor()
      await banner(page).getByText('“unit error in row 5”').waitFor()
      await banner(page).getByRole('link', { name: 'planets@1' }).first().waitFor()
      await isAboveTheFold(page, viewport.height)
    }
    await page.goto(`${hven.url}/data/${catalogue.planets}`)
    await banner(page).getByText('Retracted', { exact: true }).waitFor()
    await isAboveTheFold(page, viewport.height)
    await context.close()
  }
})

test('lists show the state in words', async () => {
  const { page, context } = await visit(browser, hven, '/knowledge')
  await page
    .getByRole('row', { name: /kepler3/ })
    .getByText('Suspect')
    .waitFor()
  expect(
    await page
      .getByRole('row', { name: /unjudged/ })
      .getByText('Suspect')
      .count(),
  ).toBe(0)
  await page.goto(`${hven.url}/data`)
  await page
    .getByRole('row', { name: /planets@1/ })
    .getByText('Retracted')
    .waitFor()
  await page.goto(`${hven.url}/runs`)
  await page
    .getByRole('row', { name: new RegExp(catalogue.law) })
    .getByText('Suspect')
    .waitFor()
  await page.goto(hven.url)
  await page.getByRole('region', { name: 'Recent runs' }).getByText('Suspect').first().waitFor()
  await context.close()
})

test('a suspect claim is judged only with a reason, and the page shows the reason', async () => {
  const { page, context } = await visit(browser, hven, `/knowledge/${catalogue.linear}`)
  const verdict = page.getByRole('region', { name: 'Verdict', exact: true })
  await verdict.getByRole('button', { name: 'Judge it again' }).click()
  await verdict.getByText('soundness.suspect').waitFor()
  const reason = verdict.getByRole('textbox', { name: /give a reason/ })
  await verdict.getByRole('button', { name: 'Judge it despite the suspicion' }).click()
  await verdict.getByText('Give a reason: the record keeps it.').waitFor()
  await reason.fill('only to see how far off it is')
  await page.keyboard.press('Control+Enter')
  await banner(page)
    .getByText(/Made despite the suspicion by owner/)
    .waitFor()
  await banner(page).getByText('“only to see how far off it is”').waitFor()
  await page.goto(`${hven.url}/r/${catalogue.law}`)
  await banner(page).getByText('Built on it despite the suspicion:').waitFor()
  await context.close()
})

test('a repair is started on the page, continues after a reload, and ends with judged claims', async () => {
  await writeFile(join(hven.folder, 'planets.csv'), catalogue.table.replace('4.608', '4.6041'))
  await hven.cli('data', 'add', 'planets.csv', '--unit', 'period=yr', '--unit', 'semi_major_axis=AU')
  const { page, context, complaints } = await visit(browser, hven, `/knowledge/${catalogue.kepler3}`)
  await banner(page).getByRole('link', { name: 'See how it is repaired' }).click()
  const plan = page.getByRole('region', { name: 'Repair plan' })
  await plan.getByRole('combobox', { name: 'The corrected version' }).waitFor()
  expect(await plan.getByRole('combobox').inputValue()).toMatch(/^data\//)
  const steps = plan.getByRole('table', { name: 'Steps of the repair' })
  // First the split, then the law in its part, then the claims.
  await steps.getByText('Ready', { exact: true }).waitFor()
  await steps
    .getByRole('row', { name: new RegExp(catalogue.law) })
    .getByText('Waiting')
    .waitFor()
  await steps
    .getByRole('row', { name: /kepler3/ })
    .getByText('Waiting')
    .waitFor()
  await plan.getByText(/The remaining steps took .* before\./).waitFor()
  // A plan changes nothing.
  expect((await hven.runs()).filter(({ state }) => state !== 'done')).toEqual([])
  await plan.getByRole('button', { name: 'Start the repair' }).click()
  await plan.getByRole('button', { name: 'Repairing…' }).waitFor()
  await page.reload()
  await plan.getByText(/^Repaired: all \d steps are done\.$/).waitFor({ timeout: 80_000 })
  expect(await plan.getByRole('button').count()).toBe(0)

  await page.goto(`${hven.url}/knowledge/${catalogue.kepler3}`)
  const verdict = page.getByRole('region', { name: 'Verdict', exact: true })
  await verdict.getByText('Holds').waitFor()
  await page.getByRole('complementary', { name: /Why/ }).getByRole('link', { name: 'planets@2' }).waitFor()
  expect(await banner(page).count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})

test('an independence is asserted in a dialogue and shown on its edge, and suspicion does not pass it', async () => {
  const { page, context } = await visit(browser, hven, `/knowledge/${catalogue.kepler3}`)
  const why = page.getByRole('complementary', { name: /Why/ })
  await why.getByRole('button', { name: /Declare it independent/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Which input does kepler3 not depend on?' })
  expect(await dialog.getByRole('combobox', { name: 'It does not depend on' }).inputValue()).toMatch(/^run\//)
  await dialog.getByRole('textbox', { name: /^Reason/ }).fill('it was known before')
  await dialog.getByRole('button', { name: 'Assert it' }).click()
  await dialog.waitFor({ state: 'detached' })
  await why.getByText('independence asserted').waitFor()
  await why.getByRole('list', { name: 'Asserted independences' }).getByText('owner: “it was known before”').waitFor()
  await hven.cli('retract', 'planets@2', '--because', 'wrong once more', '--yes')
  await page.reload()
  await why.getByText('Retracted').waitFor()
  expect(await banner(page).count()).toBe(0)
  await context.close()
})

test('the palette offers the actions of the page', async () => {
  const { page, context } = await visit(browser, hven, `/knowledge/${catalogue.unjudged}`)
  await page.getByRole('heading', { level: 1, name: 'unjudged' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('retract')
  await page.getByRole('option', { name: 'Retract unjudged…' }).waitFor()
  await page.keyboard.press('Enter')
  await retraction(page).getByText('Nothing rests on it.').waitFor()
  await context.close()
})
