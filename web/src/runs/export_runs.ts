// Loads every run that a filter finds, page by page, and writes them as CSV, JSON or Parquet.
import type { RunFilter } from '../api/runs'
import { saveFile } from '../charts/download'
import { toCsv } from '../format/csv'
import type { Text } from '../messages/catalogue'
import { fetchAllRuns } from './all_runs'
import type { Column } from './columns'
import { parquetColumns } from './parquet_columns'

const runs_max = 200_000

export type ExportKind = 'csv' | 'json' | 'parquet'

export async function exportRuns(kind: ExportKind, filter: RunFilter, columns: Column[], text: Text) {
  const { runs } = await fetchAllRuns(kind === 'json' ? { ...filter, metrics: '*' } : filter, runs_max)
  if (kind === 'json') {
    saveFile('runs.json', JSON.stringify({ schema: 'hven.runs/1', items: runs }, null, 2), 'application/json')
  } else if (kind === 'parquet') {
    // The writer is loaded when it is needed.
    const { parquetWriteBuffer } = await import('hyparquet-writer')
    const bytes = parquetWriteBuffer({ columnData: parquetColumns(runs, columns) })
    saveFile('runs.parquet', bytes, 'application/vnd.apache.parquet')
  } else {
    const rows = runs.map((run) => columns.map((column) => column.value(run)))
    saveFile('runs.csv', toCsv([columns.map((column) => column.label(text)), ...rows]), 'text/csv')
  }
}
