import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, names, type Operand, type Options, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { hostName, hostZone } from '../hosts.ts';

export const rsyncValues = names(
  '-e --rsh --exclude --include --exclude-from --include-from --filter -f --files-from --bwlimit --port --password-file --log-file --rsync-path --backup-dir --suffix --partial-dir --temp-dir -T --compare-dest --copy-dest --link-dest --chmod --chown --timeout --max-size --min-size --info --out-format',
);

const sshValues = names('-i -p -l -o -F -J -L -R -D -W -E -c -m -b -e -I -Q -S -w -B -O -P');

const remotePath = /^(?:(?:rsync|scp|sftp|ftp):\/\/)?(?:[^@/\s]+@)?(\[[0-9a-f:]+\]|[^/:\s]+)::?(.*)$/i;

export function copyBetween(options: Options, words: CommandWords): readonly CommandEffect[] {
  const parts = options.operands.map((operand) => ({
    operand,
    remote: operand.text === null ? null : remotePath.exec(operand.text),
  }));
  const target = parts.at(-1);
  const flags: Flag[] = options.has('-r', '-a', '--recursive', '--archive') ? ['recursive'] : [];
  const out: CommandEffect[] = [];
  parts.slice(0, -1).forEach(({ operand, remote }) => {
    if (remote?.[1]) out.push(host('receive', remote[1], operand.arg));
    else {
      out.push(...touch('read', operand, words.place, { flags }));
      if (options.has('--remove-source-files')) out.push(...touch('delete', operand, words.place, { flags }));
    }
  });
  if (!target) return out;
  if (target.remote?.[1]) {
    out.push(host('send', target.remote[1], target.operand.arg));
    if (
      /^\/(?:$|(?:etc|usr|bin|sbin|boot|lib\d*|root|dev|proc|sys|var\/(?:lib|spool|cron|run))(?:\/|$))/.test(
        target.remote[2] ?? '',
      )
    )
      out.push({
        verb: 'write',
        resource: { kind: 'file', name: target.operand.text ?? '' },
        zone: 'other-host',
        flags: [],
        arg: target.operand.arg,
      });
    if (
      options.has(
        '--delete',
        '--delete-before',
        '--delete-after',
        '--delete-during',
        '--delete-excluded',
        '--delete-delay',
      )
    ) {
      out.push({
        verb: 'delete',
        resource: { kind: 'directory', name: target.operand.text ?? '' },
        zone: hostZone(hostName(target.remote[1])),
        flags: ['bulk', ...dry(options)],
        arg: target.operand.arg,
      });
    }
    return out;
  }
  out.push(...touch('write', target.operand, words.place, { kind: parts.length > 2 ? 'directory' : 'file' }));
  if ([...options.flags.keys()].some((flag) => flag.startsWith('--delete')) || options.has('--del'))
    out.push(
      ...touch('delete', target.operand, words.place, {
        kind: 'directory',
        flags: ['bulk', 'recursive', ...dry(options)],
      }),
    );
  return out;
}

function dry(options: Options): readonly Flag[] {
  return options.has('-n', '--dry-run') ? ['dry-run'] : [];
}

export function host(verb: 'send' | 'receive', name: string, arg: number): CommandEffect {
  const plain = hostName(name);
  return {
    verb,
    resource: { kind: 'host', name: plain },
    zone: hostZone(plain),
    flags: isDynamic(name) ? ['dynamic'] : [],
    arg,
  };
}

export function rsync(words: CommandWords): readonly CommandEffect[] {
  return copyBetween(readOptions(words.args, rsyncValues), words);
}

export function scp(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-i -P -o -F -J -l -c -S -D -X'));
  return copyBetween(options, words);
}

function sshParts(words: CommandWords): {
  readonly target: Operand | undefined;
  readonly from: number;
  readonly options: Options;
} {
  const options = readOptions(words.args, sshValues, { stopAtOperand: true });
  const target = options.operands[0];
  return { target, from: target ? target.arg + 1 : words.args.length, options };
}

function sshHost(target: Operand): string {
  return hostName((target.text ?? '').replace(/^ssh:\/\//, '').replace(/^.*@/, ''));
}

export function ssh(words: CommandWords): readonly CommandEffect[] {
  const { target, from, options } = sshParts(words);
  if (!target) return [];
  const name = sshHost(target);
  const out: CommandEffect[] = [
    {
      verb: 'execute',
      resource: { kind: 'host', name },
      zone: target.text === null ? 'other-host' : hostZone(name),
      flags: target.text === null ? ['dynamic'] : [],
      arg: target.arg,
    },
  ];
  if (options.has('-R', '-D', '-L'))
    out.push({
      verb: 'configure',
      resource: { kind: 'host', name },
      zone: hostZone(name),
      flags: ['background'],
      arg: options.value('-R', '-D', '-L')?.arg ?? target.arg,
    });
  // What is piped in leaves this host.
  if (words.stdin !== undefined || from < words.args.length)
    out.push({ verb: 'send', resource: { kind: 'host', name }, zone: hostZone(name), flags: [], arg: target.arg });
  return out;
}

export function sshRuns(words: CommandWords): readonly NestedRun[] {
  const { target, from, options } = sshParts(words);
  const out: NestedRun[] = [];
  for (const { text, arg } of options.all('-o')) {
    const local = /^(?:ProxyCommand|LocalCommand|KnownHostsCommand)[= ](.*)$/is.exec(text ?? '')?.[1];
    if (local) out.push({ kind: 'shell', text: local, arg });
  }
  if (!target) return out;
  const name = sshHost(target);
  const where = { name, zone: hostZone(name) };
  if (from < words.args.length) out.push({ kind: 'shell-args', from, where, cwd: '' });
  else if (typeof words.stdin === 'string') out.push({ kind: 'shell', text: words.stdin, where, cwd: '' });
  return out;
}

export function fileTransfer(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, names('-i -P -o -F -b -u -e -c -p -R'));
  const [target] = options.operands;
  if (!target) return [];
  const name = hostName(
    (target.text ?? '')
      .replace(/^[a-z]+:\/\//, '')
      .replace(/^.*@/, '')
      .replace(/[:/].*$/, ''),
  );
  const to = { kind: 'host' as const, name };
  const text = `${words.stdin ?? ''}\n${options.value('-c', '-e')?.text ?? ''}`;
  const puts = [...text.matchAll(/^\s*m?put\s+(?:-\w+\s+)*(\S+)/gim)].map((match) => ({
    text: match[1] ?? null,
    arg: target.arg,
  }));
  return [
    ...touchAll('read', puts, words.place),
    { verb: 'send', resource: to, zone: hostZone(name), flags: [], arg: target.arg },
    { verb: 'receive', resource: to, zone: hostZone(name), flags: [], arg: target.arg },
  ];
}
