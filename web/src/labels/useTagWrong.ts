// The error message for a typed text that is not a valid tag.
import { useText } from '../messages/catalogue'
import { type TagProblem, tagCharacters_max } from './tag_rules'

export function useTagWrong() {
  const text = useText()
  return (wrong: { tag: string; problem: TagProblem } | undefined): string | undefined =>
    wrong && text(`tag.wrong.${wrong.problem}`, { tag: wrong.tag, count: tagCharacters_max })
}
