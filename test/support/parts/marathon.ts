import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { available } from '../../../src/sandbox/index.ts'
import { bundle } from '../../standins/build/bundle.ts'
import type { Builder } from './builder.ts'
import { BASE, debianLayer } from './debian-layer.ts'
import { dockerArchive, filesLayer, type ImageConfig } from './docker-archive.ts'

const VERSION = '1.11.26'
const PACKAGES = ['nodejs']

/** The layout of mesosphere/marathon, with our own program. */
const CONFIG: ImageConfig = {
  WorkingDir: '/marathon',
  User: 'nobody',
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  Entrypoint: ['/marathon/bin/marathon'],
  Labels: { stand_in: `for Marathon ${VERSION}, for tests: it is not Marathon` },
}

/** The stand-in as one file for Node 18. */
export const marathonProgram = (): Promise<string> =>
  bundle(fileURLToPath(new URL('../../standins/marathon/main.ts', import.meta.url)))

const files = async (): Promise<Record<string, string>> => ({
  'marathon/bin/marathon': '#!/bin/sh\n# a stand-in for Marathon\nexec /usr/bin/node /marathon/marathon.mjs "$@"\n',
  'marathon/marathon.mjs': await marathonProgram(),
})

/**
 * The image `mesosphere/marathon:v1.11.26` with the stand-in, for hosts that run it like the real one: `docker run
 * --net=host`. Takes about half a minute.
 */
export const marathonImage: Builder = {
  version: VERSION,
  seconds: 25,
  missing: available,
  inputs: async () => [...PACKAGES, JSON.stringify(await files()), JSON.stringify(CONFIG), BASE],
  async build(folder) {
    const base = await debianLayer(join(folder, 'base.tar'), PACKAGES)
    const program = await filesLayer(join(folder, 'program.tar'), await files())
    await dockerArchive(join(folder, 'marathon.docker.tar'), `mesosphere/marathon:v${VERSION}`, [base, program], CONFIG)
    for (const file of [base, program, `${base}.sources`]) rmSync(file)
    return 'marathon.docker.tar'
  },
}
