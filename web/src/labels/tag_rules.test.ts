import { expect, test } from 'vitest'
import { bytesOf, noteBytes_max, tagProblem, tagsIn, wrongTag } from './tag_rules'

test.each([
  ['good', undefined],
  ['paper-2', undefined],
  ['figure/3a:v1.2_x', undefined],
  ['已发表', undefined],
  ['naïve', undefined],
  ['-v', 'dash'],
  ['two words', 'characters'],
  ['50%', 'characters'],
  ['', 'characters'],
  ['hidden\u200b', 'characters'],
  ['x'.repeat(64), undefined],
  ['x'.repeat(65), 'long'],
  // The limit counts characters, not UTF-16 units.
  ['𝔸'.repeat(64), undefined],
])('%j as a tag: %s', (tag, problem) => {
  expect(tagProblem(tag)).toBe(problem)
})

test('blanks and commas, ASCII or full-width, separate typed tags', () => {
  expect(tagsIn('  good, paper-2，已发表、good ')).toEqual(['good', 'paper-2', '已发表'])
  expect(tagsIn(' , ')).toEqual([])
  expect(wrongTag(['good', '-v', '50%'])).toEqual({ tag: '-v', problem: 'dash' })
  expect(wrongTag(['good'])).toBeUndefined()
})

test('a note is measured in bytes', () => {
  expect(bytesOf('a'.repeat(16 * 1024))).toBe(noteBytes_max)
  expect(bytesOf('好')).toBe(3)
})
