// The kinds of facts that this version writes, for the selection above the record.
import { nouns } from '../nouns'

export const factKinds = nouns.flatMap(({ facts }) => facts)
