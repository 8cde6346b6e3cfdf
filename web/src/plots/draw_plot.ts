// Draws a plot with Vega. All large libraries are behind this module: pages load it when they have a plot to show. The
// content policy of the page forbids evaluation, so expressions are interpreted. No request leaves the machine, so a
// specification that names data or pictures elsewhere gets none.
import type { View } from 'vega'
import embed, { type VisualizationSpec } from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'
import { asDrawn, isOnePicture, type PlotSpec } from './plot_spec'
import { type PlotColours, plotConfig } from './plot_theme'

export interface Drawn {
  resize: (width_px: number) => void
  svg: () => Promise<string>
  remove: () => void
}

export interface DrawOptions {
  width_px: number
  height_px: number
  colours: PlotColours
}

const noLoader = {
  load: (uri: string) => Promise.reject(new Error(`a plot may not load ${uri}`)),
  sanitize: (uri: string) => Promise.reject(new Error(`a plot may not refer to ${uri}`)),
  http: () => Promise.reject(new Error('a plot may not load anything')),
  file: () => Promise.reject(new Error('a plot may not load anything')),
}

export async function drawPlot(host: HTMLElement, spec: PlotSpec, options: DrawOptions): Promise<Drawn> {
  const sized = isOnePicture(spec)
    ? {
        ...spec,
        width: options.width_px,
        height: options.height_px,
        autosize: { type: 'fit', contains: 'padding', resize: true },
      }
    : spec
  // The figure shows the title. The library only warns about the version of the language.
  const { title: _, $schema: __, ...bare } = asDrawn(sized)
  const { view, finalize } = await embed(host, bare as VisualizationSpec, {
    mode: 'vega-lite',
    renderer: 'svg',
    actions: false,
    defaultStyle: false,
    ast: true,
    expr: expressionInterpreter,
    loader: noLoader,
    config: plotConfig(options.colours),
    tooltip: { disableDefaultStyle: true },
  })
  return {
    resize: (width_px) => {
      if (isOnePicture(spec)) void resized(view, width_px)
    },
    svg: () => view.toSVG(),
    remove: finalize,
  }
}

const resized = (view: View, width_px: number) => view.width(width_px).runAsync()
