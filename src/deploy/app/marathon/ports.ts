import { isDeepStrictEqual } from 'node:util'
import type { Fault } from '../../../lib/check.ts'
import { type Json, list, object, text } from '../../../lib/json.ts'
import type { Path } from '../../../lib/json-path.ts'
import { type MarathonRule, objects, repeated, wrong, wrongIf } from './rule.ts'

const MAPPINGS: Path = ['container', 'portMappings']

/** The same thing said in two notations, of which Marathon takes one. */
function twice({ networks, ipAddress, ports, portDefinitions, container }: Json): readonly Fault[] {
  const { docker, portMappings } = object(container)
  const { network, portMappings: old } = object(docker)
  const one = 'Marathon takes one of them'
  const defined = objects(portDefinitions).map(({ port }) => port)
  return [
    ...wrongIf(
      network !== undefined && list(networks).length > 0,
      ['container', 'docker', 'network'],
      `cannot stand beside networks: ${one}, and networks is the newer`,
    ),
    ...wrongIf(
      old !== undefined && portMappings !== undefined,
      ['container', 'docker', 'portMappings'],
      `cannot stand beside container.portMappings: ${one}`,
    ),
    ...wrongIf(
      ipAddress !== undefined && list(networks).length > 0,
      ['ipAddress'],
      `cannot stand beside networks: ${one}, and networks is the newer`,
    ),
    ...wrongIf(
      ipAddress !== undefined && (list(ports).length > 0 || list(portDefinitions).length > 0),
      [list(ports).length > 0 ? 'ports' : 'portDefinitions'],
      'cannot stand beside ipAddress, whose ports are in ipAddress.discovery.ports',
    ),
    ...wrongIf(
      list(ports).length > 0 && defined.length > 0 && !isDeepStrictEqual(ports, defined),
      ['ports'],
      `cannot stand beside other portDefinitions: ${one}, and portDefinitions is the newer`,
    ),
  ]
}

/** Ports that Marathon drops without a word, since the network of the app has no use for them. */
function dropped({ networks, ipAddress, ports, portDefinitions, container }: Json): readonly Fault[] {
  const { docker, portMappings } = object(container)
  const { network, portMappings: old } = object(docker)
  const modes = objects(networks).map(({ mode = 'container' }) => mode)
  const place: Path = list(portMappings).length > 0 ? MAPPINGS : ['container', 'docker', 'portMappings']
  const mapped = list(portMappings).length > 0 || list(old).length > 0
  if (mapped && (modes.includes('host') || network === 'HOST'))
    return wrong(place, 'are dropped by Marathon on the network of the host: write portDefinitions instead')
  const unsaid = modes.length === 0 && ipAddress === undefined && network === undefined
  if (unsaid && list(portMappings).length > 0)
    return wrong(
      place,
      'are dropped by Marathon, which without networks uses that of the host: add "networks": [{"mode": "container/bridge"}]',
    )
  const own = modes.length > 0 && !modes.includes('host')
  const plain = list(portDefinitions).length > 0 ? 'portDefinitions' : 'ports'
  return wrongIf(
    own && !mapped && list(plain === 'ports' ? ports : portDefinitions).length > 0,
    [plain],
    'are dropped by Marathon unless the app is on the network of the host: write container.portMappings instead',
  )
}

function networkModes({ networks, container }: Json): readonly Fault[] {
  const { type = 'DOCKER', docker } = object(container)
  const all = objects(networks)
  const own = all.filter(({ mode = 'container' }) => mode === 'container')
  const named = all.findIndex(
    ({ mode, name }) => name !== undefined && (mode === 'host' || mode === 'container/bridge'),
  )
  return [
    ...wrongIf(
      text(object(docker).network) === 'NONE',
      ['container', 'docker', 'network'],
      'cannot be "NONE", which Marathon does not take: give it a network, or none of its own with networks [{"mode": "host"}]',
    ),
    ...wrongIf(
      all.length > 1 && own.length < all.length,
      ['networks'],
      'may have one host or one bridge network, or several of mode "container"',
    ),
    ...wrongIf(
      own.length > 1 && own.length === all.length && container !== undefined && type === 'DOCKER',
      ['networks'],
      'may have one network only, since Docker joins a container to no other',
    ),
    ...wrongIf(named >= 0, ['networks', named, 'name'], `goes with mode "container" only: leave it out`),
  ]
}

/** Numbers and names that two ports of an app have. */
function samePorts({ ports, portDefinitions, container }: Json): readonly Fault[] {
  const { docker, portMappings } = object(container)
  const defined = objects(portDefinitions)
  const again = (at: Path, what: string, values: readonly unknown[], key?: string): readonly Fault[] =>
    repeated(values.map((value) => (value === 0 || value === undefined ? Symbol('any') : value))).flatMap(
      ([i, value]) =>
        wrong(key === undefined ? [...at, i] : [...at, i, key], `is the ${what} ${String(value)} a second time`),
    )
  const names = (at: Path, items: readonly Json[]): readonly Fault[] =>
    again(
      at,
      'name',
      items.map(({ name }) => name),
      'name',
    )
  return [
    ...again(['ports'], 'port', list(ports)),
    ...again(
      ['portDefinitions'],
      'port',
      defined.map(({ port }) => port),
      'port',
    ),
    ...names(['portDefinitions'], defined),
    ...names(MAPPINGS, objects(portMappings)),
    ...names(['container', 'docker', 'portMappings'], objects(object(docker).portMappings)),
  ]
}

/** Networks and ports. */
export const ports: MarathonRule = {
  reads: ['networks', 'ipAddress', 'ports', 'portDefinitions', 'container'],
  find: (app) => [...twice(app), ...dropped(app), ...networkModes(app), ...samePorts(app)],
}
