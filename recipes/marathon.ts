import { createHash } from 'node:crypto'
import {
  archive,
  type Cluster,
  defineRecipe,
  directory,
  file,
  type Host,
  type InventoryHost,
  type Listens,
  marathonCredentials,
  marathonDial,
  marathonMember,
  type Net,
  PORTS,
  pkg,
  type Refusal,
  type Resource,
  reachFrom,
  render,
  type Step,
  service,
  systemdUnit,
  template,
  user,
} from '../src/index.ts'
import { foreignAddress, heapTooLarge } from './common/facts.ts'
import { varsOf } from './common/host.ts'
import { portsTaken } from './common/ports.ts'
import { imageOf } from './docker/images.ts'
import { type Attributes, attributes } from './marathon/attributes.ts'
import { check, versionOf } from './marathon/check.ts'
import { holdsDeployments } from './marathon/deployments.ts'
import { health } from './marathon/health.ts'
import { SECRET_FILE, variables } from './marathon/variables.ts'
import { place } from './mesos/package.ts'

const ENV = '/etc/marathon/marathon.env'

type Image = Extract<Attributes['source'], { readonly image: unknown }>['image']

/** The identity of an image: a pulled one's digest, a loaded one's id, or an imported one's source. */
function identityOf(image: Image): string {
  if ('digest' in image) return image.digest
  if ('id' in image) return image.id
  const madeFrom = JSON.stringify([image.sha256, image.import])
  return createHash('sha256').update(madeFrom).digest('hex')
}

/** A tag that contains the image's identity: another image changes the unit's text, and so causes the restart. */
const tagOf = (image: Image): string => `provision/marathon:${identityOf(image).replace('sha256:', '').slice(0, 12)}`

/** Marathon itself, and its user. */
function release({ source }: Attributes): readonly Resource[] {
  if ('image' in source) {
    const { version: _, ...from } = source.image
    return [imageOf(tagOf(source.image), from)]
  }
  return [
    pkg(source.java, {}),
    user('marathon', { system: true, home: '/var/lib/marathon', shell: '/usr/sbin/nologin' }),
    archive(`/opt/marathon-${source.version}`, {
      source: place(source.tarball),
      sha256: source.sha256,
      strip: 1,
      link: '/opt/marathon',
    }),
  ]
}

function resources(host: Host, cluster: Cluster, attrs: Attributes): readonly Resource[] {
  const image = 'image' in attrs.source ? tagOf(attrs.source.image) : undefined
  const parts = release(attrs)
  const env = template(ENV, {
    from: 'marathon/marathon.env.ejs',
    vars: { variables: variables(host, cluster, attrs) },
    mode: '0600',
  })
  // the image runs as nobody
  const owner = image === undefined ? { owner: 'marathon', group: 'marathon' } : { owner: 'nobody', group: 'nogroup' }
  const secret =
    attrs.mesosSecret === undefined ? [] : [file(SECRET_FILE, { content: attrs.mesosSecret, ...owner, mode: '0400' })]
  const unit = systemdUnit('marathon.service', {
    content: render('marathon/marathon.service.ejs', {
      image: image ?? '',
      session: Math.ceil(attrs.zkSessionTimeout / 1000),
    }),
  })
  return [
    ...parts,
    directory('/etc/marathon', {}),
    env,
    ...secret,
    unit,
    // the unit names the image or release; Java's updates take effect with the next restart
    service('marathon', {
      listens: PORTS.marathon,
      restartOn: [...parts.filter(({ type }) => type.name === 'archive'), env, ...secret, unit],
    }),
  ]
}

/** Marathon's ports. */
function listens(host: InventoryHost): readonly Listens[] {
  const { privateAddress: address } = host
  const { libprocessPort } = varsOf<Partial<Attributes>>(host, 'marathon')
  const own = libprocessPort === undefined ? [] : [{ port: libprocessPort, address, variable: 'libprocessPort' }]
  return [{ port: PORTS.marathon, address }, ...own]
}

/** Refuses upgrades to another minor version by accident, and ports that another process has. */
async function refuse(host: Host, cluster: Cluster, steps: readonly Step[], net: Net): Promise<readonly Refusal[]> {
  const { source, heapMb } = varsOf<Attributes>(host, 'marathon')
  const refusals = [
    ...foreignAddress(host),
    ...heapTooLarge(host, 'marathon', heapMb),
    ...(await portsTaken(net, steps, 'marathon', listens(host))),
  ]
  const wanted = versionOf(source)
  if (!steps.some(({ name, type }) => name === 'marathon' && type === 'service') || wanted === undefined)
    return refusals
  const { version: is } = await marathonMember(marathonDial(host, reachFrom(net)), marathonCredentials(cluster)).catch(
    () => ({
      version: undefined,
    }),
  )
  const minor = (version: string): string => version.split('.').slice(0, 2).join('.')
  if (is === undefined || minor(is) === minor(wanted)) return refusals
  return [
    ...refusals,
    {
      refusal: 'marathon-version',
      reason: `Marathon ${is} runs, and ${wanted} is wanted: a different minor version irreversibly migrates the state in ZooKeeper, and two of them must not run at once.`,
      remedy:
        'Save its state first (provision backup DIR), stop all Marathons but the leader, and allow it for one host after the other; never skip a minor version.',
      changes: [],
    },
  ]
}

/** Marathon, from an image with its own JVM and libmesos, or from its tarball. */
export const marathon = defineRecipe({
  name: 'marathon',
  unit: 'marathon.service',
  attributes,
  resources,
  check,
  listens,
  refuse,
  health,
  rolling: { services: ['marathon.service'], deadline: 180, unavailable: () => 1, holds: holdsDeployments },
})
