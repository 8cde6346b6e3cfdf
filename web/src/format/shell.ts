// A command as a user would type it: arguments are quoted where a shell would split them, and bytes that are not text
// are written as numbers.
import { bytesShown, hasBytes } from './safe_text'

export const shellLine = (argv: readonly string[]): string => argv.map(shellWord).join(' ')

function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!hasBytes(word)) return `'${word.replaceAll("'", "'\\''")}'`
  return `$'${bytesShown(word.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n'))}'`
}
