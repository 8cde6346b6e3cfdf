// The facts about a publication: author, licence, and the digests of its bytes.
import { Link } from '@tanstack/react-router'
import type { PublicationDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import nounStyle from '../parts/NounPage.module.css'
import { Time } from '../parts/Time'
import type { Person, PublicationDocument } from './publication_document'

interface PublicationFactsProps {
  publication: PublicationDetail
  document: PublicationDocument | undefined
}

const digestShown = 12

export function PublicationFacts({ publication, document }: PublicationFactsProps) {
  const text = useText()
  const format = useFormat()
  const before = publication.versions.find(({ id }) => id === publication.supersedes)
  return (
    <aside className={nounStyle.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          { name: text('word.project'), value: publication.project },
          document &&
            document.authors.length > 0 && {
              name: text('publish.authors'),
              value: <Authors authors={document.authors} />,
            },
          document?.license && { name: text('data.column.license'), value: document.license },
          document &&
            document.keywords.length > 0 && { name: text('publish.keywords'), value: document.keywords.join(', ') },
          { name: text('publication.published'), value: <Time at={publication.published} /> },
          before && {
            name: text('publication.supersedes'),
            value: (
              <Link to="/publications/$publication" params={{ publication: before.id }}>
                {publication.name}@{before.version}
              </Link>
            ),
          },
          {
            name: text('publication.files'),
            value: text('publish.files', {
              count: publication.files === 1 ? 1 : format.count(publication.files),
              size: format.bytes(publication.bytes),
            }),
          },
          {
            name: text('publication.fingerprint'),
            value: (
              <Copyable value={publication.fingerprint} shown={`${publication.fingerprint.slice(0, digestShown)}…`} />
            ),
          },
          { name: text('publication.identifier'), value: <Copyable value={publication.identifier} /> },
          {
            name: text('run.fact.id'),
            value: <Copyable value={publication.id} shown={`${publication.id.slice(0, digestShown)}…`} />,
          },
        ]}
      />
    </aside>
  )
}

function Authors({ authors }: { authors: Person[] }) {
  return (
    <ul>
      {authors.map(({ name, orcid, affiliation }) => (
        <li key={`${name} ${orcid}`}>
          {name}
          {affiliation && `, ${affiliation}`}
          {orcid && (
            <>
              {' '}
              <code>{orcid.replace('https://orcid.org/', '')}</code>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
