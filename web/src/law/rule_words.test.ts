import { expect, test } from 'vitest'
import type { Format } from '../format/format'
import { formatCount, formatValue } from '../format/numbers'
import { text } from '../messages/catalogue'
import type { LawDocument } from './law_document'
import { ruleSentences } from './rule_words'

const format = {
  value: (value: number, digits?: number) => formatValue(value, 'en', digits),
  count: (value: number) => formatCount(value, 'en'),
} as Format

/** The sentences about the candidate `chosen` of a front with these mean squared errors. */
const said = (losses: number[], chosen: number) =>
  ruleSentences(
    { front: losses.map((loss, at) => ({ id: `law-${at}`, loss })), chosen: `law-${chosen}` } as unknown as LawDocument,
    text,
    format,
  )

test('the selected candidate is compared with its neighbours', () => {
  const [rule, shorter, longer] = said([9, 1, 0.992016], 1)
  expect(rule).toMatch(/^Selected by the rule:/)
  expect(shorter).toBe('The errors of the next shorter formula are 3 times as large.')
  expect(longer).toBe('The next longer formula makes the errors 0.4 % smaller, too little for its length.')
})

test('an exact law and the first and last candidates have their own sentences', () => {
  expect(said([9, 0], 1)[1]).toBe('The errors of the next shorter formula are more than 1000 times as large.')
  expect(said([9], 0)).toHaveLength(1)
  expect(said([0, 0], 0)[1]).toBe('The errors of the next longer formula are as large.')
  expect(said([1, 1], 7)).toEqual([])
  expect(said([Number.NaN, 1], 1)).toHaveLength(1)
})
