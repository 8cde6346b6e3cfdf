// The numbers in the law, each with its unit and a 95 % interval: named quantities, then the constants of the shown
// candidate.
import { type Format, useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import type { Candidate, LawDocument, Quantity } from './law_document'

export function QuantityTable({ law, shown }: { law: LawDocument; shown: Candidate }) {
  const text = useText()
  const format = useFormat()
  const isLaw = shown.id === law.chosen
  const constants = shown.constants.map((constant, at) => ({
    ...constant,
    name: text('law.constant', { number: at + 1 }),
    note: constant.reading ?? (constant.fitted ? '' : text('law.constant.held')),
  }))
  // Named quantities belong to the candidate that the search selected.
  const quantities = isLaw ? law.quantities.map((quantity) => ({ ...quantity, note: '' })) : []
  const lines = [...quantities, ...constants]
  if (lines.length === 0) return null
  return (
    <section aria-label={text('law.quantities')}>
      <h2>{text('law.quantities')}</h2>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('word.name')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('param.value')}
              </th>
              <th scope="col" className={tableStyle.number}>
                {text('law.interval')}
              </th>
              <th scope="col">{text('data.schema.unit')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('law.reading')}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.name}>
                <th scope="row" title={line.name}>
                  <code>{line.name}</code>
                </th>
                <td className={tableStyle.number} title={String(line.value)}>
                  {format.value(line.value, 7)}
                </td>
                <td className={tableStyle.number}>{intervalOf(line, format)}</td>
                <td>{line.unit === '1' ? '' : line.unit}</td>
                <td className={tableStyle.wide}>{line.note}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  )
}

const intervalOf = ({ low, high }: Pick<Quantity, 'low' | 'high'>, format: Format): string =>
  low == null || high == null ? '' : `${format.value(low, 6)} … ${format.value(high, 6)}`
