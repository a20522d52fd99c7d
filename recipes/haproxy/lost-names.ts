import { certificateNames, certifiedNames, isCertified, type Net, type Refusal, sh } from '../../src/index.ts'
import type { Attributes } from './attributes.ts'
import { namesServed } from './certificates.ts'
import { PATHS } from './paths.ts'

const OURS = `^  bind [^ ]* ssl crt ${PATHS.certs}/`

/** The lines of the live configuration that say who is served and how, and the certificate of each of its files. */
const LOOK = sh`
  grep -sE '^  (use_backend be_|default_backend be_|http-request redirect prefix https:)' ${PATHS.live}
  grep -s ${OURS} ${PATHS.live} | tr ' ' '\n' | grep ${`^${PATHS.certs}/`} | sort -u | while read -r each; do
    echo '  bind'
    sed -n '/^-----BEGIN.* CERTIFICATE-----/,/^-----END/{p;/^-----END/q;}' "$each" 2>/dev/null
  done
  :`

/** Whom a host serves now, and how. */
interface Served {
  /** The names of its apps. */
  readonly names: readonly string[]
  readonly apps: boolean
  readonly tls: boolean
  readonly redirects: boolean
  readonly certified: ReadonlySet<string>
}

function servedIn(text: string): Served {
  const lines = text.split('\n')
  return {
    names: namesServed(lines),
    apps: lines.some((line) => /_backend be_/.test(line)),
    tls: lines.some((line) => line === '  bind'),
    redirects: lines.some((line) => line.startsWith('  http-request redirect ')),
    certified: certifiedNames([{ names: certificateNames(text) }]),
  }
}

const REMEDY = 'Add one to vars.haproxy.tls, or first deploy the app without that name, and run the same command again.'

/**
 * Refuses certificates (and a redirect to https) by which clients of an app that is served now would reach it no more:
 * its name had a certificate, or needed none.
 */
export async function namesLost(net: Net, attrs: Partial<Attributes>): Promise<readonly Refusal[]> {
  const now = servedIn(await net.read(LOOK))
  const refuse = (reason: string, remedy: string): readonly Refusal[] => [
    { refusal: 'certificate-names', reason, remedy, changes: [] },
  ]
  if (attrs.tls === undefined) {
    if (!now.tls || !now.apps) return []
    return refuse(
      'HAProxy serves apps over TLS, and would no longer do so.',
      'Keep vars.haproxy.tls until nobody comes to its port, as when a load balancer in front speaks TLS.',
    )
  }
  const next = certifiedNames(attrs.tls.certificates)
  const redirected = attrs.redirectToHttps === true && !now.redirects
  const lost = now.names.filter((name) => !isCertified(name, next) && (redirected || isCertified(name, now.certified)))
  return lost.length === 0
    ? []
    : refuse(`Apps are served as ${lost.join(', ')}, and no certificate would be for that.`, REMEDY)
}
