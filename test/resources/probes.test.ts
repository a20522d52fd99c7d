import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { probeOf } from '../../src/engine/observe/observe.ts'
import type { Resource, ResourceType } from '../../src/model/resource.ts'
import { service } from '../../src/resources/systemd/service.ts'
import { systemdUnit } from '../../src/resources/systemd/systemd-unit.ts'
import { timer } from '../../src/resources/systemd/timer.ts'
import { join, type Script, sh } from '../../src/shell/script.ts'
import { place } from '../support/run-local.ts'

const test = suite('probes that fail')

const cases: Readonly<Record<string, Resource>> = {
  service: service('cron', {}),
  unit: systemdUnit('cron.service', { content: '[Service]\n' }),
  timer: timer('purge', { onCalendar: 'daily', command: ['/bin/true'] }),
}
for (const [name, { type, name: item, props }] of Object.entries(cases)) {
  test(`${name}: a systemd that does not answer is an error, never "in sync"`, () => {
    const at = place()
    try {
      const probe = probeOf(type as unknown as ResourceType<object, unknown>, [{ name: item, props }])
      const script = join([sh`systemctl() { echo 'Failed to connect to bus' >&2; return 1; }`, probe])
      const here = { ...script, text: script.text.replaceAll(/\/(run|etc)\/systemd\/system/g, at.path) } as Script
      assert.throws(() => at.run(here), /status 1: Failed to connect to bus/)
    } finally {
      at.remove()
    }
  })
}

test.run()
