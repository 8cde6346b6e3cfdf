// The machine in the browser: empty, with runs that run and have ended, the time that the address stores, and in Chinese on a
// phone. The pictures for a review are stored in e2e/shots.
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
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

const cores = (page: Page) => page.getByRole('img', { name: /^Cores over time, means of/ })
const now = (page: Page) => page.getByRole('region', { name: 'Reserved now' })

test('without runs the page says so and has the command that starts one', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/')
  await page.getByRole('link', { name: 'Machine' }).click()
  await page.getByText('No run had a process in this time.').waitFor()
  await page.getByText('0 running, 0 waiting: the runs of all projects.').waitFor()
  await settle(page)
  await page.screenshot({ path: join(shots, 'machine-empty-desk-paper.png') })
  expect(await serious(page)).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})

test('a running process is shown as reserved, and its end is seen without a reload', async () => {
  // A second try of this test finds the process of the first one.
  await hven.cli('cancel', '--all', '--yes').catch(() => undefined)
  await expect.poll(async () => (await hven.api<{ running: number }>('GET', '/machine')).running).toBe(0)
  await hven.ended(await hven.run(['--cpus', '1', '--memory', '200MB'], 'python3', '-c', 'sum(range(30000000))'))
  const long = await hven.run(['--cpus', '1', '--memory', '300MB'], 'sleep', '600')
  await expect.poll(async () => (await hven.api<{ running: number }>('GET', '/machine')).running).toBe(1)
  const { page, context, complaints } = await visit(browser, hven, '/machine')
  await page.getByText('1 running, 0 waiting: the runs of all projects.').waitFor()
  await now(page).getByRole('meter', { name: 'Cores' }).waitFor()
  expect(await now(page).getByRole('meter', { name: 'Cores' }).getAttribute('aria-valuenow')).toBe('1')
  expect(await now(page).getByRole('meter', { name: 'Memory' }).getAttribute('aria-valuetext')).toMatch(/^300 MB of/)
  await cores(page).locator('svg').waitFor()
  await cores(page).getByText('reserved, use not known').waitFor()
  await page.getByRole('table', { name: 'Runners' }).getByRole('cell', { name: 'attached' }).waitFor()

  // By keyboard; the address stores the time, and the way back leads to the earlier one.
  const hour = page.getByRole('button', { name: '1 hour' })
  await hour.focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => new URL(page.url()).searchParams.get('span')).toBe('1h')
  await expect.poll(() => hour.getAttribute('aria-pressed')).toBe('true')
  await page.getByRole('img', { name: /^Cores over time, means of 1 min/ }).waitFor()
  await settle(page)
  await page.screenshot({ path: join(shots, 'machine-busy-desk-paper.png'), fullPage: true })
  expect(await serious(page)).toEqual([])
  await page.goBack()
  await expect.poll(() => new URL(page.url()).searchParams.get('span')).toBeNull()

  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${hven.url}/machine?span=1h`)
  await cores(page).locator('svg').waitFor()
  await settle(page)
  await page.screenshot({ path: join(shots, 'machine-busy-desk-night.png'), fullPage: true })
  expect(await serious(page)).toEqual([])

  await hven.cli('cancel', long)
  await page.getByText('0 running, 0 waiting: the runs of all projects.').waitFor({ timeout: 30_000 })
  await expect.poll(() => cores(page).getByText('reserved, use not known').count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})

test('the page is in Chinese on a phone', async () => {
  const options = { viewport: phone, locale: 'zh-CN' }
  const { page, context, complaints } = await visit(browser, hven, '/machine?span=7d', options)
  await page.getByRole('heading', { level: 1, name: '机器' }).waitFor()
  await page.getByRole('table', { name: '运行器' }).getByText('已连接').waitFor()
  await page
    .getByRole('img', { name: /^核 随时间的变化/ })
    .locator('svg')
    .waitFor()
  await settle(page)
  await page.screenshot({ path: join(shots, 'machine-busy-phone-chinese.png'), fullPage: true })
  expect(await tooWide_px(page)).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})
