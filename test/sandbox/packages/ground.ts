import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changeText } from '../../../src/model/plan.ts'
import type { Change, Refusal, Resource } from '../../../src/model/resource.ts'
import { pkg } from '../../../src/resources/packages/pkg.ts'
import { empty } from '../../../src/shell/script.ts'
import { withHosts } from '../../support/hosts.ts'
import { onHost } from '../../support/on-host.ts'
import { NAME, RELEASE } from '../../support/releases.ts'
import { until } from '../../support/until.ts'

export const test = suite('packages')
export const { host } = await withHosts(test, new URL('../packages.test.ts', import.meta.url).href, [
  { name: NAME, release: RELEASE },
])

type Verdict = readonly Change[] | Refusal
export const texts = (verdict: Verdict | undefined): string[] =>
  (verdict as readonly Change[]).map((c) => `${c.action} ${changeText(c)}`)
/**
 * A small repository on the host itself: packages `NAME VERSION [CONTROL LINES]` whose postinst runs /srv/NAME.hook
 * where there is one.
 */
export const REPOSITORY = `
set -e
rm -rf /srv/apt; mkdir -p /srv/apt /srv/build; cd /srv/apt; : >Packages
deb() {
  d=/srv/build/$1_$2; rm -rf "$d"; mkdir -p "$d/DEBIAN"
  { printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@example.test>\\nDescription: t\\n' "$1" "$2"; [ -z "$3" ] || printf '%s\\n' "$3"; } >"$d/DEBIAN/control"
  mkdir -p "$d/etc"; echo "$2" >"$d/etc/$1.conf"; echo "/etc/$1.conf" >"$d/DEBIAN/conffiles"
  printf '#!/bin/sh\\n[ ! -e /srv/%s.hook ] || . /srv/%s.hook\\n' "$1" "$1" >"$d/DEBIAN/postinst"; chmod 755 "$d/DEBIAN/postinst"
  [ -e "$d.deb" ] || dpkg-deb --root-owner-group -Znone --build "$d" >/dev/null
  cp "$d.deb" /srv/apt/
  { cat "$d/DEBIAN/control"; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$1_$2.deb" "$(stat -c %s "$1_$2.deb")" "$(sha256sum "$1_$2.deb" | cut -c 1-64)"; } >>Packages
}
deb toy 1.0-1; deb toy 1.2-1; deb toy 2.0-1; deb user-of-toy 1 'Depends: toy'; deb other 1; deb shaky 1; deb slow 1; deb adviser 1 'Recommends: other'
deb tool-a 1 'Provides: tool'; deb tool-b 1 'Provides: tool'
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list.d/srv.list
`

export const on = () => onHost(host(NAME))
export const shell = async (command: string): Promise<string> => {
  const { code, stdout, stderr } = await host(NAME).sh(command)
  if (code !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout.trim()
}
export const holds = (command: string): Promise<void> =>
  until(command, async () => (await host(NAME).sh(command)).code === 0, 100)
export const status = (p: string) =>
  shell(`dpkg-query -W -f='\${db:Status-Abbrev}\${Version}' ${p} 2>/dev/null | grep -v '^un' || :`)
export const inSync = async (...resources: readonly Resource[]) =>
  assert.equal(
    await on().plan(...resources),
    resources.map(() => []),
  )

/** What `plan` says further of packages. */
export const foreseen = async (...wanted: readonly Resource[]): Promise<readonly string[]> =>
  (
    await on().run(
      pkg.type.foresee?.(
        wanted.map(({ name, props }) => ({ name, props: props as never })),
        wanted,
        wanted,
      ) ?? empty,
    )
  )
    .trim()
    .split('\n')
