// All versions of a publication, newest first.
import { Link } from '@tanstack/react-router'
import type { PublicationDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'

export function VersionList({ publication }: { publication: PublicationDetail }) {
  const text = useText()
  return (
    <section aria-label={text('publication.versions')}>
      <h2>{text('publication.versions')}</h2>
      <TableFrame>
        <table className={tableStyle.table} aria-label={text('publication.versions')}>
          <thead>
            <tr>
              <th scope="col">{text('publication.version')}</th>
              <th scope="col">{text('publication.published')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('publish.title')}
              </th>
              <th scope="col">{text('publication.state')}</th>
            </tr>
          </thead>
          <tbody>
            {publication.versions.map(({ id, version, title, published }, at) => (
              <tr key={id} aria-current={id === publication.id || undefined}>
                <th scope="row">
                  <Link to="/publications/$publication" params={{ publication: id }}>
                    {publication.name}@{version}
                  </Link>
                </th>
                <td>
                  <Time at={published} />
                </td>
                <td className={tableStyle.wide} title={title}>
                  {title}
                </td>
                <td>{text(at === 0 ? 'publication.newest' : 'publication.superseded')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  )
}
