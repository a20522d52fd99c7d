import * as v from 'valibot'
import { defineResource } from '../../model/define-resource.ts'
import type { Change, Item } from '../../model/resource.ts'
import { type Script, sh } from '../../shell/script.ts'
import { leaving, put } from '../kit/put.ts'

const properties = v.object({})

interface TimezoneProps {
  readonly zone: string
}

interface TimezoneState {
  /** The target of /etc/localtime; empty if it is not a link to a zone. */
  readonly link: string
  /** The content of /etc/timezone, if it exists. */
  readonly text?: string
}

const ZONES = '/usr/share/zoneinfo'
const LINK = '/etc/localtime'
const TEXT = '/etc/timezone'

const observe = (items: readonly Item<TimezoneProps>[]): Script => sh`
  printf '%s\tlink\t%s\n' ${items[0]?.name ?? ''} "$(readlink ${LINK})"
  if [ -e ${TEXT} ]; then printf '%s\ttext\t%s\n' ${items[0]?.name ?? ''} "$(head -n 1 ${TEXT})"; fi`

function diff({ zone }: TimezoneProps, is: TimezoneState | 'absent'): readonly Change[] {
  if (is === 'absent') return []
  const from = is.link === '' ? {} : { from: is.link }
  if (is.link !== zone) return [{ action: 'update', attribute: 'zone', ...from, to: zone }]
  if (is.text === undefined || is.text === zone) return []
  return [{ action: 'update', attribute: TEXT, from: is.text, to: zone }]
}

const apply = ({ props: { zone } }: Item<TimezoneProps>): Script => {
  const hidden = '/etc/.localtime.provision'
  return sh`
    [ -f ${`${ZONES}/${zone}`} ] || { echo ${`timezone ${zone}: the host knows no such zone; is it spelt right, and is package tzdata there (tzdata-legacy for old names)?`} >&2; exit 1; }
    ${leaving(
      hidden,
      sh`
        ln -sT ${`${ZONES}/${zone}`} ${hidden}
        mv -fT ${hidden} ${LINK}`,
    )}
    if [ -e ${TEXT} ]; then
    ${put(TEXT, { word: `${zone}\n` }, { mode: '0644', owner: 'root', group: 'root' })}
    fi`
}

/**
 * The host's time zone: `timezone('Europe/Berlin', {})`. Running daemons keep the old one until they are restarted:
 * if that matters (cron, log timestamps), list this resource in their `restartOn`.
 */
export const timezone = defineResource({
  name: 'timezone',
  properties,
  normalise(_, zone, wrong): TimezoneProps {
    if (!/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(zone)) wrong('write it like "Europe/Berlin" or "Etc/UTC"')
    return { zone }
  },
  observe,
  parse(records): TimezoneState {
    const of = (word: string) => records.find(([first]) => first === word)?.[1]
    const text = of('text')
    const [, link = ''] = /zoneinfo\/(.*)$/.exec(of('link') ?? '') ?? []
    return { link, ...(text === undefined ? {} : { text }) }
  },
  diff,
  apply,
  needs: (_name, { zone }) => [
    { kind: 'path', name: `${ZONES}/${zone}`, of: 'name', from: 'package tzdata', planned: true },
  ],
  places: () => [{ path: LINK, as: 'link' }],
})
