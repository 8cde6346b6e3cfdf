import { expect, test } from 'vitest'
import { formulaPieces } from './formula'

/** The pieces as text, with raised pieces in angle brackets. */
const set = (formula: string) =>
  formulaPieces(formula)
    .map(({ text, raised }) => (raised ? `<${text}>` : text))
    .join('')

test('exponents are raised, without their brackets', () => {
  const check = (formula: string, expected: string) => expect(set(formula)).toBe(expected)
  check('period = 1.0003 yr/AU^1.5 · semi_major_axis^1.5', 'period = 1.0003 yr/AU<1.5> · semi_major_axis<1.5>')
  check('(a / AU)^(3/2)', '(a / AU)<3/2>')
  check('x^-2 + y^(a + (b))', 'x<−2> + y<a + (b)>')
  check('2 * x^n', '2 · x<n>')
  check('exp(-x^2)', 'exp(−x<2>)')
})

test('names in backticks stay as they are', () => {
  expect(set('2 * `a * c`^2')).toBe('2 · `a * c`<2>')
  expect(set('`x^2` / `a``b^3`^2')).toBe('`x^2` / `a``b^3`<2>')
  expect(set('-3 * `-x`')).toBe('−3 · `-x`')
  expect(set('2 [m^2] * `')).toBe('2 [m<2>] · `')
})

test('text that is not an exponent stays unchanged', () => {
  expect(set('x^')).toBe('x^')
  expect(set('x^(2')).toBe('x^(2')
  expect(set('')).toBe('')
  expect(set('1e-5 · x')).toBe('1e-5 · x')
})
