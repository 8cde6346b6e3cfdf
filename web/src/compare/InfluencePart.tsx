// How the parameters are related to the last value of a metric: the measure, its value, and the number of runs behind it.
import type { Influence } from '../api/comparison'
import { useFormat } from '../format/format'
import { keyFor, useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './Compare.module.css'

export function InfluencePart({ influence }: { influence: Influence }) {
  const text = useText()
  const format = useFormat()
  const { metric, params, not_measured, runs } = influence
  return (
    <section className={style.part} aria-label={text('compare.influence')}>
      <h2>{text('compare.influence')}</h2>
      {params.length === 0 ? (
        <p>{text('compare.influence.nothing', { metric, count: runs })}</p>
      ) : (
        <>
          <p className={style.note}>{text('compare.influence.help', { metric })}</p>
          <TableFrame>
            <table className={tableStyle.table}>
              <thead>
                <tr>
                  <th scope="col">{text('compare.influence.param')}</th>
                  <th scope="col">{text('compare.influence.strength')}</th>
                  <th scope="col" className={tableStyle.number}>
                    {text('compare.influence.value')}
                  </th>
                  <th scope="col">{text('compare.influence.measure')}</th>
                  <th scope="col" className={tableStyle.number}>
                    {text('compare.influence.runs')}
                  </th>
                  <th scope="col" className={tableStyle.number}>
                    {text('compare.influence.different')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {params.map(({ name, measure, value, runs, different }) => {
                  const key = keyFor('compare.measure', measure)
                  return (
                    <tr key={name}>
                      <th scope="row">
                        <code>{name}</code>
                      </th>
                      <td>
                        <span className={style.bar} data-negative={value < 0 || undefined} aria-hidden="true">
                          <span style={{ width: `${Math.min(1, Math.abs(value)) * 100}%` }} />
                        </span>
                      </td>
                      <td className={tableStyle.number}>{format.value(rounded(value))}</td>
                      <td>{key ? text(key) : measure}</td>
                      <td className={tableStyle.number}>{format.count(runs)}</td>
                      <td className={tableStyle.number}>{format.count(different)}</td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
          </TableFrame>
        </>
      )}
      {not_measured.length > 0 && (
        <details>
          <summary>{text('compare.influence.notMeasured', { count: not_measured.length })}</summary>
          <ul className={style.sentences}>
            {not_measured.map(({ name, because, runs }) => {
              const key = keyFor('compare.because', because)
              return (
                <li key={name}>
                  <code>{name}</code>: {key ? text(key, { count: runs }) : because}
                </li>
              )
            })}
          </ul>
        </details>
      )}
    </section>
  )
}

/** Three decimals: less is no relation. */
const rounded = (value: number) => Math.round(value * 1000) / 1000
