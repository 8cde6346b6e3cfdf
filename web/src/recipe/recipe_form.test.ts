import { expect, test } from 'vitest'
import type { ArgumentType, RecipeArgument } from '../api/recipes'
import { fieldOf, readArguments, readValue } from './recipe_form'

const type = (is: string, more: Partial<ArgumentType> = {}): ArgumentType => ({ is, ...more }) as ArgumentType
const help = { en: '', zh: '' }
const forms = [
  { word: 'add', value: 'add', help },
  { word: 'exp', value: { call: 'exp' }, help },
]
const columns = type('list', { of: type('column'), distinct: true })
const seed = type('whole', { min: 0 })
const share = type('number', { min: 0, max: 1 })

const readBy = (of: ArgumentType, field: string) => {
  const read = readValue(of, field)
  return 'value' in read ? read.value : read.wrong.key
}

test('the type of an argument decides how its field is read', () => {
  expect(readBy(type('column'), '--weird')).toBe('--weird')
  expect(readBy(type('column'), '周期')).toBe('周期')
  expect(readBy(seed, ' 7 ')).toBe(7)
  expect(readBy(share, '1e-3')).toBe(0.001)
  expect(readBy(type('bool'), 'true')).toBe(true)
  expect(readBy(type('duration'), '2h 30min')).toBe(9000)
  expect(readBy(type('duration'), '90')).toBe(90)
  expect(readBy(type('choice', { choices: forms }), 'exp')).toEqual({ call: 'exp' })
  expect(readBy(columns, 'a\n\n-b\n')).toEqual(['a', '-b'])
  expect(readBy(type('map', { of: share }), 'train=0.75\ntest=.25')).toEqual({ train: 0.75, test: 0.25 })
  expect(readBy(type('map', { of: type('text') }), 'a=b=c')).toEqual({ a: 'b=c' })
  expect(readBy(type('record'), '{"relative": 1}')).toEqual({ relative: 1 })
})

test('an invalid field says why', () => {
  expect(readBy(seed, '-1')).toBe('recipe.wrong.min')
  expect(readBy(seed, '1.5')).toBe('recipe.wrong.whole')
  expect(readBy(seed, '9007199254740993')).toBe('recipe.wrong.max')
  expect(readBy(share, 'NaN')).toBe('recipe.wrong.number')
  expect(readBy(share, '1e400')).toBe('recipe.wrong.number')
  expect(readBy(share, 'Infinity')).toBe('recipe.wrong.number')
  expect(readBy(share, '0x1')).toBe('recipe.wrong.number')
  expect(readBy(share, '1.01')).toBe('recipe.wrong.max')
  expect(readBy(type('duration'), 'soon')).toBe('recipe.wrong.duration')
  expect(readBy(type('duration'), '2 fortnights')).toBe('recipe.wrong.duration')
  expect(readBy(type('duration'), '-1')).toBe('recipe.wrong.duration')
  expect(readBy(type('bool'), 'yes')).toBe('recipe.wrong.bool')
  expect(readBy(type('choice', { choices: forms }), 'tan')).toBe('recipe.wrong.choice')
  expect(readBy(columns, 'a\na')).toBe('recipe.wrong.twice')
  expect(readBy(type('map', { of: share }), 'train')).toBe('recipe.wrong.pair')
  expect(readBy(type('map', { of: share }), 'a=1\na=0')).toBe('recipe.wrong.twice')
  expect(readBy(type('record'), '[1]')).toBe('recipe.wrong.json')
  expect(readBy(type('record'), '{')).toBe('recipe.wrong.json')
})

test('an empty field is not sent, unless it is required', () => {
  const argument = (name: string, more: Partial<RecipeArgument>): RecipeArgument =>
    ({ name, key: name, required: false, default: null, help, ...more }) as RecipeArgument
  const list = [
    argument('target', { type: type('column'), required: true }),
    argument('inputs', { key: 'columns', type: columns }),
    argument('seed', { type: seed, default: 0 }),
  ]
  expect(readArguments(list, {})).toEqual({ given: {}, wrong: { target: { key: 'recipe.wrong.missing' } } })
  expect(readArguments(list, { target: 'period', columns: 'a', seed: '' })).toEqual({
    given: { target: 'period', inputs: ['a'] },
    wrong: {},
  })
})

test('a default is shown as a user would type it', () => {
  const list = type('list', { of: type('choice', { choices: forms }) })
  expect(fieldOf(list, ['add', { call: 'exp' }])).toBe('add\nexp')
  expect(fieldOf(seed, 0)).toBe('0')
  expect(fieldOf(type('text'), 'a')).toBe('a')
})
