// What a publication says (`hven.publication/1`), read as far as this version knows it.
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

/** Undefined for what was erased, or is in a form of another version. */
export function readPublication(value: unknown): PublicationDocument | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const said = value as Partial<PublicationDocument> & { format?: string }
  if (!said.format?.startsWith('hven.publication/')) return undefined
  return {
    summary: said.summary ?? {},
    authors: listOf(said.authors),
    license: said.license,
    keywords: listOf(said.keywords),
    claims: listOf(said.claims),
    datasets: listOf(said.datasets),
    runs: listOf(said.runs),
    laws: listOf(said.laws),
    notices: listOf(said.notices),
    independences: listOf(said.independences),
  }
}

/** The summary in the reader's language, else in the other. */
export const summaryIn = ({ en, zh }: PublicationDocument['summary'], language: Language): string | undefined =>
  (language === 'zh' ? (zh ?? en) : (en ?? zh)) || undefined

const orcidForm = /^(?:https?:\/\/orcid\.org\/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])$/i

/** Authors as they are typed: one a line, name, then ORCID iD and affiliation in either order, separated by semicolons. */
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

/** Keywords as they are typed: separated by commas, each once. */
export const readKeywords = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,，;；\n]/)
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
]
