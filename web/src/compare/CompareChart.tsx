// One metric of several runs: their curves, or bands over groups of them. The legend of the page shows the values under
// the pointer; the arrow keys move it.
import { lazy, memo, Suspense, useMemo, useRef, useState } from 'react'
import { type RunCurve, useRunCurves } from '../api/comparison'
import chartStyle from '../charts/Chart.module.css'
import { saveFile, svgToPng } from '../charts/download'
import { useNearView } from '../charts/near_view'
import { resolveColour } from '../charts/palette'
import { SaveMenu } from '../charts/SaveMenu'
import { toCsv } from '../format/csv'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Placeholder, Problem } from '../parts/Notice'
import { useShownTheme } from '../theme/theme'
import { type Band, type BandKind, bandOf } from './bands'
import style from './Compare.module.css'
import { type Line, lineOf, nearest, rangeOf, type XAxis } from './curve_lines'
import type { RunGroup } from './groups'
import { linesSvg } from './lines_svg'
import type { LineLook } from './run_colours'

const loadPlot = () => import('./MultiPlot')
const MultiPlot = lazy(loadPlot)

const height_px = 260

/** The settings that all charts of the page share. */
export interface ChartSetting {
  handles: readonly string[]
  across: XAxis
  smoothing: number
  logX: boolean
  logY: boolean
  /** Groups of runs that are drawn as bands; undefined draws each run. */
  groups: readonly RunGroup[] | undefined
  band: BandKind
  hidden: ReadonlySet<string>
  looks: ReadonlyMap<string, LineLook>
  nameOf: (id: string) => string
  startedOf: (handle: string) => number | undefined
  isLive: boolean
}

/** The values that the legend shows: of one chart, at a position or at the end of each line. */
export interface Readout {
  metric: string
  /** The position under the pointer; undefined for the last values. */
  x: number | undefined
  values: ReadonlyMap<string, number>
}

interface CompareChartProps {
  metric: string
  setting: ChartSetting
  strong: string | undefined
  onReadout: (readout: Readout | undefined) => void
}

/** Drawn again only when its own lines change: the pointer in one chart leaves the others as they are. */
export const CompareChart = memo(function CompareChart({ metric, setting, strong, onReadout }: CompareChartProps) {
  const text = useText()
  const format = useFormat()
  const theme = useShownTheme()
  const [near, host] = useNearView(() => void loadPlot())
  const { data, error, refetch } = useRunCurves(near ? setting.handles : [], metric, setting.isLive)
  const { lines, bands } = useMemo(() => shapesOf(data?.curves ?? [], setting), [data, setting])
  const [key, setKey] = useState<number>()
  const figure = useRef<HTMLElement>(null)
  const xLabel = text(`compare.x.${setting.across}`)
  const range = rangeOf([...lines, ...bands].map(({ x }) => x))
  const notDrawn =
    setting.logY &&
    ![...lines.map(({ y }) => y), ...bands.map(({ mean }) => mean)].some((y) => y.some((value) => value > 0))
  const isEmpty = lines.length + bands.length === 0

  const report = (x: number | undefined) =>
    onReadout(x === undefined ? undefined : { metric, x, values: valuesNear(lines, bands, x, range) })

  function onKeyDown(event: React.KeyboardEvent) {
    if (range === undefined || event.target !== event.currentTarget) return
    const [first, last] = range
    const step = ((last - first) / 100) * (event.shiftKey ? 10 : 1)
    const at = key ?? last
    const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: first, End: last, Escape: undefined }
    if (!(event.key in to)) return
    event.preventDefault()
    const next = to[event.key as keyof typeof to]
    const within = next === undefined ? undefined : Math.min(last, Math.max(first, next))
    setKey(within)
    report(within)
  }

  return (
    <div ref={host} className={style.chart} style={{ minHeight: height_px + 68 }}>
      <figure ref={figure} className={chartStyle.chart} data-curve={metric}>
        <figcaption>
          <h3 title={metric}>{metric}</h3>
          <ChartMenu
            metric={metric}
            lines={lines}
            bands={bands}
            setting={setting}
            host={figure}
            xLabel={xLabel}
            xText={(tick) =>
              setting.across === 'clock'
                ? format.clock(tick * 1000)
                : setting.across === 'elapsed'
                  ? format.duration(tick)
                  : format.value(tick)
            }
          />
        </figcaption>
        {error && !data && <Problem error={error} onRetry={refetch} />}
        {!data && !error && <Placeholder lines={6} />}
        {data && (isEmpty || notDrawn) && (
          <p className={chartStyle.nothing} style={{ height: height_px }}>
            {text(notDrawn && !isEmpty ? 'chart.noPositive' : 'compare.curves.nothing')}
          </p>
        )}
        {data && !isEmpty && !notDrawn && (
          <div
            role="img"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the position that the legend shows
            tabIndex={0}
            className={style.canvas}
            aria-label={text('compare.chart.label', { metric, count: lines.length + bands.length })}
            onKeyDown={onKeyDown}
            onBlur={() => {
              setKey(undefined)
              report(undefined)
            }}
          >
            <Suspense fallback={<div style={{ height: height_px }} />}>
              <MultiPlot
                lines={lines}
                bands={bands}
                looks={setting.looks}
                strong={strong}
                marked={key}
                across={setting.across}
                logX={setting.logX}
                logY={setting.logY}
                height_px={height_px}
                theme={theme}
                format={format}
                xLabel={xLabel}
                yLabel={metric.length > yLabelCharacters_max ? `${metric.slice(0, yLabelCharacters_max - 1)}…` : metric}
                // The pointer is elsewhere while the keys move the position.
                onHover={(x) => (x !== undefined || key === undefined) && report(x)}
              />
            </Suspense>
          </div>
        )}
        {data && data.without.length > 0 && (
          <p className={style.note} title={data.without.map(({ handle }) => handle).join(', ')}>
            {text('compare.curves.without', { count: data.without.length })}
          </p>
        )}
      </figure>
    </div>
  )
})

const yLabelCharacters_max = 24

/** The visible lines and bands of the curves. */
function shapesOf(curves: readonly RunCurve[], setting: ChartSetting): { lines: Line[]; bands: Band[] } {
  const { handles, groups, hidden, band, smoothing, across, logX, startedOf } = setting
  const lines = curves.flatMap((curve) => lineOf(curve, { across, smoothing, logX, started_s: startedOf }) ?? [])
  if (groups === undefined) return { lines: lines.filter(({ id }) => !hidden.has(id)), bands: [] }
  const bands = groups
    .filter(({ id }) => !hidden.has(id))
    .map(({ id, runs }) =>
      bandOf(
        id,
        lines.filter((line) => runs.some((at) => handles[at] === line.id)),
        band,
      ),
    )
  return { lines: [], bands: bands.filter(({ x }) => x.length > 0) }
}

function valuesNear(
  lines: readonly Line[],
  bands: readonly Band[],
  x: number,
  range: readonly [number, number] | undefined,
) {
  const room = range === undefined ? 0 : (range[1] - range[0]) / 50
  const all = [...lines, ...bands.map(({ id, x, mean }) => ({ id, x, y: mean }))]
  return new Map(
    all.flatMap((line): [string, number][] => {
      const at = nearest(line, x, room)
      return at === undefined ? [] : [[line.id, line.y[at] ?? Number.NaN]]
    }),
  )
}

interface ChartMenuProps {
  metric: string
  lines: readonly Line[]
  bands: readonly Band[]
  setting: ChartSetting
  host: React.RefObject<HTMLElement | null>
  xLabel: string
  xText: (tick: number) => string
}

function ChartMenu({ metric, lines, bands, setting, host, xLabel, xText }: ChartMenuProps) {
  const text = useText()
  const format = useFormat()
  const { across, logX, logY, looks, nameOf } = setting
  const name = `compare-${metric.replace(/[^\p{L}\p{N}._-]+/gu, '_')}`
  const svg = () => {
    const near = host.current ?? document.body
    const colourOf = (token: string) => resolveColour(token, near)
    return (
      linesSvg(
        {
          title: metric,
          lines,
          bands,
          looks,
          nameOf,
          colourOf,
          wholeX: across === 'step',
          logX,
          xText: across === 'step' ? undefined : xText,
        },
        {
          width: 820,
          height: 440,
          ink: colourOf('--ink'),
          rule: colourOf('--rule'),
          ground: colourOf('--sheet'),
          logScale: logY,
          xLabel,
          yLabel: metric,
          number: (value, digits = 4) => format.value(value, digits),
        },
      ) ?? ''
    )
  }
  const x = { step: 'step', elapsed: 'elapsed_s', clock: 'time_s' }[across]
  const csv = () =>
    toCsv(
      bands.length > 0
        ? [
            ['group', x, `mean ${metric}`, 'low', 'high', 'runs'],
            ...bands.flatMap(({ id, x, mean, low, high, count }) =>
              x.map((at, place) => [id, at, mean[place] ?? '', low[place] ?? '', high[place] ?? '', count[place] ?? 0]),
            ),
          ]
        : [['run', x, metric], ...lines.flatMap(({ id, x, y }) => x.map((at, place) => [id, at, y[place] ?? '']))],
    )
  return (
    <SaveMenu
      name={metric}
      disabled={lines.length + bands.length === 0}
      saved={[
        { label: 'SVG', act: () => saveFile(`${name}.svg`, svg(), 'image/svg+xml') },
        { label: 'PNG', act: async () => saveFile(`${name}.png`, await svgToPng(svg()), 'image/png') },
        { label: text('chart.csv'), act: () => saveFile(`${name}.csv`, csv(), 'text/csv') },
      ]}
    />
  )
}
