// A publication, opened from disk by a reader without Hven: the page makes no request outside its folder.
import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { desktop, launch, phone } from './browser'

const repository = resolve(import.meta.dirname, '../..')
let place = ''
let browser: Browser

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'hven-publication-'))
  const sample = (...words: string[]) =>
    promisify(execFile)('cargo', ['run', '--quiet', '-p', 'hven-publish', '--example', 'sample', ...words], {
      cwd: repository,
    })
  await sample(join(place, 'planets'))
  await sample(join(place, 'hostile'), 'hostile')
  browser = await launch()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await rm(place, { recursive: true, force: true })
})

interface Visit {
  page: Page
  /** Errors of scripts, violations of the content policy, dialogues. */
  complaints: string[]
  /** Requests for anything that is not in the folder. */
  outside: string[]
}

async function open(name: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', offline: true, ...options })
  const page = await context.newPage()
  const folder = pathToFileURL(join(place, name)).href
  const visit: Visit = { page, complaints: [], outside: [] }
  page.on('pageerror', (error) => visit.complaints.push(error.message))
  page.on('console', (message) => visit.complaints.push(message.text()))
  page.on('dialog', (dialog) => {
    visit.complaints.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${folder}/`) && !url.startsWith('data:')) visit.outside.push(url)
  })
  await page.goto(`${folder}/index.html`)
  for (const details of await page.locator('details').all())
    await details.evaluate((element) => {
      ;(element as HTMLDetailsElement).open = true
    })
  return visit
}

const views = [desktop, phone].flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
)

test.each(views)('it opens from disk at $viewport.width pixels, $colorScheme', async (view) => {
  const { page, complaints, outside } = await open('planets', view)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe("Kepler's third law, found again")
  const broken = await page.evaluate(async () => {
    const images = [...document.images]
    for (const image of images) {
      image.loading = 'eager'
      await image.decode().catch(() => undefined)
    }
    return images.filter((image) => image.naturalWidth === 0).map((image) => image.src)
  })
  expect(broken).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  expect({ complaints, outside }).toEqual({ complaints: [], outside: [] })
  await page.context().close()
})

test('it is shown in the browser’s language, and in the other after a click', async () => {
  const { page } = await open('planets', { locale: 'zh-CN' })
  await expect.poll(() => page.getByText('成立', { exact: true }).first().isVisible()).toBe(true)
  expect(await page.getByRole('heading', { name: 'Claims' }).isVisible()).toBe(false)
  await page.getByText('English', { exact: true }).click()
  await expect.poll(() => page.getByRole('heading', { name: 'Claims' }).isVisible()).toBe(true)
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
  await page.context().close()
})

test('hostile text runs no script', async () => {
  const { page, complaints, outside } = await open('hostile')
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('<script>alert(1)</script>')
  expect(await page.locator('script').count()).toBe(1)
  expect({ complaints, outside }).toEqual({ complaints: [], outside: [] })
  await page.context().close()
})

test('the page itself shows that it was changed', async () => {
  const { page, complaints } = await open('planets')
  const checked = page.locator('#checked')
  await page.locator('#folder').setInputFiles(join(place, 'planets'))
  await expect.poll(() => checked.textContent()).toMatch(/✓ All \d+ files are as manifest\.json says\./)
  await appendFile(join(place, 'planets/runs/K3PL/outputs/fit.csv'), 'Mars,0\n')
  await rm(join(place, 'planets/README.md'))
  await appendFile(join(place, 'planets/more.txt'), 'more')
  await page.reload()
  await page.locator('#folder').setInputFiles(join(place, 'planets'))
  await expect.poll(() => checked.textContent()).toContain('files are as manifest.json says')
  const told = await checked.textContent()
  expect(told).toMatch(/Changed: 1.*runs\/K3PL\/outputs\/fit\.csv/)
  expect(told).toMatch(/Missing: 1.*README\.md/)
  expect(told).toMatch(/Not part of the publication: 1.*more\.txt/)
  expect(complaints).toEqual([])
  await page.context().close()
})
