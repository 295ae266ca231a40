import { Link } from '@tanstack/react-router';
import type { BriefCall } from '../../src/core/console.ts';
import { Ago } from '../time.tsx';
import { actionLine, effectWords, verdictWords } from '../words.ts';
import { Score, Shape, VerdictMark } from './Marks.tsx';
import { Raw } from './Raw.tsx';
import type { Column } from './Table.tsx';

/** The effect worth naming in one line: the first that is more than reading. */
const leading = (call: BriefCall): string => {
  const effect = call.effects.find((one) => one.verb !== 'read' && one.verb !== 'receive') ?? call.effects[0];
  if (call.unparsed && !effect) return 'not understood';
  return effect ? effectWords(effect) + (call.effects.length > 1 ? ` +${call.effects.length - 1}` : '') : '';
};

export const callColumns: readonly Column<BriefCall>[] = [
  {
    id: 'at',
    title: 'When',
    track: '84px',
    fixed: true,
    cell: (call) => (
      <span className="text-ink-2">
        <Ago at={call.at} />
      </span>
    ),
  },
  { id: 'verdict', title: 'Verdict', track: '100px', fixed: true, cell: (call) => <VerdictMark verdict={call} /> },
  {
    id: 'score',
    title: 'Risk',
    track: '108px',
    fixed: true,
    cell: (call) => <Score score={call.score} severity={call.severity} />,
  },
  { id: 'tool', title: 'Tool', track: '112px', cell: (call) => <Raw text={call.tool} oneLine /> },
  {
    id: 'action',
    title: 'Call',
    track: 'minmax(200px,2.4fr)',
    fixed: true,
    cell: (call) => (
      <Link
        to="/calls/$id"
        params={{ id: call.id }}
        className="font-mono text-sm hover:text-accent hover:underline"
        preload={false}
      >
        <Raw text={actionLine(call.action)} oneLine />
      </Link>
    ),
  },
  {
    id: 'effects',
    title: 'What it would do',
    track: 'minmax(150px,1.4fr)',
    from: 900,
    cell: (call) => <span className="text-sm text-ink-2">{leading(call)}</span>,
  },
  {
    id: 'person',
    title: 'Person',
    track: '90px',
    from: 1080,
    cell: (call) => (
      <span className="text-ink-2">
        <Raw text={call.person} oneLine />
      </span>
    ),
  },
  {
    id: 'agent',
    title: 'Agent',
    track: '96px',
    from: 1380,
    cell: (call) => (
      <span className="text-ink-2">
        <Raw text={call.agent} oneLine />
      </span>
    ),
  },
  {
    id: 'session',
    title: 'Session',
    track: '84px',
    from: 1000,
    cell: (call) => (
      <Link
        to="/sessions/$id"
        params={{ id: call.session }}
        search={{ row: call.id }}
        className="font-mono text-sm text-accent hover:underline"
        preload={false}
      >
        <Raw text={call.session.slice(0, 8)} oneLine />
      </Link>
    ),
  },
];

export function NarrowCall({ call }: { readonly call: BriefCall }) {
  return (
    <>
      <span className="flex items-center gap-2 overflow-hidden">
        <span className={`shrink-0 ${verdictWords(call).shape === '●' ? 'text-ink-3' : ''}`}>
          <Shape shape={verdictWords(call).shape} />
        </span>
        <span className="truncate font-mono text-sm">
          <Raw text={actionLine(call.action)} oneLine />
        </span>
      </span>
      <span className="flex items-center justify-between gap-3 text-sm text-ink-3">
        <span className="truncate">
          {verdictWords(call).word} · <Raw text={call.tool} oneLine /> · <Ago at={call.at} />
        </span>
        <Score score={call.score} severity={call.severity} />
      </span>
    </>
  );
}
