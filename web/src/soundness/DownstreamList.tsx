// Everything downstream of a thing, nearest first, grouped by noun, each with its path.

import { useReach } from '../api/soundness'
import type { Reached } from '../api/types'
import { useFormat } from '../format/format'
import { NodeLink } from '../lineage/NodeLink'
import { grouped, nodeName } from '../lineage/node_view'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import style from './Soundness.module.css'

export function DownstreamList({ of }: { of: string }) {
  const text = useText()
  const asked = useReach(of, 'consequences')
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = asked
  return (
    <Answer asked={asked} lines={4}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items)
        const total = pages[0]?.total ?? 0
        if (total === 0) return <p className={style.quiet}>{text('reach.none')}</p>
        return (
          <>
            <p>{text('reach.count', { count: total })}</p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
            <section className={style.reach} tabIndex={0} aria-label={text('reach.label')}>
              {grouped(items).map(([group, found]) => (
                <Group key={group} title={text(group, { count: found.length })} items={found} />
              ))}
              {hasNextPage && (
                <div>
                  <Button disabled={isFetchingNextPage} onClick={() => fetchNextPage()}>
                    {text('word.more')}
                  </Button>
                </div>
              )}
            </section>
          </>
        )
      }}
    </Answer>
  )
}

function Group({ title, items }: { title: string; items: Reached[] }) {
  const text = useText()
  const say = useSay()
  const format = useFormat()
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {items.map((item) => (
          <li key={`${item.depth} ${item.text} ${nodeName(item)}`}>
            <NodeLink node={item} />{' '}
            <span className={style.path} title={text('reach.depth', { count: item.depth })}>
              {item.way.length > 0
                ? text('reach.through', { way: item.way.map(say).join(' → ') })
                : text('reach.direct', { count: format.count(item.depth) })}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
