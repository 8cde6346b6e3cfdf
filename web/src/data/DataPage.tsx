// The list of datasets: the newest version of each.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useDatasetList } from '../api/knowledge'
import type { DatasetSummary } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { ListPage } from '../parts/ListPage'
import style from '../parts/ListPage.module.css'
import { Time } from '../parts/Time'
import { CheckMarks } from './CheckMarks'
import { ImportLink } from './ImportLink'

export function DataPage() {
  const text = useText()
  const format = useFormat()
  const { q = '' } = useSearch({ from: '/data' })
  const navigate = useNavigate({ from: '/data' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: { q: value || undefined }, replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('data.title'))
  return (
    <ListPage<DatasetSummary>
      title={text('data.title')}
      count={(count, more) => `${text('data.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('data.filter'), value: q, onChange: onFilter }}
      asked={useDatasetList(q)}
      keyOf={(dataset) => dataset.id}
      columns={[
        {
          title: text('data.column.dataset'),
          cell: (dataset) => (
            <>
              <Link to="/data/$dataset" params={{ dataset: dataset.id }}>
                {dataset.reference}
              </Link>
              {dataset.description && (
                <span className={style.statement} title={dataset.description}>
                  {dataset.description}
                </span>
              )}
            </>
          ),
        },
        { title: text('data.column.state'), cell: (dataset) => <CheckMarks dataset={dataset} /> },
        { title: text('data.column.rows'), number: true, cell: (dataset) => format.count(dataset.rows) },
        { title: text('data.column.columns'), number: true, wide: true, cell: ({ columns }) => format.count(columns) },
        { title: text('data.column.size'), number: true, wide: true, cell: ({ bytes }) => format.bytes(bytes) },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('data.column.license'), wide: true, cell: ({ license }) => license ?? '' },
        { title: text('data.column.added'), wide: true, cell: ({ added }) => <Time at={added} /> },
      ]}
      none={{ text: text('data.none'), command: 'hven data add planets.csv --unit period=yr' }}
      noneMatch={text('data.none.match')}
      action={<ImportLink />}
    />
  )
}
