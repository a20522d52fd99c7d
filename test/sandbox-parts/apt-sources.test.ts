import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  forRelease,
  parseDeb822,
  parseOneLine,
  renderDeb822,
  throughCache,
} from '../../src/sandbox/image/apt-sources.ts'

const test = suite('apt sources')

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const deb822 = `# Debian's own, as an image has them
Types: deb deb-src
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: ${KEYRING}

Types: deb
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main
Signed-By: ${KEYRING}

Types: deb-src
URIs: http://mirror.example/sources
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://strangers.example/debian
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/stranger.gpg
`

const own = [
  {
    uri: 'http://mirror.example/debian',
    suites: ['trixie', 'trixie-updates'],
    components: ['main'],
    signedBy: KEYRING,
  },
  {
    uri: 'http://mirror.example/debian-security',
    suites: ['trixie-security'],
    components: ['main'],
    signedBy: KEYRING,
  },
]

const cases = [
  { name: 'deb822', sources: parseDeb822(deb822), want: own },
  {
    name: 'one line each, options, comments, a CD, a stranger with the same suite',
    sources: parseOneLine(`# deb http://no.example/debian bookworm main
deb [arch=amd64 signed-by=${KEYRING}] http://mirror.example/debian bookworm main contrib # the archive
deb [signed-by=${KEYRING}]  http://mirror.example/debian  bookworm-updates  main
deb [ signed-by=${KEYRING} ] http://mirror.example/debian-security bookworm-security main
deb-src http://mirror.example/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb [signed-by=/etc/apt/keyrings/docker.asc] https://docker.example/linux/debian bookworm stable
deb https://tools.example/apt stable main
`),
    want: own,
  },
  {
    name: 'no keyring named: a URI that says debian is Debian',
    sources: parseOneLine(
      'deb http://mirror.example/debian stable main\ndeb http://other.example/debianish stable main',
    ),
    want: [{ uri: 'http://mirror.example/debian', suites: ['trixie'], components: ['main'] }],
  },
  {
    name: 'a machine without a Debian archive',
    sources: parseOneLine('deb http://mirror.example/ubuntu noble main'),
    want: [],
  },
  {
    name: 'updates alone are no archive',
    sources: parseOneLine('deb http://mirror.example/debian bookworm-updates main'),
    want: [],
  },
]

for (const { name, sources, want } of cases) test(name, () => assert.equal(forRelease(sources, 'trixie'), want))

test('a key inside the source survives', () => {
  const key = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----'
  const text = `Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\nSigned-By:\n ${key}\n`
  assert.is(renderDeb822(forRelease(parseDeb822(text), 'trixie'), KEYRING), text)
})

test('what is rendered is read back; hosts get their own keyring', () => {
  assert.equal(parseDeb822(renderDeb822(own)), own)
  assert.equal(
    parseDeb822(renderDeb822(own, '/k.gpg')).map(({ signedBy }) => signedBy),
    ['/k.gpg', '/k.gpg'],
  )
})

test('an https mirror is asked for through the cache', () => {
  assert.is(throughCache('https://mirror.example/debian'), 'http://HTTPS///mirror.example/debian')
  assert.is(throughCache('http://mirror.example/debian'), 'http://mirror.example/debian')
})

test.run()
