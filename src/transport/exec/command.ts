import { quote } from '../../shell/script.ts'
import type { SshSettings } from '../transport.ts'

/** How a login becomes root. `none`: it is root; `free`: sudo asks for no password; `password`: sudo gets one. */
export type Sudo = 'none' | 'free' | 'password'

/** How a user becomes root on a host, given the host's `ssh` settings. */
export function sudoFor(isRoot: boolean, { sudoPassword }: Pick<SshSettings, 'sudoPassword'>): Sudo {
  if (isRoot) return 'none'
  return sudoPassword === 'ask' ? 'password' : 'free'
}

/** sudo's prompt for the password. The nonce distinguishes it from other output of the login. */
export const prompt = (nonce: string): string => `[${nonce}]`

/** Appears on standard error if the start of the script did not arrive. */
export const eatenMark = (nonce: string): string => `${nonce} eaten`

/**
 * Exit status of a script that another program than our sh reads: a shell that a start-up file of the login put in its
 * place (`exec zsh` in .bashrc).
 */
export const FOREIGN_SHELL = 93

/** The start of every script. */
const HEAD = 'main() { :'

/**
 * The command for the login shell. It is the same few words for every script and works in every login shell (dash,
 * bash, zsh, fish, tcsh). The script itself comes on standard input, because every user on the host can read argv.
 * `head -c` reads exactly the script's bytes (GNU coreutils never `read`s more than is left), so the script may read
 * on. If something else has consumed the script's first lines (a `read` in .bashrc), the rest is not run, because it
 * would be other commands. If `head` itself fails, its status and its words say why. `$1` is the nonce. `LC_ALL=C`,
 * because sudo's complaints are recognised by their English text.
 * @param bytes length of the enveloped script.
 */
export function loginCommand(bytes: number, sudo: Sudo, nonce: string): string {
  const run = `s="$(head -c ${bytes})" && case $s in "${HEAD}"*) eval "$s";; *) echo ${eatenMark('$1')} >&2;; esac`
  if (sudo === 'none') return `env LC_ALL=C sh -c '${run}' sh ${nonce}`
  if (sudo === 'free') return `env LC_ALL=C sudo -n sh -c '${run}' sh ${nonce}`
  // The script is sent only after `ready`. If it were sent earlier, sudo would read it as passwords, and a password
  // that sudo did not ask for would run as sh.
  return `env LC_ALL=C sudo -S -p ${quote(prompt(nonce))} sh -c 'echo $1 ready; ${run}' sh ${nonce}`
}

/**
 * The script as it is sent: a function and one compound command. If it is cut short anywhere, it is a syntax error
 * or a function without a call, so nothing runs. Nor does anything run in a shell that is not ours, which has no
 * `$1`. Both outputs get the begin mark, so that the login's noise can be removed from both.
 */
export function envelope(script: string, input: boolean): string {
  return [
    `${HEAD}\n${script}\n}`,
    `{ [ $1 ] || exit ${FOREIGN_SHELL}; LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; umask 022`,
    `printf '%s begin %s\\n' $1 "$(id -u)"; echo $1 begin >&2; main ${input ? '8<&0 ' : ''}</dev/null; }`,
  ].join('\n')
}
