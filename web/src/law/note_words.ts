// The notes of a law in the reader's language. The run writes them in English; a note, or a part of it, that this version
// does not know stays as it is.
import type { MessageKey, Text } from '../messages/catalogue'

/** The notes as the run writes them; the groups of a pattern are the values of the text. */
const notes: [RegExp, MessageKey][] = [
  [
    /^(?<left>\d+) of (?<given>\d+) rows were left out, for a value that is missing or not finite \((?<columns>.*)\)$/s,
    'law.note.missing',
  ],
  [/^of (?<given>\d+) rows (?<drawn>\d+) were drawn at random$/, 'law.note.drawn'],
  [/^(?<column>.*) has the same value in every row, so nothing can be said about it$/s, 'law.note.constant'],
  [/^no column has a unit, so units were not checked$/, 'law.note.noUnits'],
  [/^without a unit, and so taken as plain numbers: (?<columns>.*)$/s, 'law.note.plain'],
  [/^intervals: 95 %, pairs bootstrap of (?<draws>\d+) draws with the form/, 'law.note.intervals'],
  [/^the search was cut by its time limit: /, 'law.note.time'],
  [
    /^(?<far>\d+) of (?<given>\d+) rows are more than (?<times>[\d.]+) times as far from the law as usual; they are too many/,
    'law.note.kept',
  ],
  [/^(?<different>\d+) of (?<given>\d+) training rows are different: of rows that are .*, the/, 'law.note.different'],
  [
    /^the (?<different>\d+) different training rows have (?<inputs>\d+) different inputs: rows whose inputs are .* stay/,
    'law.note.folds',
  ],
  [/^the law rests on (?<inputs>\d+) different inputs: /, 'law.note.fewInputs'],
  [
    /^(?<copied>\d+) of (?<held>\d+) held-out rows repeat training rows \(they are .* in all columns\)/,
    'law.note.copies',
  ],
  [/^(?<again>\d+) of (?<held>\d+) held-out rows have the inputs of training rows: /, 'law.note.measuredAgain'],
  [
    /^the rows determine the exponents of (?<columns>.*) only together, not each alone, because/s,
    'law.note.exponentsTogether',
  ],
  [/^the rows determine (?<constants>.*) only together, not each alone: such/s, 'law.note.constantsTogether'],
  [
    /^(?<column>.*) is (?<relation>.*): the law could name either; which one is chosen is no finding$/s,
    'law.note.redundant',
  ],
]

/** The parts of the note on errors, which semicolons separate. */
const parts: [RegExp, MessageKey][] = [
  [/^(?<errors>.*) describe the residuals best$/, 'law.errors.best'],
  [/^(?<errors>.*) are less likely by a factor of (?<factor>\S+)$/, 'law.errors.less'],
  [/^(?<errors>.*) are assumed$/, 'law.errors.assumed'],
  [
    /^(?<errors>.*) describe the residuals only a little better: they are likelier by a factor of (?<factor>\S+)$/,
    'law.errors.little',
  ],
  [/^the setting errors asks for (?<errors>.*)$/, 'law.errors.asked'],
  [/^the law is exact, so there are no errors to describe$/, 'law.errors.exact'],
  [/^errors of the logarithm are impossible, because some of its values are zero$/, 'law.errors.zeros'],
  [/^errors of the logarithm are impossible, because it has values of both signs$/, 'law.errors.signs'],
  [/^R² is that of the values$/, 'law.errors.r2.values'],
  [/^R² is that of the values, each row weighted with 1\/law²$/, 'law.errors.r2.weighted'],
  [/^R² and the mean square of the residuals are those of the logarithms$/, 'law.errors.r2.logarithms'],
  [/^the target spans (?<powers>\d+) powers of ten, so its largest values decide$/, 'law.errors.wide'],
  [/^the setting errors \(equal, relative, logarithmic\) selects another model$/, 'law.errors.setting'],
]

const errors: Record<string, MessageKey> = {
  'equal errors': 'law.errors.equal',
  'errors in proportion to the law': 'law.errors.relative',
  'equal errors of the logarithm': 'law.errors.logarithmic',
}

const farRows =
  /^(?<far>\d+) of (?<given>\d+) rows were left out of the fit, because they are more than (?<times>[\d.]+) times as far from the law as usual \((?<rows>.*)\)$/s

/** A note in the reader's language. */
export function noteInWords(note: string, text: Text): string {
  const far = farRows.exec(note)?.groups
  if (far) return text('law.note.leftOut', { ...far, rows: rowsInWords(far.rows ?? '', text) })
  return filled(note, notes, text) ?? errorsInWords(note, text) ?? note
}

function filled(said: string, patterns: [RegExp, MessageKey][], text: Text): string | undefined {
  for (const [pattern, key] of patterns) {
    const found = pattern.exec(said)
    if (!found) continue
    const values = { ...found.groups }
    if (values.errors !== undefined) {
      const model = errors[values.errors]
      if (model === undefined) return undefined
      values.errors = text(model)
    }
    return text(key, values)
  }
  return undefined
}

function errorsInWords(note: string, text: Text): string | undefined {
  // The second of several less likely models does not repeat the verb.
  const whole = note.replace(
    /, ((?:equal errors|errors in proportion)[^,;]*) by a factor of/g,
    '; $1 are less likely by a factor of',
  )
  const translated = whole.split('; ').map((part) => filled(part, parts, text))
  return translated.includes(undefined) ? undefined : translated.join(text('law.note.separator'))
}

/** `row 5: 30 instead of 2.1; row 7: …, and 3 more` */
function rowsInWords(rows: string, text: Text): string {
  return rows
    .replace(/row (\d+): (\S+) instead of ([^;,\s]+)/g, (_, row: string, value: string, law: string) =>
      text('law.note.leftOut.row', { row, value, law }),
    )
    .replace(/and (\d+) more$/, (_, count: string) => text('law.note.leftOut.more', { count }))
}
