// A curve as a standalone SVG: for download, and as the source of the PNG.

import { tickDigits } from '../format/numbers'
import { safeText } from '../format/safe_text'
import { type CurveData, paddedLogRange, paddedRange, rangeAround } from './curve'
import { allWhole, linearTicks, logTicks } from './ticks'

export interface SvgLook {
  width: number
  height: number
  line: string
  ink: string
  rule: string
  ground: string
  logScale: boolean
  xLabel: string
  yLabel: string
  number: (value: number, digits?: number) => string
}

const margin = { top: 34, right: 20, bottom: 46, left: 84 }

export function curveSvg(curve: CurveData, look: SvgLook): string {
  const points = pointsOf(curve, look.logScale)
  const finite = points.filter(([, y]) => Number.isFinite(y))
  const xs = finite.map(([x]) => x)
  const ys = finite.map(([, y]) => y)
  const wholeX = curve.across === 'step'
  const x = least(xs) === most(xs) ? rangeAround(least(xs), curve.across) : ([least(xs), most(xs)] as const)
  const title = curve.unit ? `${curve.name} (${curve.unit})` : curve.name
  return framedSvg({ title, x, y: [least(ys), most(ys)], wholeX, wholeY: allWhole(ys) }, look, (toX, toY) => [
    `<path d="${linePath(points, toX, toY)}" fill="none" stroke="${look.line}" stroke-width="1.6" stroke-linejoin="round"/>`,
    ...(finite.length <= 40
      ? finite.map(([x, y]) => `<circle cx="${round(toX(x))}" cy="${round(toY(y))}" r="2.6" fill="${look.line}"/>`)
      : []),
  ])
}

/** The points of a curve; values that the scale cannot show are NaN. */
export const pointsOf = ({ x, y }: Pick<CurveData, 'x' | 'y'>, logScale: boolean): (readonly [number, number])[] =>
  x
    .map((across, at) => [across, y[at] ?? Number.NaN] as const)
    .map(([x, y]) => (logScale && y <= 0 ? [x, Number.NaN] : [x, y]))

export interface SvgFrame {
  title: string
  /** The lowest and highest value on each axis. */
  x: readonly [number, number]
  y: readonly [number, number]
  wholeX: boolean
  wholeY: boolean
  logX?: boolean
  /** The text of a tick of the x axis, if not a plain number. */
  xText?: (tick: number) => string
}

type Place = (value: number) => number

/** Axes, ticks and title around what `inside` draws. */
export function framedSvg(
  frame: SvgFrame,
  look: Omit<SvgLook, 'line'>,
  inside: (toX: Place, toY: Place) => string[],
): string {
  const [xMin, xMax] = frame.x
  const [yMin, yMax] = (look.logScale ? paddedLogRange : paddedRange)(frame.y[0], frame.y[1])
  const scaleX = frame.logX ? Math.log10 : same
  const scaleY = look.logScale ? Math.log10 : same
  const inner = { width: look.width - margin.left - margin.right, height: look.height - margin.top - margin.bottom }
  const toX = (x: number) => margin.left + ((scaleX(x) - scaleX(xMin)) / (scaleX(xMax) - scaleX(xMin))) * inner.width
  const toY = (y: number) =>
    margin.top + (1 - (scaleY(y) - scaleY(yMin)) / (scaleY(yMax) - scaleY(yMin))) * inner.height
  const xTicks = frame.logX ? logTicks(xMin, xMax) : linearTicks(xMin, xMax, frame.wholeX)
  const yTicks = look.logScale ? logTicks(yMin, yMax) : linearTicks(yMin, yMax, frame.wholeY)
  const yDigits = look.logScale ? 4 : tickDigits(yTicks, (yTicks[1] ?? 0) - (yTicks[0] ?? 0))
  const xText = frame.xText ?? ((tick: number) => look.number(tick))
  const title = escapeXml(safeText(frame.title))
  const bottom = margin.top + inner.height
  const middle = margin.top + inner.height / 2
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${look.width}" height="${look.height}" viewBox="0 0 ${look.width} ${look.height}" font-family="'Source Sans 3', sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="100%" height="100%" fill="${look.ground}"/>`,
    ...yTicks.map((tick) => {
      const y = round(toY(tick))
      return `<path d="M${margin.left} ${y}H${look.width - margin.right}" stroke="${look.rule}"/><text x="${margin.left - 8}" y="${y}" dy="0.35em" text-anchor="end" fill="${look.ink}">${look.number(tick, yDigits)}</text>`
    }),
    ...xTicks.map((tick) => {
      const x = round(toX(tick))
      return `<path d="M${x} ${bottom}v5" stroke="${look.ink}"/><text x="${x}" y="${bottom + 18}" text-anchor="middle" fill="${look.ink}">${escapeXml(xText(tick))}</text>`
    }),
    `<path d="M${margin.left} ${bottom}H${look.width - margin.right}" stroke="${look.ink}"/>`,
    `<text x="${margin.left}" y="20" font-size="14" font-weight="600" fill="${look.ink}">${title}</text>`,
    `<text x="${margin.left + inner.width / 2}" y="${look.height - 8}" text-anchor="middle" fill="${look.ink}">${escapeXml(look.xLabel)}</text>`,
    `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle" fill="${look.ink}">${escapeXml(safeText(look.yLabel))}</text>`,
    ...inside(toX, toY),
    '</svg>',
  ].join('\n')
}

const same = (value: number) => value

export function linePath(
  points: (readonly [number, number])[],
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  let down = false
  const parts: string[] = []
  for (const [x, y] of points) {
    if (!Number.isFinite(y)) {
      down = false
      continue
    }
    parts.push(`${down ? 'L' : 'M'}${round(toX(x))} ${round(toY(y))}`)
    down = true
  }
  return parts.join('')
}

export const round = (value: number) => Math.round(value * 100) / 100
const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
