import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { foreseeNeeds } from '../../../src/engine/plan/needs.ts'
import {
  archive,
  command,
  directory,
  file,
  filesystem,
  link,
  mount,
  pkg,
  type Resource,
  service,
  systemdUnit,
  timer,
  user,
} from '../../../src/index.ts'
import { type Place, place } from '../../support/run-local.ts'
import { OLD, own, run, unit } from './ground.ts'

const test = suite<{ at: Place }>('what a step needs is brought')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const brought: readonly (readonly [string, ...Resource[]])[] = [
  ['a user before', user('joe-here', {}), file('/a', { content: '', owner: 'joe-here', group: 'joe-here' })],
  ['a directory before', directory('/here', {}), file('/here/a', { content: '' })],
  ['a link above', link('/here', { to: '/etc' }), file('/here/a/b', { content: '' })],
  ['a package before', pkg('some', {}), file('/here/a', { content: '', owner: 'some-user' })],
  ['a program of a file', file('/x', { content: '', mode: '0755' }), command('x', run({ run: ['/x'] }))],
  [
    'what a unit needs, after it',
    unit('User=joe-here\nExecStart=/here/x/y'),
    service('x', {}),
    user('joe-here', {}),
    archive('/here/x', OLD),
  ],
  ['a user of an own type', own({ kind: 'path', name: '/' }), file('/a', { content: '', owner: 'joe-here' })],
  [
    'what lies in an archive, through its link',
    archive('/here/x-1', { ...OLD, link: '/here/x' }),
    file('/here/x/a/b', { content: '' }),
  ],
  [
    'a unit that is written',
    unit('ExecStart=/bin/sh'),
    service('x', {}),
    systemdUnit('y@.service', { content: '[Service]\nExecStart=/bin/sh\n' }),
    service('y@1', {}),
  ],
  ['a unit of a package', pkg('some', {}), service('no-such-unit', {})],
  [
    'a unit of a SysV script',
    file('/etc/init.d/no-such-unit', { content: '', mode: '0755' }),
    service('no-such-unit', {}),
  ],
  [
    'a unit of a timer',
    timer('no-such-unit', { onCalendar: 'daily', command: ['/bin/sh'] }),
    service('no-such-unit.timer', {}),
  ],
  [
    'an alias that a unit says',
    systemdUnit('x.service', { content: '[Service]\nExecStart=/bin/sh\n[Install]\nAlias=no-such-unit.service\n' }),
    service('no-such-unit', {}),
  ],
  [
    'a label that a file system is given',
    filesystem('/dev/disk/by-id/virtio-x', { type: 'ext4', label: 'data' }),
    mount('/srv/data', { device: '/dev/disk/by-label/data', type: 'ext4' }),
  ],
  ['a share', mount('/srv/share', { device: '//nas/share', type: 'cifs' })],
  ['a service that shall be down', service('no-such-unit', { ensure: 'absent' })],
  ['a user that systemd makes', unit('DynamicUser=yes\nUser=joe-here')],
  ['a directory that systemd makes', unit('StateDirectory=x\nWorkingDirectory=/var/lib/no-such')],
  ['what may be missing', unit('EnvironmentFile=-/no-such\nExecStartPre=-/no-such\nWorkingDirectory=-/no-such')],
  ['what systemd expands', unit('User=%i\nExecStart=/no-such/%i/x')],
  ['what is to go', file('/no-such/a', { ensure: 'absent' }), directory('/no-such/b', { ensure: 'absent' })],
  ['one that is root', file('/etc/a', { content: '' })],
]
for (const [what, ...resources] of brought)
  test(`nothing is said of ${what}`, ({ at }) => assert.is(at.run(foreseeNeeds(resources)), ''))

test.run()
