// The standard input of a run and how it ended: "names.txt · left after 4 B".
import type { RunDetail } from '../api/types'
import type { Format } from '../format/format'
import type { Text } from '../messages/catalogue'

type OnStdin = Pick<RunDetail, 'spec' | 'stdin_read'>

/** The path of a file without a name. */
const noPath = '-'

export function describeStdin({ spec, stdin_read: read }: OnStdin, text: Text, format: Format): string | undefined {
  const stdin = spec?.stdin
  if (!stdin) return undefined
  if (stdin.kind === 'file') {
    const path = stdin.file.path === noPath ? text('run.stdin.nameless') : stdin.file.path
    const parts = [stdin.from ? text('run.stdin.from', { path, byte: format.count(stdin.from) }) : path]
    if (read && read.bytes < stdin.file.size) parts.push(text('run.stdin.part', { size: format.bytes(read.bytes) }))
    return parts.join(' · ')
  }
  if (!read) return text('run.stdin.pipe')
  const parts = [text('run.stdin.came', { size: format.bytes(read.bytes) })]
  if (read.end === 'unread') parts.push(text('run.stdin.unread'))
  if (read.end === 'cut_off') parts.push(text('run.stdin.cut_off'))
  if (read.bytes > 0 && !read.kept) parts.push(text('run.stdin.not_kept'))
  return parts.join(' · ')
}
