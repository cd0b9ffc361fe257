import { validation } from './refusal.ts'

/**
 * Cuts one page out of a list.
 * @param most entries of a page when the request names no number
 * @throws AwsFault ValidationException for a token that this list did not give
 */
export function pageThrough<T> (items: readonly T[], { nextToken, maxResults }: { nextToken?: string | undefined, maxResults?: number | undefined }, most: number): { items: T[], nextToken?: string } {
  const [, from = '0'] = nextToken === undefined ? [] : /^page:(\d{1,9})$/.exec(Buffer.from(nextToken, 'base64url').toString()) ?? [undefined, '-1']
  const start = Number(from)
  if (start < 0 || start > items.length) throw validation('nextToken is not valid.')
  const end = start + (maxResults ?? most)
  return {
    items: items.slice(start, end),
    ...end < items.length ? { nextToken: Buffer.from(`page:${end}`).toString('base64url') } : {}
  }
}
