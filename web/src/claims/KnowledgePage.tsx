// The list of claims, each with its verdict.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useClaimList } from '../api/knowledge'
import type { ClaimSummary } from '../api/types'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { ListPage } from '../parts/ListPage'
import style from '../parts/ListPage.module.css'
import { SoundnessMark } from '../parts/SoundnessMark'
import { Time } from '../parts/Time'
import { VerdictBadge } from '../parts/Verdict'
import { shownVerdict } from './shown_verdict'

export function KnowledgePage() {
  const text = useText()
  const { q = '' } = useSearch({ from: '/knowledge' })
  const navigate = useNavigate({ from: '/knowledge' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: { q: value || undefined }, replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('nav.knowledge'))
  return (
    <ListPage<ClaimSummary>
      title={text('nav.knowledge')}
      count={(count, more) => `${text('claims.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('claims.filter'), value: q, onChange: onFilter }}
      asked={useClaimList(q)}
      keyOf={(claim) => claim.id}
      columns={[
        {
          title: text('claim.claim'),
          cell: (claim) => (
            <>
              <Link to="/knowledge/$claim" params={{ claim: claim.id }}>
                {claim.name}
              </Link>
              <span className={style.statement} title={claim.statement}>
                {claim.statement}
              </span>
            </>
          ),
        },
        {
          title: text('claim.verdict'),
          cell: (claim) => (
            <>
              <span className={style.marks}>
                <VerdictBadge verdict={shownVerdict(claim)} />
                <SoundnessMark soundness={claim.soundness} />
              </span>
              {claim.standing === 'newer_run' && <span className={style.statement}>{text('claim.newer.short')}</span>}
            </>
          ),
        },
        { title: text('claim.test'), wide: true, cell: ({ test }) => <code title={test}>{test}</code> },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('claim.judged'), wide: true, cell: ({ judged }) => judged && <Time at={judged} /> },
      ]}
      none={{
        text: text('claims.none'),
        command: 'hven claim state kepler3 --test "abs(exponent - 1.5) < 0.01" --evidence run.law "…"',
      }}
      noneMatch={text('claims.none.match')}
    />
  )
}
