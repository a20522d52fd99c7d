import { spawn } from 'node:child_process'
import type { Test } from 'uvu'
import { MOTO_FOLDER, thisMachine } from './machine.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

/** The credentials and endpoint for this EC2: nothing of the user's, and nothing beyond the loopback interface. */
const environment = (port: number) => ({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'eu-west-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
})

/**
 * Gives a suite a stand-in for EC2 (moto, which `npm test` installs as root on Debian) and the environment for it.
 * Without moto, the suite is skipped, and reports that.
 */
export async function withMoto(test: Test<unknown>): Promise<Readonly<Record<string, string>>> {
  if (!thisMachine.hasMoto()) {
    console.log('not run here: the commands on EC2, without moto: node --import tsx test/run.ts --setup')
    test.run = () => {}
    return {}
  }
  const port = await freePort()
  const strict = {
    MOTO_ENABLE_AMI_VALIDATION: '1',
    MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: '1',
    MOTO_ENABLE_KEYPAIR_VALIDATION: '1',
  }
  const env = environment(port)
  const server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, ...env, ...strict, PYTHONPATH: MOTO_FOLDER },
  })
  test.after(() => void server.kill('SIGKILL'))
  test.before(() => until('moto answers', async () => (await fetch(`${env.AWS_ENDPOINT_URL}/moto-api/`)).ok, 100))
  return env
}
