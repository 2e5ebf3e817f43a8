// SPDX-License-Identifier: Apache-2.0
//
// An ordinary HTTP server of Node.js: node_server.js HOST PORT. Answers with
// what stands in the file "version" beside it and logs every request.
const fs = require('fs');
const http = require('http');
const path = require('path');

const [host, port] = process.argv.slice(2);
const version = fs.readFileSync(path.join(__dirname, 'version'), 'utf8');

const server = http.createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.setHeader('Content-Length', Buffer.byteLength(version));
  response.end(version);
});
server.listen(Number(port), host);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
