// Reproducing a run in the browser: started by a button, followed until the comparison, and reported place by place.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { Hven } from './hven'
import { outputsOfChance, writeChance } from './scripts'

let hven: Hven
let browser: Browser
let chance: string
let steady: string

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  await writeChance(hven.folder)
  const outputs = outputsOfChance.flatMap((path) => ['-o', path])
  chance = await hven.run([...outputs, '--name', 'by chance'], 'python3', 'chance.py')
  await writeFile(join(hven.folder, 'steady.py'), 'open("steady.txt", "w").write("1 2 3\\n")\n')
  steady = await hven.run(['-o', 'steady.txt', '--name', 'steady'], 'python3', 'steady.py')
  for (const run of [chance, steady]) expect(await hven.ended(run)).toBe('done')
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const wait_ms = 40_000

test('a run with random results differs, and the report marks where', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/r/${chance}?tab=reproductions`)
  await page.getByText('It has not been reproduced yet.').waitFor()
  await page.getByRole('button', { name: 'Reproduce' }).click()
  await page.getByText('It is being reproduced by run').waitFor()
  // The address names the followed reproduction: after a reload the page continues to follow it.
  expect(page.url()).toMatch(/made=\w+/)
  await page.reload()
  const report = page.getByRole('article', { name: 'Reproduction report' })
  await report.getByText('Differs', { exact: true }).first().waitFor({ timeout: wait_ms })
  await report.getByText(/\d different/).waitFor()
  await report.getByText(/reproduced by run/).waitFor()

  // Metrics with both values and the verdict of each.
  const metrics = report.getByRole('region', { name: 'Metrics' })
  const loss = metrics.getByRole('row', { name: /loss/ })
  expect(await loss.getByRole('cell').count()).toBe(5)
  await loss.getByText('Differs').waitFor()
  await metrics.getByRole('row', { name: /slope/ }).getByText('The same').waitFor()

  // Outputs side by side, with the same lines on both sides and the differences marked.
  const sides = (path: string) =>
    [`Original: ${path}`, `Reproduction: ${path}`].map((name) => report.getByRole('figure', { name }))
  for (const [path, label] of [
    ['chance.csv', 'Mars'],
    ['chance.json', '"seed"'],
    ['chance.txt', 'drawn'],
  ] as const) {
    const marks = []
    for (const side of sides(path)) {
      await side.getByText(label).first().waitFor()
      marks.push(await side.locator('mark').allTextContents())
    }
    expect(marks[0]?.length, path).toBe(1)
    expect(marks[0], path).not.toEqual(marks[1])
  }
  await report.getByRole('rowheader', { name: 'row 2, column noise' }).waitFor()
  await report.getByRole('rowheader', { name: '/fit/seed' }).waitFor()
  await report.getByRole('rowheader', { name: 'line 3, word 2' }).waitFor()
  for (const side of sides('chance.svg')) {
    const picture = side.getByRole('img', { name: 'chance.svg' })
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
  }
  // Equal outputs are collapsed, and the worst comes first.
  expect(await report.locator('details[open]').count()).toBe(4)
  await report.locator('details').last().getByText('same.txt').waitFor()
  await page.getByRole('complementary', { name: 'Facts' }).getByRole('link', { name: 'Differs' }).waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('a deterministic run gives the same bytes, and each reproduction is listed', async () => {
  const { page, context } = await visit(browser, hven, `/r/${steady}`)
  const report = page.getByRole('article', { name: 'Reproduction report' })
  for (const times of [1, 2]) {
    await page.getByRole('button', { name: 'Reproduce' }).click()
    await expect
      .poll(async () => (await hven.api<{ items: unknown[] }>('GET', `/runs/${steady}/reproductions`)).items.length, {
        timeout: wait_ms,
      })
      .toBe(times)
    await report.getByText('The same bytes', { exact: true }).first().waitFor()
  }
  const times = page.getByRole('table', { name: 'All reproductions' })
  expect(await times.getByRole('button', { name: 'The same bytes' }).count()).toBe(2)
  await times.getByRole('button').last().click()
  await expect.poll(() => times.locator('[aria-current]').getByRole('link').textContent()).toMatch(/^\w+$/)
  await context.close()
})

test('a run that cannot be reproduced shows exactly why', async () => {
  process.env.HVEN_TEST_SECRET = 'a value that nobody records'
  const run = await hven.run(['--secret', 'HVEN_TEST_SECRET', '--name', 'secretive'], 'sh', '-c', 'true')
  await hven.ended(run)
  const { page, context } = await visit(browser, hven, `/r/${run}`, { viewport: phone })
  await page.getByRole('button', { name: 'Reproduce' }).click()
  const report = page.getByRole('article', { name: 'Reproduction report' })
  await report.getByText('Cannot be run again').waitFor()
  await report.getByText('The exact reason:').waitFor()
  await report.getByText('it needs the secret HVEN_TEST_SECRET').waitFor()
  await context.close()
})
