import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import * as v from 'valibot'
import type { Wrong } from '../../model/define-resource.ts'
import type { Resource } from '../../model/resource.ts'
import { reveal, Secret } from '../../shell/secret.ts'
import { ensure, resources } from '../kit/properties.ts'

const line = () => v.pipe(v.string(), v.regex(/^[^\n\r\0]*$/, 'a single line'))

const value = v.union(
  [line(), v.number(), v.instance(Secret)],
  ({ received }) => `must be a single line of text, a number or a Secret, not ${received}`,
)

const IMAGE = /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$/
const PORT = /^((\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):)?\d{1,5}:\d{1,5}(\/(tcp|udp|sctp))?$/
const VOLUME = /^(\/[^:\s]*|[a-zA-Z0-9][\w.-]*):\/[^:\s]*(:[\w,]+)?$/

/** The properties that a recipe sets. */
export const containerProperties = v.object({
  image: v.optional(
    v.pipe(
      v.string(),
      v.regex(IMAGE, 'an image with its tag or digest, like "redis:7" or "redis@sha256:…"'),
      v.check(
        (name) => !/^(index\.)?docker\.io\//.test(name),
        'leave out "docker.io/": Docker itself does not show it',
      ),
      v.description(
        'The image. With a tag (`redis:7`), it is pulled only if the host has no image of that name; with a registry digest (`redis@sha256:…`), it is exactly that image.',
      ),
    ),
  ),
  command: v.optional(
    v.pipe(v.array(line()), v.nonEmpty(), v.description("The command and its arguments. Default: the image's own.")),
  ),
  env: v.optional(
    v.pipe(
      v.record(v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'the name of a variable')), value),
      v.description(
        'Environment variables. They are passed to Docker in a file, so they never appear in a process list.',
      ),
    ),
    {},
  ),
  ports: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(PORT, 'a port like "8080:80", "127.0.0.1:8080:80" or "53:53/udp"'))),
      v.description('Published ports, `HOST:CONTAINER`: `8080:80`, `127.0.0.1:8080:80`, `53:53/udp`.'),
    ),
    [],
  ),
  volumes: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(VOLUME, 'a volume like "/srv/data:/data", "data:/data" or "/etc/x:/x:ro"'))),
      v.description(
        'Host directories or Docker volumes, and where to mount them in the container: `/srv/data:/data:ro`.',
      ),
    ),
    [],
  ),
  network: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.:-]+$/, 'the name of a network'),
      v.description("The network to join. Default: Docker's default bridge."),
    ),
  ),
  user: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]+(:[\w.-]+)?$/, 'a user, or USER:GROUP'),
      v.description("The user in the container. Default: the image's own."),
    ),
  ),
  restart: v.optional(
    v.pipe(
      v.picklist(['always', 'unless-stopped', 'on-failure', 'no']),
      v.description('When Docker restarts it. `always` and `unless-stopped` also start it at boot.'),
    ),
    'always',
  ),
  restartOn: v.optional(v.pipe(resources(), v.description('Resources whose change requires a restart.')), []),
  ensure: ensure('`absent` stops and removes it. Its image and volumes are kept.'),
})

/** A container as wanted. */
export interface ContainerProps {
  readonly ensure: 'present' | 'absent'
  readonly image: string
  readonly command?: readonly string[]
  readonly env: readonly (readonly [name: string, value: string | Secret])[]
  readonly ports: readonly string[]
  readonly volumes: readonly string[]
  readonly network: string
  readonly user?: string
  readonly restart: string
  readonly restartOn: readonly Resource[]
  /** Hex digests of the variables, and of everything that the container is made with. As secret as the variables. */
  readonly sums: { readonly env: Secret; readonly all: Secret }
}

/** The network that Docker uses by default. */
const BRIDGE = 'bridge'

const sumOf = (what: unknown): Secret => new Secret(createHash('sha256').update(JSON.stringify(what)).digest('hex'))

/** The first two that have the same key. */
function clash(all: readonly string[], keyOf: (each: string) => string | undefined): readonly string[] | undefined {
  const seen = new Map<string | undefined, string>()
  for (const each of all) {
    const first = seen.get(keyOf(each))
    if (first !== undefined) return [first, each]
    seen.set(keyOf(each), each)
  }
  return undefined
}

/** What is wrong with ports and volumes that have the right form. */
function placesFault({ ports, volumes }: v.InferOutput<typeof containerProperties>): string | undefined {
  for (const port of ports) {
    const [, address, outside, inside] = /^(?:\[?([\da-f.:]+?)\]?:)?(\d+):(\d+)/.exec(port) ?? []
    if (address !== undefined && isIP(address) === 0) return `ports: ${address} is not an IP address`
    if ([outside, inside].some((n) => Number(n) < 1 || Number(n) > 65_535))
      return `ports: ${port} is not a port from 1 to 65535`
  }
  const sameOutside = clash(ports, (port) => port.replace(/:\d+(\/tcp)?$/, '').replace(/:\d+\/(.*)$/, '/$1'))
  if (sameOutside !== undefined) return `ports: ${sameOutside.join(' and ')} need the same port of the host`
  const sameInside = clash(volumes, (volume) => volume.split(':')[1])
  if (sameInside !== undefined) return `volumes: ${sameInside.join(' and ')} are mounted at the same place`
  return undefined
}

/** Fills in what follows from the name and from other properties. */
export function normaliseContainer(
  given: v.InferOutput<typeof containerProperties>,
  name: string,
  wrong: Wrong,
): ContainerProps {
  if (!/^[a-zA-Z0-9][\w.-]+$/.test(name)) wrong('write a plain name like "redis"')
  if (/\.provision-(new|old)$/.test(name)) wrong('is a name that is needed while a container is replaced')
  if (given.ensure === 'present' && given.image === undefined) wrong("give its image, or ensure: 'absent'")
  const { image = '', command, user, network = BRIDGE } = given
  const twice = given.ports.find((port, i) => given.ports.indexOf(port) !== i)
  if (twice !== undefined) wrong(`ports: ${twice} is given twice`)
  const fault = placesFault(given)
  if (fault !== undefined) wrong(fault)
  const env = Object.entries(given.env).map(([key, value]) => {
    return [key, value instanceof Secret ? value : String(value)] as const
  })
  if (env.some(([, value]) => value instanceof Secret && /[\n\r]/.test(reveal(value))))
    wrong('env: a secret of several lines cannot be a variable; make it a file and a volume')
  const plain = env.map(([key, value]) => [key, value instanceof Secret ? reveal(value) : value])
  const fixed = { image, ports: given.ports, volumes: given.volumes, network }
  const optional = { ...(command === undefined ? {} : { command }), ...(user === undefined ? {} : { user }) }
  return {
    ...fixed,
    ...optional,
    env,
    ensure: given.ensure,
    restart: given.restart,
    restartOn: given.restartOn,
    sums: { env: sumOf([name, plain]), all: sumOf([name, fixed, optional, plain]) },
  }
}
