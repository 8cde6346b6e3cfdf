// The sentence about a run: its state, and its most important numbers.
import type { Outcome, RunDetail } from '../api/types'
import type { Format } from '../format/format'
import { toNumber } from '../format/numbers'
import type { Text } from '../messages/catalogue'
import { isSentence, say } from '../messages/say'

const sentenceMetrics_max = 2

export function summarySentence(run: RunDetail, text: Text, format: Format, now_ms: number): string {
  switch (run.state) {
    case 'waiting': {
      const when = format.ago(run.submitted, now_ms)
      const why = run.waiting_said ? say(run.waiting_said, text, format) : run.waiting
      return why ? text('run.summary.waiting', { when, why }) : text('run.summary.waiting.bare', { when })
    }
    case 'running':
      return text('run.summary.running', { when: format.ago(run.started ?? run.submitted, now_ms) })
    case 'stopping':
      return text(run.external ? 'run.summary.stopping.elsewhere' : 'run.summary.stopping')
    case 'unknown':
      return text('run.summary.unknown')
    default:
      return endSentence(run, text, format)
  }
}

function endSentence(run: RunDetail, text: Text, format: Format): string {
  if (run.external && (run.state !== 'done' || run.wall_s == null)) {
    return run.outcome_said ? say(run.outcome_said, text, format) : run.state
  }
  const took = format.duration(run.wall_s ?? 0)
  const end = run.outcome_detail
  const limits = run.spec?.limits
  const why = end ? reason(end, text, format) : ''
  switch (end?.kind ?? run.state) {
    case 'done':
      return text('run.summary.done', {
        took,
        metrics: metricsSentence(run, format),
        outputs: run.outputs > 0 ? text('run.summary.outputs', { count: run.outputs }) : '',
      })
    case 'failed':
      return end ? text('run.summary.failed', { took, exit: end.exit_status }) : text('state.failed')
    case 'killed':
      return text('run.summary.killed', { took, signal: (end?.exit_status ?? 128) - 128 })
    case 'not_started':
      return why ? text('run.summary.notStarted', { why }) : (end?.text ?? run.state)
    case 'timed_out':
      return text('run.summary.timedOut', { limit: format.duration(limits?.wall_s ?? 0) })
    case 'out_of_memory':
      return text('run.summary.outOfMemory', { limit: format.bytes(limits?.memory_bytes ?? 0) })
    case 'output_too_large':
      return text('run.summary.outputTooLarge', { limit: format.bytes(limits?.output_bytes ?? 0) })
    case 'output_missing':
      return text('run.summary.outputMissing', { path: run.outputs_missing.map((output) => output.path).join(', ') })
    case 'cancelled':
      return run.attempts === 0 ? text('run.summary.cancelled.before') : text('run.summary.cancelled', { took })
    case 'lost':
      return why ? text('run.summary.lost', { why }) : (end?.text ?? run.state)
    default:
      return end ? say(end, text, format) : (run.outcome ?? run.state)
  }
}

/** Why it did not start or was lost: a sentence within the sentence, or the text of an older record. */
function reason(end: Outcome, text: Text, format: Format): string {
  const why = end.values?.why
  return isSentence(why) ? say(why, text, format) : String(why ?? '')
}

function metricsSentence(run: RunDetail, format: Format): string {
  return run.metrics
    .slice(-sentenceMetrics_max)
    .map((metric) => ` · ${metric.key} ${format.value(toNumber(metric.last))}`)
    .join('')
}
