// Node's server: node node_server.js http|https ROOT CERT KEY; prints its port.
'use strict';
const http2 = require('http2');
const fs = require('fs');
const path = require('path');
const [scheme, root, cert, key] = process.argv.slice(2);

const server = scheme === 'http' ? http2.createServer()
    : http2.createSecureServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });

const special = {
    '/echo': (stream) => {
        stream.respond({ ':status': 200 });
        stream.pipe(stream);
    },
    '/trailers': (stream) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
        stream.end('body');
    },
    '/reset': (stream) => {
        stream.respond({ ':status': 200, 'content-length': 100 });
        stream.write('cut off', () => stream.destroy(new Error('reset')));
    },
    '/push': (stream) => {
        if (stream.pushAllowed)
            stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
                if (error) return;
                pushed.respond({ ':status': 200 });
                pushed.end('pushed');
            });
        stream.respond({ ':status': 200 });
        stream.end('asked for');
    },
};

server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const name = headers[':path'];
    if (special[name]) return special[name](stream);
    return stream.respondWithFile(path.join(root, name), {}, {
        onError: () => {
            stream.respond({ ':status': 404 });
            stream.end();
        },
    });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
