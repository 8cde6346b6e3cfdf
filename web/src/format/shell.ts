// A command as one would type it: arguments quoted where a shell would take them apart, bytes that are no text by their
// numbers.
import { bytesShown, hasBytes } from './safe_text'

export const shellLine = (argv: readonly string[]): string => argv.map(shellWord).join(' ')

function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!hasBytes(word)) return `'${word.replaceAll("'", "'\\''")}'`
  return `$'${bytesShown(word.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n'))}'`
}
