import * as v from 'valibot'
import {
  basicLogin,
  directory,
  file,
  type InventoryHost,
  pem,
  type Refusal,
  type Resource,
  type Script,
  type Secret,
  type Step,
  secret,
  sh,
  template,
  validityIn,
} from '../../src/index.ts'
import { certificatesAt, type Dated, ending, refuseInvalid, validityAt } from '../common/certificates.ts'
import { varsOf } from '../common/host.ts'

/** Where Docker's client reads root's logins. */
export const LOGINS = { folder: '/root/.docker', file: '/root/.docker/config.json' }

/** Where Docker looks for registries' CAs, for each request. */
const CERTIFICATES = '/etc/docker/certs.d'

const registry = v.pipe(
  v.string(),
  v.regex(
    /^(localhost|(?=[^/]*[.:])[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/,
    'the name of a registry as images begin with it, like "registry.example.com" or "10.0.0.5:5000" ("docker.io" for Docker Hub)',
  ),
)

const login = v.pipe(
  v.strictObject({
    ca: v.optional(
      pem(
        'certificates',
        "Certificate of the CA that signed the registry's, or the registry's own if it is self-signed, as PEM. Docker trusts it for this registry, without a restart. Default: public CAs.",
      ),
    ),
    username: v.optional(
      v.pipe(v.string(), v.regex(/^[^:\x00-\x1f\x7f]+$/, 'a name without ":"'), v.description('Name of the user.')),
    ),
    password: v.optional(
      secret({
        form: { pattern: /^[^\r\n]+$/, wanted: 'one line of text' },
        description: 'Password or access token of the user, as a secret.',
      }),
    ),
    helper: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[a-z0-9][a-z0-9-]*$/, 'a name like "ecr-login", for the program docker-credential-ecr-login'),
        v.description(
          'Instead of both, the credential helper that knows them: ecr-login, gcr. You install its program, docker-credential-NAME.',
        ),
      ),
    ),
  }),
  v.check(({ ca, username, password, helper }) => {
    if (helper !== undefined) return username === undefined && password === undefined
    return (username === undefined) === (password === undefined) && (username !== undefined || ca !== undefined)
  }, 'needs username and password, or helper alone, or ca'),
)

/** Logins for private registries. */
export const registries = v.optional(
  v.pipe(
    v.record(registry, login),
    v.description(
      'Logins for private registries, by the name that images begin with ("docker.io" for Docker Hub). They are written to /root/.docker/config.json, and used for the images above, by deploy and by tasks (in Docker, not in Mesos\' own containerizer). Default: none, and a file that is there stays; {} removes its logins (not the CAs).',
    ),
  ),
)

/** Docker's key for the logins of Docker Hub is a URL. */
const address = (name: string): string => (name === 'docker.io' ? 'https://index.docker.io/v1/' : name)

interface Said {
  readonly registries?: v.InferOutput<typeof registries>
}

const caPath = (name: string): string => `${CERTIFICATES}/${name}/ca.crt`

/** The CAs of a host's registries: as the inventory has them. */
const authorities = (host: InventoryHost): readonly (Pick<Dated, 'what' | 'path'> & { readonly ca: Secret })[] =>
  Object.entries(varsOf<Said>(host, 'docker').registries ?? {}).flatMap(([name, { ca }]) =>
    ca === undefined ? [] : [{ what: `The CA of ${name}`, path: caPath(name), ca }],
  )

/** Refuses a CA by which Docker would trust no registry. */
export const refuseAuthorities = (host: InventoryHost, steps: readonly Step[], now: number): readonly Refusal[] =>
  refuseInvalid(
    authorities(host).map(({ ca, ...each }) => ({ ...each, ...validityIn(ca) })),
    steps,
    now,
  )

/** sh that prints what {@link endingAuthorities} reads. */
export function askAuthorities(host: InventoryHost): Script {
  const paths = authorities(host).map(({ path }) => path)
  return paths.length === 0 ? sh`` : certificatesAt(paths)
}

/** The message about CAs on a host that expire soon or are not valid: no image can be pulled from their registries. */
export const endingAuthorities = (host: InventoryHost, printed: string, now: number): ReturnType<typeof ending> =>
  ending(
    authorities(host).flatMap(({ what, path }) => {
      const is = validityAt(printed, path)
      return is === undefined ? [] : [{ what, path, ...is }]
    }),
    now,
  )

/** The file with the logins, for everything that pulls images with it. */
export function logins(host: InventoryHost): readonly Resource[] {
  const { registries: said } = varsOf<Said>(host, 'docker')
  if (said === undefined) return []
  const all = Object.entries(said)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, by]) => ({ ...by, name: address(name) }))
  const trusted = Object.entries(said).flatMap(([name, { ca }]) => (ca === undefined ? [] : [{ name, ca }]))
  return [
    ...(trusted.length > 0 ? [directory(CERTIFICATES, {})] : []),
    ...trusted.flatMap(({ name, ca }) => [
      directory(`${CERTIFICATES}/${name}`, {}),
      file(caPath(name), { content: ca }),
    ]),
    directory(LOGINS.folder, { mode: '0700' }),
    template(LOGINS.file, {
      from: 'docker/config.json.ejs',
      vars: {
        auths: all.flatMap(({ name, username, password }) =>
          username === undefined || password === undefined ? [] : [{ name, basic: basicLogin(username, password) }],
        ),
        helpers: all.flatMap(({ name, helper }) => (helper === undefined ? [] : [{ name, helper }])),
      },
      mode: '0600',
    }),
  ]
}
