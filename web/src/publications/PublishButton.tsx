// The button and dialogue that publish a claim. The dialogue shows the content and all objections while the user
// describes the publication. A suspect claim is published only with a reason.
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useMayChange } from '../api/permissions'
import { useNewestPublication, usePublicationPlan, usePublish } from '../api/publications'
import type { ClaimDetail, Publish } from '../api/types'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { FormDialog } from '../parts/FormDialog'
import { ReasonField, useReason } from '../parts/ReasonField'
import { type DescriptionDraft, draftOf, emptyDraft } from './description_draft'
import { PlanPart, PlanProblems } from './PlanPart'
import style from './Publication.module.css'
import { PublishFields } from './PublishFields'
import { readAuthors, readKeywords } from './publication_document'

export function PublishButton({ claim }: { claim: ClaimDetail }) {
  const text = useText()
  const [open, setOpen] = useState(false)
  const isOffered = useMayChange(claim.project)
  const label = text('publish.of', { called: claim.name })
  usePageAction(isOffered ? { id: 'publish', label, icon: 'publish' } : undefined, () => setOpen(true))
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
  // The description of the next version is that of the version before, until the user changes it.
  const [typed, setTyped] = useState<DescriptionDraft>()
  const newest = useNewestPublication(claim.id, open).data
  const draft = typed ?? (newest ? draftOf(newest) : emptyDraft)
  const reason = useReason()
  const publish = usePublish()
  const claims = [`claim/${claim.id}`]
  // While the user types, the page asks the server only about fields that decide what is inside and who may use it.
  const plan = usePublicationPlan(
    { claims, license: word(draft.license), include_unlicensed: draft.includeUnlicensed },
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
      { ...publishRequest(draft), claims, despite_suspicion: despite },
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
      <PublishFields draft={draft} set={setTyped} statement={claim.statement} />
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

/** The server fills in empty fields. */
const word = (value: string) => value.trim() || undefined

function publishRequest(draft: DescriptionDraft): Omit<Publish, 'claims'> {
  return {
    title: word(draft.title),
    summary: word(draft.summary),
    summary_zh: word(draft.summaryZh),
    authors: readAuthors(draft.authors),
    license: word(draft.license),
    keywords: readKeywords(draft.keywords),
    include_unlicensed: draft.includeUnlicensed,
  }
}
