// Which candidate counts, and who says so: the rule, or a person who chose another and said why.
import { useState } from 'react'
import { useChoose } from '../api/knowledge'
import type { LawDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Problem } from '../parts/Notice'
import { Time } from '../parts/Time'
import { Formula } from './Formula'
import style from './LawPage.module.css'
import type { Candidate, LawDocument } from './law_document'

interface ChoicePartProps {
  detail: LawDetail
  law: LawDocument
  shown: Candidate
  /** Shows a candidate; the one that counts when none is named. */
  onShow: (id?: string) => void
}

export function ChoicePart({ detail, law, shown, onShow }: ChoicePartProps) {
  const text = useText()
  const { choice } = detail
  const byPerson = choice != null && choice.candidate !== law.chosen
  return (
    <section className={style.choice} aria-label={text('law.choice')} data-person={byPerson}>
      {choice ? (
        <p>
          <b>
            {text(byPerson ? 'law.choice.person' : 'law.choice.ruleAgain', { user: choice.by.name ?? choice.by.kind })}
          </b>{' '}
          <Time at={choice.time} />
          {choice.because && <> · “{choice.because}”</>}
        </p>
      ) : (
        <p>
          <b>{text('law.choice.rule')}</b> <span title={law.rule}>{law.reason}</span>
        </p>
      )}
      {shown.id !== detail.chosen && (
        <ChooseForm key={shown.id} run={detail.run.handle} shown={shown} onBack={() => onShow()} />
      )}
      {byPerson && shown.id === detail.chosen && (
        <Button kind="quiet" onClick={() => onShow(law.chosen)}>
          {text('law.choice.showRule')}
        </Button>
      )}
    </section>
  )
}

function ChooseForm({ run, shown, onBack }: { run: string; shown: Candidate; onBack: () => void }) {
  const text = useText()
  const [because, setBecause] = useState('')
  const choose = useChoose(run)
  return (
    <form
      className={style.chooseForm}
      onSubmit={(event) => {
        event.preventDefault()
        choose.mutate({ candidate: shown.id, because: because.trim() }, { onSuccess: onBack })
      }}
    >
      <p>
        {text('law.choose.looked')} <Formula>{shown.display}</Formula>
      </p>
      <label className={inputStyle.field}>
        <span>{text('law.choose.because')}</span>
        <input
          className={inputStyle.input}
          maxLength={300}
          value={because}
          onChange={(event) => setBecause(event.target.value)}
        />
      </label>
      <Button type="submit" kind="primary" disabled={choose.isPending}>
        {text('law.choose')}
      </Button>
      <Button type="button" onClick={onBack}>
        {text('law.choose.back')}
      </Button>
      {choose.error && <Problem error={choose.error} />}
    </form>
  )
}
