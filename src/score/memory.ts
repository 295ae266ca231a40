import type { Effect, Meaning } from '../core/effect.ts';
import type { Action, Outcome } from '../core/event.ts';
import type { PersonalCounts, SessionMemory } from '../core/verdict.ts';
import { isPeopleInBulk, personalWords } from './personal.ts';

/** Marks kept of each sort; the oldest fall out. */
const memorySize = 64;

/** What came back, as far as memory cares: how it ended and how many secrets and what personal data was seen in it. */
export interface Seen {
  readonly status: Outcome['status'];
  readonly secrets: number;
  readonly personal?: PersonalCounts;
}

/**
 * What a session knows after a call: untrusted content read, sensitive data read, files downloaded. Pure and bounded;
 * the same object when nothing changed. Call it for calls that may run (not for denied ones), at the decision without
 * `outcome` and, when the result is known, again with it.
 */
export function remember(
  memory: SessionMemory,
  callId: string,
  meaning: Meaning,
  action: Action,
  outcome?: Seen,
): SessionMemory {
  if (outcome !== undefined && outcome.status === 'refused') return memory;
  const untrusted = untrustedBy(meaning, action);
  const sensitive = sensitiveBy(meaning, outcome);
  const downloads = downloadsOf(meaning);
  const next = {
    ...memory,
    untrusted: untrusted === null ? memory.untrusted : withMark(memory.untrusted, callId, untrusted),
    sensitive: sensitive === null ? memory.sensitive : withMark(memory.sensitive, callId, sensitive),
    downloaded: downloads.reduce((known, [path, host]) => withMark(known, path, host), memory.downloaded),
  };
  const same =
    next.untrusted === memory.untrusted && next.sensitive === memory.sensitive && next.downloaded === memory.downloaded;
  return same ? memory : next;
}

type Marks = Readonly<Record<string, string>>;

/** The first phrase for a key stays; a full record loses its oldest mark. */
function withMark(marks: Marks, key: string, phrase: string): Marks {
  if (Object.hasOwn(marks, key)) return marks;
  const entries = Object.entries(marks);
  return Object.fromEntries([...entries.slice(Math.max(0, entries.length - memorySize + 1)), [key, phrase]]);
}

/** Programs that fetch code or packages by name from where the project already takes them: no new text to be led by. */
const ownSupply = new Set(
  'git npm npx pnpm yarn bun pip pip3 uv poetry cargo go gem bundle composer apt apt-get brew docker podman rustup mvn gradle'.split(
    ' ',
  ),
);

function untrustedBy(meaning: Meaning, action: Action): string | null {
  if (action.kind === 'web-fetch') return `fetched ${hostOf(action.url)}`;
  if (action.kind === 'web-search') return 'searched the web';
  if (action.kind === 'mcp') {
    const reads = meaning.effects.some(
      ({ verb, zone }) => (verb === 'read' || verb === 'receive' || verb === 'unknown') && zone !== 'this-host',
    );
    return reads ? `read through the MCP server ${action.server}` : null;
  }
  const fetched = meaning.effects.find(
    ({ verb, zone, by }) => verb === 'receive' && zone === 'other-host' && !ownSupply.has(by),
  );
  return fetched === undefined ? null : `read from ${hostName(fetched)} with ${fetched.by}`;
}

function sensitiveBy(meaning: Meaning, outcome: Seen | undefined): string | null {
  const read = meaning.effects.find(isSensitiveRead);
  if (read !== undefined) return `read ${read.resource.name === '' ? `a ${read.resource.kind}` : read.resource.name}`;
  if (outcome === undefined) return null;
  if (outcome.secrets > 0) return 'got a result that holds a secret';
  const { personal } = outcome;
  return personal !== undefined && isPeopleInBulk(personal) ? `got ${personalWords(personal)}` : null;
}

/** Reads credentials: a credential store or a secret itself. */
const isSensitiveRead = ({ verb, zone, resource }: Effect): boolean =>
  verb === 'read' && (zone === 'credential-store' || resource.kind === 'secret');

/** Files that what was received goes into: same flow, or written by the very program that received. */
function downloadsOf({ effects }: Meaning): [path: string, host: string][] {
  const received = effects.filter(({ verb, zone }) => verb === 'receive' && zone === 'other-host');
  return effects.flatMap((effect): [string, string][] => {
    if (effect.verb !== 'write' || effect.resource.kind !== 'file' || effect.resource.name === '') return [];
    const source = received.find(
      ({ by, flow }) => (flow !== undefined && flow === effect.flow) || (by === effect.by && !ownSupply.has(by)),
    );
    return source === undefined ? [] : [[effect.resource.name, hostName(source)]];
  });
}

const hostName = ({ resource }: Effect): string =>
  resource.name === '' ? 'a host known only when it runs' : resource.name;

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address';
}
