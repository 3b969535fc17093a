/** The raw ceiling of the edge: `node:http` reads the same bodies, parses them and answers; nothing else. */
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    JSON.parse(Buffer.concat(parts).toString())
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 16 })
    response.end('{"success":true}')
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'))
