// The shown columns: those in the address, otherwise the last choice in this browser.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { type Column, columnOf, defaultColumns } from './columns'
import { columnsIn, columnsText } from './runs_search'

const key = 'hven.runs.columns'

function remembered(): string[] {
  const stored = columnsIn(localStorage.getItem(key) ?? '').filter(columnOf)
  return stored.length === 0 ? defaultColumns : stored
}

export function useColumnChoice() {
  const { cols, view } = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const columns = useMemo(() => {
    const names = cols === undefined ? remembered() : columnsIn(cols)
    const found = names.map(columnOf).filter((column): column is Column => column !== undefined)
    return found.length === 0
      ? defaultColumns.map(columnOf).filter((column): column is Column => column !== undefined)
      : found
  }, [cols])
  // The address holds the columns, so that a copy of it shows the same. A view that is being opened has its own.
  useEffect(() => {
    const stored = remembered()
    if (cols !== undefined || view !== undefined || stored === defaultColumns) return
    navigate({ search: (before) => ({ ...before, cols: columnsText(stored) }), replace: true })
  }, [cols, view, navigate])
  const choose = (names: string[]) => {
    const isDefault = names.join() === defaultColumns.join()
    if (isDefault) localStorage.removeItem(key)
    else localStorage.setItem(key, columnsText(names))
    navigate({ search: (before) => ({ ...before, cols: isDefault ? undefined : columnsText(names) }), replace: true })
  }
  return { columns, choose }
}
