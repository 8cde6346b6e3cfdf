// The kind of preview of a file: picture, table, plot, page, text, or none.
import type { RunFile } from '../api/types'

export type PreviewKind = 'image' | 'table' | 'parquet' | 'plot' | 'plotly' | 'page' | 'text' | 'none'

/** Whether the entry is a folder: an empty one, or one whose content is no longer known. */
export const isFolder = (file: Pick<RunFile, 'media_type'>): boolean => file.media_type === 'inode/directory'

const imageTypes = /^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml|x-icon)$/
const textTypes = /^(text\/|application\/(json|xml|toml|x-?yaml|yaml|javascript|x-sh|x-python|x-ndjson|x-tex|sql))/
const textNames =
  /\.(txt|md|log|py|r|jl|rs|sh|toml|ya?ml|json|jsonl|ndjson|ini|cfg|conf|tex|bib|xml|html?|dat|out|err|fasta|fa|vcf|pdb)$/i

export function previewKind(file: Pick<RunFile, 'path' | 'media_type'>): PreviewKind {
  if (isFolder(file)) return 'none'
  if (imageTypes.test(file.media_type)) return 'image'
  if (/\.(csv|tsv|tab)$/i.test(file.path) || /^text\/(csv|tab-separated-values)/.test(file.media_type)) return 'table'
  if (/\.parquet$/i.test(file.path)) return 'parquet'
  if (/\.(vl|vega-?lite)\.json$/i.test(file.path)) return 'plot'
  if (/\.plotly\.json$/i.test(file.path)) return 'plotly'
  if (/\.html?$/i.test(file.path)) return 'page'
  if (textTypes.test(file.media_type) || textNames.test(file.path)) return 'text'
  return 'none'
}

/** The separator of a table, by the name of the file, otherwise the most frequent one in its first line. */
export function separatorOf(path: string, text: string): ',' | '\t' | ';' {
  if (/\.(tsv|tab)$/i.test(path)) return '\t'
  const head = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'))
  const count = (separator: string) => head.split(separator).length
  if (count(',') >= Math.max(count('\t'), count(';'))) return ','
  return count('\t') >= count(';') ? '\t' : ';'
}
