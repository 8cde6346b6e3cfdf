/** How an order or a condition names a parameter, a metric or a tag with a value. */
export const quantityName = (prefix: 'params' | 'metrics' | 'tags', key: string): string =>
  /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? `${prefix}.${key}` : `${prefix}.\`${key.replaceAll('`', '``')}\``
