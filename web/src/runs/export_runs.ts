// Loads every run that a filter finds, page by page, and writes them as CSV or JSON.
import { get } from '../api/client'
import type { RunFilter } from '../api/runs'
import type { Page, RunSummary } from '../api/types'
import { saveFile } from '../charts/download'
import { toCsv } from '../format/csv'
import type { Text } from '../messages/catalogue'
import type { Column } from './columns'

const page_runs = 1000
const pages_max = 200

async function fetchAll(filter: RunFilter): Promise<RunSummary[]> {
  const runs: RunSummary[] = []
  let cursor: string | undefined
  for (let page = 0; page < pages_max; page += 1) {
    const answer = await get<Page<RunSummary>>('/runs', { ...filter, limit: page_runs, cursor })
    runs.push(...answer.items)
    if (!answer.next) break
    cursor = answer.next
  }
  return runs
}

export async function exportRuns(kind: 'csv' | 'json', filter: RunFilter, columns: Column[], text: Text) {
  const runs = await fetchAll(filter)
  if (kind === 'json') {
    saveFile('runs.json', JSON.stringify({ schema: 'hven.runs/1', items: runs }, null, 2), 'application/json')
    return
  }
  const rows = runs.map((run) => columns.map((column) => column.value(run)))
  saveFile('runs.csv', toCsv([columns.map((column) => column.label(text)), ...rows]), 'text/csv')
}
