import type { Flag, Zone } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { names, type Operand, readOptions } from '../arguments.ts';
import { hostName, hostZone, namesProduction, readUrl } from '../hosts.ts';

// Stores spoken to in their own language: MongoDB's shell, Redis and its kin. Sources: their command references.

/** Where the database is: a URL, `-h host`, or this machine. */
export function serverZone(host: Operand | undefined, candidates: readonly (string | null)[]): Zone {
  if (candidates.some((text) => text !== null && namesProduction(text))) return 'production';
  const url = candidates.find((text) => text?.includes('://'));
  if (url) return readUrl(url).zone;
  if (host?.text == null) return host ? 'unknown' : 'this-host';
  return host.text.startsWith('/') ? 'this-host' : hostZone(hostName(host.text));
}

/** A server stopped, a member of the cluster taken out. */
const mongoServer =
  /\.(?:shutdownServer|removeShard|fsyncLock)\s*\(|\brs\.(?:remove|stepDown|reconfig|freeze)\s*\(|\bsh\.(?:removeShard\w*|stopBalancer|disableBalancing)\s*\(|\b(?:shutdown|removeShard|dropDatabase|killAllSessions|compact|dropUser)['"]?\s*:\s*['"1]/;

const mongoWipe =
  /\.(?:dropDatabase|drop|deleteMany|deleteOne|remove|dropIndexes|dropUser|dropAllUsersFromDatabase|dropRole|dropCollection|dropAllRolesFromDatabase|bulkWrite|findOneAndDelete)\s*\(([^)]*)/g;

export function mongo(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names(
      '--eval --host --port -u --username -p --password --authenticationDatabase -f --file --db -d -c --collection --uri --out -o',
    ),
  );
  const zone = serverZone(options.value('--host'), words.args);
  const out: CommandEffect[] = [];
  const code = [...options.all('--eval'), ...(words.stdin === undefined ? [] : [{ text: words.stdin, arg: -1 }])];
  for (const { text, arg } of code) {
    for (const match of text?.matchAll(mongoWipe) ?? []) {
      const all =
        /dropDatabase|\.drop\b|dropCollection|dropUser|dropAllUsers|dropRole/.test(match[0]) ||
        /^\s*(?:\{\s*\})?\s*$/.test(match[1] ?? '');
      const flags: Flag[] = all ? ['bulk', 'irreversible'] : [];
      const kind = match[0].includes('dropDatabase') ? 'database' : 'table';
      out.push({ verb: 'delete', resource: { kind, name: '' }, zone, flags, ...(arg >= 0 && { arg }) });
    }
    if (mongoServer.test(text ?? ''))
      out.push({
        verb: 'delete',
        resource: { kind: 'service', name: 'mongod' },
        zone,
        flags: ['bulk'],
        ...(arg >= 0 && { arg }),
      });
    if (text === null)
      out.push({ verb: 'execute', resource: { kind: 'database', name: '' }, zone, flags: ['dynamic', 'opaque'] });
  }
  return out.length > 0 ? out : [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
}

export function redis(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-h -p -a -n -u -s --user --pass -r -i -x -c --eval'), {
    stopAtOperand: false,
  });
  const zone = serverZone(options.value('-h') ?? options.value('-u'), words.args);
  const lines = [
    options.operands.map(({ text }) => text ?? '…').join(' '),
    ...(words.stdin?.slice(0, 65_536).split('\n') ?? []),
  ].filter((line) => line.trim() !== '');
  if (lines.length === 0) return [{ verb: 'read', resource: { kind: 'database', name: '' }, zone, flags: [] }];
  return lines.slice(0, 50).map((line): CommandEffect => {
    const [command = '', key = ''] = line.slice(0, 4096).trim().split(/\s+/);
    const upper = command.toUpperCase();
    const resource = { kind: 'table' as const, name: key };
    if (/^FLUSH(?:ALL|DB)$/.test(upper) || (upper === 'EVAL' && /flush(?:all|db)/i.test(line)))
      return {
        verb: 'delete',
        resource: { kind: 'database', name: upper.toLowerCase() },
        zone,
        flags: ['bulk', 'irreversible'],
      };
    if (/^(?:DEL|UNLINK|EXPIRE|HDEL|LREM|SREM|ZREM|GETDEL|XTRIM|LTRIM)$/.test(upper))
      return { verb: 'delete', resource, zone, flags: /[*?]/.test(key) ? ['bulk'] : [] };
    if (
      /^(?:CONFIG|ACL|SLAVEOF|REPLICAOF|MODULE|DEBUG|SHUTDOWN|CLUSTER|SCRIPT)$/.test(upper) &&
      !/^(?:GET|LIST|INFO|WHOAMI)$/i.test(key)
    )
      return {
        verb: upper === 'SHUTDOWN' ? 'delete' : 'configure',
        resource: { kind: 'service', name: `redis ${key}`.trim() },
        zone,
        flags: [],
      };
    if (
      /^(?:SET|MSET|HSET|LPUSH|RPUSH|SADD|ZADD|INCR|DECR|APPEND|RENAME|SETEX|EVAL|PUBLISH|XADD|RESTORE|MIGRATE)/.test(
        upper,
      )
    )
      return { verb: 'write', resource, zone, flags: [] };
    return { verb: 'read', resource, zone, flags: [] };
  });
}
