// The plan of a publication: its content, the licences, the things that are only named, and all objections.
import { Link } from '@tanstack/react-router'
import type { PublicationPlan } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { LicenceTable } from './LicenceTable'
import style from './Publication.module.css'
import { WithheldTable } from './WithheldTable'

export function PlanPart({ plan }: { plan: PublicationPlan }) {
  const text = useText()
  const format = useFormat()
  const counts = [
    text('reach.group.claim', { count: plan.claims.length }),
    text('reach.group.law', { count: plan.laws }),
    text('reach.group.dataset', { count: plan.datasets }),
    text('reach.group.run', { count: plan.runs }),
    text('publish.files', {
      count: plan.files.length === 1 ? 1 : format.count(plan.files.length),
      size: format.bytes(plan.bytes),
    }),
  ]
  return (
    <section className={style.plan} aria-label={text('publish.inside')}>
      <p>
        <b>{text('publish.version', { name: plan.name, version: plan.version })}</b> {counts.join(' · ')}
      </p>
      {plan.unchanged && (
        <p>
          {text('publish.unchanged')}{' '}
          <Link to="/publications/$publication" params={{ publication: plan.unchanged.id }}>
            {plan.unchanged.reference}
          </Link>
        </p>
      )}
      {plan.warnings.length > 0 && (
        <ul aria-label={text('publish.warnings')}>
          {plan.warnings.map((warning) => (
            <li key={warning}>⚠ {warning}</li>
          ))}
        </ul>
      )}
      {plan.licences.length > 0 && <LicenceTable findings={plan.licences} />}
      {plan.withheld.length > 0 && (
        <details>
          <summary>{text('publish.withheld', { count: plan.withheld.length })}</summary>
          <WithheldTable files={plan.withheld} />
        </details>
      )}
      <details>
        <summary>{text('publish.allFiles', { count: plan.files.length })}</summary>
        <ul>
          {plan.files.map(({ path, size }) => (
            <li key={path}>
              <code>{path}</code> {format.bytes(size)}
            </li>
          ))}
        </ul>
      </details>
    </section>
  )
}

/**
 * The objections that refuse it: retracted or suspect things, which a reason overrides, and missing bytes, which no
 * reason overrides.
 */
export function PlanProblems({ plan }: { plan: PublicationPlan }) {
  const text = useText()
  const say = useSay()
  return (
    <>
      {plan.refusals.length > 0 && (
        <div className={style.refusal} role="alert">
          <b>{text('publish.refused')}</b>
          <ul>
            {plan.refusals.map(({ node, said }) => (
              <li key={node}>{say(said)}</li>
            ))}
          </ul>
        </div>
      )}
      {plan.missing.length > 0 && (
        <div className={style.missing} role="alert">
          <b>{text('publish.missing')}</b>
          <ul>
            {plan.missing.map(({ path, needed_by }) => (
              <li key={path}>
                <code>{path}</code> {text('publish.neededBy', { what: needed_by.join(', ') })}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
