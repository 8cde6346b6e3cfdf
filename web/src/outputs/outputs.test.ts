import { expect, test } from 'vitest'
import type { RunFile } from '../api/types'
import { indentedJson } from './json_text'
import { pageDocument } from './page_document'
import { plotlySpec } from './plotly_spec'
import { stepOf, stepSeries } from './step_series'
import { piecesOf } from './text_search'

test('the step of a picture is the number at the end of its name', () => {
  expect(stepOf('samples/00000012.png')).toEqual({ step: 12, pattern: 'samples/*.png' })
  expect(stepOf('images/fit_3.svg')).toEqual({ step: 3, pattern: 'images/fit_*.svg' })
  expect(stepOf('resnet50.png')).toBeUndefined()
  expect(stepOf('plot.png')).toBeUndefined()
})

test('three pictures of one name are a series, in the order of their steps', () => {
  const files = ['s/10.png', 's/2.png', 's/1.png', 'a_1.png', 'a_2.png', 'fit.csv'].map(
    (path) => ({ path, media_type: path.endsWith('csv') ? 'text/csv' : 'image/png' }) as RunFile,
  )
  const { series, single } = stepSeries(files)
  expect(series.map(({ path, items }) => [path, items.map(({ step }) => step)])).toEqual([['s/*.png', [1, 2, 10]]])
  expect(single.map(({ path }) => path)).toEqual(['a_1.png', 'a_2.png', 'fit.csv'])
})

test('a document is indented without a change of its numbers and texts', () => {
  expect(indentedJson('{"a":1.0,"b":[],"c":[1e400,"x\\u00e9 {"]}')).toBe(
    '{\n  "a": 1.0,\n  "b": [],\n  "c": [\n    1e400,\n    "x\\u00e9 {"\n  ]\n}',
  )
  expect(indentedJson('{"a":')).toBeUndefined()
})

test('matches are marked without regard to the case', () => {
  const { pieces, matches } = piecesOf('Loss, loss', 'LOSS')
  expect(matches).toBe(2)
  expect(pieces).toEqual([{ text: 'Loss', match: 0 }, { text: ', ' }, { text: 'loss', match: 1 }])
  expect(piecesOf('a', '').pieces).toEqual([{ text: 'a' }])
})

test('the policy stands before all that a page contains', () => {
  expect(pageDocument('<meta http-equiv="refresh" content="0">')).toMatch(
    /^<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'/,
  )
})

test('traces of Plotly with a counterpart are drawn, the others are named', () => {
  const { spec, leftOut } = plotlySpec({
    data: [
      { type: 'scatter', mode: 'lines', y: { dtype: 'i1', bdata: btoa('\u0001\u0002') } },
      { type: 'surface', z: [[1]] },
    ],
    layout: { title: { text: 'T' } },
  })
  expect(leftOut).toEqual(['surface'])
  expect(spec).toMatchObject({
    title: 'T',
    layer: [
      {
        mark: { type: 'line' },
        data: {
          values: [
            { x: 0, y: 1 },
            { x: 1, y: 2 },
          ],
        },
      },
    ],
  })
  expect(plotlySpec({ data: [] }).spec).toBeUndefined()
})
