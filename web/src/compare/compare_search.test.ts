import { expect, test } from 'vitest'
import { handlesIn, readCompareSearch } from './compare_search'

test('the address is read without what it cannot mean', () => {
  const read = readCompareSearch({
    runs: 1234,
    tab: 'nothing',
    metrics: ['a,b', 3, {}],
    x: 'clock',
    smooth: 7,
    logy: true,
    logx: 'yes',
  })
  expect(read).toMatchObject({ runs: '1234', metrics: ['a,b', '3'], x: 'clock', smooth: 0.99, logy: true })
  expect([read.tab, read.logx]).toEqual([undefined, undefined])
  expect(readCompareSearch({ smooth: -1 }).smooth).toBeUndefined()
})

test('handles are in order, each once', () => {
  expect(handlesIn('B, A,,B')).toEqual(['B', 'A'])
  expect(handlesIn(undefined)).toEqual([])
})
