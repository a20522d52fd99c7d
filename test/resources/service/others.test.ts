/** What plan says of units that start, or would be stopped by, the unit of a step. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { service, systemdUnit, timer } from '../../../src/index.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { serviceType } from '../../../src/resources/systemd/service.ts'
import { serviceProps } from '../../../src/resources/systemd/service-properties.ts'
import { join, sh } from '../../../src/shell/script.ts'
import { place } from '../../support/run-local.ts'

const test = suite('other units')

/** What systemctl says of a service, and which units run or are enabled. */
interface Host {
  readonly shows?: string
  readonly runs?: string
  readonly enabled?: string
}

const systemctl = ({ shows = '', runs = '', enabled = '' }: Host) => sh`
  systemctl() {
    case $* in
    cat*) return 0 ;;
    *TriggeredBy*) printf '%s\n' ${shows} | sed -n s/^TriggeredBy=//p ;;
    *Conflicts*) printf '%s\n' ${shows} | sed -n s/^Conflicts=//p ;;
    *FragmentPath*) printf '%s\n' ${shows} | sed -n s/^FragmentPath=//p ;;
    *LoadState*lost.target) echo not-found ;;
    *LoadState*) printf 'not-found\n\nloaded\n' ;;
    *is-active*) [ "$4" = ${runs} ] ;;
    *is-enabled*) if [ "$3" = ${enabled} ]; then echo enabled; else echo disabled; fi ;;
    esac
  }`

const wrong = (what: string): never => {
  throw new Error(what)
}

function foreseen(host: Host, given: Parameters<typeof serviceProps>[0], ...others: readonly Resource[]): string {
  const here = place()
  try {
    const items = [{ name: 'app', props: serviceProps(given, wrong) }]
    const all = [service('app', {}), ...others]
    return here.run(join([systemctl(host), serviceType.foresee?.(items, all, all) ?? sh``])).trim()
  } finally {
    here.remove()
  }
}

const daily = timer('app', { onCalendar: 'daily', command: ['/bin/true'] })

const wantedBy = (targets: string) => systemdUnit('app.service', { content: `[Install]\nWantedBy=${targets}\n` })

const rows: readonly (readonly [string, Host, Parameters<typeof serviceProps>[0], readonly Resource[], string])[] = [
  [
    'a socket that starts what is to stay down',
    { shows: 'TriggeredBy=app.socket', runs: 'app.socket' },
    { ensure: 'absent' },
    [],
    '!\tapp\tapp.socket starts it again all the same: name that, too, to keep it down',
  ],
  [
    'a path unit that does so from the next boot on',
    { shows: 'TriggeredBy=app.path', enabled: 'app.path' },
    { enabled: false, running: false },
    [],
    '!\tapp\tapp.path starts it again all the same: name that, too, to keep it down',
  ],
  [
    'a socket that the recipe names',
    { shows: 'TriggeredBy=app.socket', runs: 'app.socket' },
    { ensure: 'absent' },
    [service('app.socket', {})],
    '',
  ],
  ['its timer', { shows: 'TriggeredBy=app.timer', runs: 'app.timer' }, { running: false }, [daily], ''],
  ['a socket that is off', { shows: 'TriggeredBy=app.socket' }, { ensure: 'absent' }, [], ''],
  ['a masked one', { shows: 'TriggeredBy=app.socket', runs: 'app.socket' }, { masked: true }, [], ''],
  ['one that is to run', { shows: 'TriggeredBy=app.socket', runs: 'app.socket' }, {}, [], ''],
  [
    'one that cannot run beside it',
    { shows: 'Conflicts=shutdown.target ntp.service', runs: 'ntp.service' },
    {},
    [],
    '!\tapp\tits start stops ntp.service, which runs: one of them conflicts with the other (Conflicts=)',
  ],
  ['one that does not run anyway', { shows: 'Conflicts=shutdown.target ntp.service' }, {}, [], ''],
  [
    'a unit that a boot takes away',
    { shows: 'FragmentPath=/run/systemd/system/app.service' },
    {},
    [],
    '!\tapp\ta boot does not start it: its unit /run/systemd/system/app.service is gone by then',
  ],
  [
    'a target that does not exist',
    {},
    {},
    [wantedBy('lost.target')],
    '!\tapp\ta boot does not start it: its [Install] section names only lost.target, which does not exist',
  ],
  ['a target of two', {}, {}, [wantedBy('lost.target found.target')], ''],
  ['another service', {}, {}, [wantedBy('lost.service')], ''],
  [
    'a target of the recipe',
    {},
    {},
    [wantedBy('lost.target'), systemdUnit('lost.target', { content: '[Unit]\n' })],
    '',
  ],
  ['a target of no importance', {}, { enabled: false }, [wantedBy('lost.target')], ''],
  ['a unit that stays', { shows: 'FragmentPath=/etc/systemd/system/app.service' }, {}, [], ''],
]
for (const [what, host, given, others, says] of rows)
  test(what, () => {
    assert.is(foreseen(host, given, ...others), says)
  })

test.run()
