// The values of an array in words: ranges, lists, the rows of tables, and axes whose values go together.
import type { Axis } from '../api/arrays'
import { plainValue } from '../format/plain_value'
import type { Text } from '../messages/catalogue'

const listShown_max = 8

/** The names of the parameters of an axis. */
export function namesOf(axis: Axis): string[] {
  switch (axis.kind) {
    case 'range':
    case 'list':
      return [axis.name]
    case 'table':
      return axis.names
    case 'zip':
      return axis.axes.flatMap(namesOf)
  }
}

/** A value of a range: a whole number of the smallest decimal places. */
export function decimal(value: number, scale: number): string {
  const written = (value / 10 ** scale).toFixed(Math.min(scale, 20))
  return written.replace('-', '−')
}

export function axisWords(axis: Axis, text: Text, count: (count: number) => string): string {
  switch (axis.kind) {
    case 'range': {
      const { name, first, step, scale } = axis
      const at = (index: number) => decimal(first + index * step, scale)
      if (axis.count === 1) return text('array.values.one', { name, values: at(0) })
      const last = at(axis.count - 1)
      return text('array.values.range', { name, first: at(0), last, step: decimal(step, scale) })
    }
    case 'list': {
      const { name } = axis
      const values = axis.values.slice(0, listShown_max).map(plainValue).join(', ')
      if (axis.values.length === 1) return text('array.values.one', { name, values })
      const isWhole = axis.values.length <= listShown_max
      const said = isWhole ? values : text('array.values.more', { values, count: count(axis.values.length) })
      return text('array.values.list', { name, values: said })
    }
    case 'table':
      return text('array.values.table', {
        names: axis.names.join(', '),
        count: axis.rows === 1 ? 1 : count(axis.rows),
        origin: axis.origin || text('array.values.aTable'),
      })
    case 'zip':
      return text('array.values.zip', { axes: axis.axes.map((each) => axisWords(each, text, count)).join('; ') })
  }
}
