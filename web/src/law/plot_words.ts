// The words in the plots of a law's run, in the reader's language: the titles of the axes, and the names of the rows
// that the search used or did not use.
import type { MessageKey, Text } from '../messages/catalogue'
import type { PlotSpec } from '../plots/plot_spec'

type Encoding = Record<string, unknown>

/** The words as the run writes them. */
const seen = 'seen'
const heldOut = 'held out'

/** The titles of axes as the run writes them; the text in parentheses is the name of a column with its unit. */
const titles: [RegExp, MessageKey][] = [
  [/^(.*), observed$/s, 'law.axis.observed'],
  [/^(.*), by the law$/s, 'law.axis.byLaw'],
  [/^observed − law, (.*)$/s, 'law.axis.residual'],
  [/^complexity \(symbols\)$/, 'law.axis.complexity'],
]

/** The same plot in words of the reader's language; screen readers read `description`. */
export function inWords(spec: PlotSpec, description: string, text: Text): PlotSpec {
  return { ...inner(spec, text), description }
}

function inner(spec: PlotSpec, text: Text): PlotSpec {
  const changed: PlotSpec = { ...spec }
  if (isObject(spec.encoding)) changed.encoding = encodingInWords(spec.encoding, text)
  if (Array.isArray(spec.layer)) changed.layer = (spec.layer as PlotSpec[]).map((layer) => inner(layer, text))
  return changed
}

function encodingInWords(encoding: Encoding, text: Text): Encoding {
  const translated: Encoding = { ...encoding }
  for (const channel of ['x', 'y']) {
    const definition = encoding[channel]
    if (isObject(definition) && typeof definition.title === 'string')
      translated[channel] = { ...definition, title: titleInWords(definition.title, text) }
  }
  const { shape } = encoding
  if (isObject(shape) && shape.field === 'rows') translated.shape = { ...shape, ...rowsInWords(text) }
  return translated
}

function titleInWords(title: string, text: Text): string {
  for (const [pattern, key] of titles) {
    const found = pattern.exec(title)
    if (found) return text(key, { of: found[1] ?? '' })
  }
  return title
}

/** The groups of rows: each group always has the same shape and colour, also when another group is absent. */
function rowsInWords(text: Text): Encoding {
  const [ofSeen, ofHeldOut] = [text('law.rows.seen'), text('law.rows.heldOut')].map((words) => JSON.stringify(words))
  return {
    scale: { domain: [seen, heldOut], range: ['circle', 'diamond'] },
    legend: { title: null, orient: 'top', labelExpr: `datum.value === '${heldOut}' ? ${ofHeldOut} : ${ofSeen}` },
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
