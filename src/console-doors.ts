import { fileURLToPath } from 'node:url';
import type { Listening } from './listening.ts';
import { sayMode } from './mode.ts';
import type { Opened } from './opened.ts';
import { detectors } from './plugs.ts';
import { sessionFindings } from './score/session-findings.ts';
import { createConsole } from './tell/api/console.ts';
import type { ConsoleDeps } from './tell/api/deps.ts';
import type { createLoginCodes } from './tell/api/login-codes.ts';
import { inventoryRunbooks } from './tell/inventory-alerts.ts';
import { version } from './version.ts';

/** The console and its API over what the server has open; `told` counts what was told after it happened. */
export function openConsole(
  opened: Opened,
  { url, hosts }: Listening,
  loginCodes: ReturnType<typeof createLoginCodes>,
  told: () => Readonly<Record<string, number>>,
) {
  const { options, home, store, live, mode, pipeline, tokens, upstream, metering, approvals, policyDigest, now } =
    opened;
  return createConsole({
    store,
    live,
    devices: recordedDevices(opened),
    inventory: opened.inventory,
    auth: { apiToken: tokens.apiOwner },
    loginCodes,
    webDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    info: () => ({
      version,
      mode: mode.now(),
      url,
      hosts,
      home: home.dir,
      policyDigest,
      keyid: home.keyid,
      publicKeyPem: home.publicKeyPem,
      connect: connectLines(options.env.WARDER_COMMAND ?? 'warder'),
      detectors: [...detectors, ...inventoryRunbooks, ...sessionFindings].map(({ id, title, runbook }) => ({
        id,
        title,
        runbook,
      })),
    }),
    now,
    async setMode(wanted, by) {
      // The receipt comes first: a change that cannot be recorded is not made.
      await pipeline.system(`mode: ${mode.now()} → ${wanted} by ${by.person}`);
      await mode.set(wanted);
      sayMode(home, mode.now());
      options.log(`mode is ${wanted} now`);
    },
    keys: upstream.health,
    teamOf: metering.teamOf,
    approvals,
    health: () => ({
      version,
      mode: mode.now(),
      uptimeSeconds: Math.floor(performance.now() / 1000),
      ...pipeline.health(),
      ...metering.health(),
      ...approvals.health(),
      ...opened.upkeep.health(),
      ...told(),
    }),
    report: (error, reference) =>
      options.log(
        `the console failed (reference ${reference}): ${error instanceof Error ? error.message : String(error)}`,
      ),
  });
}

/** What connects an agent, as typed where Warder runs. */
const connectLines = (me: string): string[] => [
  `${me} keys add anthropic                # the provider key, kept here, encrypted`,
  `${me} install claude-code --gateway     # hooks and gateway; your settings are backed up first`,
  `${'claude'.padEnd(me.length + 34)}# work as always: its calls appear here`,
];

/** Who may come in and who may not any more is in the log; a change that cannot be recorded is not made. */
function recordedDevices({ devices: { devices, policy }, pipeline }: Opened): NonNullable<ConsoleDeps['devices']> {
  return {
    list: devices.list,
    invites: devices.invites,
    policy,
    async invite(who, by) {
      const named = who.device === undefined ? '' : ` (${who.device})`;
      await pipeline.system(`device invite: one of ${who.person}${named}, ${who.minutes} minutes, by ${by.person}`);
      return devices.invite(who);
    },
    async withdraw(id, by) {
      const invite = (await devices.invites()).find((each) => each.id === id);
      if (invite === undefined) return false;
      await pipeline.system(`device invite: that of ${invite.person} withdrawn by ${by.person}`);
      return devices.withdraw(id);
    },
    async revoke(id, by) {
      const device = (await devices.list()).find((each) => each.id === id || each.id === `dev_${id}`);
      if (device === undefined) return false;
      await pipeline.system(`device ${device.name} of ${device.person} (${device.id}): revoked by ${by.person}`);
      return devices.revoke(device.id);
    },
  };
}
