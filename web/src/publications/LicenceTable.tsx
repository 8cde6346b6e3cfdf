// The licence of each dataset, and whether it allows the publication to contain the bytes.
import type { LicenceFinding } from '../api/types'
import { keyFor, useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { VerdictShape } from '../parts/Verdict'
import style from './Publication.module.css'

export function LicenceTable({ findings }: { findings: LicenceFinding[] }) {
  const text = useText()
  const conditions = ({ attribution, share_alike, commercial }: LicenceFinding) =>
    [
      attribution && text('licence.attribution'),
      share_alike && text('licence.shareAlike'),
      commercial === 'no' && text('licence.nonCommercial'),
    ]
      .filter(Boolean)
      .join(', ')
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={text('licence.findings')}>
        <thead>
          <tr>
            <th scope="col">{text('data.column.dataset')}</th>
            <th scope="col">{text('data.column.license')}</th>
            <th scope="col">{text('licence.handOn')}</th>
            <th scope="col" className={tableStyle.wide}>
              {text('licence.included')}
            </th>
            <th scope="col" className={tableStyle.wide}>
              {text('licence.duties')}
            </th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <tr key={finding.dataset}>
              <th scope="row">{finding.dataset}</th>
              <td>{finding.license ?? text('word.unknown')}</td>
              <td>
                <Allowed word={finding.redistribute} />
              </td>
              <td className={`${tableStyle.wide} ${style.because}`}>
                {text(finding.included ? 'licence.goes' : 'licence.named')} · {finding.because}
              </td>
              <td className={tableStyle.wide}>{conditions(finding)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

function Allowed({ word }: { word: string }) {
  const text = useText()
  const key = keyFor('licence', word)
  const shape = word === 'yes' ? 'holds' : word === 'no' ? 'fails' : 'cannot_tell'
  return (
    <span className={style.allowed}>
      <VerdictShape verdict={shape} size={13} /> {key ? text(key) : word}
    </span>
  )
}
