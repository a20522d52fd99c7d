import * as v from 'valibot'
import { settingsCheck } from '../common/settings.ts'
import { wordsOf } from './words.ts'

/** The start of a section in HAProxy's configuration. */
const SECTION =
  /^(global|defaults|frontend|backend|listen|userlist|peers|mailers|program|http-errors|ring|log-forward|cache|resolvers|fcgi-app)\b/

/** What the lines of each place must not contain, because the recipe sets it, and what to do instead. */
const OWN = {
  global: [
    [/^maxconn\b/, 'it is the variable maxconn'],
    [/^tune\.bufsize\b/, 'it is the variable headerKb'],
    [/^hard-stop-after\b/, 'it is the variable hardStopSeconds'],
    [
      /^(user|group|chroot|daemon|pidfile|master-worker|nbproc|(no )?strict-limits|stats socket)\b/,
      'the recipe sets it',
    ],
  ],
  defaults: [
    [/^timeout (client|http-keep-alive)\b/, 'it is the variable clientSeconds'],
    [/^timeout server\b/, 'it is the variable serverSeconds'],
    [/^timeout tunnel\b/, 'it is the variable tunnelSeconds'],
    [/^compression\b/, 'it is the variable gzip'],
    [/^(mode|default-server|retry-on|retries|option redispatch|timeout check)\b/, 'the recipe sets it'],
  ],
  frontend: [
    [/^(default_backend|use_backend)\b/, 'the labels of the apps set it'],
    [/^(mode|monitor-uri|timeout client)\b/, 'the recipe sets it'],
  ],
  sections: [
    [/^(global|defaults)\b/, 'its lines belong in "global" and "defaults" here'],
    [
      /^(frontend|backend|listen)\s+(be_|any_|fe_http\b|fe_lb_(health|checks)\b|lb_checks|fe_metrics\b|fe_tcp_|no_app\b|admin\b)/,
      'the recipe has a section of that name',
    ],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [RegExp, string])[]>>

/** A place for additional lines. */
type Place = keyof typeof OWN
type Extra = Record<Place, string[]>

function wrongLine(place: Place, line: string, first: boolean): string | undefined {
  const said = wordsOf(line).join(' ')
  const plain = said.replace(/^(no|default) /, '')
  const own = OWN[place].find(([pattern]) => pattern.test(said) || pattern.test(plain))
  if (own !== undefined) return `cannot contain "${said}": ${own[1]}`
  if (place !== 'sections' && SECTION.test(said))
    return `cannot begin a section ("${said}"): those belong in "sections"`
  if (place === 'sections' && first && !SECTION.test(said))
    return `must begin with a section, like "listen smtp", not "${said}"`
  return undefined
}

const wrong = (extra: Extra): readonly string[] =>
  (Object.keys(OWN) as Place[]).flatMap((place) =>
    extra[place].flatMap((line, i) => {
      const why = wrongLine(place, line, i === 0)
      return why === undefined ? [] : [`${place}[${i}] ${why}`]
    }),
  )

const lines = (text: string) =>
  v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[^\x00-\x08\x0a-\x1f\x7f]*$/, 'one line of text'))),
      v.description(text),
    ),
    [],
  )

/** Additional lines for HAProxy's configuration, for everything that no variable covers. */
export const extra = v.optional(
  v.pipe(
    v.strictObject({
      global: lines('Lines for the section global. Default: none.'),
      defaults: lines('Lines for the section defaults. Default: none.'),
      frontend: lines('Lines for the frontend of ports 80 and 443: another bind, http-request rules. Default: none.'),
      sections: lines('Whole sections, for other ports and TCP services, from "listen smtp" on. Default: none.'),
    }),
    settingsCheck(wrong),
    v.description(
      "Lines in HAProxy's own words, for what no variable covers. HAProxy checks them before they go live.",
    ),
  ),
  {},
)
