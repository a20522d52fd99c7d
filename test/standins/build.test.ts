import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pack } from './build/deb.ts'
import { aventerMesos, mesosphereMesos } from './build/mesos.ts'

const test = suite('packages of the mesos stand-ins')
const here = existsSync('/usr/bin/dpkg-deb')
if (!here) console.log('not run here: packages are made with dpkg-deb; install dpkg')

/** Packs into a folder that is gone afterwards. */
const packed = <T>(deb: Parameters<typeof pack>[0], use: (file: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'provision-build-'))
  try {
    return use(pack(deb, folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const listed = (file: string): string[] =>
  execFileSync('dpkg-deb', ['-c', file], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map((line) => `${line[0]} ${/ \.(\/.*)$/.exec(line)?.[1]}`)

if (here) {
  test('the same bytes every time', async () => {
    const sums = []
    for (let i = 0; i < 2; i++)
      sums.push(packed(await aventerMesos(), (file) => createHash('sha256').update(readFileSync(file)).digest('hex')))
    assert.is(sums[0], sums[1])
  })

  test("ClusterD's layout: no configuration, no scripts", async () => {
    const [files, control] = packed(
      await aventerMesos(),
      (file) => [listed(file), execFileSync('dpkg-deb', ['-I', file], { encoding: 'utf8' })] as const,
    )
    for (const path of [
      '/usr/bin/mesos-init-wrapper',
      '/usr/lib/systemd/system/mesos-master.service',
      '/usr/libexec/mesos/mesos-tcp-connect',
    ])
      assert.ok(files.includes(`- ${path}`), path)
    assert.ok(files.some((f) => f.startsWith('l /usr/bin/mesos-agent -> ')))
    assert.not.ok(files.some((f) => /^. \/(etc|var)/.test(f)))
    assert.not.match(control, /postinst|postrm|prerm|preinst|conffiles/)
    assert.match(control, /Package: aventer-mesos\n[\s\S]*Version: 1\.11\.0-0\.10\.0\.debian12\+standin\n/)
    assert.match(control, /Description: stand-in/)
  })

  test("Mesosphere's layout: old names, flag files, scripts", async () => {
    const [files, control] = packed(
      await mesosphereMesos(),
      (file) => [listed(file), execFileSync('dpkg-deb', ['-I', file], { encoding: 'utf8' })] as const,
    )
    assert.ok(files.includes('l /usr/sbin/mesos-slave -> mesos-agent'))
    for (const path of [
      '/etc/mesos/zk',
      '/etc/mesos-master/quorum',
      '/etc/mesos-slave/work_dir',
      '/etc/default/mesos-slave',
    ])
      assert.ok(files.includes(`- ${path}`), path)
    assert.match(control, /postinst[\s\S]*Package: mesos\n/)
  })
}

test('no package needs anything at run time but Node', async () => {
  for (const { files } of await Promise.all([aventerMesos(), mesosphereMesos()]))
    for (const [path, entry] of Object.entries(files)) {
      if (!('content' in entry) || !path.endsWith('.mjs')) continue
      const imports = [...entry.content.matchAll(/^import .* from "([^"]+)";$/gm)].map((m) => m[1] as string)
      assert.ok(imports.length > 0, path)
      assert.equal(
        imports.filter((name) => !name.startsWith('node:')),
        [],
        path,
      )
    }
})

test.run()
