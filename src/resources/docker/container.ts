import { defineResource } from '../../model/define-resource.ts'
import type { Item } from '../../model/resource.ts'
import { pullFunction } from '../../shell/docker-pull.ts'
import { RUN_DIR } from '../../shell/paths.ts'
import { join, type Script, sh, shFile } from '../../shell/script.ts'
import { owe, owedMark, owedProbeFunction } from '../systemd/running/owed.ts'
import { askDocker } from './ask-docker.ts'
import { CONTAINER_FORMAT, containerDiff, LABELS, parseContainer } from './container-diff.ts'
import { type ContainerProps, containerProperties, normaliseContainer } from './container-properties.ts'

/** The name of the mark for a pending restart; no systemd unit ends like this. */
const markName = (name: string): string => `${name}.container`

const observe = (items: readonly Item<ContainerProps>[]): Script =>
  join([
    sh`
      format=${CONTAINER_FORMAT}
      look_at_containers ${items.flatMap(({ name, props }) => [name, props.ensure === 'absent' ? '-' : props.image])}
      tell_owed ${items.flatMap(({ name }) => [name, markName(name)])}`,
  ])

const words = (flag: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [flag, value])

function apply({ name, props }: Item<ContainerProps>): Script {
  const mark = owedMark(markName(name))
  if (props.ensure === 'absent') return sh`remove_container ${name}; rm -f ${mark}`
  const { image, env, ports, volumes, network, user, command = [], restart, sums } = props
  const create = [
    ...words('--restart', [restart]),
    ...words('--network', [network]),
    ...words('-p', ports),
    ...words('-v', volumes),
    ...(user === undefined ? [] : words('--user', [user])),
  ]
  return sh`
    (
    files=${`${RUN_DIR}/container`}
    trap 'rm -rf "$files"' EXIT
    rm -rf "$files"
    ( umask 077; mkdir -p "$files"
    : >"$files/env"
    ${join(env.map(([key, value]) => sh`printf '%s=%s\n' ${[key, value]} >>"$files/env"`))}
    printf '%s=%s\n' ${[LABELS.env, sums.env, LABELS.all, sums.all]} >"$files/labels" )
    keep_container ${[name, image, restart, mark]} ${create} ${image} ${command} )`
}

/**
 * A Docker container that runs as a service: `container('redis', { image: 'redis:7', ports: ['127.0.0.1:6379:6379'],
 * volumes: ['redis:/data'] })`. It replaces any other container of that name; if it does not stay up, the previous one
 * is put back.
 */
export const container = defineResource({
  name: 'container',
  properties: containerProperties,
  normalise: normaliseContainer,
  observe,
  parse: parseContainer,
  diff: containerDiff,
  apply,
  functions: join([pullFunction, shFile(import.meta.url, './container.sh')]),
  probeFunctions: [askDocker, shFile(import.meta.url, './container-look.sh'), owedProbeFunction],
  inputs: ({ restartOn }) => restartOn.map((resource) => ({ kind: 'restart' as const, resource })),
  owe: (name) => owe(markName(name), 'restart'),
})
