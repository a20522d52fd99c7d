import { quote } from '../shell/script.ts'
import type { SshSettings } from './transport.ts'

/** How a login becomes root. `none`: it is root; `free`: sudo asks for no password; `password`: sudo is given one. */
export type Sudo = 'none' | 'free' | 'password'

/** How a user becomes root on a host, given the host's `ssh` settings. */
export function sudoFor(isRoot: boolean, { sudoPassword }: Pick<SshSettings, 'sudoPassword'>): Sudo {
  if (isRoot) return 'none'
  return sudoPassword === 'ask' ? 'password' : 'free'
}

/** The prompt by which sudo asks for the password. The nonce tells it from the login's other output. */
export const prompt = (nonce: string): string => `[${nonce}]`

/** What appears on standard error if the beginning of the script did not arrive. */
export const eatenMark = (nonce: string): string => `${nonce} eaten`

/** How every script begins. */
const HEAD = 'main() { :'

/**
 * The command that the login shell is given. It is the same few words for every script and fits every login shell
 * (dash, bash, zsh, fish, tcsh): the script itself comes on standard input, because argv can be read by everybody on
 * the host. `head -c` reads exactly the script's bytes and never more (GNU coreutils asks `read` for what is left, no
 * more), so the script may read on. A script whose first lines something else has read (a `read` in .bashrc) is not
 * run: what is left of it would be other commands. `LC_ALL=C` because sudo's complaints are told apart by their English
 * text.
 * @param bytes length of the enveloped script.
 */
export function loginCommand(bytes: number, sudo: Sudo, nonce: string): string {
  const run = `s="$(head -c ${bytes})"; case $s in "${HEAD}"*) eval "$s";; *) echo ${eatenMark(nonce)} >&2;; esac`
  if (sudo === 'none') return `env LC_ALL=C sh -c '${run}'`
  if (sudo === 'free') return `env LC_ALL=C sudo -n sh -c '${run}'`
  // The script is only sent after `ready`: sent earlier, sudo would eat it as passwords, and a password that sudo did
  // not want would be run as sh.
  return `env LC_ALL=C sudo -S -p ${quote(prompt(nonce))} sh -c 'echo ${nonce} ready; ${run}'`
}

/**
 * The script as it is sent. A function and one compound command: a script that was cut short anywhere is a syntax error
 * or a function that nobody calls, so it runs nothing. The begin mark goes to both outputs, so that the login's noise
 * can be cut off both.
 */
export function envelope(script: string, nonce: string, input: boolean): string {
  return [
    `${HEAD}\n${script}\n}`,
    '{ LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; umask 022',
    `printf '${nonce} begin %s\\n' "$(id -u)"; echo ${nonce} begin >&2; main ${input ? '8<&0 ' : ''}</dev/null; }`,
  ].join('\n')
}
