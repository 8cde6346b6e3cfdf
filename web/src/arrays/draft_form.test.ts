import { expect, test } from 'vitest'
import type { ArrayDetail, Axis } from '../api/arrays'
import type { RunDetail } from '../api/types'
import { readNewArraySearch } from './array_search'
import { draftOf, emptyForm, formOfArray, formOfRun, isBegun, refusalsOf, rowRefusals, writtenAxis } from './draft_form'

const range = (first: number, step: number, scale: number, count: number): Axis => ({
  kind: 'range',
  name: 'i',
  first,
  step,
  scale,
  count,
})
const list = (...values: unknown[]): Axis => ({ kind: 'list', name: 't', values })
const valuesOf = (axis: Axis) => writtenAxis(axis)?.map(({ name, values }) => `${name}=${values}`)

test('values are written as a person types them', () => {
  expect(valuesOf(range(1, 1, 0, 1000))).toEqual(['i=1..1000'])
  expect(valuesOf(range(10, -1, 0, 10))).toEqual(['i=10..1'])
  expect(valuesOf(range(0, 25, 2, 5))).toEqual(['i=0.00..1.00..0.25'])
  expect(valuesOf(range(-5, 5, 1, 3))).toEqual(['i=-0.5..0.5..0.5'])
  expect(valuesOf(range(0, 2, 0, 6))).toEqual(['i=0..10..2'])
  expect(valuesOf(range(7, -3, 0, 1))).toEqual(['i=7..7..-3'])
  expect(valuesOf(list(0.1, 0.2))).toEqual(['t=0.1,0.2'])
  expect(valuesOf(list('007', true))).toEqual(['t=007,true'])
  expect(valuesOf(list('a, b', 'say "x"', ' c', '', '1..3', '@x', '北京', 'a b'))).toEqual([
    't="a, b","say ""x"""," c","","1..3","@x",北京,a b',
  ])
  const table: Axis = { kind: 'table', names: ['x', 'y'], object: '0', rows: 3, origin: 'points.csv' }
  expect(valuesOf(table)).toBeUndefined()
  expect(valuesOf({ kind: 'zip', axes: [range(1, 1, 0, 2), list('a', 'b')] })).toEqual(['i=1..2', 't=a,b'])
  expect(valuesOf({ kind: 'zip', axes: [range(1, 1, 0, 3), table] })).toBeUndefined()
  expect(valuesOf(list('two\nlines'))).toBeUndefined()
  // The last digits of such a number are lost on the way from the server.
  expect(valuesOf(range(2 ** 60, 1, 0, 2))).toBeUndefined()
})

const detail = {
  array: { command: "python3 sim.py '{i}'", project: 'astro/kepler', title: null, name: 'array/3' },
  axes: [
    range(1, 1, 0, 4),
    { kind: 'zip', axes: [list('a', 'b'), { ...range(1, 1, 0, 2), name: 'n' }] },
    { kind: 'table', names: ['x', 'y'], object: '0', rows: 3, origin: 'points.csv' },
  ],
  cwd: '/work',
  inputs: ['a.csv'],
  outputs: ['out/{i}.json'],
  resources: { cpus: 2, memory_bytes: 8 * 2 ** 30, named: { gpu: 1 } },
  priority: -5,
  stop_when: 'failed > 10',
  gather: { dataset: 'results', units: {} },
} as unknown as ArrayDetail

test('the form of an earlier array has its content, and names the values that it could not take over', () => {
  const { form, lost } = formOfArray(detail)
  expect(lost).toEqual(['x', 'y'])
  expect(form.rows.map(({ name, values }) => `${name}=${values}`)).toEqual(['i=1..4', 't=a,b', 'n=1..2', 'x=', 'y='])
  expect(new Set(form.rows.map(({ key }) => key)).size).toBe(5)
  expect(draftOf({ ...form, rows: form.rows.slice(0, 3) }, '3')).toEqual({
    command: "python3 sim.py '{i}'",
    folder: '/work',
    over: ['i=1..4', 't=a,b', 'n=1..2'],
    zip: ['t, n'],
    inputs: ['a.csv'],
    outputs: ['out/{i}.json'],
    project: 'astro/kepler',
    name: '',
    cpus: '2',
    memory: '8GiB',
    resources: ['gpu=1'],
    priority: '-5',
    gather: 'results',
    stop_when: 'failed > 10',
    like: '3',
  })
})

test('the command of a run is one text, whose braces stay braces', () => {
  const spec = {
    argv: ['awk', '{print $1}', 'a b'],
    cwd: '/work',
    place: 'here',
    inputs: [],
    outputs: [],
    resources: {},
  }
  const { texts } = formOfRun({ spec, project: 'home' } as unknown as RunDetail)
  expect(texts.command).toBe("awk '{{print $1}}' 'a b'")
  expect(texts.folder).toBe('/work')
  expect(formOfRun({ spec: { ...spec, recipe: { name: 'law' } } } as unknown as RunDetail)).toBe(emptyForm)
  expect(formOfRun({ spec: null } as unknown as RunDetail)).toBe(emptyForm)
})

test('nothing is asked before there is a command, a folder and a value', () => {
  const row = { key: 1, name: 'i', values: '' }
  const texts = { ...emptyForm.texts, command: 'true {i}', folder: '/' }
  expect(isBegun({ texts, rows: [row] })).toBe(true)
  expect(isBegun({ texts, rows: [{ ...row, name: ' ' }] })).toBe(false)
  expect(isBegun({ texts: { ...texts, command: ' ' }, rows: [row] })).toBe(false)
  expect(isBegun({ texts: { ...texts, folder: '' }, rows: [row] })).toBe(false)
})

test('a refusal stands at its row, also when an empty row precedes it', () => {
  const rows = [
    { key: 4, name: '', values: '' },
    { key: 7, name: 'i', values: '1..' },
    { key: 9, name: 't', values: '' },
  ]
  const refusals = [
    { field: 'over', at: 1, message: 't= has no values' },
    { field: 'command', message: 'the command is empty' },
    { field: 'over', at: 5, message: 'of a row that was removed' },
  ]
  expect([...rowRefusals(refusals, { ...emptyForm, rows })]).toEqual([[9, 't= has no values']])
  expect(refusalsOf(refusals, 'command')).toEqual(['the command is empty'])
  expect(refusalsOf(refusals, 'folder')).toEqual([])
})

test('the address names an array or a run', () => {
  expect(readNewArraySearch({ like: 3 })).toEqual({ like: '3', run: undefined })
  expect(readNewArraySearch({ run: '7Q2M', like: '' })).toEqual({ like: undefined, run: '7Q2M' })
  expect(readNewArraySearch({ like: '../x', run: {} })).toEqual({ like: undefined, run: undefined })
})
