// Says what is wrong with a tag that was typed.
import { useText } from '../messages/catalogue'
import { type TagProblem, tagCharacters_max } from './tag_rules'

export function useTagWrong() {
  const text = useText()
  return (wrong: { tag: string; problem: TagProblem } | undefined): string | undefined =>
    wrong && text(`tag.wrong.${wrong.problem}`, { tag: wrong.tag, count: tagCharacters_max })
}
