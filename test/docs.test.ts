// The documents are part of the program: their TypeScript has the right types, the recipes among it do what they say,
// their JSON is a valid inventory, and what is made from the types is up to date.
// Under tsx: files of users are loaded in this process.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pages } from '../scripts/docs.ts'
import { parseAppFile } from '../src/deploy/app/app-file.ts'
import { findings } from '../src/deploy/check/findings.ts'
import { compile } from '../src/engine/observe/compile.ts'
import { probeOf } from '../src/engine/observe/observe.ts'
import * as words from '../src/index.ts'
import { parseInventory } from '../src/inventory/parse.ts'
import { type Resource, repair, type Word } from '../src/model/resource.ts'
import { usersModules } from '../src/project/import.ts'
import { loadInventory } from '../src/project/load.ts'
import { rolesIn } from '../src/project/roles.ts'
import { hostOf } from './recipes/support.ts'
import { type Block, blocks, read, root } from './support/documents.ts'
import { place } from './support/run-local.ts'

const test = suite('documents')
const of = (language: string) => blocks.filter((block) => block.language === language)

// Each document is a project of its own in a folder, as a user would have it.
const base = realpathSync(mkdtempSync(join(tmpdir(), 'documents-')))
test.after(() => rmSync(base, { recursive: true }))
const folderOf = (document: string): string => join(base, document.replaceAll(/[/.]/g, '-'))
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
symlinkSync(join(root, 'node_modules'), join(base, 'node_modules'))
write(join(base, 'package.json'), '{ "type": "module" }')
const index: Record<string, number> = {}
for (const { document, language, text, path } of blocks) {
  if (language !== 'ts' && path === undefined) continue
  index[document] = (index[document] ?? 0) + 1
  write(join(folderOf(document), path ?? `example-${index[document]}.ts`), text)
}

test('there are examples', () => assert.ok(of('ts').length >= 7 && of('json').length >= 2 && of('sh').length >= 3))

test('the types of all TypeScript are right', () => {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: {
        'provision-ssh': [join(root, 'src/index.ts')],
        'provision-ssh/sandbox': [join(root, 'src/sandbox/index.ts')],
        'provision-ssh/*': [join(root, '*.ts')],
      },
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: ['*/**/*.ts'],
  }
  write(join(base, 'tsconfig.json'), JSON.stringify(config))
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', base],
    {
      encoding: 'utf8',
    },
  )
  assert.is(status, 0, stdout)
})

const isApp = ({ text }: Block): boolean => 'id' in JSON.parse(text)
for (const { document, text } of of('json').filter(isApp)) {
  const { id } = JSON.parse(text)
  test(`${document}: ${id} is an app of which nothing is refused, and nothing noted`, () => {
    const { definition } = parseAppFile(text, { path: '/x/app.json', secrets: () => 'a secret value' })
    assert.equal(findings(definition, { slaves: 2 }), [])
  })
}

for (const { document, text } of of('json').filter((block) => !isApp(block))) {
  test(`${document}: ${text.slice(0, 40).replaceAll(/\s+/g, ' ')}… is a valid inventory`, async () => {
    const folder = folderOf(document)
    const source = rolesIn(existsSync(folder) ? folder : base)
    const roles = new Map(await Promise.all(source.names.map(async (name) => [name, await source.load(name)] as const)))
    const cluster = parseInventory(text, { path: '/x/inventory.json', roles })
    assert.ok(cluster.hosts.length > 0)
  })
}

test("docs/inventory.md: Ansible's inventory is read as it says", async () => {
  const [hosts = '', table = ''] = ['ini', 'jsonc'].map(
    (language) => of(language).find(({ document }) => document === 'docs/inventory.md')?.text,
  )
  const folder = join(base, 'ansible')
  write(join(folder, 'hosts.ini'), hosts)
  const mistakes = await loadInventory('hosts.ini', { folder }).catch((error: Error) => error.message.split('\n'))
  for (const line of [...read('docs/inventory.md').matchAll(/^ {6}line \d+ {3}(nothing says .*)$/gm)])
    assert.ok(
      Array.isArray(mistakes) && mistakes.some((each) => each.endsWith(line[1] as string)),
      `${line[1]} is not among ${mistakes}`,
    )
  write(join(folder, 'ansible.json'), table)
  for (const id of [1, 2, 3]) write(join(folder, `host_vars/zk-${id}.example.com.yml`), `zk_id: ${id}\n`)
  const cluster = await loadInventory('hosts.ini', { folder })
  assert.equal(
    cluster.hosts.map(({ name, address, vars }) => [name, address, vars.zookeeper?.id, vars.zookeeper?.heapMb]),
    [1, 2, 3].map((id) => [`zk-${id}`, `zk-${id}.example.com`, id, 2048]),
  )
})

test('inventory.json is valid as it stands', async () => {
  const cluster = await loadInventory('inventory.json', { folder: root })
  assert.is(cluster.hosts.length, 5)
})

/** What the role of a document's project wants of its one host. */
async function resourcesOf(document: string, role: string): Promise<readonly Resource[]> {
  const folder = folderOf(document)
  const before = process.cwd()
  write(join(folder, 'inventory.json'), JSON.stringify({ hosts: { 'web-1': { address: '10.0.0.1', roles: [role] } } }))
  try {
    process.chdir(folder) // templates are looked for where one stands
    const cluster = await loadInventory()
    return compile(cluster.host('web-1'), hostOf(cluster, 'web-1').facts, cluster).resources
  } finally {
    process.chdir(before)
  }
}
const content = (resources: readonly Resource[], id: string): unknown =>
  (resources.find((r) => r.id === id)?.props as { content: { word: string } } | undefined)?.content.word

test("README's recipe", async () => {
  const resources = await resourcesOf('README.md', 'web')
  assert.equal(
    resources.map((r) => r.id),
    ['package nginx', 'file /etc/nginx/conf.d/hello.conf', 'service nginx'],
  )
  assert.is(
    content(resources, 'file /etc/nginx/conf.d/hello.conf'),
    'server { listen 8080; return 200 "Hello from web-1\\n"; }\n',
  )
})

test("README shows this recipe's plan", async () => {
  for (const { type, name } of await resourcesOf('README.md', 'web'))
    assert.match(read('README.md'), new RegExp(`^ +\\+ ${type.name} +${name} `, 'm'))
})

test('the recipe of docs/writing-recipes.md, with its template', async () => {
  const resources = await resourcesOf('docs/writing-recipes.md', 'web')
  assert.equal(
    resources.slice(-4).map((r) => r.id),
    ['package nginx', 'directory /srv/www', 'file /etc/nginx/conf.d/site.conf', 'service nginx'],
  )
  assert.is(
    content(resources, 'file /etc/nginx/conf.d/site.conf'),
    'server {\n  listen 80;\n  server_name web-1;\n  root /srv/www;\n  # peers: 10.0.0.1\n}\n',
  )
})

test('the resource type of docs/resources.md', async () => {
  const folder = realpathSync(folderOf('docs/resources.md'))
  const { line } = (await usersModules().import(join(folder, 'recipes/line.ts'), folder, true)) as {
    line: Word<object, object, unknown>
  }
  const here = place()
  try {
    const name = join(here.path, 'file')
    const props = { text: "it's $HOME" }
    const look = () => {
      const seen = here
        .run(probeOf(line.type, [{ name, props }]))
        .trimEnd()
        .split('\n')
        .map((l) => l.split('\t').slice(1))
      return line.type.diff(props, line.type.parse(seen), [])
    }
    assert.equal(look(), [{ action: 'update', attribute: 'line', to: "it's $HOME" }])
    here.run(repair(line.type, [{ name, props }]))
    assert.equal(look(), [])
    assert.is(readFileSync(name, 'utf8'), "it's $HOME\n")
  } finally {
    here.remove()
  }
})

// The examples of resource types, but for those in which something is left out or meant by its name.
const sample = /^### (\w+)\n\n.*?`(\1\('[^`]*\))`/gm
for (const [, word = '', example = ''] of read('docs/resources.md').matchAll(sample))
  if (!/…|source, sha512|restartOn/.test(example))
    test(`the example of ${word}`, () => {
      const names = Object.keys(words)
      const resource = new Function(...names, `return ${example}`)(...Object.values(words)) as Resource
      assert.ok(resource.id.endsWith(` ${resource.name}`))
    })

for (const [path, text] of Object.entries(pages()))
  test(`${path} is made from the code as it is`, () =>
    assert.ok(text === read(path), 'write it anew: node --import tsx scripts/docs.ts'))

test.run()
