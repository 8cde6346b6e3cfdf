// Every page, on a desktop and a phone, in the light and the dark theme: axe reports no serious problem, no part is
// wider than the screen, the browser reports no error, and a picture is stored in e2e/shots for a review.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { desktop, launch, phone, visit } from './browser'
import { serious, settle, shots, tooWide_px } from './checks'
import { Hven } from './hven'
import { copyKepler, writeBroken } from './manifests'
import { counting, outputsOfChance, writeChance, writeSweep } from './scripts'
import { Catalogue, fall } from './tables'

const kepler = join(import.meta.dirname, '../../examples/kepler')
let hven: Hven
let browser: Browser
/** The pages by the names of their pictures; the pages in the rail are added automatically. */
const pages = new Map<string, string>([['missing', '/no/such/page']])

/** The dialogues by the names of their pictures: their pages, and the buttons that open them. */
const dialogs: [name: string, path: string, button: RegExp][] = []

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  for (const file of ['fit.py', 'planets.csv']) await cp(join(kepler, file), join(hven.folder, file))
  const files = ['-i', 'planets.csv', '-o', 'fit.csv', '-o', 'fit.svg']
  const law = await hven.run([...files, '--project', 'astro/kepler', '--name', 'third law'], 'python3', 'fit.py')
  const failed = await hven.run(['--project', 'astro/kepler'], 'python3', '-c', 'raise SystemExit("no such planet")')
  await hven.ended(law)
  await hven.ended(failed)
  await hven.api('POST', `/runs/${law}/labels`, { add_tags: ['good', 'paper/figure-2'], note: 'The run of the paper.' })
  const live = await hven.run(['--name', 'long training'], ...counting(2000, 0.2))
  pages.set('run', `/r/${law}`)
  pages.set('run-failed', `/r/${failed}`)
  pages.set('run-live', `/r/${live}`)
  for (const tab of ['params', 'inputs', 'outputs', 'code']) pages.set(`run-${tab}`, `/r/${law}?tab=${tab}`)
  for (const tab of ['metrics', 'resources']) pages.set(`run-${tab}`, `/r/${live}?tab=${tab}`)
  pages.set('run-unknown', '/r/ZZZZZ')
  pages.set('views', '/views')
  pages.set('logs', '/logs?q=planet')
  const catalogue = await Catalogue.fill(hven)
  for (const tab of ['columns', 'sample', 'splits', 'versions'])
    pages.set(`dataset-${tab}`, `/data/${catalogue.planets}?tab=${tab}`)
  for (const tab of ['problems', 'checks']) pages.set(`dataset-${tab}`, `/data/${catalogue.unsound}?tab=${tab}`)
  pages.set('dataset-wide', `/data/${catalogue.wide}?tab=sample`)
  pages.set('dataset-unknown', '/data/none@1')
  pages.set('import', '/import')
  pages.set('recipes', '/recipes')
  pages.set('array-new', '/arrays/new')
  pages.set('recipe', '/recipes/law?data=planets')
  pages.set('law', `/laws/${catalogue.law}`)
  pages.set('law-candidate', `/laws/${catalogue.law}?candidate=law-4`)
  pages.set('claim-holds', `/knowledge/${catalogue.kepler3}`)
  pages.set('claim-fails', `/knowledge/${catalogue.linear}`)
  pages.set('claim-not-judged', `/knowledge/${catalogue.unjudged}`)
  const fallen = await fall(hven)
  pages.set('dataset-retracted', `/data/${fallen.moons}`)
  pages.set('law-suspect', `/laws/${fallen.law}`)
  pages.set('run-suspect', `/r/${fallen.law}`)
  pages.set('claim-suspect', `/knowledge/${fallen.claim}`)
  await writeChance(hven.folder)
  const chance = await hven.run(
    outputsOfChance.flatMap((path) => ['-o', path]),
    'python3',
    'chance.py',
  )
  await hven.ended(chance)
  // The exit status reports that the results differ.
  await hven.cli('reproduce', chance).catch(() => undefined)
  pages.set('run-reproductions', `/r/${chance}?tab=reproductions`)
  const { publication } = await hven.api<{ publication: { id: string } }>('POST', '/publications', {
    claims: [`claim/${catalogue.kepler3}`],
    summary: 'Planets that are farther out take longer, in one exact way.',
    license: 'CC-BY-4.0',
    keywords: ['planets'],
  })
  pages.set('publication', `/publications/${publication.id}`)
  const manifest = await copyKepler(hven)
  await hven.cliIn(manifest, 'run')
  pages.set('workflow-done', '/workflows/1')
  await writeBroken(manifest)
  // The exit status reports that steps failed.
  await hven.cliIn(manifest, 'run').catch(() => undefined)
  pages.set('workflow-incomplete', '/workflows/2')
  pages.set('workflow-unknown', '/workflows/77')
  await writeSweep(hven.folder)
  const over = ['--over', 'i=1..6', '--over', 't=0.5,1']
  // The exit status reports that tasks failed.
  await hven.cli('map', 'python3 sweep.py {i} {t}', ...over, '--stop-when', 'failed > 9').catch(() => undefined)
  pages.set('array-incomplete', '/arrays/1')
  pages.set('array-unknown', '/arrays/77')
  dialogs.push(
    ['retract', `/data/${catalogue.planets}`, /^(Retract|撤回)…$/],
    ['publish', `/knowledge/${catalogue.kepler3}`, /^(Publish|出版)…$/],
    ['independence', `/knowledge/${catalogue.kepler3}`, /Declare it independent|声明它不依赖/],
  )
  for (const path of await railPaths()) pages.set(path.slice(1) || 'home', path)
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

/** The targets of the links in the rail. */
async function railPaths(): Promise<string[]> {
  const { page, context } = await visit(browser, hven, '/')
  const links = page.getByRole('navigation', { name: 'Parts of Hven' }).getByRole('link')
  await links.first().waitFor()
  const paths = await links.evaluateAll((found) => found.map((link) => String(link.getAttribute('href'))))
  await context.close()
  return paths
}

/** Colours and structure are the same in the last two: axe checks the first three. */
const looks = [
  { look: 'desk-paper', checked: true, colorScheme: 'light', viewport: desktop, locale: 'en-GB' },
  { look: 'desk-night', checked: true, colorScheme: 'dark', viewport: desktop, locale: 'en-GB' },
  { look: 'phone-paper', checked: true, colorScheme: 'light', viewport: phone, locale: 'en-GB' },
  { look: 'phone-night', checked: false, colorScheme: 'dark', viewport: phone, locale: 'zh-CN' },
  { look: 'desk-chinese', checked: false, colorScheme: 'light', viewport: desktop, locale: 'zh-CN' },
] as const

for (const { look, checked, ...options } of looks) {
  test(`every page is sound: ${look}`, { timeout: 400_000 }, async () => {
    const { page, context, complaints } = await visit(browser, hven, '/', { ...options, reducedMotion: 'reduce' })
    const found: string[] = []
    for (const [name, path] of pages) {
      await page.goto(hven.url + path)
      await settle(page)
      await page.screenshot({ path: join(shots, `${name}-${look}.png`) })
      if (checked) found.push(...(await serious(page)).map((line) => `${name}: ${line}`))
      const wide_px = await tooWide_px(page)
      if (wide_px > 0) found.push(`${name}: ${wide_px} px wider than the screen`)
    }
    for (const [name, path, button] of dialogs) {
      await page.goto(hven.url + path)
      await page.getByRole('button', { name: button }).click()
      await page.getByRole('dialog').waitFor()
      await settle(page)
      await page.screenshot({ path: join(shots, `dialog-${name}-${look}.png`) })
      if (checked) found.push(...(await serious(page)).map((line) => `${name}: ${line}`))
    }
    expect(found).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  })
}

test('the palette, the signed-out page and an empty home have no serious problem', async () => {
  const { page, context } = await visit(browser, hven, '/')
  await settle(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('option').first().waitFor()
  await page.screenshot({ path: join(shots, 'palette-desk-paper.png') })
  expect(await serious(page)).toEqual([])
  await context.clearCookies()
  await page.reload()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await page.screenshot({ path: join(shots, 'signed-out-desk-paper.png') })
  expect(await serious(page)).toEqual([])
  await context.close()

  const empty = await Hven.start()
  try {
    const fresh = await visit(browser, empty, '/')
    await fresh.page.getByText('No run has ended yet.').waitFor()
    await fresh.page.screenshot({ path: join(shots, 'home-empty-desk-paper.png') })
    await fresh.page.goto(`${empty.url}/runs`)
    await fresh.page.getByText('There are no runs yet.').waitFor()
    await fresh.page.screenshot({ path: join(shots, 'runs-empty-desk-paper.png') })
    expect(await serious(fresh.page)).toEqual([])
    await fresh.context.close()
  } finally {
    await empty.stop()
  }
})
