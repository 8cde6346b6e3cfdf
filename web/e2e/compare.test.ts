// Runs are searched by their values, sorted, selected and compared: conditions, the order, curves, differences and relations.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { serious, settle, tooWide_px } from './checks'
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
          if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 45) {
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

const allHandles = async () => {
  const { items } = await hven.api<{ items: { handle: string }[] }>('GET', '/runs')
  return items.map(({ handle }) => handle)
}

test('seeds are drawn as bands, a line is hidden, and the keys move through the values', {
  timeout: 60_000,
}, async () => {
  const runs = (await allHandles()).join()
  const { page, context, complaints } = await visit(browser, hven, `/compare?runs=${runs}`)
  await page.getByRole('combobox', { name: 'Group by' }).selectOption('lr')
  const legend = page.getByRole('region', { name: 'Legend' })
  await legend.getByText('lr = 0.1').waitFor()
  const chart = page.getByRole('img', { name: /Curves of loss/ })
  await chart.focus()
  await page.keyboard.press('Home')
  await legend.getByText('loss at step 0').waitFor()
  // exp(0) + lr: the mean of the two seeds.
  await legend.getByText('1.1', { exact: true }).waitFor()
  await shot(page, 'compare-bands')
  await legend
    .getByRole('button', { name: /lr = 0\.2/ })
    .first()
    .click()
  await page.waitForURL(/hide=/)
  await page.reload()
  await legend
    .getByRole('button', { name: 'Show lr = 0.2' })
    .or(legend.locator('[aria-pressed=false]'))
    .first()
    .waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('more than 200 runs are refused with the reason, and no runs lead to the list', async () => {
  const many = Array.from({ length: 201 }, (_, at) => `A${at}`).join()
  const { page, context } = await visit(browser, hven, `/compare?runs=${many}`)
  await page.getByText('At most 200 can be compared at once').waitFor()
  await page.goto(`${hven.url}/compare`)
  await page.getByText('No runs are chosen.').waitFor()
  await page.getByRole('textbox', { name: 'Names of more runs' }).fill((await allHandles())[0] ?? '')
  await page.keyboard.press('Enter')
  await page.getByText('This is only one run').waitFor()
  await context.close()
})

test('runs are selected in the list and compared', async () => {
  const { page, context, complaints } = await visit(
    browser,
    hven,
    '/runs?sort=-metrics.loss&cols=handle,name,params.lr,metrics.loss',
  )
  await page
    .getByRole('row', { name: /lr-0.4/ })
    .first()
    .waitFor()
  await shot(page, 'runs-sorted')
  await page.getByRole('checkbox', { name: 'Select all that are shown' }).check()
  await page.getByRole('button', { name: 'Compare 6 runs' }).click()
  await page.waitForURL(/\/compare\?runs=/)
  await page.getByText('6 runs').first().waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('names are completed, and groups have means; a group is a condition', { timeout: 60_000 }, async () => {
  const { page, context, complaints } = await visit(browser, hven, '/runs?cols=handle,name,params.lr,metrics.loss')
  const where = page.getByRole('combobox', { name: 'Condition' })
  await page
    .getByRole('row', { name: /lr-0.4/ })
    .first()
    .waitFor()
  await where.fill('lo')
  await page.getByRole('option', { name: /^loss/ }).first().waitFor()
  await shot(page, 'runs-completion')
  await where.press('ArrowDown')
  await where.press('Enter')
  expect(await where.inputValue()).toBe('loss ')
  await where.fill('')
  await page.getByRole('button', { name: 'Group' }).click()
  await page.getByRole('radio', { name: 'params.opt' }).click()
  await page.getByRole('table', { name: /Runs by opt/ }).waitFor()
  await shot(page, 'runs-groups')
  await page.getByRole('button', { name: 'adam' }).click()
  await page.waitForURL(/where=/)
  await expect.poll(() => page.getByRole('row', { name: /lr-/ }).count()).toBe(3)
  expect(complaints).toEqual([])
  await context.close()
})

test('a run stays at the top, gets a colour and a tag in the list, and the view has a name', {
  timeout: 60_000,
}, async () => {
  const { page, context, complaints } = await visit(browser, hven, '/runs')
  await page.getByRole('row', { name: /lr-0.1-seed-1/ }).waitFor()
  await page
    .getByRole('row', { name: /lr-0.1-seed-1/ })
    .getByRole('button', { name: /Colour, tags/ })
    .click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('button', { name: 'Colour 5' }).click()
  await panel.getByRole('button', { name: 'Keep at the top' }).click()
  await page.waitForURL(/pins=/)
  await shot(page, 'runs-panel')
  await page.keyboard.press('Escape')
  await page.getByRole('rowgroup', { name: 'Pinned runs' }).getByText('lr-0.1-seed-1').waitFor()
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('textbox', { name: 'Name of this view' }).fill('mine')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('link', { name: 'mine' }).waitFor()
  await shot(page, 'runs-views-saved')
  await page.waitForURL(/view=/)
  const colourOf = () =>
    page
      .getByRole('button', { name: /Colour, tags/ })
      .first()
      .evaluate((dot) => dot.style.background)
  expect(await colourOf()).toBe('var(--series-5)')
  await page.goto(`${hven.url}/runs`)
  await page
    .getByRole('row', { name: /lr-0.4/ })
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Views' }).click()
  await shot(page, 'runs-views')
  await page.getByRole('link', { name: 'mine' }).click()
  await page.waitForURL(/pins=/)
  await page.getByRole('rowgroup', { name: 'Pinned runs' }).waitFor()
  // The pinned run is the first row, in the colour of the view.
  expect(await colourOf()).toBe('var(--series-5)')
  expect(complaints).toEqual([])
  await context.close()
})

test('another browser sees the saved views, and a copied address shows the same list and the same comparison', {
  timeout: 90_000,
}, async () => {
  const runs = await allHandles()
  const search = new URLSearchParams({
    where: 'loss < 10',
    sort: '-metrics.loss',
    cols: 'handle,name,params.lr,metrics.loss',
    pins: runs[0] ?? '',
    colours: `${runs[1]}.7`,
  })
  const one = await visit(browser, hven, `/runs?${search}`)
  await one.page.getByRole('button', { name: 'Views' }).click()
  await one.page.getByRole('textbox', { name: 'Name of this view' }).fill('shared list')
  await one.page.keyboard.press('Enter')
  await one.page.waitForURL(/view=/)
  const address = one.page.url().replace(hven.url, '')
  const looks = async (page: Page) => {
    await page.getByRole('rowgroup', { name: 'Pinned runs' }).waitFor()
    await expect.poll(() => page.getByRole('row', { name: /lr-/ }).count()).toBe(6)
    const rows = await page.getByRole('row', { name: /lr-/ }).allInnerTexts()
    const colours = await page
      .getByRole('button', { name: /Colour, tags/ })
      .evaluateAll((dots) => dots.map((dot) => (dot as HTMLElement).style.background))
    return { rows, colours, headings: await page.getByRole('columnheader').allInnerTexts() }
  }
  const here = await looks(one.page)
  expect(here.colours).toContain('var(--series-7)')
  // A fresh profile has kept nothing.
  const other = await visit(browser, hven, address)
  expect(await looks(other.page)).toEqual(here)
  await other.page.goto(`${hven.url}/runs`)
  await other.page.getByRole('button', { name: 'Views' }).click()
  await other.page
    .getByText(/saved by/)
    .first()
    .waitFor()
  await other.page.getByRole('link', { name: 'shared list' }).click()
  await other.page.waitForURL(/where=/)
  expect(await looks(other.page)).toEqual(here)
  // The name alone opens it, too.
  await other.page.goto(`${hven.url}/runs?view=${encodeURIComponent('home:shared list')}`)
  await other.page.waitForURL(/where=/)
  expect(await looks(other.page)).toEqual(here)
  await one.context.close()

  const compared = `/compare?runs=${runs.join()}&tab=relations&target=loss&over=params.lr&against=metrics.loss&colours=${runs[0]}.3`
  const third = await visit(browser, hven, compared)
  await third.page.getByRole('tab', { name: 'Relations', selected: true }).waitFor()
  await third.page.getByRole('button', { name: 'Views' }).click()
  await third.page.getByRole('textbox', { name: 'Name of this view' }).fill('shared comparison')
  await third.page.keyboard.press('Enter')
  await third.page.waitForURL(/view=/)
  await other.page.goto(`${hven.url}/views`)
  await shot(other.page, 'views')
  await other.page.getByRole('link', { name: 'shared comparison' }).click()
  await other.page.getByRole('tab', { name: 'Relations', selected: true }).waitFor()
  const parameters = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams)
  await expect.poll(() => parameters(other.page)).toEqual(parameters(third.page))
  // It is renamed and removed, also for the others.
  await other.page.goto(`${hven.url}/views`)
  await other.page.getByRole('button', { name: 'Rename the view shared comparison' }).click()
  await other.page.getByRole('textbox', { name: 'Name of this view' }).fill('renamed')
  await other.page.keyboard.press('Enter')
  await other.page.getByRole('link', { name: 'renamed' }).waitFor()
  await other.page.getByRole('button', { name: 'Remove the view renamed' }).click()
  await other.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect.poll(() => other.page.getByRole('link', { name: 'renamed' }).count()).toBe(0)
  expect(await serious(other.page)).toEqual([])
  expect([...other.complaints, ...third.complaints]).toEqual([])
  await other.context.close()
  await third.context.close()
})

test('views that this browser alone kept are offered once', { timeout: 60_000 }, async () => {
  const { page, context } = await visit(browser, hven, '/runs')
  await page.evaluate(() =>
    localStorage.setItem('hven.runs.views', JSON.stringify([{ name: 'old one', search: { q: 'lr-0.4' } }])),
  )
  await page.reload()
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByText('1 view is kept in this browser alone: old one').waitFor()
  await page.getByRole('button', { name: 'Save them in home' }).click()
  await page.getByRole('link', { name: 'old one' }).click()
  await page.waitForURL(/q=/)
  expect(await page.evaluate(() => localStorage.getItem('hven.runs.views'))).toBeNull()
  await context.close()
})

test('the comparison fits a phone and a dark screen, in Chinese', { timeout: 90_000 }, async () => {
  const runs = (await allHandles()).join()
  for (const tab of ['curves', 'differences', 'relations']) {
    const path = `/compare?runs=${runs}&tab=${tab}`
    const pocket = await visit(browser, hven, path, { viewport: phone, locale: 'zh-CN', colorScheme: 'dark' })
    await settle(pocket.page)
    expect(await tooWide_px(pocket.page), tab).toBeLessThanOrEqual(0)
    expect(await serious(pocket.page), tab).toEqual([])
    await shot(pocket.page, `compare-phone-${tab}`)
    await pocket.context.close()
  }
})
