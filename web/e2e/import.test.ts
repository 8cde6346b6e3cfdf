// A table is looked at and imported in the browser: each guess can be changed, and nothing is recorded before that.
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { desktop, launch, phone, visit } from './browser'
import { serious, settle, shots, tooWide_px } from './checks'
import { Hven } from './hven'

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

const heights = {
  name: 'heights.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from('station;height\nA;12\nB;n/k\nC;900\n'),
}

async function choose(page: Page, label = 'File of the table') {
  await page.getByLabel(label).setInputFiles(heights)
}

interface List {
  items: unknown[]
}

test('a look changes with its settings, and the import is what the look showed', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/data')
  await page.getByRole('link', { name: 'Import a table' }).click()
  await choose(page)
  await page.getByText('3 rows × 2 columns').waitFor()
  await page.getByText('n/k').first().waitFor()
  await page.getByText('hven data add heights.csv', { exact: true }).waitFor()

  // Each field changes the look and the command.
  await page.getByLabel('header').selectOption('false')
  await page.getByText('4 rows × 2 columns').waitFor()
  await page.getByText('hven data add heights.csv --header=false').waitFor()
  await page.getByLabel('header').selectOption('')
  await page.getByLabel('nulls').fill('n/k')
  await page.getByText('hven data add heights.csv --null n/k').waitFor()
  await page.getByText('No problems were found.').waitFor()
  await page.getByLabel('Unit of height').fill('m')
  await page.getByText('--unit height=m').waitFor()

  // A wrong setting is refused with its reason, and the fields stay.
  await page.getByLabel('encoding').fill('nonsense')
  await page
    .getByRole('alert')
    .getByText(/nonsense/)
    .waitFor()
  await page.getByLabel('encoding').fill('')
  await page.getByText('No problems were found.').waitFor()
  expect((await hven.api<List>('GET', '/runs')).items).toEqual([])

  await page.getByLabel('Conditions that the table must meet').fill('height > 5 [m]')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.waitForURL(/\/r\//)
  await page.getByRole('link', { name: 'See heights@1' }).click()
  await page.getByRole('heading', { name: 'heights@1' }).waitFor()
  const { report } = await hven.api<{ report: { schema: { columns: unknown[] }; checks: unknown[] } }>(
    'GET',
    '/datasets/heights',
  )
  expect(report.schema.columns[1]).toMatchObject({ name: 'height', type: 'int64', unit: 'm' })
  expect(report.checks).toHaveLength(1)
  expect(complaints).toEqual([])
  await context.close()
})

const looks = [
  { look: 'desk-paper', colorScheme: 'light', viewport: desktop, locale: 'en-GB' },
  { look: 'desk-night', colorScheme: 'dark', viewport: desktop, locale: 'en-GB' },
  { look: 'phone-paper', colorScheme: 'light', viewport: phone, locale: 'en-GB' },
  { look: 'phone-night', colorScheme: 'dark', viewport: phone, locale: 'zh-CN' },
] as const

for (const { look, ...options } of looks) {
  test(`the look is accessible and fits: ${look}`, async () => {
    const { page, context, complaints } = await visit(browser, hven, '/import', { ...options, reducedMotion: 'reduce' })
    await choose(page, options.locale === 'zh-CN' ? '表格文件' : 'File of the table')
    await page.getByText('hven data add heights.csv').waitFor()
    await settle(page)
    await page.screenshot({ path: join(shots, `import-look-${look}.png`), fullPage: true })
    expect(await serious(page)).toEqual([])
    expect(await tooWide_px(page)).toBe(0)
    expect(complaints).toEqual([])
    await context.close()
  })
}
