// The runners: their machines, how long they are known, and what they have and use.
import type { MachineRunner } from '../api/machine'
import { type Format, useFormat } from '../format/format'
import { keyFor, type Text, useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'
import style from './Machine.module.css'

export function RunnerTable({ runners }: { runners: MachineRunner[] }) {
  const text = useText()
  const format = useFormat()
  return (
    <section className={style.part} aria-label={text('machine.runners')}>
      <h2>{text('machine.runners')}</h2>
      {runners.length === 0 ? (
        <Empty command="hven run -- python3 train.py --lr 0.1">{text('machine.runners.none')}</Empty>
      ) : (
        <TableFrame>
          <table className={tableStyle.table} aria-label={text('machine.runners')}>
            <thead>
              <tr>
                <th scope="col">{text('machine.runner.host')}</th>
                <th scope="col">{text('machine.runner.pool')}</th>
                <th scope="col">{text('machine.runner.state')}</th>
                <th scope="col">{text('machine.runner.since')}</th>
                <th scope="col">{text('machine.runner.heard')}</th>
                <th scope="col" className={tableStyle.number}>
                  {text('machine.runner.runs')}
                </th>
                <th scope="col" className={tableStyle.number}>
                  {text('machine.cores')}
                </th>
                <th scope="col" className={tableStyle.number}>
                  {text('machine.memory')}
                </th>
                <th scope="col">{text('machine.runner.other')}</th>
              </tr>
            </thead>
            <tbody>
              {runners.map((runner) => (
                <RunnerRow key={runner.id} runner={runner} text={text} format={format} />
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </section>
  )
}

function RunnerRow({ runner, text, format }: { runner: MachineRunner; text: Text; format: Format }) {
  const { capacity, in_use } = runner
  const of = (used: number | null | undefined, has: number | null | undefined, write: (amount: number) => string) =>
    text('machine.of', { used: write(used ?? 0), has: write(has ?? 0) })
  const other = Object.entries(capacity.named ?? {}).map(
    ([name, has]) => `${of(in_use.named?.[name], has, format.count)} ${name}`,
  )
  const stateKey = keyFor('runner', runner.state)
  return (
    <tr>
      <th scope="row" title={runner.host}>
        {runner.host}
      </th>
      <td>{runner.pool}</td>
      <td>
        <span className={style.state} data-state={runner.state}>
          {stateKey ? text(stateKey) : runner.state}
        </span>
      </td>
      <td>
        <Time at={runner.enrolled} />
      </td>
      <td>{runner.heard ? <Time at={runner.heard} /> : text('machine.runner.neverHeard')}</td>
      <td className={tableStyle.number}>{format.count(runner.running)}</td>
      <td className={tableStyle.number}>{of(in_use.cpus, capacity.cpus, format.count)}</td>
      <td className={tableStyle.number}>{of(in_use.memory_bytes, capacity.memory_bytes, format.bytes)}</td>
      <td title={other.join(' · ')}>{other.length > 0 ? other.join(' · ') : text('word.none')}</td>
    </tr>
  )
}
