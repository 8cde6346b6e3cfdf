// What a person says of a publication, as it is typed, and what was said of the version before.
import type { PublicationDetail } from '../api/types'
import { readPublication } from './publication_document'

export interface Said {
  title: string
  summary: string
  summaryZh: string
  /** One a line. */
  authors: string
  license: string
  keywords: string
  includeUnlicensed: boolean
}

export const nothingSaid: Said = {
  title: '',
  summary: '',
  summaryZh: '',
  authors: '',
  license: '',
  keywords: '',
  includeUnlicensed: false,
}

/** As it was said of a version, to be said again of the next. */
export function saidOf(publication: Pick<PublicationDetail, 'title' | 'description'>): Said {
  const document = readPublication(publication.description)
  if (document === undefined) return { ...nothingSaid, title: publication.title }
  const authors = document.authors.map(({ name, orcid, affiliation }) =>
    [name, orcid?.replace('https://orcid.org/', ''), affiliation].filter(Boolean).join('; '),
  )
  return {
    title: publication.title,
    summary: document.summary.en ?? '',
    summaryZh: document.summary.zh ?? '',
    authors: authors.join('\n'),
    license: document.license ?? '',
    keywords: document.keywords.join(', '),
    includeUnlicensed: false,
  }
}
