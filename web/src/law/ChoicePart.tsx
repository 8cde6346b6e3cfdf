// The selected candidate, and who selected it: the rule, or a person, with a reason.
import { useState } from 'react'
import { useChoose } from '../api/knowledge'
import { useMayChange } from '../api/permissions'
import type { LawDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Problem } from '../parts/Notice'
import { Time } from '../parts/Time'
import { Formula } from './Formula'
import style from './LawPage.module.css'
import type { Candidate, LawDocument } from './law_document'
import { ruleSentences } from './rule_words'

interface ChoicePartProps {
  detail: LawDetail
  law: LawDocument
  shown: Candidate
  /** Shows a candidate; without a number, the selected one. */
  onShow: (id?: string) => void
}

export function ChoicePart({ detail, law, shown, onShow }: ChoicePartProps) {
  const text = useText()
  const { choice } = detail
  const mayChoose = useMayChange(detail.run.project)
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
        <Rule law={law} />
      )}
      {shown.id !== detail.chosen && mayChoose && (
        <ChooseForm key={shown.id} run={detail.run.handle} shown={shown} onBack={() => onShow()} />
      )}
      {shown.id !== detail.chosen && !mayChoose && (
        <p className={style.chooseForm}>
          <span>
            {text('law.choose.looked')} <Formula>{shown.display}</Formula>
          </span>
          <Button onClick={() => onShow()}>{text('law.choose.back')}</Button>
        </p>
      )}
      {byPerson && shown.id === detail.chosen && (
        <Button kind="quiet" onClick={() => onShow(law.chosen)}>
          {text('law.choice.showRule')}
        </Button>
      )}
    </section>
  )
}

/** Why the rule selected it; the details show the exact numbers in the words of the run. */
function Rule({ law }: { law: LawDocument }) {
  const text = useText()
  const language = useLanguage()
  const format = useFormat()
  return (
    <div>
      <p>{ruleSentences(law, text, format).join(language === 'zh' ? '' : ' ')}</p>
      {law.reason && (
        <details className={style.exactly}>
          <summary>{text('law.rule.exactly')}</summary>
          <p lang="en">{law.reason}.</p>
          <p lang="en">{law.rule}</p>
        </details>
      )}
    </div>
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
