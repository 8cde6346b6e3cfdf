import { expect, test } from 'vitest'
import type { ArrayPoint } from '../api/arrays'
import { canColour, defaultColour, defaultParameter, fieldNames, pointSpec, taskNumber } from './point_spec'

const points: ArrayPoint[] = Array.from({ length: 20 }, (_, at) => ({
  task: at + 1,
  values: { t: at % 2, i: at, kind: at % 3 ? 'sun' : 'moon', id: `n${at}` },
  value: at === 4 ? 'NaN' : at / 2,
}))
const wanted = {
  points,
  metric: 'val.loss',
  over: 'i',
  colour: undefined as string | undefined,
  units: { i: 's' },
  taskWord: 'task number',
  description: 'd',
}
type Encoding = Record<string, { field: string; title: string; type: string }>
const encodingOf = (spec: Record<string, unknown>) => spec.encoding as Encoding
const rowsOf = (spec: Record<string, unknown>) => (spec.data as { values: Record<string, unknown>[] }).values

test('the plot starts with the parameter that has most numbers, and colours by one with few values', () => {
  expect(defaultParameter(points, ['t', 'i', 'id', 'kind'])).toBe('i')
  expect(defaultParameter(points, ['id', 'kind'])).toBe('id')
  expect(defaultParameter([], ['a', 'b'])).toBe('a')
  expect(defaultParameter([], [])).toBe(taskNumber)
  expect(['t', 'i', 'id', 'kind'].filter((name) => canColour(points, name))).toEqual(['t', 'i', 'kind'])
  expect(defaultColour(points, ['i', 'kind'])).toBe('kind')
})

test('names with dots are safe fields, titles have the name and the unit', () => {
  const { spec, notFinite } = pointSpec(wanted)
  const { x, y } = encodingOf(spec)
  expect([x?.field, x?.title, x?.type]).toEqual(['i', 'i (s)', 'quantitative'])
  expect([y?.field, y?.title]).toEqual(['val_loss', 'val.loss'])
  expect(notFinite).toBe(1)
  expect(rowsOf(spec)).toHaveLength(19)
  expect(rowsOf(spec)[1]).toEqual({ task: 2, i: 1, val_loss: 0.5 })
})

test('words are nominal, many numbers become a ramp, and the task number can be the x axis', () => {
  expect(encodingOf(pointSpec({ ...wanted, over: 'id' }).spec).x?.type).toBe('nominal')
  expect(encodingOf(pointSpec({ ...wanted, over: 't', colour: 'i' }).spec).color?.type).toBe('quantitative')
  expect(encodingOf(pointSpec({ ...wanted, colour: 'kind' }).spec).color?.type).toBe('nominal')
  const { spec } = pointSpec({ ...wanted, over: taskNumber })
  expect(encodingOf(spec).x?.title).toBe('task number')
  expect(rowsOf(spec)[0]).toEqual({ task: 1, task_number: 1, val_loss: 0 })
})

test('text that would hide or turn other text is shown by its codes', () => {
  const hostile = [{ task: 1, values: { a: 'x\u202ey' }, value: 1 }]
  expect(rowsOf(pointSpec({ ...wanted, points: hostile, over: 'a' }).spec)[0]?.a).toBe('x\\u{202e}y')
})

test('each field has its own name', () => {
  expect(fieldNames(['task', 'task', 'a.b', 'a[b', ''])).toEqual(['task', 'task_2', 'a_b', 'a_b_2', '_'])
})
