// The shown columns: those in the address, otherwise the last choice in this browser.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type Column, columnOf, defaultColumns } from './columns'

const key = 'hven.runs.columns'

function remembered(): string[] {
  const stored = localStorage.getItem(key)?.split(',').filter(columnOf)
  return stored === undefined || stored.length === 0 ? defaultColumns : stored
}

export function useColumnChoice() {
  const { cols } = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const columns = useMemo(() => {
    const names = cols?.split(',') ?? remembered()
    const found = names.map(columnOf).filter((column): column is Column => column !== undefined)
    return found.length === 0
      ? defaultColumns.map(columnOf).filter((column): column is Column => column !== undefined)
      : found
  }, [cols])
  const choose = (names: string[]) => {
    const isDefault = names.join() === defaultColumns.join()
    if (isDefault) localStorage.removeItem(key)
    else localStorage.setItem(key, names.join())
    navigate({ search: (before) => ({ ...before, cols: isDefault ? undefined : names.join() }), replace: true })
  }
  return { columns, choose }
}
