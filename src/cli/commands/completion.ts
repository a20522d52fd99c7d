import yargs from 'yargs'
import { commands } from '../commands.ts'
import type { Io } from '../io.ts'
import { options } from '../options.ts'
import type { Args } from '../parse.ts'

/** The command line as yargs knows it: it writes shells' completion scripts and answers them. Too slow to import (140 ms) for anything else. */
function described() {
  const all = yargs([]).scriptName('provision').help(false).version(false).exitProcess(false)
  for (const { name, says } of commands) all.command(name, says)
  for (const { name, also = [], value, says } of options) {
    all.option(name, { alias: [...also], type: value === undefined ? 'boolean' : 'string', describe: says })
  }
  return all
}

/** What a shell may offer for the words typed so far; the last is the one being typed. */
export async function complete(words: readonly string[], io: Io): Promise<number> {
  const offers = await described().getCompletion([...words])
  io.stdout.write(offers.map((offer) => `${offer}\n`).join(''))
  return 0
}

/** Prints the script that makes bash or zsh (as SHELL says) complete commands and flags. */
export async function run(_args: Args, io: Io): Promise<number> {
  const said: string[] = []
  const { log } = console
  console.log = (text: string) => said.push(text) // yargs prints it by itself, to there and nowhere else
  try {
    described().completion('completion').showCompletionScript()
  } finally {
    console.log = log
  }
  io.stdout.write(`${said.join('\n')}\n`)
  return 0
}
