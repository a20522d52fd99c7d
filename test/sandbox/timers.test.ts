/** A timer's failed run is known to systemd, and after a reboot to the journal alone: on both releases. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UNIT_FUNCTIONS } from '../../src/engine/units.ts'
import { withHosts } from '../support/hosts.ts'

const test = suite('failed timers, on hosts')
const RELEASES = ['12', '13'] as const
const { box, host } = await withHosts(
  test,
  import.meta.url,
  RELEASES.map((release) => ({ name: `t-${release}`, release })),
)

const UNITS = `
cat >/etc/systemd/system/app-backup.service <<'END'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo no space left >&2; exit $(cat /root/code)'
END
cat >/etc/systemd/system/app-backup.timer <<'END'
[Timer]
OnCalendar=yearly
[Install]
WantedBy=timers.target
END
mkdir -p /var/log/journal
systemd-tmpfiles --create --prefix /var/log/journal
systemctl restart systemd-journald
journalctl --flush
systemctl daemon-reload
systemctl enable --now -q app-backup.timer`

for (const release of RELEASES)
  test(`Debian ${release}`, async () => {
    const name = `t-${release}`
    const ok = async (command: string): Promise<string> => {
      const { code, stdout, stderr } = await host(name).sh(command)
      assert.is(code, 0, stderr)
      return stdout
    }
    const failed = () => ok(`${UNIT_FUNCTIONS.text}\nfailed_timers app-backup`)
    const runs = (code: number) =>
      ok(`echo ${code} >/root/code; systemctl start app-backup.service; journalctl --sync; journalctl --flush`)
    await ok(UNITS)
    assert.is(await failed(), '', 'it has never run')
    const red = 'timer\tapp-backup\tno space left\n'
    // one process in six exits before the journal can tell its run
    for (let run = 1; run <= 20; run++) {
      await runs(3)
      assert.is(await failed(), red, `run ${run}`)
    }
    await box.stop(name)
    await box.boot(name)
    assert.is(await failed(), red, 'after a reboot')
    await runs(0)
    assert.is(await failed(), '', 'it ran well')
    await box.stop(name)
    await box.boot(name)
    assert.is(await failed(), '', 'after another reboot')
  })

test.run()
