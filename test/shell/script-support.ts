import { spawnSync } from 'node:child_process'

export const run = (
  [shell, ...args]: [string, ...string[]],
  text: string,
  env: Record<string, string> = {},
): string => {
  const { status, stdout, stderr } = spawnSync(shell, [...args, '-c', 'eval "$(cat)"'], {
    input: text,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...env },
  })
  if (status !== 0) throw new Error(`${shell}: ${stderr}`)
  return stdout
}
