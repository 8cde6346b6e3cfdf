// The list of remarks, newest first.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { type Remark, useRemarkList } from '../api/remarks'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { ListPage } from '../parts/ListPage'
import { Time } from '../parts/Time'

export function RemarksPage() {
  const text = useText()
  const { q = '' } = useSearch({ from: '/remarks' })
  const navigate = useNavigate({ from: '/remarks' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: { q: value || undefined }, replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('nav.remarks'))
  return (
    <ListPage<Remark>
      title={text('nav.remarks')}
      count={(count, more) => `${text('remarks.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('remarks.filter'), value: q, onChange: onFilter }}
      asked={useRemarkList(q)}
      keyOf={(remark) => remark.id}
      columns={[
        { title: text('remark.remark'), cell: ({ name }) => name },
        { title: text('remark.text'), cell: (remark) => remark.text },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('remark.made'), wide: true, cell: ({ made }) => <Time at={made} /> },
        { title: text('remark.by'), wide: true, cell: ({ made_by: { name, kind } }) => name ?? kind },
      ]}
      none={{ text: text('remarks.none'), command: "hven remark add last odd 'The outer planets are missing.'" }}
      noneMatch={text('remarks.none.match')}
    />
  )
}
