// Reads the first rows of a Parquet file in the browser: the server opens no file of a run. Loaded only when a reader
// looks at such a file.
import { decompress } from 'fzstd'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'

export interface ParquetTable {
  names: string[]
  rows: string[][]
  /** How many rows the file has. */
  total: number
}

// The library reads plain and Snappy pages itself; polars writes Zstandard.
const compressors = { ZSTD: (input: Uint8Array) => decompress(input) }

export async function parquetRows(bytes: ArrayBuffer, rows_max: number): Promise<ParquetTable> {
  const metadata = await parquetMetadataAsync(bytes)
  const names = parquetSchema(metadata).children.map(({ element }) => element.name)
  const total = Number(metadata.num_rows)
  const found = await parquetReadObjects({ file: bytes, metadata, compressors, rowEnd: Math.min(rows_max, total) })
  return { names, total, rows: found.map((row) => names.map((name) => cellText(row[name]))) }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString()
  if (value instanceof Uint8Array)
    return Array.from(value.slice(0, 32), (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (typeof value === 'object')
    return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
  return String(value)
}
