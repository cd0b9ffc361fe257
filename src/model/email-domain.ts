// Reserved domains (RFC 2606, RFC 6761) stand for real ones in generated data.
const FREE_MAIL: ReadonlySet<string> = new Set([
  'example.com', 'example.net', 'example.org', 'mail.example',
  'aol.com', 'gmail.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hotmail.com', 'icloud.com', 'live.com', 'mail.com',
  'outlook.com', 'proton.me', 'protonmail.com', 'web.de', 'yahoo.com', 'yandex.com'
])

const THROW_AWAY: ReadonlySet<string> = new Set([
  'tempbox.test', 'throwaway.test',
  '10minutemail.com', 'guerrillamail.com', 'mailinator.com', 'sharklasers.com', 'temp-mail.org', 'trashmail.com', 'yopmail.com'
])

/** What kind of house an e-mail domain is: anybody's free mail, a throw-away box, or any other. */
export type EmailDomainClass = 'free' | 'throw_away' | 'other'

/** Classes a domain by two short lists, in any case; a domain on neither list is `other`. */
export function classifyEmailDomain (domain: string): EmailDomainClass {
  const name = domain.toLowerCase()
  if (THROW_AWAY.has(name)) return 'throw_away'
  return FREE_MAIL.has(name) ? 'free' : 'other'
}
