import { spawnSync } from 'node:child_process'
import { basename } from 'node:path'
import { pack } from '../../standins/build/deb.ts'
import { aventerMesos } from '../../standins/build/mesos.ts'
import type { Builder } from './builder.ts'

/** The stand-ins for Mesos in a package with ClusterD's name and layout. */
export const mesosPackage: Builder = {
  version: '1.11.0-0.10.0.debian12+standin',
  seconds: 1,
  missing: () =>
    spawnSync('dpkg-deb', ['--version'], { stdio: 'ignore' }).status === 0
      ? undefined
      : 'the package with the stand-ins for Mesos is made with dpkg-deb, and this machine has none: apt-get install dpkg-dev',
  inputs: async () => [JSON.stringify(await aventerMesos())],
  build: async (folder) => basename(pack(await aventerMesos(), folder)),
}
