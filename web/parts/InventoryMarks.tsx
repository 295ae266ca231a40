import type { RiskFlag, RiskId, Standing } from '../../src/core/inventory.ts';
import type { AgentOnDevice, DeviceCover } from '../../src/core/inventory-lists.ts';
import { bandOf, plural, severityFill } from '../words.ts';
import { Score, Shape } from './Marks.tsx';
import { Raw } from './Raw.tsx';

const standingShapes = { allowed: '●', disallowed: '■', unreviewed: '○' } as const;

/** What the organisation says of an agent: shape and word. */
export function StandingMark({ standing }: { readonly standing: Standing }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap ${standing === 'disallowed' ? 'font-medium text-ink' : 'text-ink-2'}`}
    >
      <Shape shape={standingShapes[standing]} />
      {standing}
    </span>
  );
}

const coverWords: Readonly<Record<DeviceCover, readonly [shape: '●' | '◐' | '■' | '○', word: string]>> = {
  reports: ['●', 'reports'],
  seen: ['◐', 'seen at work'],
  enrolled: ['○', 'enrolled, silent'],
  none: ['■', 'no Warder'],
};

/** How Warder knows a device. */
export function CoverMark({ cover }: { readonly cover: DeviceCover }) {
  const [shape, word] = coverWords[cover];
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap ${cover === 'none' ? 'font-medium text-ink' : 'text-ink-2'}`}
    >
      <Shape shape={shape} />
      {word}
    </span>
  );
}

/** The gravest flag, or that there is none; `unknown`: nobody looked where flags are found. */
export function Risk({ risk, unknown }: { readonly risk: number; readonly unknown?: boolean }) {
  if (risk === 0) return <span className="text-ink-3">{unknown ? 'not looked at' : 'nothing found'}</span>;
  return <Score score={risk} severity={bandOf(risk)} />;
}

/** What a flag is called where there is little room. */
export const riskWords: Readonly<Record<RiskId, string>> = {
  'remote-fetch-exec': 'fetches code and runs it',
  'unpinned-dependency': 'no exact version',
  'mcp-shell-exec': 'gives a shell',
  'plaintext-secret': 'secret in the file',
  'broad-filesystem': 'whole disk or home',
  'auto-approve': 'runs without asking',
  'bypass-permissions': 'nobody is asked',
  'skip-permissions-runtime': 'started without questions',
  'hidden-unicode': 'hidden characters',
  'injection-markers': 'orders to the agent',
  'plain-http': 'not encrypted',
  'world-writable': 'everybody may write',
  'hooks-weakened': 'hooks weakened',
};

/** Flags with what to do about each, the gravest first. */
export function Flags({
  flags,
}: {
  readonly flags: readonly { readonly flag: RiskFlag; readonly whose?: string | undefined }[];
}) {
  const sorted = flags.toSorted((a, b) => b.flag.weight - a.flag.weight);
  return (
    <ol className="grid gap-3">
      {sorted.map(({ flag, whose }) => (
        <li key={`${flag.risk} ${flag.where} ${whose ?? ''} ${flag.what}`} className="flex gap-3">
          <span aria-hidden className={`w-[3px] shrink-0 rounded-full ${severityFill[bandOf(flag.weight)]}`} />
          <div className="min-w-0 flex-1">
            <p>
              {whose !== undefined && (
                <span className="font-medium">
                  <Raw text={whose} oneLine />:{' '}
                </span>
              )}
              <Raw text={flag.what} />
            </p>
            <p className="text-ink-2">{flag.mend}</p>
            <p className="font-mono text-xs break-all text-ink-3">
              {flag.risk} in <Raw text={flag.where} oneLine />
            </p>
          </div>
          <span className="self-start">
            <Score score={flag.weight} severity={bandOf(flag.weight)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** By which of the three ways an agent on a device is known. */
export const seenWords = ({ configured, hooked, viaHook, viaGateway }: AgentOnDevice): string =>
  [
    configured ? 'found' : 'not found by a look',
    hooked ? 'hooks in place' : viaHook > 0 ? `${plural(viaHook, 'call')} by hook` : 'no hooks',
    viaGateway > 0 ? `${plural(viaGateway, 'call')} by gateway` : 'not at the gateway',
  ].join(' · ');
