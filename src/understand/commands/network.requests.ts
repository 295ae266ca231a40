import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { isDynamic, names, type Operand, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { readUrl } from '../hosts.ts';
import { removal } from './network.removal.ts';

// Reaching a host, looking for its ports, asking it by httpie's short words, and serving a folder to whoever asks.

export function toHost(verb: 'send' | 'receive', operand: Operand, flags: readonly Flag[] = []): CommandEffect {
  const { text, arg } = operand;
  if (text === null)
    return { verb, resource: { kind: 'host', name: '' }, zone: 'other-host', flags: [...flags, 'dynamic'], arg };
  const { host, zone } = readUrl(text);
  const marks: readonly Flag[] = host.includes('…') ? [...flags, 'dynamic'] : flags;
  return { verb, resource: { kind: 'host', name: host }, zone, flags: marks, arg };
}

export function reach(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names('-c -i -W -w -s -t -p -oN -oX -oG -oA -iL --script --top-ports -T -e -I -q -f -m'),
  );
  return options.operands
    .slice(0, 8)
    .map((operand) => ({ ...toHost('send', operand), flags: isDynamic(operand.text) ? ['dynamic'] : ['dry-run'] }));
}

/** Ports of many machines, or holes in one: what comes before an attack. One's own machine and one port are daily work. */
export function scan(words: CommandWords): readonly CommandEffect[] {
  const line = words.args.map((arg) => arg ?? '…').join(' ');
  const wide = /\d\/\d{1,2}(?:\s|$)|\d+-\d+\.\d|\d-\d+(?:\s|$)(?=.*\d+\.\d)|\.\*|(?:^|\s)-i[LR]\b/.test(
    line.replace(/-p\s*\S+/, ''),
  );
  const probing =
    /--script[= ](?!default|ssl|http-title|http-headers)\S*(?:vuln|exploit|brute|dos|auth|put|intrusive|malware)|(?:^|\s)-s[SUXFNA]\b|(?:^|\s)-A(?:\s|$)|-p-|--spoof|(?:^|\s)-D\s|-f\s/.test(
      line,
    );
  return reach(words).map((effect) =>
    (wide || probing) && effect.zone !== 'this-host' ? { ...effect, verb: 'read', flags: ['bulk'] } : effect,
  );
}

export function httpie(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-o --output -a --auth --timeout --session -A'));
  const methodAt = options.operands.findIndex(({ text }) => /^[A-Z]{3,7}$/.test(text ?? ''));
  const given = options.operands[methodAt + 1];
  if (!given) return [];
  // `:3000/x` is short for this host.
  const url = given.text?.startsWith(':') ? { ...given, text: `localhost${given.text}` } : given;
  const rest = options.operands.slice(methodAt + 2);
  const method =
    methodAt >= 0
      ? options.operands[methodAt]?.text
      : rest.some(({ text }) => /[^=]=|@|:=/.test(text ?? '')) || words.stdin !== undefined
        ? 'POST'
        : 'GET';
  const files = rest.flatMap(({ text, arg }) =>
    text && /^[^=:]+(?:=@|:=@|@)/.test(text) ? [{ text: text.replace(/^[^@]*@/, ''), arg }] : [],
  );
  const out: CommandEffect[] = [...touchAll('read', files, words.place)];
  if (method !== 'GET' && method !== 'HEAD') out.push(toHost('send', url));
  out.push(
    ...removal(
      url,
      method ?? 'GET',
      rest.map(({ text }) => text),
      [],
    ),
  );
  return [...out, toHost('receive', url), ...touch('write', options.value('-o', '--output'), words.place)];
}

export function served(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-b --bind -d --directory -p --port -i'));
  const bound = options.value('-b', '--bind', '-i')?.text ?? '';
  const folder = options.value('-d', '--directory') ?? { text: '.', arg: -1 };
  const [read] = touch('read', folder, words.place, { kind: 'directory', flags: ['recursive'] });
  if (!read || /^(?:127\.|localhost|::1)/.test(bound)) return read ? [read] : [];
  return [read, { ...read, verb: 'grant', flags: read.zone === 'repository' ? [] : ['bulk', 'recursive'] }];
}
