// The document of a publication (`hven.publication/1`), with the fields that this version knows.
import type { Language } from '../messages/language'

export interface Person {
  name: string
  orcid?: string
  affiliation?: string
}

export interface PublicationDocument {
  summary: { en?: string; zh?: string }
  authors: Person[]
  license?: string | null
  keywords: string[]
  claims: { id: string; name: string; statement: string }[]
  datasets: { name: string; version: number; license?: string | null; attribution?: string; rows: number }[]
  runs: { id: string; handle?: string; name?: string | null }[]
  laws: unknown[]
  notices: Notice[]
  independences: unknown[]
}

export interface Notice {
  about: string
  standing: string
  because: string
  overridden?: { by: Person; because: string; at: string }
}

const listOf = <Item>(value: unknown): Item[] => (Array.isArray(value) ? value : [])

/** Undefined for an erased document, or one in a format that this version does not know. */
export function readPublication(value: unknown): PublicationDocument | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const document = value as Partial<PublicationDocument> & { format?: string }
  if (!document.format?.startsWith('hven.publication/')) return undefined
  return {
    summary: document.summary ?? {},
    authors: listOf(document.authors),
    license: document.license,
    keywords: listOf(document.keywords),
    claims: listOf(document.claims),
    datasets: listOf(document.datasets),
    runs: listOf(document.runs),
    laws: listOf(document.laws),
    notices: listOf(document.notices),
    independences: listOf(document.independences),
  }
}

/** The summary in the reader's language, otherwise in the other language. */
export const summaryIn = ({ en, zh }: PublicationDocument['summary'], language: Language): string | undefined =>
  (language === 'zh' ? (zh ?? en) : (en ?? zh)) || undefined

const orcidForm = /^(?:https?:\/\/orcid\.org\/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])$/i

/**
 * Authors as they are typed: one a line; the name, then ORCID iD and affiliation in either order, separated by
 * semicolons.
 */
export function readAuthors(text: string): Person[] {
  return text
    .split('\n')
    .map((line) => line.split(/[;；]/).map((part) => part.trim()))
    .flatMap(([name = '', ...others]) => {
      if (name === '') return []
      const author: Person = { name }
      for (const other of others) {
        const orcid = orcidForm.exec(other)?.[1]
        if (orcid) author.orcid = `https://orcid.org/${orcid.toUpperCase()}`
        else if (other !== '') author.affiliation = other
      }
      return [author]
    })
}

/** Keywords as they are typed: separated by commas; duplicates are removed. */
export const readKeywords = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,，;；\n]/)
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
]
