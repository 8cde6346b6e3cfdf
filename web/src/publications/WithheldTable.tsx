// The things that a publication names only by digest, and why.
import type { WithheldFile } from '../api/types'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './Publication.module.css'

const digestShown = 10

export function WithheldTable({ files }: { files: WithheldFile[] }) {
  const text = useText()
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={text('publication.withheld')}>
        <thead>
          <tr>
            <th scope="col">{text('word.file')}</th>
            <th scope="col">{text('claim.because')}</th>
            <th scope="col" className={tableStyle.wide}>
              {text('word.digest')}
            </th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ path, digest, because }) => (
            <tr key={`${path} ${digest}`}>
              <th scope="row" title={path}>
                {path}
              </th>
              <td className={style.because}>{because}</td>
              <td className={tableStyle.wide}>
                <Copyable value={digest} shown={digest.slice(0, digestShown)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}
