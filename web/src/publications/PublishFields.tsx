// The fields that describe a publication: title, summary in both languages, authors, licence, keywords. All are
// optional.
import { useId } from 'react'
import { useText } from '../messages/catalogue'
import inputStyle from '../parts/Input.module.css'
import type { DescriptionDraft } from './description_draft'
import style from './Publication.module.css'

/** The most common licences of publications; any other SPDX id may be typed. */
const licences = ['CC-BY-4.0', 'CC0-1.0', 'CC-BY-SA-4.0', 'CC-BY-NC-4.0', 'ODbL-1.0', 'MIT', 'Apache-2.0']

interface PublishFieldsProps {
  draft: DescriptionDraft
  set: (draft: DescriptionDraft) => void
  /** The title that is used when the field is empty. */
  statement: string
}

export function PublishFields({ draft, set, statement }: PublishFieldsProps) {
  const text = useText()
  const id = useId()
  const field = (name: Exclude<keyof DescriptionDraft, 'includeUnlicensed'>) => ({
    className: inputStyle.input,
    value: draft[name],
    onChange: ({ target }: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      set({ ...draft, [name]: target.value }),
  })
  return (
    <div className={style.fields}>
      <label className={`${inputStyle.field} ${style.whole}`}>
        <span>{text('publish.title')}</span>
        <input {...field('title')} maxLength={300} placeholder={statement} />
      </label>
      <label className={inputStyle.field}>
        <span>{text('publish.summary')}</span>
        <textarea {...field('summary')} rows={3} maxLength={4000} lang="en" />
      </label>
      <label className={inputStyle.field}>
        <span>{text('publish.summary.zh')}</span>
        <textarea {...field('summaryZh')} rows={3} maxLength={4000} lang="zh-CN" />
      </label>
      <label className={`${inputStyle.field} ${style.whole}`}>
        <span>{text('publish.authors.hint')}</span>
        <textarea {...field('authors')} rows={2} />
      </label>
      <label className={inputStyle.field}>
        <span>{text('publish.licence')}</span>
        <input {...field('license')} list={`${id}-licences`} maxLength={100} spellCheck={false} />
      </label>
      <datalist id={`${id}-licences`}>
        {licences.map((licence) => (
          <option key={licence} value={licence} />
        ))}
      </datalist>
      <label className={inputStyle.field}>
        <span>{text('publish.keywords.hint')}</span>
        <input {...field('keywords')} maxLength={1000} />
      </label>
      <label className={`${style.check} ${style.whole}`}>
        <input
          type="checkbox"
          checked={draft.includeUnlicensed}
          onChange={({ target }) => set({ ...draft, includeUnlicensed: target.checked })}
        />
        <span>{text('publish.unlicensed')}</span>
      </label>
    </div>
  )
}
