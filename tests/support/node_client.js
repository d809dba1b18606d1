// Node's client against one server: node node_client.js ORIGIN ROOT; one "ok" or "not ok" line a case.
'use strict';
const http2 = require('http2');
const fs = require('fs');
const path = require('path');
const [origin, root] = process.argv.slice(2);
let failures = 0;

function report(name, good, detail) {
    console.log(`${good ? 'ok' : 'not ok'} ${name}`);
    if (good) return;
    failures++;
    console.log(`#   ${detail}`);
}

function request(session, headers, body) {
    return new Promise((resolve, reject) => {
        const stream = session.request(headers);
        const chunks = [];
        const result = {};
        stream.on('response', (fields) => { result.headers = fields; });
        stream.on('trailers', (fields) => { result.trailers = fields; });
        stream.on('data', (chunk) => chunks.push(chunk));
        stream.on('end', () => resolve(Object.assign(result, { body: Buffer.concat(chunks) })));
        stream.on('error', reject);
        if (body !== undefined) stream.end(body);
    });
}

async function run(session) {
    const small = fs.readFileSync(path.join(root, 'small'));
    const large = fs.readFileSync(path.join(root, 'large'));

    let answer = await request(session, { ':path': '/small' });
    report('GET', answer.headers[':status'] === 200 && answer.body.equals(small), answer.headers[':status']);
    answer = await request(session, { ':path': '/large' });
    report('GET of a large file', answer.body.equals(large), `${answer.body.length} octets`);
    answer = await request(session, { ':path': '/large', ':method': 'HEAD' });
    report('HEAD', answer.body.length === 0 && Number(answer.headers['content-length']) === large.length,
        answer.headers['content-length']);
    answer = await request(session, { ':path': '/echo', ':method': 'POST' }, large);
    report('POST', answer.body.equals(large), `${answer.body.length} octets`);
    answer = await request(session, { ':path': '/nothing' });
    report('404', answer.headers[':status'] === 404, answer.headers[':status']);

    const many = await Promise.all(Array.from({ length: 90 }, () => request(session, { ':path': '/small' })));
    report('90 at once', many.every((one) => one.body.equals(small)), 'a body differs');

    const cancelled = session.request({ ':path': '/large' });
    cancelled.on('error', () => {});
    await new Promise((resolve) => {
        cancelled.once('data', () => cancelled.close(http2.constants.NGHTTP2_CANCEL));
        cancelled.once('close', resolve);
    });
    answer = await request(session, { ':path': '/small' });
    report('the connection outlives a cancelled stream', answer.body.equals(small), 'body differs');

    await new Promise((resolve, reject) => {
        session.ping(Buffer.from('12345678'), (error, duration, payload) => {
            report('PING', !error && payload.toString() === '12345678', error);
            resolve();
        });
    });
    await new Promise((resolve) => session.settings({ initialWindowSize: 1000 }, resolve));
    answer = await request(session, { ':path': '/large' });
    report('GET through a window of 1,000 octets', answer.body.equals(large), `${answer.body.length} octets`);
}

// Node counts what it has queued for sending, and the answer begins while the upload is on its way.
const session = http2.connect(origin, { rejectUnauthorized: false, maxSessionMemory: 100 });
session.on('error', (error) => report('session', false, error));
session.on('goaway', (code) => code && report('no GOAWAY', false, `code ${code}`));
run(session).catch((error) => report('no exception', false, error.stack)).finally(() => {
    session.close();
    process.exitCode = failures ? 1 : 0;
});
