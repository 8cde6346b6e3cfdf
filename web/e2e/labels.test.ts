// Labels of runs: tags, a note, the archive; on the page of one run, and for many runs in the list.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, visit } from './browser'
import { Hven } from './hven'

let hven: Hven
let browser: Browser
let baseline: string
let other: string

interface Labels {
  tags: string[]
  archived: boolean
  note: { text: string | null; by: { name: string } } | null
}

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  baseline = await hven.run(['--name', 'baseline'], 'echo', 'one')
  other = await hven.run(['--name', 'other'], 'echo', 'two')
  for (const handle of [baseline, other]) await hven.ended(handle)
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const labels = (handle: string) => hven.api<Labels>('GET', `/runs/${handle}`)
const tagsOf = async (handle: string) => (await labels(handle)).tags
const tags = (page: Page) => page.getByRole('region', { name: 'Tags and note' }).getByRole('listitem')

test('tags are added with Enter, lead to their runs and are removed', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/r/${baseline}`)
  const field = page.getByRole('combobox', { name: 'Add a tag' })
  await field.fill('good, paper-2')
  await field.press('Enter')
  await expect.poll(() => tags(page).count()).toBe(2)
  expect(await tagsOf(baseline)).toEqual(['good', 'paper-2'])
  expect(await field.inputValue()).toBe('')

  // An invalid tag is reported before it is sent.
  await field.fill('50%')
  await field.press('Enter')
  await page.getByText('“50%” is not a valid tag').waitFor()
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  await field.fill('')

  // With the keyboard only: from the field back to the last button.
  await field.focus()
  await page.keyboard.press('Shift+Tab')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Remove the tag paper-2')
  await page.keyboard.press('Enter')
  await expect.poll(() => tagsOf(baseline)).toEqual(['good'])
  await expect.poll(() => tags(page).count()).toBe(1)
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true)

  // The tag leads to the runs that have it; the address contains the tag, also after a reload.
  await page.getByRole('link', { name: 'good', exact: true }).click()
  await page.waitForURL(/\/runs\?tag=good$/)
  await page.getByRole('row', { name: /baseline/ }).waitFor()
  expect(await page.getByRole('row', { name: /other/ }).count()).toBe(0)
  await page.reload()
  await page.getByRole('row', { name: /baseline/ }).waitFor()
  expect(await page.getByRole('row', { name: /other/ }).count()).toBe(0)
  await page.getByRole('button', { name: 'Do not filter by the tag good' }).click()
  await page.getByRole('row', { name: /other/ }).waitFor()
  // The filter completes tags, too.
  const filter = page.getByRole('combobox', { name: 'Filter' })
  await filter.fill('tag:go')
  await page.getByRole('option', { name: 'tag:good' }).click()
  await page.waitForURL(/tag=good/)
  expect(await filter.inputValue()).toBe('')
  await expect.poll(() => page.getByRole('row', { name: /other/ }).count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})

test('a note is written, changed and removed, and shows its author', async () => {
  const { page, context } = await visit(browser, hven, `/r/${baseline}`)
  const { name } = await hven.api<{ name: string }>('GET', '/me')
  await page.getByRole('button', { name: 'Write a note' }).click()
  const field = page.getByRole('textbox', { name: 'Note' })
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
  await field.fill('The baseline\nof the paper')
  await page.getByRole('button', { name: 'Save' }).click()
  const note = page.getByRole('note', { name: 'Note' })
  await note.getByText('of the paper').waitFor()
  await note.getByText(`by ${name}`).waitFor()
  await note.locator('time').waitFor()

  // Closing the field keeps the note.
  await page.getByRole('button', { name: 'Edit the note' }).click()
  await field.fill('something else')
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await note.getByText('of the paper').waitFor()
  expect((await labels(baseline)).note?.text).toBe('The baseline\nof the paper')

  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Edit the note' }).click()
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true)
  await field.fill('Not the baseline')
  await field.press('Control+Enter')
  await note.getByText('Not the baseline').waitFor()

  await page.getByRole('button', { name: 'Edit the note' }).click()
  await page.getByRole('button', { name: 'Remove the note' }).click()
  await page.getByRole('button', { name: 'Write a note' }).waitFor()
  expect((await labels(baseline)).note).toBeNull()
  await context.close()
})

test('an archived run leaves the list unless the filter includes archived runs', async () => {
  const { page, context } = await visit(browser, hven, `/r/${other}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Archive' }).click()
  await page.getByText('Archived', { exact: true }).waitFor()
  expect((await labels(other)).archived).toBe(true)

  await page.goto(`${hven.url}/runs`)
  await page.getByRole('row', { name: /baseline/ }).waitFor()
  expect(await page.getByRole('row', { name: /other/ }).count()).toBe(0)
  await page.getByRole('button', { name: 'Show archived' }).click()
  await page.waitForURL(/archived=with/)
  await page.getByRole('row', { name: /other.*/ }).waitFor()
  await page.goto(`${hven.url}/runs?archived=only`)
  await page.getByRole('row', { name: /other/ }).waitFor()
  expect(await page.getByRole('row', { name: /baseline/ }).count()).toBe(0)

  await page.goto(`${hven.url}/r/${other}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Unarchive' }).click()
  await expect.poll(async () => (await labels(other)).archived).toBe(false)
  await context.close()
})

test('many runs are tagged and archived at once, and refused runs are reported', { timeout: 120_000 }, async () => {
  const template = { argv: ['true'], cwd: hven.folder, environment: { PATH: process.env.PATH } }
  const runs = Array.from({ length: 3 }, (_, at) => ({ argv: ['echo', String(at)], name: `many-${at}` }))
  await hven.api('POST', '/runs/batch', { template, runs })
  const live = await hven.run(['--name', 'many-live'], 'sleep', '600')
  const handles = async (q: string) =>
    (await hven.api<{ items: { handle: string; state: string }[] }>('GET', `/runs?archived=with&q=${q}`)).items
  await expect.poll(async () => (await handles('many')).filter(({ state }) => state === 'done').length).toBe(3)

  const { page, context, complaints } = await visit(browser, hven, '/runs?q=many')
  await expect.poll(() => page.getByRole('row', { name: /many-/ }).count()).toBe(4)
  await page.getByRole('checkbox', { name: 'Select all that are shown' }).check()
  await page.getByText('4 selected').waitFor()
  await page.getByRole('button', { name: 'Tag…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Change the tags' }).click()
  await dialog.getByText('Name a tag to add or to remove.').waitFor()
  await dialog.getByLabel('Tags to add, separated by commas').fill('batch')
  await dialog.getByRole('button', { name: 'Change the tags' }).click()
  await page.getByText('The tags of 4 runs were changed.').waitFor()
  expect(await tagsOf(live)).toEqual(['batch'])
  await expect.poll(() => page.getByRole('gridcell', { name: 'batch' }).count()).toBe(4)

  // The same runs are still selected: ended ones are archived, the running one is reported.
  await page.getByRole('button', { name: 'Archive 3 runs' }).click()
  await page.getByText('3 runs were archived.').waitFor()
  await page.getByText(`1 run was refused: It has not ended: cancel it, or wait. (${live})`).waitFor()
  await expect.poll(() => page.getByRole('row', { name: /many-/ }).count()).toBe(1)

  await page.getByRole('button', { name: 'Cancel 1 run' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel 1 run' }).click()
  await page.getByText('Hven is cancelling 1 run.').waitFor()
  expect(await hven.ended(live)).toBe('cancelled')
  expect(complaints).toEqual([])
  await context.close()
})

test('a Chinese reader finds the labels in Chinese', async () => {
  await hven.api('POST', `/runs/${baseline}/labels`, { add_tags: ['已发表'], note: '基准' })
  const { page, context } = await visit(browser, hven, `/r/${baseline}`, { locale: 'zh-CN', colorScheme: 'dark' })
  await page.getByRole('region', { name: '标签与备注' }).getByText('基准').waitFor()
  await page.getByRole('button', { name: '移除标签 已发表' }).waitFor()
  await page.getByRole('button', { name: '更多操作' }).click()
  await page.getByRole('menuitem', { name: '归档' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: '已发表' }).click()
  await page.getByRole('row', { name: /baseline/ }).waitFor()
  await page.getByRole('button', { name: '显示已归档' }).waitFor()
  await context.close()
})
