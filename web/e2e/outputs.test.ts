// Outputs are looked at where they lie: pictures over steps, plots, pages without their scripts, tables, texts; on the page
// of a run, and side by side.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, phone, visit } from './browser'
import { settle, tooWide_px } from './checks'
import { Hven } from './hven'

let hven: Hven
let browser: Browser
const handles: string[] = []

const script = `import json, os, sys
seed = int(sys.argv[1])
os.makedirs("out/samples", exist_ok=True)
def write(path, text):
    with open("out/" + path, "w") as file:
        file.write(text)
for step in range(0, 120, 10):
    write(f"samples/{step:08d}.svg", f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><rect width="60" height="60" fill="#dde"/><circle cx="30" cy="30" r="{3 + step / 6 + seed}" fill="#357"/></svg>')
write("report.html", '<h1>Report of the run</h1><p id="said">not run</p><img src="/api/v1/runs"><link rel="stylesheet" href="/api/v1/me"><style>@import "/api/v1/me"; body { background: url(/api/v1/me) }</style><meta http-equiv="refresh" content="0; url=/api/v1/me"><iframe src="/api/v1/me"></iframe><object data="/api/v1/me"></object><video poster="/api/v1/me" src="/api/v1/me"></video><svg><image href="/api/v1/me"/><use href="/api/v1/me#a"/></svg><form id="f" action="/api/v1/runs" method="post"><input name="a"></form><base href="/api/v1/"><img src="me" srcset="me 2x" onerror="fetch(1)"><script src="/api/v1/me"></script><script>document.forms[0].submit(); fetch("/api/v1/me"); </script><script>document.getElementById("said").textContent = "run"; parent.document.title = "taken"</script>')
points = [{"x": x, "y": x * x + seed} for x in range(10)]
write("fit.vl.json", json.dumps({"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": points}, "mark": "line", "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}}))
write("fit.plotly.json", json.dumps({"data": [{"type": "scatter", "mode": "markers", "x": [1, 2, 3], "y": [1, 4, 9]}, {"type": "surface", "z": [[1]]}], "layout": {"title": {"text": "squares"}}}))
write("settings.json", json.dumps({"lr": 0.1, "model": {"layers": [1, 2], "name": "needle"}}))
write("table.csv", "name,value\\n" + "".join(f"row {at},{at * seed}\\n" for at in range(150)))
with open(os.environ["HVEN_METRICS"], "a") as metrics:
    metrics.write(json.dumps({"param": {"seed": seed}}) + "\\n")
    metrics.write(json.dumps({"loss": 1 / seed}) + "\\n")
`

beforeAll(async () => {
  hven = await Hven.start()
  browser = await launch()
  await writeFile(join(hven.folder, 'draw.py'), script)
  for (const seed of [1, 4]) {
    const handle = await hven.run(['--name', `seed ${seed}`, '-o', 'out'], 'python3', 'draw.py', String(seed))
    expect(await hven.ended(handle)).toBe('done')
    handles.push(handle)
  }
})

afterAll(async () => {
  await browser?.close()
  await hven?.stop()
})

const shot = async (page: Awaited<ReturnType<typeof visit>>['page'], name: string) => {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true })
}

test('a series of pictures is one row, and its steps are a grid', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/r/${handles[0]}?tab=outputs`)
  await page.getByText('12 pictures, steps 0 to 110').waitFor()
  const preview = page.getByRole('region', { name: 'Preview of out/samples/*.svg' })
  await preview.getByRole('button', { name: 'step 30' }).click()
  await preview.getByRole('img', { name: 'out/samples/00000030.svg' }).waitFor()
  await shot(page, 'outputs-series')
  expect(complaints).toEqual([])
  await context.close()
})

test('a page is shown without its scripts, and sends no request', async () => {
  const answered: string[] = []
  const { page, context } = await visit(browser, hven, '/machine')
  // The content policy stops requests of the frame in the browser. One that reached the server would be answered.
  page.on('response', (response) => {
    if (response.frame() !== page.mainFrame()) answered.push(response.url())
  })
  await page.goto(`${hven.url}/r/${handles[0]}?tab=outputs&file=out/report.html`)
  const frame = page.frameLocator('iframe')
  await frame.getByText('Report of the run').waitFor()
  await page.waitForTimeout(500)
  expect(await frame.locator('#said').textContent()).toBe('not run')
  expect(await page.title()).not.toBe('taken')
  expect(answered.filter((url) => !url.startsWith('about:'))).toEqual([])
  await shot(page, 'outputs-page')
  await context.close()
})

test('plots are drawn, and what cannot be drawn is named', async () => {
  const { page, context, complaints } = await visit(browser, hven, `/r/${handles[0]}?tab=outputs&file=out/fit.vl.json`)
  await page.locator('[data-plot] svg').first().waitFor()
  await shot(page, 'outputs-vega')
  await page.goto(`${hven.url}/r/${handles[0]}?tab=outputs&file=out/fit.plotly.json`)
  await page.getByText('Not drawn: traces of the kind surface.').waitFor()
  await page.locator('[data-plot] svg').first().waitFor()
  await shot(page, 'outputs-plotly')
  expect(complaints).toEqual([])
  await context.close()
})

test('a document is searched', async () => {
  const { page, context, complaints } = await visit(
    browser,
    hven,
    `/r/${handles[0]}?tab=outputs&file=out/settings.json`,
  )
  await page.getByRole('searchbox', { name: 'Search in this text' }).fill('NEEDLE')
  await page.getByText('1 of 1').waitFor()
  expect(await page.locator('mark').allTextContents()).toEqual(['needle'])
  expect(complaints).toEqual([])
  await context.close()
})

test('outputs of the same path stand side by side, also on a phone', async () => {
  const path = `/compare?runs=${handles.join()}&tab=outputs`
  const { page, context, complaints } = await visit(browser, hven, path)
  await expect.poll(() => page.getByRole('slider').count()).toBe(2)
  await shot(page, 'compare-outputs')
  await page.getByRole('combobox', { name: 'Output' }).selectOption('out/table.csv')
  await page.getByRole('cell', { name: 'row 7', exact: true }).first().waitFor()
  expect(await page.getByRole('figure').count()).toBe(2)
  expect(page.url()).toContain('table.csv')
  expect(complaints).toEqual([])
  await context.close()
  const pocket = await visit(browser, hven, path, { viewport: phone, locale: 'zh-CN', colorScheme: 'dark' })
  await settle(pocket.page)
  expect(await tooWide_px(pocket.page)).toBeLessThanOrEqual(0)
  await shot(pocket.page, 'compare-outputs-phone')
  await pocket.context.close()
})
