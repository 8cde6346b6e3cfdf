import { expect, test } from 'vitest'
import api from '../../../docs/openapi.json'
import { catalogue, fill } from './catalogue'
import * as tables from './tables'

const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort()

test('no two tables have a text of the same name', () => {
  const keys = Object.values(tables).flatMap((table) => Object.keys(table))
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
})

test('both languages fill in the same values', () => {
  for (const [key, { en, zh }] of Object.entries(catalogue)) {
    const forms = typeof en === 'string' ? [en] : [en.other]
    for (const form of forms) expect(names(form), key).toEqual(names(zh))
  }
})

test('every Chinese text is Chinese, except names and codes', () => {
  const alike = Object.entries(catalogue).filter(
    ([, { en, zh }]) => en === zh && /[a-z]/i.test(zh.replace(/\{\w+\}/g, '')),
  )
  expect(alike).toEqual([])
})

test('every sentence of the server has its text in both languages, with the same values', () => {
  const said = Object.entries(api['x-sentences']).map(([code, template]) => [`say.${code}`, names(template)])
  expect(said.length).toBeGreaterThan(100)
  const known = Object.entries(catalogue)
    .filter(([key]) => key.startsWith('say.'))
    .map(([key, { zh }]) => [key, names(zh)])
  expect(known.sort()).toEqual(said.sort())
})

test('values are filled in, and a count chooses the form', () => {
  const entry = { en: { one: '{count} run', other: '{count} runs' }, zh: '{count} 个运行' }
  expect(fill(entry, 'en', { count: 1 })).toBe('1 run')
  expect(fill(entry, 'en', { count: 2 })).toBe('2 runs')
  expect(fill(entry, 'zh', { count: 2 })).toBe('2 个运行')
  expect(fill({ en: 'a {b} c', zh: '' }, 'en')).toBe('a {b} c')
})
