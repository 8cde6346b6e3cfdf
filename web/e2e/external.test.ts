// A run whose work is done elsewhere: its page while it goes on, in an unknown state, and after its end.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
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

interface Reported {
  run: { handle: string }
}

test('work elsewhere shows its reporter, its metrics, its silence and its end', { timeout: 60_000 }, async () => {
  const { run } = await hven.api<Reported>('POST', '/runs/external', {
    source: 'python',
    name: 'tune',
    command: ['python3', 'tune.py', '--lr', '0.1'],
    host: 'laptop',
    folder: '/home/mira/study',
    params: { lr: 0.1 },
    silent_after_s: 5,
  })
  const points = Array.from({ length: 20 }, (_, step) => ({ key: 'loss', value: 1 / (step + 1), step }))
  await hven.api('POST', `/runs/${run.handle}/metrics`, { points })
  const { page, context, complaints } = await visit(browser, hven, `/r/${run.handle}`)
  await page.getByText('python3 tune.py --lr 0.1').first().waitFor()
  await page.getByText('/home/mira/study').waitFor()
  await page.getByText('Running', { exact: true }).first().waitFor()
  await page.getByText('Unknown', { exact: true }).first().waitFor()
  await page.getByText('whether it goes on is not known').waitFor()
  await hven.api('POST', `/runs/${run.handle}/heartbeat`)
  await page.getByText('Running', { exact: true }).first().waitFor()
  await hven.api('POST', `/runs/${run.handle}/close`, { state: 'failed', why: 'ValueError: no data' })
  await page.getByText('failed: ValueError: no data').first().waitFor()
  await page.goto(`${hven.url}/r/${run.handle}?tab=log`)
  await page.getByText('Hven does not see what it prints').waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/external-log.png` })
  await page.goto(`${hven.url}/r/${run.handle}`)
  await page.getByText('failed: ValueError: no data').first().waitFor()
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/external.png` })
  expect(complaints).toEqual([])
  await context.close()
})
