// The links that MLflow's client prints: `…/#/experiments/123/runs/0abc…`. Each leads to the page of the same run here.

/** The path for a fragment of such a link; undefined for any other fragment. */
export function pathOfMlflowLink(fragment: string): string | undefined {
  const run = /^#\/experiments\/\d+\/runs\/([0-9a-f]{32})(?:[/?].*)?$/.exec(fragment)?.[1]
  if (run !== undefined) return `/r/${run}`
  return /^#\/(experiments|models)(\/|\?|$)/.test(fragment) ? '/runs' : undefined
}
