// The search parameters of the page that compares runs. They hold all that a reader chose, so that a link shows the same.
import { coloursIn, coloursText } from '../charts/colour_choice'
import { type BandKind, bandKinds } from './bands'
import { type XAxis, xAxes } from './curve_lines'
import { weight_max } from './smoothing'

export const compareTabs = ['curves', 'differences', 'relations', 'outputs'] as const
export type CompareTab = (typeof compareTabs)[number]

export interface CompareSearch {
  /** The handles of the runs, separated by commas. */
  runs?: string
  tab?: CompareTab
  /** The metrics whose curves are shown; undefined for the first few. */
  metrics?: string[]
  x?: XAxis
  /** The weight of the moving average; undefined for none. */
  smooth?: number
  logx?: true
  logy?: true
  /** The parameter by whose values the curves are grouped. */
  group?: string
  band?: BandKind
  /** The hidden runs or groups. */
  hide?: string[]
  /** Also shows what the runs have in common. */
  all?: true
  /** The metric of the relations, and the quantities of the scatter plot. */
  target?: string
  over?: string
  against?: string
  colour?: string
  /** The outputs that are shown side by side. */
  path?: string
  /** The colours of runs: `7Q2M.3,8R3N.1`. */
  colours?: string
  /** The saved view that was opened, by its project and name. */
  view?: string
}

export function readCompareSearch(search: Record<string, unknown>): CompareSearch {
  const word = (name: string) => {
    const value = search[name]
    // The router reads digits as a number; a handle or a name such as 1234 is a text here.
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    return typeof text === 'string' && text !== '' ? text : undefined
  }
  const list = (name: string) => {
    const value = search[name]
    if (!Array.isArray(value)) return undefined
    return value.filter((each) => ['string', 'number'].includes(typeof each)).map(String)
  }
  const smooth = typeof search.smooth === 'number' ? Math.min(weight_max, search.smooth) : 0
  const flag = (name: string) => (search[name] === true ? true : undefined)
  return {
    runs: word('runs'),
    tab: compareTabs.find((tab) => tab === search.tab),
    metrics: list('metrics'),
    x: xAxes.find((axis) => axis === search.x),
    smooth: smooth > 0 ? smooth : undefined,
    logx: flag('logx'),
    logy: flag('logy'),
    group: word('group'),
    band: bandKinds.find((kind) => kind === search.band),
    hide: list('hide'),
    all: flag('all'),
    target: word('target'),
    over: word('over'),
    against: word('against'),
    colour: word('colour'),
    path: word('path'),
    colours: word('colours'),
    view: word('view'),
  }
}

/** The handles in the address, in order, each once. */
export const handlesIn = (runs: string | undefined): string[] => [
  ...new Set(
    (runs ?? '')
      .split(',')
      .map((handle) => handle.trim())
      .filter((handle) => handle !== ''),
  ),
]

/** The address of the comparison of these runs. */
export const compareLink = (handles: readonly string[], colours?: string) =>
  ({ to: '/compare', search: { runs: handles.join(','), colours: coloursOf(handles, colours) } }) as const

/** The colours of these runs in an address. */
function coloursOf(handles: readonly string[], colours: string | undefined): string | undefined {
  const all = coloursIn(colours)
  return coloursText(new Map([...all].filter(([handle]) => handles.includes(handle))))
}
