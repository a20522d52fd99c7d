import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { archive, defineResource, type Resource, sh } from '../../../src/index.ts'

const LOCK = new URL('../../../package-lock.json', import.meta.url).pathname
/** An archive of one file. */
export const packed = (path: string): Resource =>
  archive(path, {
    source: { file: LOCK },
    sha256: createHash('sha256').update(readFileSync(LOCK)).digest('hex'),
    format: 'file',
  })

/** A type whose steps change this file by some tool. */
export const byTool = (file: string) =>
  defineResource({
    name: 'account',
    properties: v.object({}),
    writes: [file],
    observe: () => sh``,
    parse: () => 'absent' as const,
    diff: () => [],
    apply: () => sh`echo more >>${file}`,
  })

/** A type that fails until there is a file, and works in the kernel's own file system, which has no room to count. */
export const inKernel = (known: string) =>
  defineResource({
    name: 'parameter',
    properties: v.object({}),
    places: () => [{ path: '/proc/sys/net/none/such', as: 'file' }],
    observe: () => sh``,
    parse: () => 'absent' as const,
    diff: () => [],
    apply: () => sh`[ -e ${known} ] || { echo 'the kernel does not know it' >&2; exit 1; }`,
  })
