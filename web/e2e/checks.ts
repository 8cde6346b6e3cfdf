// Checks of a drawn page: it is loaded, accessible, and not wider than the screen.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** The folder of the pictures for a review. */
export const shots = join(import.meta.dirname, 'shots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Waits until no placeholder is shown. */
export async function settle(page: Page) {
  await page.locator('#page').waitFor()
  await expect.poll(() => page.getByRole('status', { name: /Loading|正在加载/ }).count()).toBe(0)
  await page.waitForTimeout(400)
}

/** The serious problems that axe finds. */
export async function serious(page: Page): Promise<string[]> {
  // The debugger adds the script, because the content policy of the page would refuse it.
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map((node) => node.html)
          .slice(0, 3)
          .join(' | ')}`,
    )
}

/** By how much a part of the page is wider than the screen. */
export async function tooWide_px(page: Page): Promise<number> {
  const wide_px = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  const main_px = await page.locator('#page').evaluate((main) => main.scrollWidth - main.clientWidth)
  return Math.max(wide_px, main_px)
}
