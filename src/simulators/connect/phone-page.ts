import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The phone page and the headers it is served with: nothing but its own script and style runs, nothing but its own server is asked. */
export function readPhonePage (): { html: string, headers: Record<string, string> } {
  const html = readFileSync(new URL('./phone.html', import.meta.url), 'utf8')
  const policy = [
    "default-src 'none'",
    `script-src ${hashContents(html, 'script')}`,
    `style-src ${hashContents(html, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff'
    }
  }
}

function hashContents (html: string, tag: 'script' | 'style'): string {
  return [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))]
    .map(([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`)
    .join(' ')
}
