// The page of one version of a publication: its description, its own page as other readers see it, its content, the
// things that are only named, and all its versions. If something in it is retracted or suspect, that stands first.
import { Link, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { archiveUrl, previewUrl, usePublication } from '../api/publications'
import type { PublicationDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { LineageAside } from '../lineage/LineageAside'
import { useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import nounStyle from '../parts/NounPage.module.css'
import { Time } from '../parts/Time'
import { SoundnessBanner } from '../soundness/SoundnessBanner'
import { InsidePart } from './InsidePart'
import style from './Publication.module.css'
import { PublicationFacts } from './PublicationFacts'
import { readPublication, summaryIn } from './publication_document'
import { VersionList } from './VersionList'
import { WithheldTable } from './WithheldTable'

export function PublicationPage() {
  const text = useText()
  const { publication: name } = useParams({ from: '/publications/$publication' })
  const { data, error, refetch } = usePublication(name)
  useBreadcrumb(data?.project, data?.reference ?? name, '/publications')
  if (error && !data) return <NounProblem name={name} error={error} onRetry={refetch} />
  if (!data) return <NounPlaceholder name={name} />
  return <ShownPublication key={data.id} publication={data} label={text('publication.preview')} />
}

function ShownPublication({ publication, label }: { publication: PublicationDetail; label: string }) {
  const text = useText()
  const format = useFormat()
  const language = useLanguage()
  const of = `publication/${publication.id}`
  const document = useMemo(() => readPublication(publication.description), [publication.description])
  const summary = document && summaryIn(document.summary, language)
  return (
    <NounPage
      banner={
        <SoundnessBanner of={of} soundness={publication.soundness} suspicion={publication.suspicion}>
          <p className={nounStyle.quiet}>{text('publication.fell')}</p>
        </SoundnessBanner>
      }
      title={
        <>
          <span className={nounStyle.handle}>{publication.reference}</span>
          <span>{publication.title}</span>
        </>
      }
      badges={
        <>
          <span className={nounStyle.by}>
            {publication.published_by.name &&
              `${text('publication.publishedBy', { user: publication.published_by.name })} · `}
            <Time at={publication.published} />
          </span>
          <span className={nounStyle.acts}>
            <a className={buttonStyle.button} data-kind="primary" href={archiveUrl(publication.id)} download>
              <Icon name="download" />
              {text('publication.download', { size: format.bytes(publication.archive.size) })}
            </a>
          </span>
        </>
      }
      summary={
        <>
          {summary && <p className={style.summary}>{summary}</p>}
          {!publication.newest && <NewerVersion publication={publication} />}
        </>
      }
      side={
        <>
          <PublicationFacts publication={publication} document={document} />
          <LineageAside
            of={of}
            called={publication.reference}
            project={publication.project}
            none={text('publication.why.none')}
            noneRests={text('publication.rests.none')}
          />
        </>
      }
    >
      <section aria-label={label}>
        <h2>{label}</h2>
        {/* The frame runs no script, has no origin and can make no request. */}
        <iframe className={style.preview} title={label} src={previewUrl(publication.id)} sandbox="" />
      </section>
      <InsidePart publication={publication} document={document} />
      {publication.withheld.length > 0 && (
        <section aria-label={text('publication.withheld')}>
          <h2>{text('publication.withheld')}</h2>
          <WithheldTable files={publication.withheld} />
        </section>
      )}
      <VersionList publication={publication} />
    </NounPage>
  )
}

function NewerVersion({ publication }: { publication: PublicationDetail }) {
  const text = useText()
  const newest = publication.versions[0]
  if (newest === undefined) return null
  return (
    <p>
      {text('publication.older')}{' '}
      <Link to="/publications/$publication" params={{ publication: newest.id }}>
        {publication.name}@{newest.version}
      </Link>
    </p>
  )
}
