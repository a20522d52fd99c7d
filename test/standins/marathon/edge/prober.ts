import { request as httpRequest, STATUS_CODES } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Probe, Probed } from '../core/effect.ts'

const MOST = 4096

const tcp = ({ host, port, timeout }: Probe): Promise<Probed> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout })
    const end = (ok: boolean, cause: string): void => {
      socket.destroy()
      resolve({ ok, cause })
    }
    socket.on('connect', () => end(true, ''))
    socket.on('timeout', () => end(false, `ConnectException: Connection to ${host}:${port} timed out`))
    socket.on('error', (error) => end(false, `ConnectException: ${error.message}`))
  })

const web = ({ protocol, host, port, path, timeout }: Probe): Promise<Probed> =>
  new Promise((resolve) => {
    const send = protocol === 'HTTPS' ? httpsRequest : httpRequest
    const target = path.startsWith('/') ? path : `/${path}`
    const options = {
      host,
      port,
      path: target,
      agent: false,
      headers: { 'User-Agent': 'marathon stand-in', Accept: '*/*' },
    }
    const sent = send({ ...options, ...(protocol === 'HTTPS' && { rejectUnauthorized: false }) }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        if (body.length < MOST) body += chunk
      })
      response.on('close', () => {
        const status = response.statusCode as number
        const cause = `${status} ${response.statusMessage || STATUS_CODES[status]}`
        resolve({
          ok: status >= 200 && status < 400,
          cause,
          status,
          body,
          contentType: response.headers['content-type'] ?? '',
        })
      })
    })
    sent.setTimeout(timeout, () => sent.destroy(new Error(`no answer within ${timeout / 1000} s`)))
    sent.on('error', (error) => resolve({ ok: false, cause: `ConnectException: ${error.message}` }))
    sent.end()
  })

/** Carries out a check of a task's port. */
export const carryOut = (probe: Probe): Promise<Probed> => (probe.protocol === 'TCP' ? tcp(probe) : web(probe))
