// The record, fact by fact, newest first. The first page is live; older pages stay unchanged.
import { useMutation } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Fragment, useState } from 'react'
import { type FactPage, type FactPlace, useFactPage } from '../api/facts'
import { seesHome } from '../api/permissions'
import { useAuditProgress, useMe, verifyRecord } from '../api/server'
import type { Fact } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Button, IconButton } from '../parts/Button'
import { Copyable } from '../parts/Copyable'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'
import { AuditReport } from './AuditReport'
import { factKinds } from './fact_kinds'
import style from './RecordPage.module.css'

export function RecordPage() {
  const text = useText()
  const place = useSearch({ from: '/log' })
  const navigate = useNavigate({ from: '/log' })
  const { data, error, refetch } = useFactPage(place)
  useBreadcrumb(undefined, text('record.title'))
  const go = (next: FactPlace) => navigate({ search: next })
  return (
    <div className={style.page}>
      <header>
        <h1>{text('record.title')}</h1>
        <p className={style.summary}>{text('record.summary')}</p>
      </header>
      <div className={style.tools}>
        <select
          className={inputStyle.select}
          value={place.kind ?? ''}
          aria-label={text('record.kind')}
          onChange={(event) => go({ kind: event.target.value || undefined })}
        >
          <option value="">{text('record.kind.any')}</option>
          {factKinds.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
        <span className={style.gap} />
        {data && <Pager page={data} kind={place.kind} onGo={go} />}
      </div>
      <Verify />
      {error && !data ? (
        <Problem error={error} onRetry={refetch} />
      ) : data === undefined ? (
        <Placeholder lines={12} />
      ) : data.facts.length > 0 ? (
        <FactTable facts={data.facts} />
      ) : place.kind ? (
        <Empty>{text('record.none.kind', { kind: place.kind })}</Empty>
      ) : (
        <Empty command="hven run -- echo hello">{text('record.none')}</Empty>
      )}
    </div>
  )
}

interface PagerProps {
  page: FactPage
  kind: string | undefined
  onGo: (place: FactPlace) => void
}

function Pager({ page, kind, onGo }: PagerProps) {
  const text = useText()
  const format = useFormat()
  const newest = page.facts[0]?.seq
  const oldest = page.facts.at(-1)?.seq
  if (newest === undefined || oldest === undefined) return null
  return (
    <nav className={style.pager} aria-label={text('record.pages')}>
      <Button kind="quiet" disabled={!page.newer} onClick={() => onGo({ kind })}>
        {text('record.newest')}
      </Button>
      <IconButton
        icon="left"
        label={text('record.newer')}
        disabled={!page.newer}
        onClick={() => onGo({ kind, after: newest })}
      />
      <span>
        {format.count(oldest)}–{format.count(newest)}
      </span>
      <IconButton
        icon="right"
        label={text('record.older')}
        disabled={!page.older}
        onClick={() => onGo({ kind, before: oldest })}
      />
    </nav>
  )
}

function FactTable({ facts }: { facts: Fact[] }) {
  const text = useText()
  const format = useFormat()
  const say = useSay()
  const [open, setOpen] = useState<number>()
  return (
    <TableFrame>
      <table className={`${tableStyle.table} ${style.facts}`}>
        <thead>
          <tr>
            <th scope="col" className={tableStyle.number}>
              {text('record.seq')}
            </th>
            <th scope="col">{text('record.when')}</th>
            <th scope="col" className={tableStyle.wide}>
              {text('record.kind')}
            </th>
            <th scope="col">{text('record.what')}</th>
            <th scope="col">{text('record.subject')}</th>
            <th scope="col" className={tableStyle.wide}>
              {text('record.who')}
            </th>
          </tr>
        </thead>
        <tbody>
          {facts.map((fact) => (
            <Fragment key={fact.seq}>
              <tr data-open={open === fact.seq || undefined}>
                <td className={tableStyle.number}>
                  <button
                    type="button"
                    className={style.seq}
                    aria-expanded={open === fact.seq}
                    onClick={() => setOpen(open === fact.seq ? undefined : fact.seq)}
                  >
                    <span className="visually-hidden">{text('record.open')} </span>
                    {format.count(fact.seq)}
                  </button>
                </td>
                <td>
                  <Time at={fact.time} />
                </td>
                <td className={tableStyle.wide}>
                  <code>{fact.kind}</code>
                </td>
                <td title={say(fact)}>
                  <span>{say(fact)}</span>
                </td>
                <td>
                  {fact.handle && (
                    <Link to="/r/$run" params={{ run: fact.handle }}>
                      {fact.handle}
                    </Link>
                  )}
                </td>
                <td className={tableStyle.wide} title={fact.actor.id}>
                  {fact.actor.name ?? fact.actor.kind}
                </td>
              </tr>
              {open === fact.seq && (
                <tr>
                  <td colSpan={6} className={style.detail}>
                    <FactDetail fact={fact} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

function FactDetail({ fact }: { fact: Fact }) {
  const text = useText()
  return (
    <>
      <p>
        <code>{fact.kind}</code> · {text('record.hash')} <Copyable value={fact.hash} />
      </p>
      {fact.payload == null ? (
        <p className={style.erased}>{text('record.erased')}</p>
      ) : (
        <pre>{JSON.stringify(fact.payload, null, 2)}</pre>
      )}
    </>
  )
}

function Verify() {
  const text = useText()
  const [withObjects, setWithObjects] = useState(false)
  const verify = useMutation({ mutationFn: verifyRecord })
  // Only users who see the whole record can verify all of it.
  if (!seesHome(useMe().data)) return null
  return (
    <div className={style.verify}>
      <div className={style.tools}>
        <Button icon="check" disabled={verify.isPending} onClick={() => verify.mutate(withObjects)}>
          {text('record.verify')}
        </Button>
        <label className={style.tick}>
          <input type="checkbox" checked={withObjects} onChange={(event) => setWithObjects(event.target.checked)} />
          {text('record.verify.withObjects')}
        </label>
        {verify.isPending && verify.variables && <Progress />}
      </div>
      <div role="status">
        {verify.data && <AuditReport audit={verify.data} withObjects={verify.variables ?? false} />}
      </div>
      {verify.error && <Problem error={verify.error} />}
    </div>
  )
}

/** The progress of reading objects. */
function Progress() {
  const text = useText()
  const format = useFormat()
  const progress = useAuditProgress(true).data
  if (!progress) return null
  return (
    <span className={style.summary}>
      {text('record.verify.progress', {
        objects: format.count(progress.objects),
        objectsOf: format.count(progress.objects_of),
        bytes: format.bytes(progress.bytes),
        bytesOf: format.bytes(progress.bytes_of),
      })}
    </span>
  )
}
