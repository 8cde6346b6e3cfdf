// The formats in the reader's language, for components.
import { useMemo } from 'react'
import { useLanguage } from '../messages/language'
import { formatBytes, formatCount, formatValue } from './numbers'
import { formatAgo, formatClock, formatDuration, formatExact } from './times'

export function useFormat() {
  const language = useLanguage()
  return useMemo(
    () => ({
      value: (value: number, digits?: number) => formatValue(value, language, digits),
      count: (value: number) => formatCount(value, language),
      bytes: (bytes: number) => formatBytes(bytes, language),
      ago: (time: string, now_ms: number) => formatAgo(time, now_ms, language),
      exact: (time: string) => formatExact(time, language),
      clock: (time_ms: number) => formatClock(time_ms, language),
      duration: (duration_s: number) => formatDuration(duration_s, language),
    }),
    [language],
  )
}

export type Format = ReturnType<typeof useFormat>
