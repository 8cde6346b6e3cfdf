// From a table to a law to a claim, in the browser: the content of a dataset and its problems, the law over the data
// with another candidate selected, and a judged claim; each page leads to the next.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { Hven } from './hven'
import { Catalogue, unsound, wide } from './tables'

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

test('empty lists show the command that makes the first entry', async () => {
  const empty = await Hven.start()
  try {
    const { page, context } = await visit(browser, empty, '/data')
    await page.getByText('There are no datasets yet.').waitFor()
    await page.getByText('hven data add').waitFor()
    await page.getByRole('link', { name: 'Knowledge' }).click()
    await page.getByText('No claim has been stated yet.').waitFor()
    await context.close()
  } finally {
    await empty.stop()
  }
})

test('the list of datasets is filtered, and the keyboard opens a dataset', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/data')
  const rows = page.getByRole('row')
  await page.getByRole('link', { name: 'planets@1' }).waitFor()
  expect(await rows.count()).toBe(4)
  await page
    .getByRole('row', { name: /unsound@1/ })
    .getByText('1 check fails')
    .waitFor()
  await page.getByRole('searchbox').fill('planet')
  await expect.poll(() => rows.count()).toBe(2)
  expect(page.url()).toContain('q=planet')
  await page.reload()
  await page.getByRole('link', { name: 'planets@1' }).waitFor()
  expect(await rows.count()).toBe(2)
  await page.getByRole('searchbox').fill('no such')
  await page.getByText('No dataset matches.').waitFor()
  await page.getByRole('searchbox').fill('')
  await expect.poll(() => rows.count()).toBe(4)
  await page.locator('tbody a').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/data\/\w+$/)
  expect(complaints).toEqual([])
  await context.close()
})

test('a dataset shows its content, with units', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/data/${catalogue.planets}`)
  await page.getByRole('heading', { level: 1, name: 'planets@1' }).waitFor()
  await page.getByText('8 rows × 3 columns').waitFor()
  await page.getByText('No problems').waitFor()
  const period = page.getByRole('region', { name: 'period', exact: true })
  await period.getByText('(yr)').waitFor()
  // The pointer over a bar shows its range and count.
  await period.locator('svg g').first().hover()
  await period.getByText(/\d – \d/).waitFor()
  const row = page.getByRole('row', { name: /semi_major_axis/ })
  await row.getByRole('cell', { name: 'AU', exact: true }).waitFor()
  await page.getByRole('tab', { name: /Rows/ }).click()
  const table = page.getByRole('table', { name: 'First rows of planets@1' })
  await table.getByRole('columnheader', { name: 'period (yr)' }).waitFor()
  await table.getByRole('cell', { name: 'Mercury' }).waitFor()
  expect(page.url()).toContain('tab=sample')
  await page.getByRole('tab', { name: /Splits/ }).click()
  await page
    .getByRole('row', { name: /test/ })
    .getByText(/read \d time/)
    .waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download the table (Parquet)' }).click()
  const bytes = await readFile(await (await download).path())
  expect(bytes.subarray(0, 4).toString()).toBe('PAR1')
  // The downstream list leads to the claim.
  const rests = page.getByRole('complementary', { name: /What rests on it/ })
  await rests.getByRole('link', { name: 'kepler3' }).click()
  await page.getByRole('heading', { level: 1, name: 'kepler3' }).waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('problems of a table are shown at once, with line and column', async () => {
  const { page, context } = await visit(browser, hven, `/data/${catalogue.unsound}`)
  await page.getByText('1 check fails').waitFor()
  await page.getByRole('tab', { name: /Problems/ }).click()
  const row = page.getByRole('row', { name: /Delta,5/ })
  await row.getByRole('cell', { name: '5', exact: true }).waitFor()
  await row.getByText('2 cells instead of 3').waitFor()
  await page.getByText(/"1,300" \(line 3\) are read with separators between thousands/).waitFor()
  await page.getByRole('tab', { name: /Checks/ }).click()
  await page.getByText('Failing rows').waitFor()
  await page.getByText('mass = -4').waitFor()
  expect(unsound).toContain('-4')
  await context.close()
})

test('a wide table draws only visible columns', async () => {
  const { page, context } = await visit(browser, hven, `/data/${catalogue.wide}?tab=sample`)
  const table = page.getByRole('table', { name: 'First rows of wide@1' })
  await table.getByRole('columnheader', { name: 'c0', exact: true }).waitFor()
  expect(await table.getByRole('columnheader').count()).toBeLessThan(40)
  await table.focus()
  await table.evaluate((element) => element.scrollTo({ left: element.scrollWidth }))
  await table.getByRole('columnheader', { name: `c${wide.columns - 1}`, exact: true }).waitFor()
  await page.getByRole('searchbox', { name: 'Filter the columns' }).fill('c299')
  await expect.poll(() => page.getByRole('region', { name: /^c\d+$/ }).count()).toBe(1)
  await context.close()
})

test('a law is drawn over its data, and another candidate can be selected', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/r/${catalogue.law}`)
  await page.getByRole('link', { name: 'See the law' }).click()
  await page.waitForURL(`**/laws/${catalogue.law}`)
  const headline = page.getByRole('heading', { level: 1, name: new RegExp(catalogue.law) })
  await headline.waitFor()
  await page.getByText(/^period = /).waitFor()
  await page.getByText('Selected by the rule:').waitFor()
  const fit = page.locator(`[data-plot="${catalogue.law}-fit"]`)
  const line = fit.locator('svg .mark-line path').first()
  await line.waitFor()
  // The page evaluated no code and loaded nothing else: the browser reports no violation of the content policy.
  expect(complaints).toEqual([])
  await fit.getByText('period (yr)').waitFor()
  const before = await line.getAttribute('d')

  // Without its log scales the picture differs, and a download contains the shown picture.
  await fit.getByRole('button', { name: 'Log y' }).click()
  await expect.poll(() => line.getAttribute('d')).not.toBe(before)
  await fit.getByRole('button', { name: 'Log y' }).click()
  for (const [kind, beginning] of [
    ['SVG', '<svg'],
    ['PNG', '\u0089PNG'],
    ['Data (CSV)', 'x,y'],
    ['Specification (Vega-Lite)', '{'],
  ] as const) {
    const download = page.waitForEvent('download')
    await fit.getByRole('button', { name: /^Download/ }).click()
    await page.getByRole('menuitem', { name: kind }).click()
    const content = await readFile(await (await download).path(), 'latin1')
    expect(content.startsWith(beginning), kind).toBe(true)
  }

  // The keyboard moves through the candidates; one is shown, then selected, and the page shows who selected it and why.
  const candidates = page.getByRole('region', { name: 'Candidates' }).getByRole('button')
  expect(await candidates.count()).toBeGreaterThan(2)
  await candidates.first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByText('Another candidate is shown').waitFor()
  expect(page.url()).toContain('candidate=')
  await expect.poll(() => line.getAttribute('d')).not.toBe(before)
  await page.getByRole('textbox', { name: /^Reason/ }).fill('a straight line is enough here')
  await page.getByRole('button', { name: 'Select this candidate' }).click()
  await page.getByText('Selected by owner').waitFor()
  await page.getByText('“a straight line is enough here”').waitFor()
  await page.getByText('Selected by a person').waitFor()
  expect(page.url()).not.toContain('candidate=')
  await page.reload()
  await page.getByText('Selected by owner').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('the verdict on a claim is shown, and the claim is judged again', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/knowledge')
  await page
    .getByRole('row', { name: /kepler3/ })
    .getByText('Holds')
    .waitFor()
  await page
    .getByRole('row', { name: /linear/ })
    .getByText('Fails')
    .waitFor()
  await page
    .getByRole('row', { name: /unjudged/ })
    .getByText('Not judged')
    .waitFor()
  await page.getByRole('link', { name: 'kepler3' }).click()
  const verdict = page.getByRole('region', { name: 'Verdict', exact: true })
  await verdict.getByText('Holds').waitFor()
  const place = await verdict.boundingBox()
  expect((place?.y ?? 900) + (place?.height ?? 900)).toBeLessThan(500)
  await page.getByText(/abs\(1\.\d+ . 1\.5\)/).waitFor()
  await page
    .getByRole('row', { name: /exponent/ })
    .getByText('…')
    .waitFor()
  await page.getByRole('region', { name: 'Evidence' }).getByRole('link', { name: catalogue.law }).waitFor()
  await page
    .getByRole('region', { name: /Ledger/ })
    .getByText(/run of the recipe law for|runs of the recipe law for/)
    .waitFor()
  // Its path leads to the raw bytes.
  const why = page.getByRole('complementary', { name: /Why/ })
  await why.getByRole('link', { name: 'planets@1' }).waitFor()
  await why.getByText('source.csv').waitFor()

  await page.goto(`${hven.url}/knowledge/${catalogue.unjudged}`)
  await page.getByText('Its present statement has not been judged.').waitFor()
  await page.getByRole('button', { name: 'Judge it' }).click()
  await page.getByRole('region', { name: 'Verdict', exact: true }).getByText('Cannot tell').waitFor()
  await page.getByRole('region', { name: 'All judgements' }).getByRole('row').nth(1).waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('on a phone, in Chinese, a verdict is above the fold', async () => {
  const { page, context } = await visit(browser, hven, '/knowledge', { viewport: phone, locale: 'zh-CN' })
  const row = page.getByRole('row', { name: /linear/ })
  await row.getByText('不成立').waitFor()
  const seen = await row.getByText('不成立').boundingBox()
  expect((seen?.x ?? 999) + (seen?.width ?? 0)).toBeLessThan(phone.width)
  await page.getByRole('link', { name: 'linear' }).click()
  const verdict = page.getByRole('region', { name: '判定', exact: true })
  await verdict.getByText('检验为假').waitFor()
  expect((await verdict.boundingBox())?.y ?? 999).toBeLessThan(phone.height / 2)
  await context.close()
})

test('a newer version and a newer run are announced', async () => {
  await writeFile(join(hven.folder, 'planets.csv'), `${catalogue.table}Uranus,19.19126393,84.016846\n`)
  await hven.cli('data', 'add', 'planets.csv', '--unit', 'period=yr', '--unit', 'semi_major_axis=AU')
  const { page, context } = await visit(browser, hven, `/data/${catalogue.planets}`)
  await page.getByText('There is a newer version:').waitFor()
  await page.getByRole('link', { name: 'planets@2' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'planets@2' }).waitFor()
  await hven.cli(
    'law',
    'find',
    'planets',
    '--target',
    'period',
    '--input',
    'semi_major_axis',
    '--set',
    'evaluations=20000',
  )
  await page.goto(`${hven.url}/knowledge/${catalogue.kepler3}`)
  await page.getByText('Not judged on the newest run').waitFor()
  await context.close()
})

test('the page of an unknown thing says that it does not exist', async () => {
  const { page, context } = await visit(browser, hven, '/data/none@1')
  await page.getByText(/there is no dataset/).waitFor()
  await page.goto(`${hven.url}/knowledge/none`)
  await page.getByText(/there is no claim/).waitFor()
  await page.goto(`${hven.url}/laws/ZZZZZ`)
  await page.getByText(/there is no run/).waitFor()
  await context.close()
})

test('years are not grouped, and held-out rows differ by colour, shape and legend', async () => {
  const years = Array.from({ length: 12 }, (_, at) => `${2001 + at},${(0.5 * (at + 1)).toFixed(1)}`)
  await writeFile(join(hven.folder, 'years.csv'), ['year,rate', ...years, ''].join('\n'))
  await hven.cli('data', 'add', 'years.csv')
  await hven.cli('data', 'split', 'years', '--part', 'train=0.75', '--part', 'test=0.25', '--hold-out', 'test')
  const found = ['--target', 'rate', '--input', 'year', '--hold-out', 'years.test', '--set', 'evaluations=20000']
  await hven.cli('law', 'find', 'years.train', ...found, '--name', 'years')
  const [run] = (await hven.api<{ items: { handle: string }[] }>('GET', '/runs?limit=1')).items
  const { page, context, complaints } = await visit(browser, hven, `/laws/${run?.handle}`)
  const fit = page.locator(`[data-plot="${run?.handle}-fit"]`)
  await fit.getByText('held out', { exact: true }).waitFor()
  await fit.getByText('used by the search', { exact: true }).waitFor()
  const ticks = await fit.locator('svg .role-axis-label text').allTextContents()
  expect(ticks.filter((tick) => /^20\d\d$/.test(tick)).length).toBeGreaterThan(2)
  expect(ticks.filter((tick) => /^2,\d{3}|^20\d\d\.\d/.test(tick))).toEqual([])
  const points = fit.locator('svg .mark-symbol.role-mark path')
  const looks = await points.evaluateAll((marks) => marks.map((mark) => mark.getAttribute('fill')))
  expect(new Set(looks).size).toBe(2)
  await page.getByRole('button', { name: '中文' }).click()
  await fit.getByText('留出', { exact: true }).waitFor()
  expect(complaints).toEqual([])
  await context.close()
})
