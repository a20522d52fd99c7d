import type { ServerResponse } from 'node:http'

/** What every answer carries; a standby's come from the leader, with its own name in `X-Marathon-Via`. */
export const setHeaders = (response: ServerResponse, leader: string): void => {
  response.setHeader('X-Marathon-Leader', `http://${leader}`)
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('X-XSS-Protection', '1; mode=block')
  response.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate')
  response.setHeader('Pragma', 'no-cache')
  response.setHeader('Expires', '0')
}

/** The error page of the real one's web server. */
export const page = (status: number, reason: string, path: string): string => `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
<title>Error ${status} ${reason}</title>
</head>
<body><h2>HTTP ERROR ${status}</h2>
<p>Problem accessing ${path}. Reason:
<pre>    ${reason}</pre></p>
</body>
</html>
`

const HTML = 'text/html;charset=iso-8859-1'

/** An error of the web server itself: a page where anything is accepted, else nothing. */
export const sendPage = (
  response: ServerResponse,
  status: number,
  reason: string,
  path: string,
  accept: string | undefined,
): void => {
  const body = accept?.includes('*/*') || accept?.includes('text/html') ? page(status, reason, path) : ''
  response.writeHead(status, reason, {
    ...(body !== '' && { 'Content-Type': HTML }),
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}
