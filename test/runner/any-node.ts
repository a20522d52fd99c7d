const FOLDERS = ['inventory', 'lib', 'model', 'report', 'balancing', 'project', 'engine/turns']
const ENGINE = ['observe/compile', 'plan/diff', 'plan/plan-file', 'roll/whose-turn', 'roll/waves']
const CLI = ['explain', 'init', 'parse', 'start']

/** The suites that need neither a build nor hosts and depend on the version of Node: folders and files, from the root. */
export const ON_ANY_NODE: readonly string[] = [
  ...FOLDERS,
  ...ENGINE.map((name) => `engine/${name}.test.ts`),
  ...CLI.map((name) => `cli/${name}.test.ts`),
].map((path) => `test/${path}`)
