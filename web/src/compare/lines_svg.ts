// The curves and bands of several runs as a standalone SVG with a legend: for download, and as the source of the PNG.
import { escapeXml, framedSvg, linePath, pointsOf, round, type SvgFrame, type SvgLook } from '../charts/curve_svg'
import { allWhole } from '../charts/ticks'
import { safeText } from '../format/safe_text'
import type { Band } from './bands'
import { type Line, rangeOf } from './curve_lines'
import type { LineLook } from './run_colours'

interface LinesSvg {
  title: string
  lines: readonly Line[]
  bands: readonly Band[]
  looks: ReadonlyMap<string, LineLook>
  /** The name of a line or band in the legend. */
  nameOf: (id: string) => string
  colourOf: (token: string) => string
  wholeX: boolean
  logX: boolean
  xText: SvgFrame['xText']
}

const legendLine_px = 18
/** More lines cannot be told apart in a legend. */
const legend_max = 40

export function linesSvg(content: LinesSvg, look: Omit<SvgLook, 'line'>): string | undefined {
  const { title, lines, bands, looks, nameOf, colourOf, wholeX, logX, xText } = content
  const x = rangeOf(
    [...lines, ...bands].map((each) => each.x),
    logX,
  )
  const y = rangeOf(
    [...lines.map((line) => line.y), ...bands.flatMap(({ mean, low, high }) => [mean, low, high])],
    look.logScale,
  )
  if (x === undefined || y === undefined) return undefined
  const apart: [number, number] = x[0] < x[1] ? x : logX ? [x[0] / 2, x[1] * 2] : [x[0] - 0.5, x[1] + 0.5]
  const wholeY = lines.length > 0 && lines.every((line) => allWhole(line.y))
  const named = [...bands, ...lines].slice(0, legend_max)
  const height = look.height + named.length * legendLine_px + 12
  const dashOf = (id: string) => (looks.get(id)?.dash ?? []).join(' ')
  const inkOf = (id: string) => colourOf(looks.get(id)?.token ?? '--ink')
  const svg = framedSvg({ title, x: apart, y, wholeX, wholeY, logX, xText }, look, (toX, toY) => [
    ...bands.map(
      (band) => `<path d="${outline(band, toX, toY, look.logScale)}" fill="${inkOf(band.id)}" fill-opacity="0.16"/>`,
    ),
    ...[...bands.map(({ id, x, mean }) => ({ id, x, y: mean })), ...lines].map(
      (line) =>
        `<path d="${linePath(pointsOf(line, look.logScale), toX, toY)}" fill="none" stroke="${inkOf(line.id)}" stroke-width="1.6" stroke-linejoin="round" stroke-dasharray="${dashOf(line.id)}"/>`,
    ),
    ...named.map(({ id }, at) => {
      const top = look.height + at * legendLine_px + 8
      return `<path d="M84 ${top}h28" stroke="${inkOf(id)}" stroke-width="2" stroke-dasharray="${dashOf(id)}"/><text x="120" y="${top}" dy="0.35em" fill="${look.ink}">${escapeXml(safeText(nameOf(id)))}</text>`
    }),
  ])
  // The legend is below the axes.
  return svg.replace(
    `height="${look.height}" viewBox="0 0 ${look.width} ${look.height}"`,
    `height="${height}" viewBox="0 0 ${look.width} ${height}"`,
  )
}

function outline(band: Band, toX: (x: number) => number, toY: (y: number) => number, logScale: boolean): string {
  const places = band.x.flatMap((x, at) => {
    const low = band.low[at] ?? Number.NaN
    const high = band.high[at] ?? Number.NaN
    return Number.isFinite(low) && Number.isFinite(high) && !(logScale && low <= 0) ? [{ x, low, high }] : []
  })
  const upper = places.map(({ x, high }) => `${round(toX(x))} ${round(toY(high))}`)
  const lower = places.reverse().map(({ x, low }) => `${round(toX(x))} ${round(toY(low))}`)
  return upper.length < 2 ? '' : `M${[...upper, ...lower].join('L')}Z`
}
