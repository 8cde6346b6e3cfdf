import { expect, test } from 'vitest'
import type { RunColumn } from '../api/comparison'
import { completeWhere } from './where_completion'
import { fixOf } from './where_problem'

const column = (name: string, of = 'metric', expression = name, runs = 5) =>
  ({ name, of, expression, kind: 'number', runs }) as RunColumn
const names = {
  columns: [column('loss'), column('val/loss', 'metric', '`val/loss`', 9), column('lr', 'parameter')],
  fields: [{ name: 'state', kind: 'text' }],
  values: { state: ['done', 'failed'] },
}
const offered = (text: string, caret = text.length) =>
  completeWhere(text, caret, names).options.map(({ insert }) => insert)

test('a name is found by its beginning first, then by a part', () => {
  expect(offered('lo')).toEqual(['loss', '`val/loss`'])
  expect(offered('metrics.lo')).toEqual(['loss'])
  expect(offered('`val')).toEqual(['`val/loss`'])
  expect(offered('')).toEqual(['`val/loss`', 'loss', 'lr', 'state'])
})

test('operators follow a value, and values follow the field that has them', () => {
  expect(offered('loss ')).toContain('is missing')
  expect(offered('loss < 0.1 ')).toEqual(['and', 'or'])
  expect(offered('loss between 1 ')).toEqual(['and'])
  expect(offered('state == ')).toEqual(["'done'", "'failed'"])
  expect(offered("state == 'fa")).toEqual(["'failed'"])
  expect(offered("state in ('done', ")).toEqual(["'done'", "'failed'"])
  expect(offered('loss is not missing and l')).toEqual(['loss', 'lr', '`val/loss`'])
})

test('nothing is offered within a number or after a closed text', () => {
  expect(offered('loss < 0.1')).toEqual([])
  expect(offered("state == 'done'")).toEqual([])
})

test('only the word at the caret is replaced', () => {
  expect(completeWhere('lo < 1', 2, names)).toMatchObject({ from: 0, to: 2 })
})

test('the name that was meant replaces the marked one', () => {
  const told = (line: string, carets: string, name: string) =>
    `the condition cannot be read:\nthere is no such name\n  ${line}\n  ${carets}\nhelp: is \`${name}\` meant?`
  expect(fixOf(told('lr > 1 and los < 1', '           ^^^', 'loss'), 'lr > 1 and los < 1')?.where).toBe(
    'lr > 1 and loss < 1',
  )
  expect(fixOf('something else', 'los < 1')).toBeUndefined()
})
