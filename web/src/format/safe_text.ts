// Makes text from other people safe to show: no character in it hides or changes the direction of the text around it.
// Such characters are shown by their codes, for example `\u{202e}`: the same characters as in safe_text.rs of
// hven-core. A byte of a file name that is not text is shown by its number, for example `\xF6`; file_name.rs of
// hven-core describes such names.

/** Invisible characters, except tabs and line ends (also those with a carriage return). */
const steering = String.raw`\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{feff}\u{ffa0}\u{fff9}-\u{fffb}\u{fffe}\u{ffff}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}`
const joiner = String.raw`\u{200c}\u{200d}`
// Persian words and some emoji need a joiner between their characters; in an ASCII word a joiner only hides.
const joined = String.raw`[^\0-\x7f${steering}${joiner}]`
const hidden = new RegExp(String.raw`[${steering}]|\r(?!\n|$)|(?<!${joined})[${joiner}]|[${joiner}](?!${joined})`, 'gu')

/** Characters that stand for the bytes from 0x80 on: U+EF00 plus the byte. */
const standsForByte = /[\uef80-\uefff]/g

export const hasBytes = (text: string): boolean => /[\uef80-\uefff]/.test(text)

export const bytesShown = (text: string): string =>
  text.replace(standsForByte, (char) => `\\x${(char.charCodeAt(0) - 0xef00).toString(16).toUpperCase()}`)

export const safeText = (text: string): string =>
  bytesShown(text).replace(hidden, (char) => (char === '\r' ? '\\r' : `\\u{${char.codePointAt(0)?.toString(16)}}`))
