// The use of the machine over time, a plot for each resource. The reader chooses the time; the address stores it.
import { useMemo } from 'react'
import type { MachineReport } from '../api/machine'
import { type Format, useFormat } from '../format/format'
import { type Text, useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import type { PlotSpec } from '../plots/plot_spec'
import { VegaPlot } from '../plots/VegaPlot'
import style from './Machine.module.css'
import { type Span, spans } from './machine_search'
import { capacityOf, type DrawnResource, drawnResources, isUsed, rowsOf, type SpecWords, specOf } from './use_spec'

interface UsePartProps {
  machine: MachineReport
  span: Span
  onSpan: (span: Span) => void
}

export function UsePart({ machine, span, onSpan }: UsePartProps) {
  const text = useText()
  const { use_over_time } = machine
  return (
    <section className={style.part} aria-label={text('machine.use')}>
      <div className={style.useHead}>
        <h2>{text('machine.use')}</h2>
        <fieldset className={style.spans}>
          <legend className="visually-hidden">{text('machine.span')}</legend>
          {spans.map((each) => (
            <button key={each} type="button" aria-pressed={each === span} onClick={() => onSpan(each)}>
              {text(`machine.span.${each}`)}
            </button>
          ))}
        </fieldset>
      </div>
      {isUsed(use_over_time) ? (
        <>
          <div className={style.plots}>
            {drawnResources(machine).map((resource) => (
              <ResourcePlot
                key={resource.kind === 'named' ? `named ${resource.name}` : resource.kind}
                machine={machine}
                resource={resource}
                span={span}
              />
            ))}
          </div>
          <p className={style.help}>{text('machine.use.help')}</p>
        </>
      ) : (
        <Empty command="hven run -- python3 train.py --lr 0.1">{text('machine.use.none')}</Empty>
      )}
      {use_over_time.is_cut && <p className={style.help}>{text('machine.use.cut')}</p>}
    </section>
  )
}

function ResourcePlot({ machine, resource, span }: { machine: MachineReport; resource: DrawnResource; span: Span }) {
  const text = useText()
  const format = useFormat()
  const rows = rowsOf(machine, resource)
  const capacity = capacityOf(machine, resource)
  const words = wordsOf(resource, machine.use_over_time.bin_s, text, format)
  // An answer that looks the same makes the same text, and the plot is not drawn again.
  const content = JSON.stringify(specOf({ rows, capacity, span, words }))
  const spec = useMemo(() => JSON.parse(content) as PlotSpec, [content])
  const name = resource.kind === 'named' ? resource.name.replace(/\W+/g, '_') : resource.kind
  return <VegaPlot spec={spec} title={words.title} name={`machine-${name}-${span}`} height_px={230} />
}

function wordsOf(resource: DrawnResource, bin_s: number, text: Text, format: Format): SpecWords & { title: string } {
  const amount = {
    cores: () => text('machine.axis.cores'),
    memory: () => text('machine.axis.memory', { unit: resource.kind === 'memory' ? resource.unit.word : '' }),
    named: () => text('machine.axis.named', { name: resource.kind === 'named' ? resource.name : '' }),
  }[resource.kind]()
  const title =
    resource.kind === 'named' ? resource.name : text(resource.kind === 'cores' ? 'machine.cores' : 'machine.memory')
  return {
    title,
    time: text('machine.axis.time'),
    amount,
    reserved: text('machine.series.reserved'),
    used: text('machine.series.used'),
    unmeasured: text('machine.series.unmeasured'),
    capacity: text('machine.series.capacity'),
    description: text('machine.plot', { resource: title, bin: format.duration(bin_s) }),
  }
}
