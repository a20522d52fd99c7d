import { exec } from '../executor/exec.ts'
import { dockerCommand, type State } from './state.ts'

const UUID = /^mesos-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Runs the docker client to its end. */
export const docker = (state: Pick<State, 'flags'>, args: readonly string[], timeout = 0) => {
  const [program, ...host] = dockerCommand(state.flags)
  return exec(program, [...host, ...args], timeout)
}

/** A failed call in Mesos' words. */
export const failed = (
  state: Pick<State, 'flags'>,
  args: readonly string[],
  { code, stderr }: { readonly code: number; readonly stderr: string },
): string =>
  `Failed to run '${[...dockerCommand(state.flags), ...args].join(' ')}': exited with status ${code}; stderr='${stderr}'`

/**
 * Names of the containers that an agent made, also of those that have ended: `mesos-` and a uuid; others are left
 * alone. @throws Error in Mesos' words
 */
export async function ownContainers(state: Pick<State, 'flags'>): Promise<string[]> {
  const all = await docker(state, ['ps', '-a'])
  if (all.code !== 0) throw new Error(`Collect failed: ${failed(state, ['ps', '-a'], all)}`)
  const names = await docker(state, ['ps', '-a', '--format', '{{.Names}}'])
  return names.stdout.split('\n').filter((name) => UUID.test(name))
}

/** Stops and removes a container. */
export async function removeContainer(state: Pick<State, 'flags'>, name: string, grace = 0): Promise<void> {
  await docker(state, ['stop', '-t', String(Math.ceil(grace / 1000)), name])
  await docker(state, ['rm', '-f', '-v', name])
}

/** Gets an image that is not there, or that is to be fetched anew. @throws Error in Mesos' words */
export async function pullImage(state: State, image: string, force: boolean, timeout: number): Promise<void> {
  const began = performance.now()
  if (force || (await docker(state, ['inspect', image])).code !== 0) {
    const pulled = await docker(state, ['pull', image], timeout)
    if (pulled.code === 124) throw new Error('discarded; Abnormal executor termination: unknown container')
    if (pulled.code !== 0) throw new Error(failed(state, ['pull', image], pulled))
  }
  state.pulls.push(performance.now() - began)
}
