import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import { json, rigToken, startRig } from './harness/gateway-rig.ts';

it('answers a try for a WebSocket with 426 at once, and asks the provider nothing', async () => {
  const rig = await startRig({ provider: 'openai', answer: json({}) });
  const socket = net.connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.write(
    `GET /openai/v1/responses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rigToken}\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [bytes] = await once(socket, 'data');
  expect(String(bytes)).toMatch(/^HTTP\/1\.1 426 /);
  expect(String(bytes)).toContain('no WebSockets here; use HTTP.');
  expect(rig.seen).toEqual([]);
  socket.destroy();
  await rig.close();
});
