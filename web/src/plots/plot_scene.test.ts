import { parse, View } from 'vega'
import { expressionInterpreter } from 'vega-interpreter'
import { compile, type TopLevelSpec } from 'vega-lite'
import { expect, test } from 'vitest'
import { asDrawn, type PlotSpec } from './plot_spec'
import { plotConfig } from './plot_theme'

const colours = {
  ink: '#111',
  inkSoft: '#222',
  rule: '#333',
  ruleStrong: '#444',
  sheet: '#fff',
  brass: '#a60',
  series: Array.from({ length: 8 }, (_, at) => `#${at + 1}00000`),
}

/** The scene that the library makes of a plot, with the configuration of the pages. */
async function drawn(spec: PlotSpec) {
  const sized = { width: 400, height: 300, config: plotConfig(colours), ...asDrawn(spec) }
  const { spec: vega } = compile(sized as unknown as TopLevelSpec)
  const view = new View(parse(vega, undefined, { ast: true }), { renderer: 'none', expr: expressionInterpreter })
  const svg = await view.toSVG()
  return { svg, texts: [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text) }
}

const quantitative = (field: string) => ({ field, type: 'quantitative', scale: { zero: false } })

test('a year is written as a year, and no tick stands between two years', async () => {
  const { texts } = await drawn({
    data: { values: [2005, 2006, 2007].map((year) => ({ year, rate: 0.5 * year })) },
    mark: 'point',
    encoding: { x: quantitative('year'), y: quantitative('rate') },
  })
  expect(texts).toEqual(expect.arrayContaining(['2005', '2006', '2007', '1002.5']))
  expect(texts.filter((text) => text?.includes(','))).toEqual([])
  expect(texts).not.toContain('2006.5')
})

test('numbers of five digits and more are grouped', async () => {
  const { texts } = await drawn({
    data: { values: [{ mass: 1.5 }, { mass: 40_000.5 }] },
    mark: 'point',
    encoding: { x: quantitative('mass') },
  })
  expect(texts).toEqual(expect.arrayContaining(['5000', '10,000', '40,000']))
})

test('groups of points differ by colour and shape, and one legend names both', async () => {
  const { svg, texts } = await drawn({
    data: { values: ['seen', 'held out'].map((rows, at) => ({ x: at, y: at, rows })) },
    mark: 'point',
    encoding: { x: quantitative('x'), y: quantitative('y'), shape: { field: 'rows', type: 'nominal' } },
  })
  expect(texts.filter((text) => text === 'seen' || text === 'held out')).toHaveLength(2)
  // Each group has one mark and one symbol in the legend.
  const fills = [...svg.matchAll(/fill="(#\d00000)"/g)].map(([, colour]) => colour)
  expect(fills).toHaveLength(4)
  expect(new Set(fills).size).toBe(2)
})
