import { defineCommand } from '../command.ts'

/** `provision prestop`: prints the wrapper that lets a task finish its requests before it stops. */
export const prestop = defineCommand({
  name: 'prestop',
  summary: "print the pre-stop script for an app's image",
  usage: 'prestop',
  description:
    'The script starts the app. When the task is told to stop, the app goes on serving for 10 seconds (PRESTOP sets another number), until no HAProxy sends to it any more. Copy the script into the image and make it the entry point (docs/deploy.md).',
  options: [],
  examples: [['provision prestop > prestop.sh', 'a file for your image: no request is lost']],
  exits: [['0', 'always']],
  async run(_args, io) {
    const [{ readFile }, { join }, { PACKAGE }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('../../project/home.ts'),
    ])
    io.stdout.write(await readFile(join(PACKAGE, 'templates', 'prestop.sh'), 'utf8'))
    return 0
  },
})
