// A curve with its name, unit, the value under the pointer, log scale and downloads.
import { lazy, Suspense, useMemo, useRef, useState } from 'react'
import { toCsv } from '../format/csv'
import { type Format, useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useShownTheme } from '../theme/theme'
import style from './Chart.module.css'
import { type CurveData, type CurveSummary, hasRange, summarise, valueLabel } from './curve'
import { curveSvg } from './curve_svg'
import { saveFile, svgToPng } from './download'
import { resolveColour } from './palette'
import { SaveMenu } from './SaveMenu'

const loadPlot = () => import('./Plot')
const Plot = lazy(loadPlot)

/** Loads the drawing code while the points are still loading. */
export const preloadPlot = () => void loadPlot()

interface CurveChartProps {
  curve: CurveData
  colourToken: string
  height?: number
  /** The format of the values, if not plain numbers. */
  formatValue?: (value: number) => string
  /** The statistics of all points, if only some of them were sent. */
  summary?: CurveSummary
  /** The base name of downloaded files. */
  runHandle: string
}

export function CurveChart({ curve, colourToken, height = 190, formatValue, summary, runHandle }: CurveChartProps) {
  const text = useText()
  const format = useFormat()
  const theme = useShownTheme()
  const [logScale, setLogScale] = useState(false)
  const [hovered, setHovered] = useState<number>()
  const host = useRef<HTMLElement>(null)
  const seen = useMemo(() => summarise(curve.y), [curve.y])
  const known = summary ?? seen
  const write = formatValue ?? ((value: number) => format.value(value))
  const plotFormat = useMemo<Format>(
    () => ({ ...format, value: (value, digits) => (formatValue ? formatValue(value) : format.value(value, digits)) }),
    [format, formatValue],
  )
  const nothingPositive = logScale && !curve.y.some((value) => value > 0)
  const xLabel = text(curve.across === 'time' ? 'chart.axis.time' : 'chart.axis.step')

  return (
    <figure ref={host} className={style.chart} data-curve={curve.name}>
      <figcaption>
        <h3 title={curve.name}>
          {curve.name}
          {curve.unit && <span className={style.unit}> ({curve.unit})</span>}
        </h3>
        <button type="button" className={style.toggle} aria-pressed={logScale} onClick={() => setLogScale(!logScale)}>
          {text('chart.log')}
        </button>
        <CurveMenu
          curve={curve}
          host={host}
          logScale={logScale}
          colourToken={colourToken}
          format={plotFormat}
          xLabel={xLabel}
          runHandle={runHandle}
        />
      </figcaption>
      <Readout curve={curve} hovered={hovered} known={known} write={write} format={format} />
      {seen.count === 0 || nothingPositive ? (
        <p className={style.nothing} style={{ height }}>
          {text(nothingPositive ? 'chart.noPositive' : 'chart.empty')}
        </p>
      ) : (
        <div
          role="img"
          aria-label={text('chart.label', {
            name: curve.name,
            count: known.count,
            last: known.last === undefined ? '' : write(known.last),
          })}
        >
          <Suspense fallback={<div style={{ height }} />}>
            <Plot
              curve={curve}
              height={height}
              logScale={logScale}
              colourToken={colourToken}
              theme={theme}
              format={plotFormat}
              xLabel={xLabel}
              yLabel={valueLabel(curve)}
              onHover={setHovered}
            />
          </Suspense>
        </div>
      )}
    </figure>
  )
}

interface ReadoutProps {
  curve: CurveData
  hovered: number | undefined
  known: CurveSummary
  write: (value: number) => string
  format: Format
}

/** The exact values under the pointer; without a pointer, the last value and the range. */
function Readout({ curve, hovered, known, write, format }: ReadoutProps) {
  const text = useText()
  const x = hovered === undefined ? undefined : curve.x[hovered]
  const y = hovered === undefined ? undefined : curve.y[hovered]
  if (x !== undefined && y !== undefined) {
    return (
      <p className={style.readout}>
        <span>
          {text(curve.across === 'time' ? 'chart.axis.time' : 'chart.axis.step')}{' '}
          <b>{curve.across === 'time' ? format.duration(x) : format.count(x)}</b>
        </span>
        <span>
          {curve.name} <b>{write(y)}</b>
        </span>
      </p>
    )
  }
  return (
    <p className={style.readout}>
      {known.last !== undefined && (
        <span>
          {text('chart.last')} <b>{write(known.last)}</b>
        </span>
      )}
      {known.min !== undefined && hasRange(known) && (
        <span>
          {text('chart.min')} <b>{write(known.min)}</b>
        </span>
      )}
      {known.max !== undefined && hasRange(known) && (
        <span>
          {text('chart.max')} <b>{write(known.max)}</b>
        </span>
      )}
      {known.count > 0 && <span>{text('chart.points', { count: known.count })}</span>}
      {known.notFinite > 0 && (
        <span className={style.warning}>{text('chart.notFinite', { count: known.notFinite })}</span>
      )}
    </p>
  )
}

interface CurveMenuProps {
  curve: CurveData
  host: React.RefObject<HTMLElement | null>
  logScale: boolean
  colourToken: string
  format: Format
  xLabel: string
  runHandle: string
}

function CurveMenu({ curve, host, logScale, colourToken, format, xLabel, runHandle }: CurveMenuProps) {
  const text = useText()
  const name = `${runHandle}-${curve.name.replace(/[^\p{L}\p{N}._-]+/gu, '_')}`
  const svg = () => {
    const near = host.current ?? document.body
    return curveSvg(curve, {
      width: 720,
      height: 420,
      line: resolveColour(colourToken, near),
      ink: resolveColour('--ink', near),
      rule: resolveColour('--rule', near),
      ground: resolveColour('--sheet', near),
      logScale,
      xLabel,
      yLabel: valueLabel(curve),
      number: (value, digits = 4) => format.value(value, digits),
    })
  }
  const csv = () =>
    toCsv([
      [curve.across === 'time' ? 'time_s' : 'step', curve.name],
      ...curve.x.map((x, at) => [x, curve.y[at] ?? '']),
    ])
  return (
    <SaveMenu
      name={curve.name}
      disabled={curve.x.length === 0}
      saved={[
        { label: 'SVG', act: () => saveFile(`${name}.svg`, svg(), 'image/svg+xml') },
        { label: 'PNG', act: async () => saveFile(`${name}.png`, await svgToPng(svg()), 'image/png') },
        { label: text('chart.csv'), act: () => saveFile(`${name}.csv`, csv(), 'text/csv') },
      ]}
    />
  )
}
