import { expect, test } from 'vitest'
import { text } from '../messages/catalogue'
import { setLanguage } from '../messages/language'
import type { PlotSpec } from '../plots/plot_spec'
import { inWords } from './plot_words'

const titled = (title: string): PlotSpec => ({ encoding: { y: { field: 'residual', title } } })
const titleOf = (spec: PlotSpec) => (spec.encoding as { y: { title: string } }).y.title
const said = (title: string) => titleOf(inWords(titled(title), '', text))

test('axes have titles in the reader’s language', () => {
  const kept = [
    'period (yr), observed',
    'period (yr), by the law',
    'observed − law, period (yr)',
    'complexity (symbols)',
  ]
  expect(kept.map(said)).toEqual(kept)
  setLanguage('zh')
  expect(kept.map(said)).toEqual([
    'period (yr)，观测值',
    'period (yr)，按定律',
    '观测 − 定律，period (yr)',
    '复杂度（符号数）',
  ])
  expect(said('period (yr)')).toBe('period (yr)')
  setLanguage('en')
})

test('held-out rows differ from the others by shape, colour and legend, in every layer', () => {
  const spec: PlotSpec = {
    layer: [
      { mark: 'line', encoding: { x: { field: 'x' } } },
      { mark: 'point', encoding: { x: { field: 'x' }, shape: { field: 'rows', type: 'nominal' } } },
    ],
  }
  const translated = inWords(spec, 'The law over the data', text)
  expect(translated.description).toBe('The law over the data')
  const { shape } = ((translated.layer as PlotSpec[])[1]?.encoding ?? {}) as { shape?: unknown }
  expect(shape).toMatchObject({
    field: 'rows',
    scale: { domain: ['seen', 'held out'], range: ['circle', 'diamond'] },
    legend: { labelExpr: 'datum.value === \'held out\' ? "held out" : "used by the search"' },
  })
  expect((translated.layer as PlotSpec[])[0]).toEqual((spec.layer as PlotSpec[])[0])
})
