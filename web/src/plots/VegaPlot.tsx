// A plot that was recorded with a run, with its title, log scales, and downloads as SVG, PNG and data.
import { useEffect, useMemo, useRef, useState } from 'react'
import chartStyle from '../charts/Chart.module.css'
import { saveFile, svgToPng } from '../charts/download'
import { resolveColour } from '../charts/palette'
import { SaveMenu } from '../charts/SaveMenu'
import { toCsv } from '../format/csv'
import { useText } from '../messages/catalogue'
import { Placeholder } from '../parts/Notice'
import { useShownTheme } from '../theme/theme'
import type { Drawn } from './draw_plot'
import {
  type Channel,
  canBeLog,
  columnsOf,
  dataOf,
  descriptionOf,
  isLog,
  type PlotSpec,
  titleOf,
  withScale,
} from './plot_spec'
import { type PlotColours, plotTokens } from './plot_theme'
import style from './VegaPlot.module.css'

const loadDrawing = () => import('./draw_plot')

/** Loads the drawing code while the specification is still loading. */
export const preloadVega = () => void loadDrawing()

interface VegaPlotProps {
  spec: PlotSpec
  /** The title above the plot; undefined for the title of the specification. */
  title?: string
  /** The base name of downloaded files. */
  name: string
  height_px?: number
}

export function VegaPlot({ spec, title, name, height_px = 320 }: VegaPlotProps) {
  const text = useText()
  const theme = useShownTheme()
  const host = useRef<HTMLDivElement>(null)
  const drawn = useRef<Drawn>(undefined)
  const [log, setLog] = useState<Partial<Record<Channel, boolean>>>({})
  const [stands, setStands] = useState<'coming' | 'drawn' | { failed: string }>('coming')
  const shown = useMemo(() => {
    const x = withScale(spec, 'x', log.x ?? isLog(spec, 'x'))
    return withScale(x, 'y', log.y ?? isLog(spec, 'y'))
  }, [spec, log])
  const heading = title ?? titleOf(spec) ?? name

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colour tokens resolve to other colours in another theme
  useEffect(() => {
    const element = host.current
    if (element === null) return
    let left = false
    let resized: ResizeObserver | undefined
    const draw = async () => {
      try {
        const { drawPlot } = await loadDrawing()
        if (left) return
        const options = { width_px: element.clientWidth, height_px, colours: coloursNear(element) }
        const plot = await drawPlot(element, shown, options)
        if (left) return plot.remove()
        drawn.current = plot
        resized = new ResizeObserver(() => plot.resize(element.clientWidth))
        resized.observe(element)
        setStands('drawn')
      } catch (error) {
        if (!left) setStands({ failed: error instanceof Error ? error.message : String(error) })
      }
    }
    void draw()
    return () => {
      left = true
      resized?.disconnect()
      drawn.current?.remove()
      drawn.current = undefined
    }
  }, [shown, height_px, theme])

  const failed = typeof stands === 'object' ? stands.failed : undefined
  return (
    <figure className={`${chartStyle.chart} ${style.figure}`} data-plot={name}>
      <figcaption>
        <h3 title={heading}>{heading}</h3>
        {(['x', 'y'] as const).map(
          (channel) =>
            (canBeLog(spec, channel) || isLog(spec, channel)) && (
              <button
                key={channel}
                type="button"
                className={chartStyle.toggle}
                aria-pressed={isLog(shown, channel)}
                onClick={() => setLog({ ...log, [channel]: !isLog(shown, channel) })}
              >
                {text(channel === 'x' ? 'plot.log.x' : 'plot.log.y')}
              </button>
            ),
        )}
        <PlotMenu
          spec={spec}
          name={name}
          heading={heading}
          ready={stands === 'drawn'}
          svg={async () => (await drawn.current?.svg()) ?? ''}
        />
      </figcaption>
      <div
        role="img"
        aria-label={descriptionOf(spec) ?? heading}
        className={style.frame}
        style={{ minHeight: height_px }}
      >
        {stands === 'coming' && <Placeholder lines={6} />}
        {failed !== undefined && (
          <p className={style.failed}>
            {text('plot.failed')} <code>{failed}</code>
          </p>
        )}
        {/* Screen readers read the frame. */}
        <div ref={host} aria-hidden="true" className={style.host} hidden={failed !== undefined} />
      </div>
    </figure>
  )
}

function coloursNear(element: HTMLElement): PlotColours {
  const colour = (token: string) => resolveColour(token, element)
  const entries = Object.entries(plotTokens).map(([name, token]) => [name, colour(token)])
  const series = Array.from({ length: 8 }, (_, at) => colour(`--series-${at + 1}`))
  return { ...Object.fromEntries(entries), series } as PlotColours
}

interface PlotMenuProps {
  spec: PlotSpec
  name: string
  heading: string
  ready: boolean
  svg: () => Promise<string>
}

function PlotMenu({ spec, name, heading, ready, svg }: PlotMenuProps) {
  const text = useText()
  const data = useMemo(() => dataOf(spec), [spec])
  const json = () => JSON.stringify(spec, null, 2)
  return (
    <SaveMenu
      name={heading}
      disabled={!ready}
      saved={[
        { label: 'SVG', act: async () => saveFile(`${name}.svg`, await svg(), 'image/svg+xml') },
        { label: 'PNG', act: async () => saveFile(`${name}.png`, await svgToPng(await svg()), 'image/png') },
        { label: text('chart.csv'), act: () => saveFile(`${name}.csv`, toCsv(columnsOf(data)), 'text/csv') },
        { label: text('plot.spec'), act: () => saveFile(`${name}.vl.json`, json(), 'application/json') },
      ]}
    />
  )
}
