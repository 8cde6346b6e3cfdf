// The look of plots: the tokens of the current theme as a Vega-Lite configuration.

/** The values of the tokens in the current theme: resolved colours, as a drawing library needs them. */
export interface PlotColours {
  ink: string
  inkSoft: string
  rule: string
  ruleStrong: string
  sheet: string
  brass: string
  series: string[]
}

export const plotTokens = {
  ink: '--ink',
  inkSoft: '--ink-soft',
  rule: '--rule',
  ruleStrong: '--rule-strong',
  sheet: '--sheet',
  brass: '--brass-line',
} as const

const font = '"Source Sans 3", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif'
const text_px = 12

/** As in format/numbers.ts: digits are grouped from 10,000 on, so that a year is written as a year. */
const plainNumber = "abs(datum.value) < 10000 ? replace(datum.label, regexp(',', 'g'), '') : datum.label"

/**
 * The colours of groups in one plot. The first ones differ most from each other and from the brass colour of the law.
 */
const groups = (series: readonly string[]): string[] => [0, 4, 2, 3, 6, 5, 1, 7].flatMap((at) => series[at] ?? [])

export function plotConfig(colours: PlotColours): Record<string, unknown> {
  const { ink, inkSoft, rule, ruleStrong, sheet, brass, series } = colours
  const [first] = series
  const words = { labelFont: font, titleFont: font, labelFontSize: text_px, titleFontSize: text_px }
  return {
    background: sheet,
    font,
    padding: 8,
    // Screen readers read the figure around the plot.
    aria: false,
    view: { stroke: null },
    axis: {
      ...words,
      domainColor: ruleStrong,
      gridColor: rule,
      tickColor: ruleStrong,
      labelColor: inkSoft,
      titleColor: inkSoft,
      titleFontWeight: 'normal',
      titlePadding: 8,
      labelOverlap: 'greedy',
    },
    axisQuantitative: { labelExpr: plainNumber },
    legend: { ...words, labelColor: ink, titleColor: inkSoft, titleFontWeight: 'normal', symbolStrokeWidth: 1.5 },
    header: { ...words, labelColor: ink, titleColor: inkSoft },
    title: { font, color: ink, subtitleColor: inkSoft, fontSize: 14, fontWeight: 600, anchor: 'start' },
    range: { category: groups(series), ramp: [sheet, first ?? ink], ordinal: series, heatmap: [sheet, first ?? ink] },
    mark: { color: first, tooltip: true },
    point: { filled: true, size: 44, opacity: 0.9 },
    circle: { size: 44 },
    line: { strokeWidth: 1.8 },
    rule: { color: inkSoft },
    text: { font, color: ink, fontSize: text_px },
    area: { opacity: 0.25 },
    bar: { color: first },
    style: {
      // Styles that a specification may name to get colours of the theme.
      law: { color: brass, strokeWidth: 2 },
      band: { color: brass, opacity: 0.18 },
      quiet: { color: inkSoft, opacity: 0.6 },
      chosen: { color: brass, stroke: ink, strokeWidth: 1.5, size: 130, opacity: 1 },
    },
  }
}
