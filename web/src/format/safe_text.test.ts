import { expect, test } from 'vitest'
import { safeText } from './safe_text'

test.each([
  ['plain, ö, 行星\n\tline', 'plain, ö, 行星\n\tline'],
  ['a line\r\nof a file\r', 'a line\r\nof a file\r'],
  ['over\rwritten \x08\x7f', 'over\\rwritten \\u{8}\\u{7f}'],
  ['\x1b[31mred \x9b2J \0', '\\u{1b}[31mred \\u{9b}2J \\u{0}'],
  ['if admin \u202e } \u2066', 'if admin \\u{202e} } \\u{2066}'],
  ['pay\u200bpal \ufeff\u00ad', 'pay\\u{200b}pal \\u{feff}\\u{ad}'],
  ['\u2028\u3164\u{e0041}\u{1d173}', '\\u{2028}\\u{3164}\\u{e0041}\\u{1d173}'],
  ['pay\u200dpal', 'pay\\u{200d}pal'],
  ['\u200d', '\\u{200d}'],
  ['é\u200d\u200dé', 'é\\u{200d}\\u{200d}é'],
  ['می\u200cخواهم 👩\u200d🔬', 'می\u200cخواهم 👩\u200d🔬'],
  ['Gr\ueff6\uefdfe.txt \uef80\uefff', 'Gr\\xF6\\xDFe.txt \\x80\\xFF'],
  ['\uef7f\uf000', '\uef7f\uf000'],
])('%j is shown as %j', (text, shown) => {
  expect(safeText(text)).toBe(shown)
  expect(safeText(shown)).toBe(shown)
})
