// The list of all versions of publications, newest first.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { usePublicationList } from '../api/publications'
import type { PublicationSummary } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { ListPage } from '../parts/ListPage'
import style from '../parts/ListPage.module.css'
import { SoundnessMark } from '../parts/SoundnessMark'
import { Time } from '../parts/Time'

export function PublicationsPage() {
  const text = useText()
  const format = useFormat()
  const { q = '' } = useSearch({ from: '/publications' })
  const navigate = useNavigate({ from: '/publications' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: { q: value || undefined }, replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('nav.publications'))
  return (
    <ListPage<PublicationSummary>
      title={text('nav.publications')}
      count={(count, more) => `${text('publications.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('publications.filter'), value: q, onChange: onFilter }}
      asked={usePublicationList(q)}
      keyOf={(publication) => publication.id}
      columns={[
        {
          title: text('publication.publication'),
          cell: (publication) => (
            <>
              <Link to="/publications/$publication" params={{ publication: publication.id }}>
                {publication.reference}
              </Link>
              <span className={style.statement} title={publication.title}>
                {publication.title}
              </span>
            </>
          ),
        },
        {
          title: text('publication.state'),
          cell: ({ soundness, newest }) => (
            <span className={style.marks}>
              <SoundnessMark soundness={soundness} />
              {!newest && <span>{text('publication.superseded')}</span>}
            </span>
          ),
        },
        { title: text('word.size'), number: true, wide: true, cell: ({ bytes }) => format.bytes(bytes) },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('publication.published'), wide: true, cell: ({ published }) => <Time at={published} /> },
        { title: text('publication.by'), wide: true, cell: ({ published_by: { name, kind } }) => name ?? kind },
      ]}
      none={{ text: text('publications.none'), command: 'hven publish claim/kepler3' }}
      noneMatch={text('publications.none.match')}
    />
  )
}
