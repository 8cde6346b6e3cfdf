// The test of a claim: the expression as written, the expression with numbers filled in, and those numbers with their
// intervals.
import type { Judgement } from '../api/types'
import { type Format, useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './ClaimPage.module.css'
import { quantitiesOf } from './quantities'

export function TestPart({ test, judgement }: { test: string; judgement: Judgement | undefined }) {
  const text = useText()
  const format = useFormat()
  const quantities = judgement ? quantitiesOf(judgement.quantities) : []
  return (
    <section aria-label={text('claim.test')}>
      <h2>{text('claim.test')}</h2>
      <dl className={style.test}>
        <div>
          <dt>{text('claim.test.stated')}</dt>
          <dd>
            <code>{judgement?.test ?? test}</code>
          </dd>
        </div>
        {judgement && (
          <div>
            <dt>{text('claim.test.filled')}</dt>
            <dd>
              <code>{judgement.filled_in}</code>
            </dd>
          </div>
        )}
      </dl>
      {quantities.length > 0 && (
        <TableFrame>
          <table className={tableStyle.table}>
            <thead>
              <tr>
                <th scope="col">{text('claim.quantity')}</th>
                <th scope="col" className={tableStyle.number}>
                  {text('param.value')}
                </th>
                <th scope="col" className={tableStyle.number}>
                  {text('law.interval')}
                </th>
              </tr>
            </thead>
            <tbody>
              {quantities.map(({ name, value, low, high }) => (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td className={tableStyle.number} title={String(value)}>
                    {shown(value, format)}
                  </td>
                  <td className={tableStyle.number}>
                    {low !== undefined && high !== undefined && `${shown(low, format)} … ${shown(high, format)}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </section>
  )
}

const shown = (value: Judgement['quantities'][string], format: Format): string => format.value(toNumber(value), 7)
