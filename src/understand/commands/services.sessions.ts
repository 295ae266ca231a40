import type { CommandEffect, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

// Terminals within terminals, and mail: programs that carry what one types, or what one writes, elsewhere.

export function multiplexer(words: CommandWords): readonly CommandEffect[] {
  if (/^kill-/.test(words.args[0] ?? ''))
    return [
      {
        verb: 'delete',
        resource: { kind: 'process', name: words.args.slice(0, 3).join(' ') },
        zone: 'this-host',
        flags: [],
      },
    ];
  return [
    { verb: 'execute', resource: { kind: 'process', name: words.program }, zone: 'this-host', flags: ['background'] },
  ];
}

/** `tmux new -d 'cmd'`, `tmux send-keys 'cmd' Enter`, `screen -dm cmd`. */
export function multiplexerRuns(words: CommandWords): readonly NestedRun[] {
  const { program, args } = words;
  if (program === 'screen') {
    const from = args.findIndex(
      (arg, i) => arg !== null && !arg.startsWith('-') && !/^-[a-zA-Z]*[ScthpTX]$/.test(args[i - 1] ?? ''),
    );
    return from >= 0 && args.some((arg) => /^-[a-zA-Z]*m/.test(arg ?? ''))
      ? [{ kind: 'words', from, flags: ['background'] }]
      : [];
  }
  const sub = args.findIndex((arg) =>
    /^(?:new|new-session|new-window|neww|split-window|splitw|respawn-pane|send-keys|send|run-shell|run)$/.test(
      arg ?? '',
    ),
  );
  if (sub < 0) return [];
  const options = readOptions(args, names('-t -s -n -c -e -x -y -F'), { from: sub + 1 });
  const keys = /^send/.test(args[sub] ?? '');
  const texts = options.operands.filter(
    ({ text }) => !keys || !/^(?:Enter|C-[a-z]|Space|Tab|Escape|Up|Down)$/.test(text ?? ''),
  );
  return texts
    .slice(0, keys ? 4 : 1)
    .map(({ text, arg }) => ({ kind: 'shell' as const, text, arg, flags: ['background' as const] }));
}

export function mailed(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names('-s -a -A -c -b -r -f -S -t --to --from --server --attach --body -i -H'),
  );
  const to = options.operands.find(({ text }) => text?.includes('@')) ?? options.value('--to', '-t');
  const name = to?.text?.split('@').at(-1) ?? 'mail';
  return [
    ...touchAll(
      'read',
      options
        .all('-a', '-A', '--attach', '-i')
        .map(({ text, arg }) => ({ text: text?.replace(/^@/, '') ?? null, arg })),
      words.place,
    ),
    { verb: 'send', resource: { kind: 'host', name }, zone: 'other-host', flags: [], ...(to && { arg: to.arg }) },
    ...touch('read', undefined, words.place),
  ];
}
