import type { Flag, ResourceKind, Verb } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import type { Operand } from './arguments.ts';
import { hostZone } from './hosts.ts';
import { persistence } from './persistence.ts';
import { isNullDevice, locate } from './zones.ts';

/** What touching one path means. Null devices give nothing; `/dev/tcp/host/port` is a connection. */
export function touch(
  verb: Verb,
  operand: Operand | undefined,
  place: Place,
  { kind = 'file' as ResourceKind, flags = [] as readonly Flag[] } = {},
): readonly CommandEffect[] {
  if (operand === undefined) return [];
  const { text, arg } = operand;
  if (text === null) {
    return [{ verb, resource: { kind, name: '' }, zone: 'unknown', flags: [...flags, 'dynamic'], arg }];
  }
  if (text === '' || text === '-') return [];
  const at = locate(text, place, kind);
  if (at.kind === 'device') {
    if (isNullDevice(at.name)) return [];
    const socket = /^\/dev\/(?:tcp|udp)\/([^/]+)/.exec(at.name);
    if (socket?.[1] !== undefined) return connection(verb, socket[1], flags, arg);
  }
  const marks = new Set(flags);
  if (at.dynamic) marks.add('dynamic');
  if (at.bulk) marks.add('bulk');
  if (verb !== 'read' && coversTracks.test(at.name)) marks.add('hidden');
  const effect = { verb, resource: { kind: at.kind, name: at.name }, zone: at.zone, flags: [...marks], arg };
  if (verb !== 'write' && verb !== 'configure') return [effect];
  const lasting = persistence(at.name);
  return lasting === null ? [effect] : [effect, { ...effect, ...lasting }];
}

/** Records of what was done: shell histories, system logs, login records. */
const coversTracks =
  /\/\.(?:bash|zsh|sh|ash|python|node_repl|mysql|psql|sqlite|rediscli|less)_?(?:history|hst|hist|hsts)$|\/fish_history$|^\/var\/(?:log|audit|run\/utmp|adm)(?:\/|$)|^\/Library\/Logs\/|^\/private\/var\/log\//;

/** The same for several paths. */
export function touchAll(
  verb: Verb,
  operands: readonly Operand[],
  place: Place,
  options?: { kind?: ResourceKind; flags?: readonly Flag[] },
): readonly CommandEffect[] {
  return operands.flatMap((operand) => touch(verb, operand, place, options));
}

function connection(verb: Verb, host: string, flags: readonly Flag[], arg: number): readonly CommandEffect[] {
  const resource = { kind: 'host' as const, name: host };
  const direction = verb === 'read' ? 'receive' : 'send';
  return [{ verb: direction, resource, zone: hostZone(host), flags, arg }];
}
