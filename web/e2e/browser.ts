// A browser with a fresh profile, and pages that report their errors.
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Hven } from './hven'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? places.find(existsSync)
  if (executablePath === undefined) throw new Error('no Chromium is installed; CHROMIUM may name one')
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** The complaints of the browser: errors of scripts, violations of the content policy. */
  complaints: string[]
}

export const desktop = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

/** Opens a page as a reader does: with a one-time link. */
export async function visit(
  browser: Browser,
  hven: Hven,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', acceptDownloads: true, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // The network layer reports a server that is not running; the test checks how the page handles that. The preview of
    // a publication is framed without scripts: the report that its script was blocked is expected.
    if (
      message.type() === 'error' &&
      !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource|Blocked script execution in '[^']*\/page'/.test(
        message.text(),
      )
    )
      complaints.push(message.text())
  })
  await page.goto(await hven.link(path))
  return { page, context, complaints }
}
