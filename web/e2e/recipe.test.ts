// A recipe is run from the pages: the form is made from the description of the recipe.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
import { Hven } from './hven'
import { planets } from './tables'

let hven: Hven
let browser: Browser

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  await writeFile(join(hven.folder, 'planets.csv'), planets)
  await hven.cli('data', 'add', 'planets.csv', '--unit', 'period=yr', '--unit', 'semi_major_axis=AU')
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

test('from a dataset to the law, with errors shown next to their fields', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/data/planets')
  await page.getByRole('link', { name: 'Run a recipe' }).click()
  await page.getByRole('link', { name: 'law', exact: true }).click()
  expect(await page.getByLabel('table').inputValue()).toBe('planets@1')

  // The form is not sent while a field has an error.
  await page.getByLabel('seed').fill('-1')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByText('This is required.').waitFor()
  await page.getByText('Enter at least 0.').waitFor()
  expect((await hven.runs()).length).toBe(1)

  await page.getByLabel(/^target/).fill('period')
  await page.getByLabel('columns').fill('semi_major_axis')
  await page.getByLabel('seed').fill('3')
  await page.getByLabel('evaluations').fill('20000')
  await page.getByLabel('bootstrap').fill('20')
  await page.getByRole('checkbox', { name: 'add' }).check()
  await page.getByRole('checkbox', { name: 'exp' }).check()
  await page.getByLabel('Name of the run').fill('third-law')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.waitForURL(/\/r\//)
  const handle = page.url().split('/r/')[1]?.split('?')[0] ?? ''
  await hven.ended(handle)
  const run = await hven.api<{ name: string; spec: { recipe: { arguments: unknown } } }>('GET', `/runs/${handle}`)
  expect(run.name).toBe('third-law')
  expect(run.spec.recipe.arguments).toEqual({
    target: 'period',
    inputs: ['semi_major_axis'],
    seed: 3,
    evaluations: 20000,
    bootstrap: 20,
    operators: ['add', { call: 'exp' }],
  })
  await page.getByRole('link', { name: 'See the law' }).click()
  await page.waitForURL(/\/laws\//)
  expect(complaints).toEqual([])
  await context.close()
})

test('the Chinese form is in Chinese, and the server’s refusal is shown', async () => {
  const { page, context } = await visit(browser, hven, '/recipes/law?data=no_such_table', { locale: 'zh-CN' })
  await page.getByText('定律要给出的列').waitFor()
  await page.getByLabel(/^target/).fill('period')
  await page.getByRole('button', { name: '运行', exact: true }).click()
  await page.getByText('no_such_table').last().waitFor()
  await context.close()
})
