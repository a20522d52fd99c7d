import type { StoredVersion } from '../clients/marathon.ts'
import type { Definition, MarathonApp } from '../clients/marathon-answers.ts'
import type { App } from './app/app.ts'
import { findVersion, nameOf } from './app/version.ts'
import type { ImageFile } from './image/archive.ts'
import { patiently, RefusedError, type Run } from './rollout/run.ts'
import { again, own } from './rollout/situation.ts'

/** What should become live: an app file, or a version stored in Marathon. */
export type Wanted = { readonly app: App; readonly image?: ImageFile } | { readonly id: string; readonly to: string }

/** The definition to send, and its name. */
export interface Target {
  readonly definition: Definition
  readonly name: string
  readonly image?: ImageFile
}

/**
 * If the file does not set `instances`, keeps the present number, or that of the app whose place it takes: Marathon
 * would reset it to one.
 */
const withInstances = (run: Run, { definition }: App, before: MarathonApp | undefined): Definition => ({
  ...definition,
  instances: definition.instances ?? (before?.instances || run.replaces?.instances || 1),
})

/** Finds the definition to send. @throws RefusedError if Marathon has no such version */
export async function targetOf(run: Run, wanted: Wanted, before: MarathonApp | undefined): Promise<Target> {
  if ('app' in wanted) {
    const definition = withInstances(run, wanted.app, before)
    return { definition, name: nameOf(definition, 'the new version'), ...(wanted.image ? { image: wanted.image } : {}) }
  }
  if (before === undefined) throw new RefusedError(`there is no app ${wanted.id}`)
  if (wanted.to === before.version || wanted.to === nameOf(before.definition, before.version))
    return { definition: own(before.definition), name: nameOf(before.definition, before.version) }
  const found: StoredVersion | readonly string[] = await patiently(run, () =>
    findVersion(run.cluster.marathon, before, wanted.to),
  )
  if ('version' in found)
    return { definition: again(found.definition, before.instances), name: nameOf(found.definition, found.version) }
  const known = found.length > 0 ? `it keeps ${found.join(', ')}` : 'it keeps no other'
  throw new RefusedError(`Marathon has no version ${wanted.to} of ${wanted.id}; ${known}`)
}
