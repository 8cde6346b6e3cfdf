// Runs are searched by their values, sorted, selected and compared: conditions, the order, curves, differences and relations.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
import { Hven } from './hven'

let hven: Hven
let browser: Browser

const rates = [0.1, 0.2, 0.4]

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  for (const lr of rates) {
    for (const seed of [1, 2]) {
      const { run } = await hven.api<{ run: { handle: string } }>('POST', '/runs/external', {
        source: 'python',
        name: `lr-${lr}-seed-${seed}`,
        params: { lr, seed, opt: seed === 1 ? 'adam' : 'sgd' },
      })
      const points = Array.from({ length: 50 }, (_, step) => ({ key: 'loss', value: Math.exp(-lr * step) + lr, step }))
      await hven.api('POST', `/runs/${run.handle}/metrics`, { points })
      await hven.api('POST', `/runs/${run.handle}/close`, { state: 'done' })
    }
  }
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const shot = async (page: Page, name: string) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
}

test('a condition and an order select runs, and a misspelt name is refused with the right one', {
  timeout: 60_000,
}, async () => {
  const { page, context } = await visit(
    browser,
    hven,
    `/runs?where=${encodeURIComponent('loss < 0.3 and lr > 0.1')}&sort=loss`,
  )
  const rows = page.getByRole('row', { name: /lr-/ })
  await expect.poll(() => rows.count()).toBe(2)
  await page.goto(`${hven.url}/runs?where=${encodeURIComponent('los < 0.3')}`)
  await page.getByText('is `loss` meant?').waitFor()
  await page.getByRole('button', { name: 'Use loss' }).click()
  await expect.poll(() => rows.count()).toBe(4)
  await context.close()
})

/** The share of the canvas' height in which something coloured is drawn. */
const drawnHeight = (page: Page) =>
  page
    .locator('.uplot canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, width, height) ?? { data: [] }
      let [first, last] = [height, 0]
      for (let y = 0; y < height; y += 1) {
        for (let x = Math.floor(width * 0.15); x < width; x += 1) {
          const at = 4 * (y * width + x)
          const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4)
          if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 90) {
            first = Math.min(first, y)
            last = Math.max(last, y)
            break
          }
        }
      }
      return Math.max(0, last - first) / height
    })

test('several runs are compared: curves that fill their chart, differences and relations', {
  timeout: 90_000,
}, async () => {
  const { items } = await hven.api<{ items: { handle: string }[] }>('GET', '/runs')
  const runs = items.map(({ handle }) => handle).join()
  const { page, context, complaints } = await visit(browser, hven, `/compare?runs=${runs}`)
  await page.getByText('6 runs').first().waitFor()
  await expect.poll(() => drawnHeight(page), { timeout: 15_000 }).toBeGreaterThan(0.4)
  await shot(page, 'compare-curves')
  await page.getByRole('tab', { name: 'Differences' }).click()
  await page.getByRole('cell', { name: 'adam' }).first().waitFor()
  await shot(page, 'compare-differences')
  await page.getByRole('tab', { name: 'Relations' }).click()
  await page.getByText('rank correlation (Spearman)').first().waitFor()
  expect(page.url()).toContain('tab=relations')
  await shot(page, 'compare-relations')
  expect(complaints).toEqual([])
  await context.close()
})
