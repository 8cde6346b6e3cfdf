import { expect, test } from 'vitest'
import { catalogue, fill, type Text } from '../messages/catalogue'
import { noteInWords } from './note_words'

const english: Text = (key, values) => fill(catalogue[key], 'en', values)
const chinese: Text = (key, values) => fill(catalogue[key], 'zh', values)

/** Notes as the search writes them. */
const notes = [
  '3 of 90 rows were left out, for a value that is missing or not finite (x: 2, y: 1)',
  'of 20000 rows 10000 were drawn at random',
  'x has the same value in every row, so nothing can be said about it',
  'no column has a unit, so units were not checked',
  'without a unit, and so taken as plain numbers: a, b',
  'intervals: 95 %, pairs bootstrap of 1000 draws with the form of the law held fixed, percentiles widened for few rows',
  'the search was cut by its time limit: another run need not give the same front',
  '2 of 90 rows were left out of the fit, because they are more than 5 times as far from the law as usual (row 6: 46503.6 instead of 46.4517; row 82: 3 instead of 92.5076, and 4 more)',
  'b is nearly a copy of a: the law could name either; which one is chosen is no finding',
  'errors in proportion to the law describe the residuals best; equal errors are less likely by a factor of 4·10^5, equal errors of the logarithm by a factor of 1.5; R² is that of the values, each row weighted with 1/law²; the setting errors (equal, relative, logarithmic) selects another model',
  'equal errors are assumed; errors of the logarithm are impossible, because it has values of both signs; R² is that of the values',
  'equal errors are assumed; errors in proportion to the law describe the residuals only a little better: they are likelier by a factor of 3; R² is that of the values; the target spans 4 powers of ten, so its largest values decide; the setting errors (equal, relative, logarithmic) selects another model',
]

test.each(notes)('%s', (note) => {
  // In English, only the verb of a second less likely model is repeated.
  expect(noteInWords(note, english)).toBe(
    note.replace(', equal errors of the logarithm by', '; equal errors of the logarithm are less likely by'),
  )
  expect(noteInWords(note, chinese)).toMatch(/\p{Script=Han}/u)
  expect(noteInWords(note, chinese)).not.toMatch(/\b(rows|errors of|likely|the law)\b/)
})

test('a note of another version stays as it is', () => {
  const unknown = 'equal errors are assumed; something new'
  expect(noteInWords(unknown, chinese)).toBe(unknown)
})
