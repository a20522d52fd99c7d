/** Also= in a unit's [Install] section: what the recipes say of other units stays as it is. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyScript } from '../../../src/engine/apply/apply-script.ts'
import { service } from '../../../src/index.ts'
import { alsoFunctions, namedUnits } from '../../../src/resources/systemd/boot/also.ts'
import { serviceType } from '../../../src/resources/systemd/service.ts'
import { serviceProps } from '../../../src/resources/systemd/service-properties.ts'
import { join, type Script, sh } from '../../../src/shell/script.ts'
import { decided } from '../../support/decided.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('Also=')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

/** A systemctl whose app.service has `Also=app.socket`, if `also`; both have their links in the place. */
const SYSTEMCTL = `#!/bin/sh
cd "\${0%/*}/.."
link() { mkdir -p "host/$2.wants"; ln -sfn "/lib/systemd/system/$1" "host/$2.wants/$1"; }
[ "$1" != cat ] || { printf '[Install]\\nWantedBy=multi-user.target\\n'; cat also; exit; }
case "$*" in
'enable '*app.service*) link app.service multi-user.target; [ ! -s also ] || link app.socket sockets.target ;;
'disable '*app.service*) rm -f host/*/app.service; [ ! -s also ] || rm -f host/*/app.socket ;;
'is-enabled '*) [ -n "$(find host -name "$3")" ] && echo enabled || echo disabled ;;
esac
`

function host(at: Place, also: string, links: readonly string[]) {
  mkdirSync(`${at.path}/../bin`)
  writeFileSync(`${at.path}/../bin/systemctl`, SYSTEMCTL, { mode: 0o755 })
  writeFileSync(`${at.path}/../also`, also)
  const made = links.map(
    (link) => sh`mkdir -p ${dirname(`${at.path}/${link}`)}; ln -s ${`/lib/${link}`} ${`${at.path}/${link}`}`,
  )
  return join([sh`PATH=${`${at.path}/../bin`}:$PATH`, ...made])
}
const wrong = (what: string): never => {
  throw new Error(what)
}
const item = (name: string, enabled: boolean) => ({ name, props: serviceProps({ enabled, running: false }, wrong) })
const SOCKET = 'sockets.target.wants/app.socket'
const APP = 'multi-user.target.wants/app.service'

const rows: readonly (readonly [
  what: string,
  also: string,
  before: string[],
  deed: string,
  named: string[],
  after: string[],
])[] = [
  ['a socket that the recipe wants stays', 'Also=app.socket', [SOCKET, APP], 'disable', ['app.socket'], [SOCKET]],
  ['a socket that the recipe does not want stays away', 'Also=app.socket', [], 'enable', ['app.socket'], [APP]],
  ['a socket that no recipe names goes along', 'Also=app.socket', [SOCKET, APP], 'disable', [], []],
  ['a socket that no recipe names comes along', 'Also=app.socket', [], 'enable', ['other'], [APP, SOCKET]],
  ['without Also=, nothing else happens', '', [SOCKET, APP], 'disable', ['app.socket'], [SOCKET]],
]
for (const [what, also, before, deed, named, after] of rows)
  test(what, ({ at }) => {
    const does: Script = join([
      host(at, also, before),
      alsoFunctions,
      sh`links_in=${at.path}`,
      namedUnits(['app', ...named].map((name) => item(name, true))),
      sh`change_links ${deed} app.service`,
      sh`cd ${at.path}; find . -type l | sort | cut -c 3-`,
    ])
    assert.is(at.run(does).trim(), after.join('\n'))
  })

test('the script names the units of all services, those that are in sync among them', () => {
  const services = [service('app', {}), service('app.socket', { enabled: false, running: false })]
  const is = {
    ...{ load: 'loaded', wantedBy: [], triggeredBy: [], canReload: true, restarts: 0, upFor: 0 },
    ...{ active: 'inactive', sub: 'dead', conditionFailed: false, older: [], file: 'disabled' },
  }
  const decision = decided(services, { 'service app': is, 'service app.socket': is })
  assert.equal(
    decision.plan.steps.map(({ name }) => name),
    ['app'],
  )
  assert.match(applyScript(decision).text, "named_units=' app.service app.socket '")
})

test('plan tells what else systemd would change', () => {
  const foreseen = (enabled: boolean, links: readonly string[], ...others: readonly string[]): string => {
    const here = place()
    try {
      const app = item('app', enabled)
      const all = ['app', ...others].map((name) => service(name, {}))
      return here
        .run(join([host(here, 'Also=app.socket', links), serviceType.foresee?.([app], all, all) ?? sh``]))
        .trim()
    } finally {
      here.remove()
    }
  }
  const says = (deed: string) =>
    `!\tapp\tits [Install] section has systemd ${deed} app.socket along with it (Also=); name that, too, to have it otherwise`
  assert.is(foreseen(true, []), says('enable'))
  assert.is(foreseen(false, [APP, SOCKET]), says('disable'))
  assert.is(foreseen(true, [], 'app.socket'), '')
  assert.is(foreseen(true, [APP]), '')
  assert.is(foreseen(true, [SOCKET]), '')
})

test.run()
