// Runs are deleted: from the page of a run and from the list, after a look at what goes and what stays.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { serious, settle, tooWide_px } from './checks'
import { Hven } from './hven'

let hven: Hven
let browser: Browser
const handles: string[] = []

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  await writeFile(join(hven.folder, 'make.py'), 'open("a.txt", "w").write("made")\nprint("a secret word")')
  await writeFile(join(hven.folder, 'read.py'), 'print(open("a.txt").read())')
  const maker = await hven.run(['--name', 'maker', '-o', 'a.txt'], 'python3', 'make.py')
  await hven.ended(maker)
  const reader = await hven.run(['--name', 'reader', '-i', 'a.txt'], 'python3', 'read.py')
  await hven.ended(reader)
  handles.push(maker, reader)
  for (const name of ['wrong-1', 'wrong-2', 'kept']) {
    const handle = await hven.run(['--name', name], 'echo', name)
    await hven.ended(handle)
    handles.push(handle)
  }
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const shot = async (page: Page, name: string) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
}

test('selected runs are deleted with a reason', { timeout: 90_000 }, async () => {
  const { page, context, complaints } = await visit(browser, hven, '/runs')
  const row = (name: string) => page.getByRole('row', { name: new RegExp(name) })
  for (const name of ['wrong-1', 'wrong-2']) await row(name).getByRole('checkbox').check()
  await page.getByRole('toolbar').getByRole('button', { name: 'Delete 2 runs…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Nothing rests on it.').waitFor()
  await shot(page, 'delete-dialog')
  await dialog.getByRole('button', { name: 'Delete 2 runs' }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByRole('textbox').fill('wrong starts')
  await dialog.getByRole('button', { name: 'Delete 2 runs' }).click()
  await page.getByText('2 runs were deleted.').waitFor()
  await expect.poll(() => row('wrong-').count()).toBe(0)
  await row('kept').waitFor()
  await shot(page, 'delete-done')
  expect(complaints).toEqual([])
  await context.close()
})

test('the page of a deleted run says who deleted it, and the lineage keeps it', { timeout: 90_000 }, async () => {
  const [maker, reader] = handles
  const { page, context, complaints } = await visit(browser, hven, `/r/${maker}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/1 thing rests on it/).waitFor()
  expect(await serious(page)).toEqual([])
  await shot(page, 'delete-one')
  await dialog.getByRole('textbox').fill('it printed a secret')
  await dialog.getByRole('button', { name: 'Delete 1 run' }).click()
  await page.getByText('This run was deleted. Its content is erased.').waitFor()
  await page.getByText('it printed a secret').waitFor()
  expect(await page.getByText('a secret word').count()).toBe(0)
  expect(await page.getByRole('tab').count()).toBe(0)
  await settle(page)
  await shot(page, 'deleted-run')
  expect(await serious(page)).toEqual([])
  // The run that read its output is still there, and shows on which run it rests.
  await page
    .getByRole('link', { name: new RegExp(reader ?? '') })
    .first()
    .click()
  await page.waitForURL(new RegExp(`/r/${reader}`))
  await page
    .getByRole('link', { name: new RegExp(maker ?? '') })
    .first()
    .waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('the page of a deleted run fits a phone, in Chinese', { timeout: 60_000 }, async () => {
  const { page, context, complaints } = await visit(browser, hven, `/r/${handles[0]}`, {
    viewport: phone,
    locale: 'zh-CN',
    colorScheme: 'dark',
  })
  await page.getByText('此运行已被删除，其内容已清除。').waitFor()
  await settle(page)
  await shot(page, 'deleted-run-phone')
  expect(await tooWide_px(page)).toBeLessThanOrEqual(0)
  expect(complaints).toEqual([])
  await context.close()
})

test('a comparison with a deleted run goes on without it', { timeout: 60_000 }, async () => {
  const { page, context } = await visit(browser, hven, `/compare?runs=${[handles[0], handles[1], handles[4]].join()}`)
  await page.getByRole('button', { name: `Compare without ${handles[0]}` }).click()
  await page.getByRole('list', { name: 'Compared runs' }).getByText('kept').waitFor()
  await context.close()
})
