import { expect, test } from 'vitest'
import type { RecipeArgument } from '../api/recipes'
import { emptyFields, nameOfFile, readImport, readLook, sourceSettings } from './import_form'

const argument = (name: string, type: RecipeArgument['type']): RecipeArgument => ({
  name,
  key: name,
  type,
  required: false,
  default: null,
  help: { en: '', zh: '' },
})
const text = { is: 'text' } as RecipeArgument['type']
const settings = [
  argument('delimiter', text),
  argument('header', { is: 'bool' } as RecipeArgument['type']),
  argument('widths', { is: 'list', of: { is: 'whole', min: 1 } } as RecipeArgument['type']),
]
const source = { path: 't.csv', digest: '0', size: 3, kind: 'file' }

test('settings are the arguments without fields of their own', () => {
  const all = [...settings, argument('units', text), argument('nulls', text), argument('license', text)]
  expect(sourceSettings(all).map(({ name }) => name)).toEqual(['delimiter', 'header', 'widths', 'nulls'])
})

test('only filled fields are sent', () => {
  const fields = emptyFields('t', '')
  expect(readImport(fields, settings, source).wanted).toEqual({
    name: 't',
    project: undefined,
    source,
    types: {},
    units: {},
    checks: [],
    license: undefined,
    description: undefined,
  })
  const filled = {
    ...fields,
    project: 'astro',
    units: { x: ' m ', y: '' },
    types: { x: 'float' },
    checks: 'x > 0\n\nunique(y)\n',
    settings: { delimiter: '\\t', header: 'false', widths: '5\n12' },
  }
  const { wanted, wrong } = readImport(filled, settings, source)
  expect(wrong).toEqual({})
  expect(wanted).toMatchObject({
    project: 'astro',
    units: { x: 'm' },
    types: { x: 'float' },
    checks: ['x > 0', 'unique(y)'],
    delimiter: '\t',
    header: false,
    widths: [5, 12],
  })
  const faulty = readImport({ ...filled, settings: { widths: '0' } }, settings, source)
  expect(faulty.wrong.widths).toEqual({ key: 'recipe.wrong.min', values: { min: 1 } })
})

test('a name is derived from the name of a file as on the command line', () => {
  expect(nameOfFile('planets.csv')).toBe('planets')
  expect(nameOfFile('hubble 1929.v2.csv')).toBe('hubble_1929_v2')
  expect(nameOfFile('2mass.parquet')).toBe('_2mass')
  expect(nameOfFile('行星.csv')).toBe('行星')
  expect(nameOfFile('.csv')).toBe('_csv')
})

test('a look lists the used settings in a visible form', () => {
  expect(readLook(null)).toBeUndefined()
  const look = readLook({
    bytes: 9,
    whole: false,
    rows_read: 2,
    rows: [[1]],
    report: { schema: { columns: [{ name: 'x', type: 'int64' }] }, problems: { total: 0 } },
    settings: [
      { name: 'delimiter', value: '\t', given: false },
      { name: 'nulls', value: ['', 'NA'], given: true },
    ],
    doubtful: [{ line: 3, column: 'x', text: 'n/k', why: 'not a number', settings: ['types', 'nulls'] }],
    remarks: [{ text: 'decided', settings: ['decimal'] }, { text: 'known' }],
  })
  expect(look).toMatchObject({ whole: false, rows_read: 2, rows: [[1]] })
  expect(look?.used.delimiter).toEqual({ value: '\\t', given: false })
  expect(look?.used.nulls).toEqual({ value: '"" NA', given: true })
  expect(look?.deciding).toEqual([['types', 'nulls']])
  expect(look?.remarks).toEqual([
    { text: 'decided', settings: ['decimal'] },
    { text: 'known', settings: [] },
  ])
})
