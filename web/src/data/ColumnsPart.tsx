// The schema: each column with its type, unit, missing cells and range of values.
import { useMemo, useState } from 'react'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { type Cell, cellText } from './cells'
import type { ImportReport, Profile } from './documents'
import { shareOf } from './histogram'

const shownMore = 200

export function ColumnsPart({ report }: { report: ImportReport }) {
  const text = useText()
  const format = useFormat()
  const [shown, setShown] = useState(shownMore)
  const profiles = useMemo(() => new Map(report.profile.map((each) => [each.column, each])), [report.profile])
  const left = report.columns.length - shown
  const written = (value: Cell | undefined) => (typeof value === 'number' ? format.value(value) : cellText(value))
  return (
    <>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('data.schema.column')}</th>
              <th scope="col">{text('data.schema.type')}</th>
              <th scope="col">{text('data.schema.unit')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('data.schema.missing')}
              </th>
              <th scope="col" className={tableStyle.number}>
                {text('data.schema.distinct')}
              </th>
              {(['data.least', 'data.median', 'data.most'] as const).map((key) => (
                <th key={key} scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                  {text(key)}
                </th>
              ))}
              <th scope="col" className={tableStyle.wide}>
                {text('data.schema.description')}
              </th>
            </tr>
          </thead>
          <tbody>
            {report.columns.slice(0, shown).map((column) => {
              const profile = profiles.get(column.name)
              const ends = profile && endsOf(profile)
              return (
                <tr key={column.name}>
                  <th scope="row" title={column.name}>
                    <code>{column.name}</code>
                  </th>
                  <td>{column.type}</td>
                  <td>{column.unit}</td>
                  <td className={tableStyle.number}>{profile && missingOf(profile, format.count)}</td>
                  <td className={tableStyle.number}>
                    {profile && `${profile.distinct.exact ? '' : '≈ '}${format.count(profile.distinct.count)}`}
                  </td>
                  {[ends?.least, ends?.middle, ends?.most].map((value, at) => (
                    <td
                      // biome-ignore lint/suspicious/noArrayIndexKey: a cell has no identity but its index
                      key={at}
                      className={`${tableStyle.number} ${tableStyle.wide}`}
                      title={cellText(value)}
                    >
                      {at === 1 && value != null && profile?.quantiles_exact === false && '≈ '}
                      {written(value)}
                    </td>
                  ))}
                  <td className={tableStyle.wide} title={column.description ?? undefined}>
                    {column.description}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </TableFrame>
      {left > 0 && (
        <p style={{ paddingTop: '0.75rem' }}>
          <Button onClick={() => setShown(shown + shownMore)}>
            {text('data.profile.more', { count: format.count(Math.min(left, shownMore)) })}
          </Button>
        </p>
      )}
    </>
  )
}

function missingOf(profile: Profile, count: (value: number) => string): string {
  const missing = profile.nulls + (profile.nans ?? 0)
  return missing === 0 ? '0' : `${count(missing)} (${shareOf(missing, profile.count + profile.nulls)})`
}

/** The least, the median and the greatest value; text has no median. */
function endsOf(profile: Profile) {
  return {
    least: profile.smallest?.[0]?.value,
    middle: profile.quantiles?.find(({ share }) => share === 0.5)?.value,
    most: profile.largest?.[0]?.value,
  }
}
