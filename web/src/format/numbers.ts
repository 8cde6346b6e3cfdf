// Numbers for readers: few digits, units, the separators of the language.
import type { Language } from '../messages/language'
import { localeOf } from '../messages/language'

/** Digits are grouped from 10,000 on, so that a year is written as a year. */
const useGrouping = 'min2'

/** A number from JSON: finite, or one of the three words for values that JSON cannot express. */
export type WireNumber = number | string

export function toNumber(value: WireNumber): number {
  return typeof value === 'number' ? value : Number(value)
}

/** A measured value with `digits` significant digits; very large and very small values with a power of ten. */
export function formatValue(value: number, language: Language, digits = 6): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return formatPower(value, digits)
  const written = new Intl.NumberFormat(localeOf(language), { maximumSignificantDigits: digits, useGrouping })
  return written.format(value).replace('-', '−')
}

function formatPower(value: number, digits: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e')
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  return `${short}e${exponent.replace('+', '')}`.replaceAll('-', '−')
}

export function formatCount(value: number, language: Language): string {
  return new Intl.NumberFormat(localeOf(language), { useGrouping }).format(value)
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

export function formatBytes(bytes: number, language: Language): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 ? 0 : value < 10 ? 1 : 0
  const number = new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: digits }).format(value)
  return `${number} ${byteUnits[unit]}`
}

/** The number of significant digits that distinguishes ticks at distance `step`. */
export function tickDigits(ticks: readonly number[], step: number): number {
  const largest = ticks.reduce((most, tick) => Math.max(most, Math.abs(tick)), 0)
  if (!(step > 0) || largest === 0) return 4
  return Math.min(12, Math.max(1, Math.ceil(Math.log10(largest / step) + 1e-9) + 1))
}
