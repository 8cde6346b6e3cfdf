// Settings: tokens that are shown once and can be revoked, members, language and theme.
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

test('a token is shown once, works, and stops working when it is revoked', async () => {
  const { page, context, complaints } = await visit(browser, hven, '/settings')
  const tokens = page.getByRole('region', { name: 'Tokens' })
  await tokens.getByLabel('Purpose').fill('a notebook')
  await tokens.getByRole('button', { name: 'Create a token' }).click()
  await tokens.getByText('Copy it now').waitFor()
  const secret = (await tokens.locator('pre').textContent())?.trim()
  const me = await hven.api<{ kind: string }>('GET', '/me', undefined, secret)
  expect(me.kind).toBe('user')

  await page.reload()
  await tokens.getByRole('rowheader', { name: 'a notebook' }).waitFor()
  expect(await page.content()).not.toContain(secret)
  await tokens.getByRole('button', { name: 'Revoke a notebook' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
  await tokens.getByRole('rowheader', { name: 'a notebook' }).waitFor({ state: 'detached' })
  await expect(hven.api('GET', '/me', undefined, secret)).rejects.toThrow(/401/)
  expect(complaints).toEqual([])
  await context.close()
})

test('a member is added, changed and removed', async () => {
  const { page, context } = await visit(browser, hven, '/settings')
  const members = page.getByRole('region', { name: 'Members' })
  await members.getByLabel('Name of the user').fill('jun')
  await members.getByRole('button', { name: 'Add a member' }).click()
  const role = members.getByRole('combobox', { name: 'Role of jun' })
  await role.waitFor()
  expect(await role.inputValue()).toBe('member')
  await role.selectOption('viewer')
  const roleOfJun = async () => {
    const { items } = await hven.api<{ items: { user: { name: string }; role: string }[] }>('GET', '/members')
    return items.find((member) => member.user.name === 'jun')?.role
  }
  await expect.poll(roleOfJun).toBe('viewer')
  await members.getByRole('button', { name: 'Remove jun' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await role.waitFor({ state: 'detached' })
  expect(await roleOfJun()).toBeUndefined()
  await context.close()
})

test('language and theme are stored', async () => {
  const { page, context } = await visit(browser, hven, '/settings')
  await page.getByRole('radio', { name: 'Dark' }).check()
  await page.getByRole('radio', { name: '简体中文' }).check()
  await page.reload()
  await page.getByRole('heading', { level: 1, name: '设置' }).waitFor()
  expect(await page.locator('html').getAttribute('data-theme')).toBe('night')
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('dark')
  await context.close()
})

test('the page shows the signed-in user, who can sign out', async () => {
  const { page, context } = await visit(browser, hven, '/settings')
  const { name } = await hven.api<{ name: string }>('GET', '/me')
  const who = `Signed in as ${name}`
  await page.getByRole('link', { name: who, exact: true }).waitFor()
  await page.getByRole('region', { name: 'This Hven' }).getByText(who, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Sign this browser out' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await context.close()
})
