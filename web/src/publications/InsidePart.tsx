// The content of a publication: its claims with their present state, and counts of the things that they rest on.
import type { PublicationDetail } from '../api/types'
import { useFormat } from '../format/format'
import { NodeLink } from '../lineage/NodeLink'
import { useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { VerdictBadge, verdictOf } from '../parts/Verdict'
import style from './Publication.module.css'
import type { PublicationDocument } from './publication_document'

interface InsidePartProps {
  publication: PublicationDetail
  document: PublicationDocument | undefined
}

export function InsidePart({ publication, document }: InsidePartProps) {
  const text = useText()
  return (
    <section aria-label={text('publication.inside')}>
      <h2>{text('publication.inside')}</h2>
      {document && <Counts document={document} files={publication.files} bytes={publication.bytes} />}
      {document && document.notices.length > 0 && <Notices document={document} />}
      <TableFrame>
        <table className={tableStyle.table} aria-label={text('publication.claims')}>
          <thead>
            <tr>
              <th scope="col">{text('claim.claim')}</th>
              <th scope="col">{text('publication.now')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('publication.statement')}
              </th>
            </tr>
          </thead>
          <tbody>
            {publication.claims.map((node) => (
              <tr key={node.claim?.id ?? node.text}>
                <th scope="row">
                  <NodeLink node={node} />
                </th>
                <td>{node.claim && <VerdictBadge verdict={verdictOf(node.claim.verdict)} />}</td>
                <td className={tableStyle.wide} title={node.claim?.statement}>
                  {node.claim?.statement}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {document && document.datasets.length > 0 && <Datasets datasets={document.datasets} />}
    </section>
  )
}

function Counts({ document, files, bytes }: { document: PublicationDocument; files: number; bytes: number }) {
  const text = useText()
  const format = useFormat()
  const counts = [
    text('reach.group.claim', { count: document.claims.length }),
    text('reach.group.law', { count: document.laws.length }),
    text('reach.group.dataset', { count: document.datasets.length }),
    text('reach.group.run', { count: document.runs.length }),
    text('publish.files', { count: files === 1 ? 1 : format.count(files), size: format.bytes(bytes) }),
  ]
  return <p className={style.counts}>{counts.join(' · ')}</p>
}

/** The doubts about the content at the time of publishing, and the person who published it nevertheless. */
function Notices({ document }: { document: PublicationDocument }) {
  const text = useText()
  return (
    <ul className={style.notices}>
      {document.notices.map(({ about, because, overridden }) => (
        <li key={`${about} ${because}`}>
          <code>{about}</code>: {because}
          {overridden && ` — ${text('publication.overridden', { user: overridden.by.name })}: “${overridden.because}”`}
        </li>
      ))}
    </ul>
  )
}

function Datasets({ datasets }: { datasets: PublicationDocument['datasets'] }) {
  const text = useText()
  const format = useFormat()
  return (
    <div className={style.datasets}>
      <TableFrame>
        <table className={tableStyle.table} aria-label={text('publication.datasets')}>
          <thead>
            <tr>
              <th scope="col">{text('data.column.dataset')}</th>
              <th scope="col">{text('data.column.license')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('data.column.rows')}
              </th>
              <th scope="col" className={tableStyle.wide}>
                {text('publication.attribution')}
              </th>
            </tr>
          </thead>
          <tbody>
            {datasets.map(({ name, version, license, attribution, rows }) => (
              <tr key={`${name}@${version}`}>
                <th scope="row">
                  {name}@{version}
                </th>
                <td>{license ?? text('word.unknown')}</td>
                <td className={tableStyle.number}>{format.count(rows)}</td>
                <td className={tableStyle.wide}>{attribution}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </div>
  )
}
