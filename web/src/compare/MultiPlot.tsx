// Many curves and bands in one chart. uPlot draws axes, the pointer and the zoom; the curves are drawn here, because each
// has positions of its own. Loaded only when a page has curves to show.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { paddedLogRange, paddedRange } from '../charts/curve'
import { resolveColour } from '../charts/palette'
import { tickSteps } from '../charts/ticks'
import type { Format } from '../format/format'
import { tickDigits } from '../format/numbers'
import { safeText } from '../format/safe_text'
import type { Band } from './bands'
import { type Line, rangeOf, valuesWithin, type XAxis } from './curve_lines'
import type { LineLook } from './run_colours'

export interface MultiPlotProps {
  lines: readonly Line[]
  bands: readonly Band[]
  looks: ReadonlyMap<string, LineLook>
  /** The line that is drawn on top, and stronger than the others. */
  strong: string | undefined
  /** The position that the keyboard chose. */
  marked: number | undefined
  across: XAxis
  logX: boolean
  logY: boolean
  height_px: number
  theme: string
  format: Format
  xLabel: string
  yLabel: string
  /** The x under the pointer, or undefined without a pointer. */
  onHover: (x: number | undefined) => void
}

const faint = 0.25
const bandOpacity = 0.16
/** Below this number of points each point is marked, so that a single point is visible. */
const markedPoints_max = 30

export default function MultiPlot(props: MultiPlotProps) {
  const { lines, bands, looks, strong, marked, across, logX, logY, height_px, theme, xLabel, yLabel } = props
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const latest = useRef(props)
  latest.current = props

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colour tokens resolve to other colours in another theme
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const drawn = new uPlot(optionsOf(element, latest), dataOf(latest.current), element)
    plot.current = drawn
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: height_px }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      drawn.destroy()
      plot.current = undefined
    }
  }, [height_px, across, logX, logY, theme, xLabel, yLabel])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot reads the latest values when it draws
  useEffect(() => {
    const drawn = plot.current
    if (drawn === undefined) return
    const { min, max } = drawn.scales.x ?? {}
    const [first, last] = [drawn.data[0][0], drawn.data[0].at(-1)]
    const isZoomed = min !== first || max !== last
    // A reader who looks at a part of the curves keeps looking at it when new points arrive.
    drawn.setData(dataOf(latest.current), !isZoomed)
    if (isZoomed) fitY(drawn, latest.current)
  }, [lines, bands])

  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => plot.current?.redraw(false), [looks, strong, marked])

  return <div ref={host} style={{ height: height_px }} />
}

/** uPlot gets only the ends of the axes. */
function dataOf({ lines, bands, logX, across }: MultiPlotProps): uPlot.AlignedData {
  const range = rangeOf([...lines.map(({ x }) => x), ...bands.map(({ x }) => x)], logX)
  const [low, high] = range ?? (logX ? [1, 10] : [0, 1])
  if (low < high)
    return [
      [low, high],
      [null, null],
    ]
  const [from, to] = logX ? [low / 2, high * 2] : across === 'step' ? [low - 0.5, high + 0.5] : paddedRange(low, high)
  return [
    [from, to],
    [null, null],
  ]
}

function fitY(plot: uPlot, { lines, bands, logY }: MultiPlotProps) {
  const { min, max } = plot.scales.x ?? {}
  if (min == null || max == null) return
  const within = [
    ...lines.map((line) => valuesWithin(line, min, max)),
    ...bands.flatMap(({ x, mean, low, high }) => [mean, low, high].map((y) => valuesWithin({ x, y }, min, max))),
  ]
  const found = rangeOf(within, logY)
  const [low, high] = found ? (logY ? paddedLogRange : paddedRange)(...found) : logY ? [1, 10] : [0, 1]
  plot.setScale('y', { min: low, max: high })
}

function optionsOf(element: HTMLElement, latest: React.RefObject<MultiPlotProps>): uPlot.Options {
  const { across, logX, logY, height_px, xLabel, yLabel } = latest.current
  const font = '12px "Source Sans 3", sans-serif'
  const ink = resolveColour('--ink-soft', element)
  const rule = resolveColour('--rule', element)
  const axis = { stroke: ink, font, labelFont: font, labelSize: 18, ticks: { stroke: rule, size: 4 } }
  const format = () => latest.current.format
  return {
    width: element.clientWidth,
    height: height_px,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      sync: { key: `hven.compare.${across}` },
      drag: { x: true, y: false, setScale: true },
    },
    scales: {
      x: { time: across === 'clock', distr: logX ? 3 : 1, range: (_plot, min, max) => [min, max] },
      y: { auto: false, distr: logY ? 3 : 1, range: (_plot, min, max) => [min ?? 1, max ?? 10] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: across === 'step' ? 50 : 84,
        label: xLabel,
        grid: { show: false },
        ...(across === 'step' && !logX && { incrs: [...tickSteps(true)] }),
        values: (plot, ticks, _axis, _space, step) =>
          ticks.map((tick) =>
            tick === null
              ? ''
              : across === 'clock'
                ? clockText(tick, step, format())
                : across === 'elapsed'
                  ? format().duration(tick)
                  : format().value(tick, logX ? 4 : tickDigits(plotTicks(plot, ticks), step)),
          ),
      },
      {
        ...axis,
        size: 62,
        // A canvas shows text without `safeText`: invisible characters are replaced by their codes here.
        label: safeText(yLabel),
        grid: { stroke: rule, width: 1 },
        values: (_plot, ticks, _axis, _space, step) => {
          const digits = logY ? 4 : tickDigits(ticks, step)
          return ticks.map((tick) => (tick === null ? '' : format().value(tick, digits)))
        },
      },
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: {
      setScale: [
        (plot, key) => {
          // uPlot drops a change of a scale that comes while it changes scales.
          if (key === 'x') queueMicrotask(() => fitY(plot, latest.current))
        },
      ],
      draw: [(plot) => drawAll(plot, latest.current, element)],
      setCursor: [
        (plot) => {
          const left = plot.cursor.left ?? -1
          latest.current.onHover(left < 0 ? undefined : plot.posToVal(left, 'x'))
        },
      ],
    },
  }
}

const plotTicks = (_plot: uPlot, ticks: number[]) => ticks.filter((tick) => tick !== null)

const day_s = 86_400

/** A time of the clock: the day if the ticks are days apart, otherwise hours and minutes. */
const clockText = (time_s: number, step_s: number, format: Format) =>
  step_s >= day_s ? format.exact(new Date(time_s * 1000).toISOString()).slice(0, 10) : format.clock(time_s * 1000)

function drawAll(plot: uPlot, { lines, bands, looks, strong, marked, logX, logY }: MultiPlotProps, near: Element) {
  const { ctx } = plot
  const { left, top, width, height } = plot.bbox
  const scale = devicePixelRatio
  const colours = new Map<string, string>()
  const colourOf = (token: string) => {
    const known = colours.get(token)
    if (known !== undefined) return known
    const colour = resolveColour(token, near)
    colours.set(token, colour)
    return colour
  }
  const toX = (x: number) => (logX && x <= 0 ? Number.NaN : plot.valToPos(x, 'x', true))
  const toY = (y: number) => (!Number.isFinite(y) || (logY && y <= 0) ? Number.NaN : plot.valToPos(y, 'y', true))
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.lineJoin = 'round'
  for (const band of bands) {
    const look = looks.get(band.id)
    if (look === undefined) continue
    const colour = colourOf(look.token)
    ctx.globalAlpha = bandOpacity * (strong === undefined || strong === band.id ? 1 : faint)
    ctx.fillStyle = colour
    fillBand(ctx, band, toX, toY)
    stroke(ctx, { x: band.x, y: band.mean }, { colour, width: 2 * scale, dash: look.dash, scale }, strong, band.id)
  }
  const last = lines.filter(({ id }) => id === strong)
  for (const line of [...lines.filter(({ id }) => id !== strong), ...last]) {
    const look = looks.get(line.id)
    if (look === undefined) continue
    const colour = colourOf(look.token)
    const width_px = (line.id === strong ? 2.6 : 1.6) * scale
    if (line.raw) {
      ctx.globalAlpha = faint
      path(ctx, { x: line.x, y: line.raw }, colour, scale, [])
    }
    stroke(ctx, line, { colour, width: width_px, dash: look.dash, scale }, strong, line.id)
    if (line.x.length <= markedPoints_max) dots(ctx, line, colour, 2.6 * scale)
  }
  if (marked !== undefined) {
    ctx.globalAlpha = 1
    ctx.strokeStyle = colourOf('--ink-soft')
    ctx.lineWidth = scale
    ctx.beginPath()
    ctx.moveTo(toX(marked), top)
    ctx.lineTo(toX(marked), top + height)
    ctx.stroke()
  }
  ctx.restore()

  function path(
    target: CanvasRenderingContext2D,
    { x, y }: Pick<Line, 'x' | 'y'>,
    colour: string,
    width_px: number,
    dash: readonly number[],
  ) {
    target.strokeStyle = colour
    target.lineWidth = width_px
    target.setLineDash(dash.map((length) => length * scale))
    target.beginPath()
    let down = false
    for (let at = 0; at < x.length; at += 1) {
      const across = toX(x[at] ?? Number.NaN)
      const up = toY(y[at] ?? Number.NaN)
      if (Number.isNaN(across) || Number.isNaN(up)) {
        down = false
        continue
      }
      if (down) target.lineTo(across, up)
      else target.moveTo(across, up)
      down = true
    }
    target.stroke()
    target.setLineDash([])
  }

  function stroke(
    target: CanvasRenderingContext2D,
    line: Pick<Line, 'x' | 'y'>,
    look: { colour: string; width: number; dash: readonly number[]; scale: number },
    chosen: string | undefined,
    id: string,
  ) {
    target.globalAlpha = chosen === undefined || chosen === id ? 1 : faint
    path(target, line, look.colour, look.width, look.dash)
  }

  function dots(target: CanvasRenderingContext2D, { x, y }: Line, colour: string, radius_px: number) {
    target.fillStyle = colour
    for (let at = 0; at < x.length; at += 1) {
      const across = toX(x[at] ?? Number.NaN)
      const up = toY(y[at] ?? Number.NaN)
      if (Number.isNaN(across) || Number.isNaN(up)) continue
      target.beginPath()
      target.arc(across, up, radius_px, 0, 2 * Math.PI)
      target.fill()
    }
  }
}

/** Fills between the lower and the upper side, in pieces where both are known. */
function fillBand(ctx: CanvasRenderingContext2D, band: Band, toX: (x: number) => number, toY: (y: number) => number) {
  let piece: [number, number, number][] = []
  const close = () => {
    if (piece.length > 1) {
      ctx.beginPath()
      for (const [x, , high] of piece) ctx.lineTo(x, high)
      for (const [x, low] of piece.reverse()) ctx.lineTo(x, low)
      ctx.closePath()
      ctx.fill()
    }
    piece = []
  }
  band.x.forEach((x, at) => {
    const across = toX(x)
    const low = toY(band.low[at] ?? Number.NaN)
    const high = toY(band.high[at] ?? Number.NaN)
    if (Number.isNaN(across) || Number.isNaN(low) || Number.isNaN(high)) close()
    else piece.push([across, low, high])
  })
  close()
}
