// The resources that running processes reserve now, and those of the attached runners: a bar for each.
import type { MachineReport } from '../api/machine'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import style from './Machine.module.css'

interface Amount {
  name: string
  used: number
  has: number
  write: (amount: number) => string
}

export function NowPart({ machine }: { machine: MachineReport }) {
  const text = useText()
  const format = useFormat()
  const { capacity, in_use } = machine
  const names = [...new Set([...Object.keys(capacity.named ?? {}), ...Object.keys(in_use.named ?? {})])].sort()
  const amounts: Amount[] = [
    { name: text('machine.cores'), used: in_use.cpus ?? 0, has: capacity.cpus ?? 0, write: format.count },
    {
      name: text('machine.memory'),
      used: in_use.memory_bytes ?? 0,
      has: capacity.memory_bytes ?? 0,
      write: format.bytes,
    },
    ...names.map((name) => ({
      name,
      used: in_use.named?.[name] ?? 0,
      has: capacity.named?.[name] ?? 0,
      write: format.count,
    })),
  ]
  return (
    <section className={style.part} aria-label={text('machine.now')}>
      <h2>{text('machine.now')}</h2>
      {(capacity.cpus ?? 0) === 0 && <Empty>{text('machine.noRunner')}</Empty>}
      <div className={style.meters}>
        {amounts
          .filter(({ used, has }) => used > 0 || has > 0)
          .map((amount) => (
            <Meter key={amount.name} {...amount} />
          ))}
      </div>
    </section>
  )
}

function Meter({ name, used, has, write }: Amount) {
  const text = useText()
  const written = text('machine.of', { used: write(used), has: write(has) })
  // Runners that are silent now may use more than attached ones have.
  const max = Math.max(has, used)
  return (
    <div className={style.meter}>
      <span title={name}>{name}</span>
      <b>{written}</b>
      <div
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={used}
        aria-valuetext={written}
        className={style.bar}
      >
        <div style={{ inlineSize: `${(100 * used) / max}%` }} />
      </div>
    </div>
  )
}
