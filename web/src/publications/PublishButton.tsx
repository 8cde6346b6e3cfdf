// Publishes a claim: what would be inside and what speaks against it is seen while it is described; nothing that fell
// goes out without a reason.
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMayChange } from '../api/may'
import { useNewestPublication, usePublicationPlan, usePublish } from '../api/publications'
import type { ClaimDetail, Publish } from '../api/types'
import { useDeed } from '../frame/deeds'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { FormDialog } from '../parts/FormDialog'
import { ReasonField, useReason } from '../parts/ReasonField'
import { PlanPart, PlanProblems } from './PlanPart'
import style from './Publication.module.css'
import { PublishFields } from './PublishFields'
import { readAuthors, readKeywords } from './publication_document'
import { nothingSaid, type Said, saidOf } from './said'

export function PublishButton({ claim }: { claim: ClaimDetail }) {
  const text = useText()
  const [open, setOpen] = useState(false)
  const isOffered = useMayChange(claim.project)
  const label = text('publish.of', { called: claim.name })
  useDeed(isOffered ? { id: 'publish', label, icon: 'publish' } : undefined, () => setOpen(true))
  if (!isOffered) return null
  return (
    <>
      <Button icon="publish" onClick={() => setOpen(true)}>
        {text('publish')}
      </Button>
      <PublishDialog claim={claim} open={open} onOpenChange={setOpen} />
    </>
  )
}

interface PublishDialogProps {
  claim: ClaimDetail
  open: boolean
  onOpenChange: (open: boolean) => void
}

function PublishDialog({ claim, open, onOpenChange }: PublishDialogProps) {
  const text = useText()
  const navigate = useNavigate()
  // The next version says what the one before said, until somebody says otherwise.
  const [typed, setTyped] = useState<Said>()
  const newest = useNewestPublication(claim.id, open).data
  const said = typed ?? (newest ? saidOf(newest) : nothingSaid)
  const reason = useReason()
  const publish = usePublish()
  const claims = [`claim/${claim.id}`]
  // Only what decides about what is inside and who may use it is asked for while the rest is typed.
  const plan = usePublicationPlan(
    { claims, license: word(said.license), include_unlicensed: said.includeUnlicensed },
    open,
  )
  const refused = (plan.data?.refusals.length ?? 0) > 0
  const missing = (plan.data?.missing.length ?? 0) > 0
  const change = (next: boolean) => {
    publish.reset()
    if (!next) reason.clear()
    onOpenChange(next)
  }
  const act = () => {
    const despite = refused ? reason.take() : undefined
    if (refused && despite === undefined) return
    publish.mutate(
      { ...wishOf(said), claims, despite_suspicion: despite },
      {
        onSuccess: ({ publication }) => {
          change(false)
          setTyped(undefined)
          navigate({ to: '/publications/$publication', params: { publication: publication.id } })
        },
      },
    )
  }
  return (
    <FormDialog
      open={open}
      onOpenChange={change}
      title={text('publish.ask', { called: claim.name })}
      body={text('publish.body')}
      act={text(refused ? 'publish.despite' : 'publish.act')}
      danger={refused}
      busy={publish.isPending}
      notYet={plan.data === undefined || missing}
      error={publish.error}
      onAct={act}
    >
      {plan.data && <PlanProblems plan={plan.data} />}
      <PublishFields said={said} set={setTyped} statement={claim.statement} />
      <Answer asked={plan} lines={4}>
        {(shown) => <PlanPart plan={shown} />}
      </Answer>
      {refused && (
        <div className={style.refusal}>
          <ReasonField label={text('despite.because')} reason={reason} />
        </div>
      )}
    </FormDialog>
  )
}

/** What is empty is left for the server to fill in. */
const word = (value: string) => value.trim() || undefined

function wishOf(said: Said): Omit<Publish, 'claims'> {
  return {
    title: word(said.title),
    summary: word(said.summary),
    summary_zh: word(said.summaryZh),
    authors: readAuthors(said.authors),
    license: word(said.license),
    keywords: readKeywords(said.keywords),
    include_unlicensed: said.includeUnlicensed,
  }
}
