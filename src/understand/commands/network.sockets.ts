import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { isDynamic, names, readOptions, unknownPart } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { hostName, hostZone } from '../hosts.ts';
import { host } from './network.copies.ts';

export function netcat(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names('-p -w -s -e -c -i -q -X -x -T -I -O -g -G -m --exec --sh-exec --lua-exec -o --proxy --ssl-cert --ssl-key'),
  );
  const shell = options.value('-e', '-c', '--exec', '--sh-exec');
  const listens = options.has('-l', '--listen', '-L') || options.has('-k');
  const [target] = options.operands;
  const out: CommandEffect[] = [];
  const name = target?.text === null ? '' : hostName(target?.text ?? '');
  if (listens && words.stdin !== undefined)
    out.push({ verb: 'send', resource: { kind: 'host', name: '' }, zone: 'other-host', flags: ['dynamic'] });
  if (listens)
    out.push({
      verb: 'receive',
      resource: { kind: 'host', name: '' },
      zone: 'other-host',
      flags: shell ? ['hidden'] : [],
    });
  else if (target) {
    const scan: readonly Flag[] = options.has('-z') ? ['dry-run'] : [];
    out.push({
      ...host('send', target.text ?? '', target.arg),
      resource: { kind: 'host', name },
      flags: target.text === null ? ['dynamic'] : scan,
    });
    if (!options.has('-z'))
      out.push({ ...host('receive', target.text ?? '', target.arg), resource: { kind: 'host', name } });
  }
  if (shell)
    out.push({
      verb: 'execute',
      resource: { kind: 'process', name: shell.text ?? '' },
      zone: 'this-host',
      flags: ['remote-code', 'opaque', 'hidden'],
      arg: shell.arg,
    });
  return out;
}

/** Orders to a control socket that take something out of service: HAProxy's runtime interface and kin. */
const stopsThrough =
  /^\s*(?:disable|shutdown|clear|del|delete|set (?:server|weight|maxconn) .*(?:maint|drain|\b0%?$)|quit|stop|kill|flush|DELETE )/im;

export function socat(words: CommandWords): readonly CommandEffect[] {
  const out: CommandEffect[] = [];
  const connected = words.args.some((arg) => /^(?:tcp|tcp4|tcp6|udp|openssl|ssl|sctp|socks)[^:]*:/i.test(arg ?? ''));
  words.args.forEach((text, arg) => {
    if (text === null) return;
    const to =
      /^(?:tcp|tcp4|tcp6|udp|udp4|openssl|ssl|sctp|ssl-connect|tcp-connect|openssl-connect)(?:4|6)?:([^:,]+)/i.exec(
        text,
      )?.[1];
    if (to) out.push(host('send', to, arg), host('receive', to, arg));
    else if (/-?listen:/i.test(text))
      out.push({ verb: 'receive', resource: { kind: 'host', name: '' }, zone: 'other-host', flags: [], arg });
    const run = /^(?:exec|system):["']?([^,"']+)/i.exec(text)?.[1];
    if (run)
      out.push({
        verb: 'execute',
        resource: { kind: 'process', name: run },
        zone: 'this-host',
        flags: connected ? ['remote-code', 'opaque', 'hidden'] : [],
        arg,
      });
    const file = /^(?:open|file|create|gopen):([^,]+)/i.exec(text)?.[1] ?? /^(\/[^,:]+)/.exec(text)?.[1];
    if (file) out.push(...touch('read', { text: file, arg }, words.place));
    const control = /^(?:unix(?:-connect)?:)?(\/[^,]*\.sock(?:et)?)$/i.exec(text)?.[1];
    if (control && stopsThrough.test(words.stdin ?? ''))
      out.push({
        verb: 'delete',
        resource: { kind: 'service', name: control },
        zone: 'this-host',
        flags: ['forced'],
        arg,
      });
  });
  return out;
}

/** Name queries carry their question to another host; one that is made at run time can carry data. */
export function lookup(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-p -t -c -q -x -f -b -k -y -W -R -N -T'));
  const asked = options.operands.filter(({ text }) => !/^(?:\+.*|[A-Z]{1,10}|in|any)$/.test(text ?? ''));
  return asked.map(({ text, arg }) => {
    const server = text?.startsWith('@');
    const name = text === null ? '' : hostName(text.replace(/^@/, '')).replaceAll(unknownPart, '…');
    const verb = isDynamic(text) && !server ? 'send' : 'receive';
    return {
      verb,
      resource: { kind: 'host' as const, name },
      zone: hostZone(name),
      flags: isDynamic(text) ? (['dynamic'] as const) : [],
      arg,
    };
  });
}
