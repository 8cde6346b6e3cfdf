// A place in a file, in words.
import { type Format, useFormat } from '../format/format'
import { type Text, useText } from '../messages/catalogue'
import type { Spot } from './comparison'

export function describeSpot(spot: Spot, text: Text, format: Format): string {
  switch (spot.is) {
    case 'file':
      return text('spot.file')
    case 'byte':
      return text('spot.byte', { offset: format.count(spot.offset ?? 0) })
    case 'column':
      return text('spot.column', { column: spot.column ?? '' })
    case 'rows':
      return text('spot.rows')
    case 'cell':
      return text('spot.cell', { row: format.count(spot.row ?? 0), column: spot.column ?? '' })
    case 'pointer':
      return spot.pointer || text('spot.document')
    case 'word':
      return spot.word
        ? text('spot.word', { line: format.count(spot.line ?? 0), word: format.count(spot.word) })
        : text('spot.line', { line: format.count(spot.line ?? 0) })
    case 'element':
      return spot.attribute ? `${spot.path}@${spot.attribute}` : (spot.path ?? '')
    case 'pixel':
      return text('spot.pixel', { x: format.count(spot.x ?? 0), y: format.count(spot.y ?? 0) })
    default:
      return spot.name ?? spot.key ?? spot.is
  }
}

export function useSpot() {
  const text = useText()
  const format = useFormat()
  return (spot: Spot) => describeSpot(spot, text, format)
}
