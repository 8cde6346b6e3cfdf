// One curve drawn by uPlot. Loaded only when a page has curves to show (see CurveChart).
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Format } from '../format/format'
import { tickDigits } from '../format/numbers'
import { safeText } from '../format/safe_text'
import { type CurveData, paddedLogRange, paddedRange, rangeAround } from './curve'
import { resolveColour } from './palette'
import { allWhole, tickSteps } from './ticks'

interface PlotProps {
  curve: CurveData
  height: number
  logScale: boolean
  /** A token such as `--series-3`. */
  colourToken: string
  theme: string
  format: Format
  xLabel: string
  yLabel: string
  /** The point under the pointer, or undefined when there is none. */
  onHover: (at: number | undefined) => void
}

/** Below this number of points each point is marked, so that a single point is visible. */
const markedPoints_max = 60

export default function Plot(props: PlotProps) {
  const { curve, height, logScale, colourToken, theme, format, xLabel, yLabel, onHover } = props
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const latest = useRef({ curve, onHover, format })
  latest.current = { curve, onHover, format }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colour tokens resolve to other colours in another theme
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const options = plotOptions({
      width: element.clientWidth,
      height,
      logScale,
      across: latest.current.curve.across,
      xLabel,
      yLabel,
      line: resolveColour(colourToken, element),
      ink: resolveColour('--ink-soft', element),
      rule: resolveColour('--rule', element),
      format: () => latest.current.format,
      onHover: (at) => latest.current.onHover(at),
    })
    const drawn = new uPlot(options, alignedData(latest.current.curve, logScale), element)
    plot.current = drawn
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      drawn.destroy()
      plot.current = undefined
    }
  }, [height, logScale, colourToken, theme, xLabel, yLabel])

  useEffect(() => {
    plot.current?.setData(alignedData(curve, logScale))
  }, [curve, logScale])

  return <div ref={host} style={{ height }} />
}

function alignedData(curve: CurveData, logScale: boolean): uPlot.AlignedData {
  const y = curve.y.map((value) => (Number.isFinite(value) && !(logScale && value <= 0) ? value : null))
  return [curve.x, y]
}

interface Look {
  width: number
  height: number
  logScale: boolean
  across: CurveData['across']
  xLabel: string
  yLabel: string
  line: string
  ink: string
  rule: string
  format: () => Format
  onHover: (at: number | undefined) => void
}

function plotOptions(look: Look): uPlot.Options {
  const font = '12px "Source Sans 3", sans-serif'
  const axis = { stroke: look.ink, font, ticks: { stroke: look.rule, size: 4 } }
  const range = look.logScale ? paddedLogRange : paddedRange
  return {
    width: look.width,
    height: look.height,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, sync: { key: `hven.${look.across}` }, drag: { x: true, y: false } },
    scales: {
      x: {
        time: false,
        // uPlot widens the range of a single point, but the correct position is in the data.
        range: (plot, min, max) => {
          const only = plot.data[0].length === 1 ? plot.data[0][0] : undefined
          if (only !== undefined) return rangeAround(only, look.across)
          return min === null || max === null ? [0, 1] : [min, max]
        },
      },
      y: {
        distr: look.logScale ? 3 : 1,
        range: (_plot, min, max) =>
          min === null || max === null ? (look.logScale ? [1, 10] : [0, 1]) : range(min, max),
      },
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: look.across === 'time' ? 84 : 50,
        label: look.xLabel,
        labelFont: font,
        labelSize: 18,
        grid: { show: false },
        // There are no values between two steps.
        ...(look.across === 'step' && { incrs: [...tickSteps(true)] }),
        values: (_plot, ticks) =>
          ticks.map((tick) => (look.across === 'time' ? look.format().duration(tick) : look.format().value(tick))),
      },
      {
        ...axis,
        size: 62,
        // A canvas shows text without `safeText`: invisible characters are replaced by their codes here.
        label: safeText(look.yLabel),
        labelFont: font,
        labelSize: 18,
        ...(!look.logScale && { incrs: (plot) => [...tickSteps(allWhole([...(plot.data[1] ?? [])]))] }),
        grid: { stroke: look.rule, width: 1 },
        values: (_plot, ticks, _axis, _space, step) => {
          const digits = look.logScale ? 4 : tickDigits(ticks, step)
          return ticks.map((tick) => (tick === null ? '' : look.format().value(tick, digits)))
        },
      },
    ],
    series: [
      {},
      {
        stroke: look.line,
        width: 1.6,
        points: {
          show: (plot) => plot.data[0].length <= markedPoints_max,
          size: 5,
          fill: look.line,
        },
      },
    ],
    hooks: { setCursor: [(plot) => look.onHover(plot.cursor.idx ?? undefined)] },
  }
}
