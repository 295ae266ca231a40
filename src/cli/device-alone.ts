import type { ExitStatus, Io } from './command.ts';
import { startDevice } from './device-run.ts';

// What the bundle for devices begins with: everything that the resident process needs, and nothing else.

/** Runs until it is told to stop. */
export async function runDevice(home: string, io: Io): Promise<ExitStatus> {
  const stopping = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.resolve());
  const device = await startDevice({ home, env: io.env, log: (line) => io.stderr.write(`warder device: ${line}\n`) });
  const { name, person, url } = device.status();
  io.stderr.write(`warder device: ${name} of ${person} takes hooks at ${device.url} and on its socket, for ${url}\n`);
  await stopping.promise;
  await device.close();
  return 0;
}
