import { createServer } from 'node:http'

export interface CostSite {
  readonly origin: string
  /** Bytes of bodies and queries that were sent to it since it was last asked. */
  takeSent(): number
  close(): Promise<void>
}

/**
 * A page of many cards with a clock that ticks, as pages do: whoever asks for a position at the wrong moment pays for a layout. Every
 * card is marked for us and has the class that the others select. All other requests are answered as a collector would.
 */
export async function openCostSite(scripts: ReadonlyMap<string, Uint8Array>): Promise<CostSite> {
  let sent = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const name = url.searchParams.get('name') ?? ''
    if (request.method === 'GET' && url.pathname === '/page') {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(html(name, Number(url.searchParams.get('cards')), url.searchParams.has('busy')))
      return
    }
    if (request.method === 'GET' && url.pathname === '/script.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(scripts.get(name))
      return
    }
    if (url.pathname === '/favicon.ico') return void response.writeHead(404).end()
    sent += url.search.length
    request.on('data', (chunk: Buffer) => {
      sent += chunk.length
    })
    request.on('end', () => response.writeHead(200, HEADERS).end('{}'))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the site listens on no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    takeSent() {
      const taken = sent
      sent = 0
      return taken
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve, reject) => server.close(error => (error ? reject(error) : resolve())))
    },
  }
}

const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'content-type': 'application/json',
}

function html(name: string, cards: number, busy: boolean): string {
  const all = Array.from(
    { length: cards },
    (_, n) =>
      `<a class="card" id="c${n}" data-inkling="card-${n}" href="#c${n}"><b>Card ${n}</b><span>Some words about it</span></a>`,
  )
  // With `busy`, a click costs the page itself enough for the browser to report how long it took.
  const work = busy
    ? `addEventListener('click', () => { const end = performance.now() + 20; while (performance.now() < end); })`
    : ''
  return `<!doctype html><html><head><meta charset="utf-8"><title>Cards</title><style>
    body { margin: 0; font: 14px sans-serif } #cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px }
    .card { display: block; height: 120px; background: #eee } .card span { display: block }</style></head>
    <body><p id="clock">0</p><div id="cards">${all.join('')}</div><script>
    let n = 0; setInterval(() => { document.querySelector('#clock').textContent = 'tick '.repeat(++n % 40) }, 100)
    document.addEventListener('click', event => event.preventDefault()); ${work}</script>
    ${name === 'empty page' ? '' : `<script src="/script.js?name=${encodeURIComponent(name)}"></script>`}</body></html>`
}
