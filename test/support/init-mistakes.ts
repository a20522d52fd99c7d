/** What `provision init` refuses: what is there, the words, and what is said. */
export const refused: readonly (readonly [
  what: string,
  files: Readonly<Record<string, string>>,
  words: readonly string[],
  says: RegExp,
])[] = [
  [
    'a file that it would write',
    { 'inventory.json': '{}', 'README.md': 'mine' },
    ['10.0.0.4'],
    /^provision: this folder already has inventory\.json, and init overwrites nothing: name another folder, or move it away\n$/,
  ],
  [
    'two of them, in a folder that is named',
    { 'a/inventory.json': '{}', 'a/roles/web.ts': '' },
    ['a', '10.0.0.4'],
    /^provision: a already has inventory\.json and roles\/web\.ts, .*move them away\n$/,
  ],
  ['a file where a folder has to be', { test: 'mine' }, ['10.0.0.4'], /^provision: this folder already has test, /],
  [
    'a file of the name of the folder',
    { a: 'mine' },
    ['a', '10.0.0.4'],
    /^provision: a is not a folder; name another one\n$/,
  ],
  [
    'a package.json that npm cannot read',
    { 'a/package.json': '{\n  "name": x\n}' },
    ['a', '10.0.0.4'],
    /^provision: a has a package\.json that npm cannot use: line 2: .*\. Mend it, or name another folder\n$/,
  ],
  [
    'a package.json that is no object',
    { 'package.json': '[]' },
    ['10.0.0.4'],
    /^provision: this folder has a package\.json that npm cannot use: it is not an object \{ … \}\. Mend it/,
  ],
  [
    'a file above the folder',
    { a: 'mine' },
    ['a/b', '10.0.0.4'],
    /^provision: nothing was made in a\/b: a part of its path is a file\n$/,
  ],
  [
    'no host, and no terminal to ask on',
    {},
    ['a'],
    /^provision: "a" is taken as the folder, and init needs at least one host: provision init my-servers admin@10\.0\.0\.4\n$/,
  ],
  ['no word at all', {}, [], /^provision: init needs at least one host/],
  [
    'a host that is none',
    {},
    ['a', 'web-1', 'ad min@10.0.0.4'],
    /^provision: "ad min@10\.0\.0\.4" is not a host: "ad min" is not a user name; /,
  ],
  [
    'an address that is none',
    {},
    ['a', 'web=10.0.0.300'],
    /^provision: "web=10\.0\.0\.300" is not a host: "10\.0\.0\.300" is neither an IP address nor a name; /,
  ],
  ['the same name twice', {}, ['a', 'b=10.0.0.1', 'b=10.0.0.2'], /both be named b: write NAME=…\n$/],
  [
    'too few hosts for a cluster',
    {},
    ['--cluster', '10.0.0.1', '10.0.0.2', '10.0.0.3'],
    /^provision: init --cluster needs at least four hosts, the three masters first: /,
  ],
  ['a flag that it has not', {}, ['a', '--user', 'x', '10.0.0.4'], /^provision: init does not take --user/],
]
