// A runner: its machine, its capacity, and the time of its last message.
import type { Runner } from '../api/types'
import { useFormat } from '../format/format'
import { keyFor, useText } from '../messages/catalogue'
import { Facts } from '../parts/Facts'
import { describeResources, describeUnits } from '../parts/resources'
import { Time } from '../parts/Time'
import style from './HomePage.module.css'

export function RunnerFacts({ runner }: { runner: Runner }) {
  const text = useText()
  const format = useFormat()
  const stateKey = keyFor('runner', runner.state)
  return (
    <div className={style.runner}>
      <h3>
        {runner.pool} <span className={style.host}>{runner.host}</span>
      </h3>
      <Facts
        lines={[
          { name: text('home.runner.state'), value: stateKey ? text(stateKey) : runner.state },
          { name: text('home.runner.capacity'), value: describeResources(runner.capacity, text, format) },
          ...Object.entries(runner.units ?? {}).map(([resource, units]) => ({
            name: resource,
            value: describeUnits(units),
          })),
          runner.heard ? { name: text('home.runner.heard'), value: <Time at={runner.heard} /> } : undefined,
        ]}
      />
    </div>
  )
}
