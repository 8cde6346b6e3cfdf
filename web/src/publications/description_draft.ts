// The description of a publication as it is typed, and the description of the version before.
import type { PublicationDetail } from '../api/types'
import { readPublication } from './publication_document'

export interface DescriptionDraft {
  title: string
  summary: string
  summaryZh: string
  /** One author a line. */
  authors: string
  license: string
  keywords: string
  includeUnlicensed: boolean
}

export const emptyDraft: DescriptionDraft = {
  title: '',
  summary: '',
  summaryZh: '',
  authors: '',
  license: '',
  keywords: '',
  includeUnlicensed: false,
}

/** The description of a version, as the default for the next version. */
export function draftOf(publication: Pick<PublicationDetail, 'title' | 'description'>): DescriptionDraft {
  const document = readPublication(publication.description)
  if (document === undefined) return { ...emptyDraft, title: publication.title }
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
