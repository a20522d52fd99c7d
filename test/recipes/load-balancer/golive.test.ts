/**
 * The go-live script, run by a real sh: what it takes live, and what it does not believe. HAProxy and systemd are small
 * stand-ins that write down what they are asked.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DOUBT, END, WAIT } from '../../../recipes/haproxy/paths.ts'
import { render } from '../../../src/index.ts'

interface Ctx {
  folder: string
}
const test = suite<Ctx>('the go-live script')

const config = (...apps: readonly string[]) =>
  `global\n${apps.map((app) => `\nbackend be_${app}\n  balance leastconn\n`).join('')}\n${END}\n`

test.before.each((ctx) => {
  ctx.folder = mkdtempSync(join(tmpdir(), 'golive-'))
  const at = (name: string) => join(ctx.folder, name)
  mkdirSync(at('bin'))
  const programs = {
    haproxy: 'exit 0',
    journalctl: 'exit 0',
    // not active: it is started, which always succeeds here
    systemctl: 'case $* in *ActiveState*) echo inactive ;; esac',
    'systemd-run': `echo "$*" >>${at('asked')}`,
  }
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${script}\n`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  const paths = {
    live: at('live'),
    staged: at('staged'),
    dir: at('dir'),
    registrar: at('registrar.json'),
    end: END,
    wait: WAIT,
    doubt: DOUBT,
  }
  writeFileSync(
    at('golive'),
    render('haproxy/golive.sh.ejs', paths)
      .toString()
      .replace('PATH=', `PATH=${at('bin')}:`),
  )
  chmodSync(at('golive'), 0o755)
  writeFileSync(at('live'), config('shop', 'web'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

/** Has a configuration staged, while the registrar here has tasks of some apps. */
function goLive(
  { folder }: Ctx,
  staged: string,
  services: readonly string[],
  age = 0,
): { readonly ok: boolean; readonly message: string; readonly line?: string } {
  writeFileSync(join(folder, 'staged'), staged)
  writeFileSync(join(folder, 'registrar.json'), `${JSON.stringify({ time: 0, services, changed: 0 })}\n`)
  aged(join(folder, 'registrar.json'), age)
  const { status, stderr } = spawnSync(join(folder, 'golive'), { encoding: 'utf8' })
  assert.equal([status, stderr], [0, ''])
  return JSON.parse(readFileSync(join(folder, 'dir/status'), 'utf8'))
}
/** Makes a file so many seconds old. */
const aged = (file: string, seconds: number): void => {
  const at = Date.now() / 1000 - seconds
  utimesSync(file, at, at)
}
const live = ({ folder }: Ctx): string => readFileSync(join(folder, 'live'), 'utf8')
const again = ({ folder }: Ctx): number =>
  existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n').length : 0

for (const [what, staged, services, age, ok, says] of [
  ['another app comes', config('api', 'shop', 'web'), ['web'], 0, true, /taken over/],
  ['an app of others ends', config('web'), ['web'], 0, true, /taken over/],
  [
    'an app of here is not named any more',
    config('shop'),
    ['web'],
    0,
    false,
    /^Consul does not name web any more, of which the registrar here has/,
  ],
  ['no app is named any more, of which one is here', config(), ['web'], 0, false, /^Consul does not name web/],
  ['no app is named any more, of which none is here', config(), [], 0, false, /^Consul suddenly names no app at all/],
  ['the registrar has not said anything for long', config('shop'), ['web'], 300, true, /taken over/],
] as const) {
  test(what, (ctx) => {
    const before = live(ctx)
    const said = goLive(ctx, staged, services, age)
    assert.is(said.ok, ok, said.message)
    assert.match(said.message, says)
    assert.is(live(ctx), ok ? staged : before)
    assert.is(again(ctx), ok ? 0 : 1)
  })
}

test('what is not believed is looked at again, once at a time, and believed after a while', (ctx) => {
  goLive(ctx, config(), [])
  goLive(ctx, config(), [])
  assert.is(again(ctx), 1)
  aged(join(ctx.folder, 'dir/empty'), DOUBT)
  assert.is(goLive(ctx, config(), []).ok, true)
  assert.is(live(ctx), config())
})

test('what a full disk has left of its files, and a clock that was set back, stop nothing', (ctx) => {
  const file = (name: string): string => join(ctx.folder, 'dir', name)
  goLive(ctx, config(), [])
  for (const name of ['empty', 'again', 'since', 'status']) writeFileSync(file(name), '')
  assert.match(goLive(ctx, config(), []).message, /^Consul suddenly names no app at all/)
  for (const name of ['empty', 'again']) aged(file(name), -3600)
  goLive(ctx, config(), [])
  aged(file('empty'), DOUBT)
  aged(file('again'), 5)
  assert.is(goLive(ctx, config(), []).ok, true)
  assert.is(live(ctx), config())
})

// as 2.6 says it
for (const [form, message, named] of [
  ['parsing [FILE:2] : error', 'line 2: error', true],
  ["parsing [FILE:2]: unable to find userlist 'x'", "line 2: unable to find userlist 'x'", true],
  ['Parsing [FILE:2]: failed to parse log-format : no', 'line 2: failed to parse log-format : no', true],
  ['Parsing [(null):0]: failed to parse log-format-sd : no', 'failed to parse log-format-sd : no', true],
  ["[FILE:2] : 'server a/b' : could not resolve", "line 2: 'server a/b' : could not resolve", true],
  ["Proxy 'fe_http': unable to find table 'x'", "Proxy 'fe_http': unable to find table 'x'", false],
] as const)
  test(`what HAProxy refuses as "${form}" is kept beside its line, whatever is in it`, (ctx) => {
    const words = form.includes('(null)') ? 'log-format-sd "[x@1 a=%ZZ]"' : 'http-request set-header "a\\" b %[fantasy]'
    const [wrong, before] = [`  ${words}`, live(ctx)]
    const at = `[ALERT]    (12) : config : ${form.replace('FILE', '/var/lib/staged.cfg')}`
    writeFileSync(
      join(ctx.folder, 'bin/haproxy'),
      `#!/bin/sh\ncat <<'E'\n[WARNING] (12) : hm\n${at}\n[ALERT] (12) : Fatal\nE\nexit 1\n`,
    )
    const said = goLive(ctx, config('web').replace('global\n', `global\n${wrong}\n`), [])
    assert.equal([said.ok, said.message, said.line], [false, message, named ? wrong : ''])
    assert.is(live(ctx), before)
  })

for (const [what, journal, times, says] of [
  [
    'a HAProxy that does not get to it, and says nothing, is asked again',
    '',
    1,
    /^HAProxy has not taken it over in time/,
  ],
  [
    'what a worker that runs says of its servers is no reason',
    '[ALERT]    (12) : backend be_web has no server available!',
    1,
    /^HAProxy has not taken it over in time/,
  ],
  ['one that says why is not', '[ALERT]    (12) : cannot bind', 0, /^HAProxy did not take it over: cannot bind$/],
] as const) {
  test(what, (ctx) => {
    writeFileSync(
      join(ctx.folder, 'bin/systemctl'),
      '#!/bin/sh\ncase $* in *ActiveState*) echo inactive ;; start*) exit 1 ;; esac\n',
    )
    writeFileSync(join(ctx.folder, 'bin/journalctl'), `#!/bin/sh\necho '${journal}'\n`)
    const before = live(ctx)
    const said = goLive(ctx, config('api', 'shop', 'web'), [])
    assert.is(said.ok, false)
    assert.match(said.message, says)
    assert.equal([again(ctx), live(ctx)], [times, before])
  })
}

for (const [what, address, before, wanted, ok] of [
  ['another program has it', '127.0.0.1', '', ':PORT', false],
  ['another program has it at that address', '127.0.0.1', '', '127.0.0.1:PORT', false],
  ['another program has it at all addresses', '0.0.0.0', '', '127.0.0.2:PORT', false],
  ['another program has it for IPv6', '::1', '', ':::PORT v6only', false],
  ['the second of a line', '127.0.0.1', '', '127.0.0.2:PORT,127.0.0.1:PORT', false],
  ['another program has it at another address', '127.0.0.1', '', '127.0.0.2:PORT', true],
  ['another program has it for IPv4 only', '127.0.0.1', '', ':::PORT v6only', true],
  ['HAProxy has it, and takes IPv6 as well', '::', ':PORT', ':::PORT v6only', true],
  ['HAProxy has it, and moves to one address', '127.0.0.1', ':PORT', '127.0.0.1:PORT', true],
] as const) {
  test(`a port to listen on: ${what}`, async (ctx) => {
    const server = createServer().listen(0, address)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const bound = (bind: string): string =>
      config('web').replace('global\n', `global\n  bind ${bind.replaceAll('PORT', String(port))}\n`)
    if (before !== '') writeFileSync(join(ctx.folder, 'live'), bound(before))
    try {
      const { ok: went, message } = goLive(ctx, bound(wanted), [])
      assert.equal([went, message], ok ? [true, 'taken over'] : [false, `port ${port} is taken by another program`])
    } finally {
      server.close()
    }
  })
}

test('what comes back was never away', (ctx) => {
  goLive(ctx, config(), [])
  assert.is(goLive(ctx, config('shop', 'web'), []).ok, true)
  assert.not.ok(existsSync(join(ctx.folder, 'dir/empty')))
})

test.run()
