// Times and durations: relative in the text, exact on hover.
import type { Language } from '../messages/language'
import { localeOf } from '../messages/language'

const minute_s = 60
const hour_s = 3600
const day_s = 86_400

/** "3 minutes ago": the time between the event and `now_ms`. */
export function formatAgo(time: string, now_ms: number, language: Language): string {
  const past_s = (now_ms - Date.parse(time)) / 1000
  const relative = new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'auto' })
  const size = Math.abs(past_s)
  if (size < 10) return relative.format(0, 'second')
  if (size < minute_s) return relative.format(-Math.round(past_s), 'second')
  if (size < hour_s) return relative.format(-Math.round(past_s / minute_s), 'minute')
  if (size < day_s) return relative.format(-Math.round(past_s / hour_s), 'hour')
  if (size < 30 * day_s) return relative.format(-Math.round(past_s / day_s), 'day')
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium' }).format(Date.parse(time))
}

/** The reader's local time to the second, with its offset from UTC. */
export function formatExact(time: string, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  }).format(Date.parse(time))
}

export function formatClock(time_ms: number, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(time_ms)
}

const unitWords: Record<Language, { ms: string; s: string; min: string; h: string; d: string }> = {
  en: { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' },
  zh: { ms: '毫秒', s: '秒', min: '分', h: '小时', d: '天' },
}

/** "41 s", "2 min 5 s", "3 h 12 min": at most two units. */
export function formatDuration(duration_s: number, language: Language): string {
  const unit = unitWords[language]
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: digits }).format(value)
  if (duration_s < 0.9995) return `${number(duration_s * 1000, duration_s < 0.01 ? 1 : 0)} ${unit.ms}`
  if (duration_s < 9.95) return `${number(duration_s, 1)} ${unit.s}`
  const whole_s = Math.round(duration_s)
  const pair = (large_s: number, large: string, small_s: number, small: string) => {
    const rest = Math.floor((whole_s % large_s) / small_s)
    const head = `${number(Math.floor(whole_s / large_s), 0)} ${large}`
    return rest === 0 ? head : `${head} ${rest} ${small}`
  }
  if (whole_s < minute_s) return `${whole_s} ${unit.s}`
  if (whole_s < hour_s) return pair(minute_s, unit.min, 1, unit.s)
  if (whole_s < day_s) return pair(hour_s, unit.h, minute_s, unit.min)
  return pair(day_s, unit.d, hour_s, unit.h)
}
