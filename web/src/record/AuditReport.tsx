// The result of a verification of the record: the chain, the payloads that cannot be read, and the objects.
import type { Audit } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import style from './RecordPage.module.css'

const digestShown = 10

interface AuditReportProps {
  audit: Audit
  /** Whether objects were requested to be read too. */
  withObjects: boolean
}

export function AuditReport({ audit, withObjects }: AuditReportProps) {
  return (
    <div className={style.report}>
      <Chain audit={audit} />
      <Erased audit={audit} />
      <Head audit={audit} />
      <Unreadable audit={audit} />
      <Objects audit={audit} withObjects={withObjects} />
      <Damaged audit={audit} />
    </div>
  )
}

function Chain({ audit }: { audit: Audit }) {
  const text = useText()
  const format = useFormat()
  if (audit.broken)
    return (
      <b className={style.broken}>
        {text('record.verify.broken', { seq: audit.broken.seq })} <span lang="en">{audit.broken.why}</span>
      </b>
    )
  return <span className={style.sound}>{text('record.verify.holds', { count: format.count(audit.facts) })}</span>
}

function Erased({ audit }: { audit: Audit }) {
  const text = useText()
  const format = useFormat()
  const { erased } = audit
  if (erased === 0) return null
  return (
    <span className={style.summary}>
      {text('record.verify.erased', { count: erased === 1 ? erased : format.count(erased) })}
    </span>
  )
}

/** The head of the chain. A reader who notes it elsewhere can detect later that the whole chain was rewritten. */
function Head({ audit }: { audit: Audit }) {
  const text = useText()
  if (audit.broken || audit.head === '') return null
  return (
    <div>
      {text('record.verify.head')} <Copyable value={audit.head} />
      <p className={style.summary}>{text('record.verify.head.body')}</p>
    </div>
  )
}

function Unreadable({ audit }: { audit: Audit }) {
  const text = useText()
  const facts = audit.unreadable ?? []
  const total = audit.unreadable_total ?? facts.length
  if (total === 0) return null
  return (
    <div>
      <b className={style.broken}>{text('record.verify.unreadable', { count: total })}</b>
      <ul>
        {facts.map(({ seq, kind, why }) => (
          <li key={seq}>
            {text('record.verify.unreadable.fact', { seq, kind })}: <span lang="en">{why}</span>
          </li>
        ))}
        {total > facts.length && <li>{text('record.verify.unreadable.more', { count: total - facts.length })}</li>}
      </ul>
      {facts[0] && <p className={style.summary}>{text('record.verify.unreadable.erase', { seq: facts[0].seq })}</p>}
    </div>
  )
}

function Objects({ audit, withObjects }: AuditReportProps) {
  const text = useText()
  const format = useFormat()
  if (!withObjects) return <span className={style.summary}>{text('record.verify.notRead')}</span>
  const { objects_absent: absent = 0, objects_waiting: waiting = 0 } = audit
  const count = (n: number) => (n === 1 ? n : format.count(n))
  return (
    <span className={style.summary}>
      {[
        text('record.verify.objects', {
          checked: format.count(audit.objects_checked),
          named: format.count(audit.objects_named ?? 0),
          bytes: format.bytes(audit.bytes_checked ?? 0),
        }),
        absent > 0 && text('record.verify.absent', { count: count(absent) }),
        waiting > 0 && text('record.verify.waiting', { count: count(waiting) }),
        audit.broken && text('record.verify.objects.first', { count: format.count(audit.facts) }),
      ]
        .filter(Boolean)
        .join(' ')}
    </span>
  )
}

function Damaged({ audit }: { audit: Audit }) {
  const text = useText()
  const damaged = audit.objects_damaged
  if (damaged.length === 0) return null
  return (
    <div>
      <b className={style.broken}>{text('record.verify.damaged', { count: damaged.length })}</b>
      <ul>
        {damaged.map(({ digest, what, why }) => (
          <li key={digest}>
            <Copyable value={digest} shown={digest.slice(0, digestShown)} />{' '}
            <span lang="en">
              {what && `${what}: `}
              {why}
            </span>
          </li>
        ))}
      </ul>
      <p className={style.summary}>{text('record.verify.heal')}</p>
    </div>
  )
}
