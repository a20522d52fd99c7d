/**
 * Certificates for tests, made by openssl on demand: a root, a CA that it signed, and certificates that the CA signed.
 * `renewed`, `expired`, `coming` (not valid yet), `public` (as a public CA makes them: it says where that CA's own
 * certificate is) and `late` (signed by a CA that has expired, `old`) have the key of `www`. `consul` is a server's.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Their files: `NAME.crt`, `NAME.key`, and `NAME.chain`, which is the certificate and the CA that signed it. */
export interface Certificates {
  path(name: string): string
  read(name: string): string
}

const CONFIG = `
[ca]
default_ca = signs
[signs]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
[public]
authorityInfoAccess = caIssuers;URI:http://ca.example.com/ca.crt
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
`
const LONG = ['-startdate', '20240101000000Z', '-enddate', '21240101000000Z']
const FUTURE = ['-startdate', '20990101000000Z', '-enddate', '21240101000000Z']
const PAST = ['-startdate', '20240101000000Z', '-enddate', '20240401000000Z']

/** Makes them, in a folder that is removed after the suite. */
export function withCertificates(test: { after(clean: () => void): unknown }): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  test.after(() => rmSync(folder, { recursive: true }))
  const path = (name: string): string => join(folder, name)
  const read = (name: string): string => readFileSync(path(name), 'utf8')
  const openssl = (...args: readonly string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  writeFileSync(path('ca.cnf'), CONFIG)
  writeFileSync(path('index'), '')

  const key = (name: string): unknown =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`)
  /** A certificate for a key, signed by a signer's key or self-signed. */
  function sign(name: string, of: string, domain: string, signer: string | undefined, more: readonly string[]): void {
    const names = signer === undefined || signer === 'root' ? [] : ['-addext', `subjectAltName=DNS:${domain}`]
    openssl('req', '-new', '-key', `${of}.key`, '-subj', `/CN=${domain}`, '-out', 'request', ...names)
    const by =
      signer === undefined
        ? ['-selfsign', '-keyfile', `${of}.key`]
        : ['-cert', `${signer}.crt`, '-keyfile', `${signer}.key`] // prettier-ignore
    openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', '-in', 'request', '-out', `${name}.crt`, ...by, ...more)
    if (signer !== undefined) writeFileSync(path(`${name}.chain`), read(`${name}.crt`) + read(`${signer}.crt`))
  }
  for (const name of ['root', 'ca', 'old', 'www', 'api', 'consul']) key(name)
  const authority = [...LONG, '-extensions', 'authority']
  sign('root', 'root', 'root.example.com', undefined, authority)
  sign('ca', 'ca', 'ca.example.com', 'root', authority)
  sign('old', 'old', 'old.example.com', 'root', [...PAST, '-extensions', 'authority'])
  sign('www', 'www', 'www.example.com', 'ca', LONG)
  sign('renewed', 'www', 'www.example.com', 'ca', LONG)
  sign('expired', 'www', 'www.example.com', 'ca', PAST)
  sign('coming', 'www', 'www.example.com', 'ca', FUTURE)
  sign('public', 'www', 'www.example.com', 'ca', [...LONG, '-extensions', 'public'])
  sign('late', 'www', 'www.example.com', 'old', LONG)
  sign('consul', 'consul', 'server.lab.consul', 'ca', LONG)
  sign('api', 'api', 'api.example.com', 'ca', LONG)
  return { path, read }
}
