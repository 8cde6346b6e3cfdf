// The columns of a list of runs for Parquet: numbers as numbers, everything else as text, a missing value as null. A column has
// the name that it has in addresses and conditions, so it does not depend on the language.
import type { ColumnSource } from 'hyparquet-writer'
import type { RunSummary } from '../api/types'
import type { Column } from './columns'

export function parquetColumns(runs: readonly RunSummary[], columns: readonly Column[]): ColumnSource[] {
  return columns.map(({ name, value }) => {
    const values = runs.map(value)
    const isNumber = values.some((each) => typeof each === 'number') && values.every(isNumberOrMissing)
    return isNumber
      ? { name, data: values.map((each) => (each === '' ? null : each)), type: 'DOUBLE', nullable: true }
      : { name, data: values.map((each) => (each === '' ? null : String(each))), type: 'STRING', nullable: true }
  })
}

const isNumberOrMissing = (value: string | number): boolean => typeof value === 'number' || value === ''
