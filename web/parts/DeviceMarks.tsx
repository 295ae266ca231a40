import type { DeviceNeed, EnrolledDevice } from '../../src/core/enrolled.ts';
import { Ago } from '../time.tsx';
import { count, plural } from '../words.ts';
import { Shape } from './Marks.tsx';
import { Raw } from './Raw.tsx';

/** What needs a person, where there is little room. */
export const needWords: Readonly<Record<DeviceNeed, string>> = {
  hooks: 'hooks not in order',
  waiting: 'calls waiting',
  bare: 'no agent connected',
  policy: 'policy behind',
  silent: 'silent',
};

type Of = { readonly device: EnrolledDevice };

/** Whether it tells that it lives, and since when it does not. */
export function Presence({ device: { online, lastSeen } }: Of) {
  if (lastSeen === null) return <Mark shape="○">no heartbeat yet</Mark>;
  return (
    <Mark shape={online ? '●' : '○'} quiet={online}>
      <span>
        {online ? 'online' : 'silent'} · <Ago at={lastSeen} />
      </span>
    </Mark>
  );
}

/** Agents whose hooks are altered first; else all of them, in order. */
export function Hooks({ device: { agents, lastSeen, online } }: Of) {
  const altered = agents.filter(({ ok }) => !ok);
  if (altered.length > 0)
    return (
      <Mark shape="■">
        <span className="truncate">
          <Raw text={altered.map(({ agent }) => agent).join(', ')} oneLine /> not in order
          {agents.length > altered.length && (
            <span className="font-normal text-ink-2">, {count(agents.length - altered.length)} in order</span>
          )}
        </span>
      </Mark>
    );
  if (agents.length === 0)
    return lastSeen === null ? <span className="text-ink-3">not told</span> : <Mark shape="○">no agent</Mark>;
  return (
    <Mark shape="●" quiet>
      <span className={`truncate ${online ? '' : 'text-ink-3'}`}>
        <Raw text={agents.map(({ agent }) => agent).join(', ')} oneLine />
      </span>
    </Mark>
  );
}

/** Whether it would judge, alone, by the policy in force. */
export function PolicyMark({ device: { policyState, lastSeen } }: Of) {
  if (policyState === 'current') return <span className="text-ink-2">current</span>;
  if (lastSeen === null) return <span className="text-ink-3">not told</span>;
  return <span className="font-medium">{policyState === 'behind' ? 'behind' : 'none'}</span>;
}

/** What waits in its spool, and what found no room there. */
export function Spool({ device: { waiting, lost } }: Of) {
  return (
    <span className={waiting + lost === 0 ? 'text-ink-3' : 'font-medium'}>
      {count(waiting)}
      {lost > 0 && `, ${count(lost)} lost`}
    </span>
  );
}

export const spoolWords = ({ waiting, lost }: EnrolledDevice): string =>
  [
    waiting === 0 ? 'nothing waits' : `${plural(waiting, 'call')} ${waiting === 1 ? 'waits' : 'wait'}`,
    ...(lost > 0 ? [`${count(lost)} lost for want of room since it started`] : []),
  ].join(', ');

function Mark({
  shape,
  quiet,
  children,
}: {
  readonly shape: '●' | '■' | '○';
  readonly quiet?: boolean;
  readonly children: React.ReactNode;
}) {
  return (
    <span
      className={`inline-flex max-w-full items-center gap-1.5 whitespace-nowrap ${quiet ? 'text-ink-2' : 'font-medium text-ink'}`}
    >
      <Shape shape={shape} />
      {children}
    </span>
  );
}
