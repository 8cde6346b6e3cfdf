// The splits of a dataset, the parts that are held out, and the runs and users that read them.
import { Link } from '@tanstack/react-router'
import { tableUrl } from '../api/knowledge'
import type { DatasetDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'
import { Empty } from '../parts/Notice'
import style from '../parts/NounPage.module.css'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'

export function SplitsPart({ dataset }: { dataset: DatasetDetail }) {
  const text = useText()
  const format = useFormat()
  if (dataset.split_list.length === 0) {
    const command = `hven data split ${dataset.name} --part train=0.75 --part test=0.25 --hold-out test`
    return <Empty command={command}>{text('data.splits.none')}</Empty>
  }
  return (
    <>
      {dataset.split_list.map((split) => (
        <section key={split.name} className={style.group}>
          <h3>
            {split.name} <span className={style.quiet}>{split.method}</span>
          </h3>
          <TableFrame>
            <table className={tableStyle.table}>
              <thead>
                <tr>
                  <th scope="col">{text('data.split.part')}</th>
                  <th scope="col" className={tableStyle.number}>
                    {text('data.column.rows')}
                  </th>
                  <th scope="col">{text('data.split.holdOut')}</th>
                  <th scope="col" className={tableStyle.tools}>
                    <span className="visually-hidden">{text('word.download')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {split.parts.map((part) => (
                  <tr key={part.name}>
                    <th scope="row">{part.name}</th>
                    <td className={tableStyle.number}>{format.count(part.rows)}</td>
                    <td>{part.hold_out && text('data.split.reads', { count: part.reads })}</td>
                    <td className={tableStyle.tools}>
                      <a
                        className={buttonStyle.icon}
                        href={tableUrl(`${dataset.reference}.${part.name}`)}
                        download
                        aria-label={`${text('word.download')} ${part.name}`}
                      >
                        <Icon name="download" />
                      </a>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableFrame>
        </section>
      ))}
      <HoldOutReads dataset={dataset} />
    </>
  )
}

function HoldOutReads({ dataset }: { dataset: DatasetDetail }) {
  const text = useText()
  const format = useFormat()
  const { hold_out_reads: reads, hold_out_reads_total: total } = dataset
  return (
    <section className={style.group}>
      <h3>{text('data.reads')}</h3>
      {reads.length === 0 ? (
        <p className={style.quiet}>{text('data.reads.none')}</p>
      ) : (
        <ul className={style.plain}>
          {reads.map((read) => (
            <li key={`${read.time} ${read.part ?? ''} ${read.run?.id ?? ''}`}>
              <Time at={read.time} /> · {read.part ?? text('data.reads.whole')} ·{' '}
              {read.run ? (
                <Link to="/r/$run" params={{ run: read.run.handle }}>
                  {read.run.handle}
                </Link>
              ) : (
                (read.by.name ?? read.by.kind)
              )}
            </li>
          ))}
        </ul>
      )}
      {reads.length < total && (
        <p className={style.quiet}>
          {text('data.reads.more', { shown: format.count(reads.length), count: format.count(total) })}
        </p>
      )}
    </section>
  )
}
