import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request, createServer as serveByTls } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whyNoLogin } from '../../src/cloud/aws/login.ts'
import { Ec2 } from '../../src/cloud/aws/provider.ts'
import { ProxyAgent, proxyFor } from '../../src/cloud/aws/requests/proxy.ts'
import { withCertificates } from '../support/certificates.ts'
import { quickFolder } from '../support/quick-folder.ts'

// Networks from which AWS is reached through a proxy only, and logins that give no credentials.
const test = suite('the way to AWS')
const folder = quickFolder('proxy')
const certificates = withCertificates(test)
test.after(() => rmSync(folder, { recursive: true }))

const EC2 = 'ec2.eu-west-1.amazonaws.com'
const PROXIES: readonly (readonly [env: Readonly<Record<string, string>>, proxy: string | undefined])[] = [
  [{}, undefined],
  [{ HTTPS_PROXY: '' }, undefined],
  [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
  [{ HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
  [{ https_proxy: 'http://lower', HTTPS_PROXY: 'http://upper' }, 'http://lower/'],
  [{ HTTPS_PROXY: '::' }, undefined],
  [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'localhost, .amazonaws.com' }, undefined],
  [{ HTTPS_PROXY: 'http://p', NO_PROXY: '*.amazonaws.com:443' }, undefined],
  [{ HTTPS_PROXY: 'http://p', no_proxy: EC2 }, undefined],
  [{ HTTPS_PROXY: 'http://p', NO_PROXY: '*' }, undefined],
  [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'aws.com,amazonaws.co,,' }, 'http://p/'],
]
for (const [env, proxy] of PROXIES)
  test(`the proxy of ${JSON.stringify(env)}: ${proxy ?? 'none'}`, () => assert.is(proxyFor(EC2, env)?.href, proxy))

/** A proxy that connects everybody to one port, or answers with a status. */
async function proxy(to: number, status = 200) {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (wanted, socket) => {
    asked.push(`${wanted.url} ${wanted.headers['proxy-authorization'] ?? ''}`.trim())
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} Not today\r\n\r\n`)
    const there = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      socket.pipe(there).pipe(socket)
    })
    for (const end of [there, socket]) end.on('error', () => {})
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return { asked, port: (server.address() as AddressInfo).port }
}

test('a request goes through the proxy, with its login, and trusts only the server itself', async () => {
  const secret = { key: certificates.read('www.key'), cert: certificates.read('www.chain') }
  const server = serveByTls(secret, (_, answer) => void answer.end('well met'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { asked, port } = await proxy((server.address() as AddressInfo).port)
  const get = (ca: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const agent = new ProxyAgent({ HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${port}` }, { keepAlive: false })
      request({ host: 'www.example.com', agent, ca: certificates.read(ca) }, (answer) => resolve(text(answer)))
        .once('error', reject)
        .end()
    })
  assert.is(await get('root.crt'), 'well met')
  assert.equal(asked, [`www.example.com:443 Basic ${Buffer.from('me:p@ss').toString('base64')}`])
  const said = await get('api.crt').catch(({ message }: Error) => message)
  assert.match(said, /certificate/)
  server.closeAllConnections()
})

const config = join(folder, 'config')

/** A person who has logged in by single sign-on. */
function signOn(): void {
  const cache = join(folder, '.aws', 'sso', 'cache')
  mkdirSync(cache, { recursive: true })
  const name = createHash('sha1').update('corp').digest('hex')
  writeFileSync(join(cache, `${name}.json`), JSON.stringify({ accessToken: 'x', expiresAt: '2100-01-01T00:00:00Z' }))
  const session = 'sso_start_url = https://corp.example.com\nsso_region = eu-west-1\n'
  const profile = 'sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = ops\n'
  writeFileSync(config, `[sso-session corp]\n${session}[profile ops]\n${profile}`)
  Object.assign(process.env, { HOME: folder, AWS_CONFIG_FILE: config })
}

test('all requests go there, and a proxy that refuses is said', async () => {
  const { asked, port } = await proxy(0, 407)
  Object.assign(process.env, {
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  })
  for (const name of ['AWS_ENDPOINT_URL', 'https_proxy', 'no_proxy', 'NO_PROXY']) delete process.env[name]
  signOn()
  const sdk = await import('../../src/cloud/aws/sdk.ts')
  const account = { provider: 'aws', cluster: 'dc1', region: 'eu-west-1' } as const
  const ec2 = new Ec2(sdk, account)
  const said = (work: Promise<unknown>) => work.then(String, ({ message }: Error) => message)
  assert.is(
    await said(ec2.describe()),
    `AWS cannot be reached in eu-west-1: check the name of the region and the network, and the proxy in HTTPS_PROXY (the proxy 127.0.0.1:${port} answered 407 Not today)`,
  )
  assert.is(await ec2.owner(), undefined)
  await said(ec2.image({ image: 'resolve:ssm:/x' } as Parameters<Ec2['image']>[0]))
  await said(ec2.balancers.look('arn:x'))
  await said(ec2.groups.look(['x']))
  await said(new Ec2(sdk, { ...account, profile: 'ops' }).describe())
  const hosts = ['ec2', 'sts', 'ssm', 'elasticloadbalancing', 'autoscaling', 'portal.sso']
  assert.equal(
    [...new Set(asked)],
    hosts.map((name) => `${name}.eu-west-1.amazonaws.com:443`),
  )
})

const LOGINS: readonly (readonly [profile: string | undefined, more: object, why: RegExp | undefined])[] = [
  ['nosuch', {}, /^there is no AWS profile nosuch in .*config or .*credentials: name another/],
  [undefined, { AWS_PROFILE: 'nosuch' }, /^there is no AWS profile nosuch/],
  ['vault', {}, /^the credential_process of the AWS profile vault gave no valid credentials: run its command by hand$/],
  ['plain', {}, undefined],
  ['keys', {}, undefined],
  [undefined, {}, undefined],
]
for (const [profile, more, why] of LOGINS)
  test(`no credentials: ${profile ?? JSON.stringify(more)}`, () => {
    writeFileSync(
      config,
      '[default]\nregion = x\n[profile vault]\ncredential_process = /bin/vault\n[profile plain]\nregion=x\n',
    )
    writeFileSync(join(folder, 'credentials'), '[keys]\naws_access_key_id = x\n')
    const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), ...more }
    const said = whyNoLogin(profile, env)
    if (why) assert.match(said ?? 'nothing', why)
    else assert.is(said, undefined)
  })

test.run()
