import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { patchEffects } from '../patch-effects.ts';

const begin = '*** Begin Patch\n';
const here = (body: string): string => `apply_patch <<'EOF'\n${begin}${body}\n*** End Patch\nEOF`;

/** The patch's own text, as an argument or on standard input → the files it changes. Source: OpenAI apply_patch. */
function effects({ args, place, stdin, program }: CommandWords): readonly CommandEffect[] {
  const text = args.find((arg) => arg?.includes(begin)) ?? stdin;
  if (typeof text !== 'string') {
    return [{ verb: 'write', resource: { kind: 'file', name: '' }, zone: 'repository', flags: ['dynamic'] }];
  }
  const found = patchEffects(text, '', program, place, () => []);
  return found.map(({ by: _by, span: _span, flow: _flow, ...effect }) => effect);
}

/** Patches that a coding agent applies with a command. */
export const patches: CommandFamily = {
  id: 'patches',
  programs: ['apply_patch', 'applypatch', 'apply-patch'],
  effects,
  examples: [
    [here('*** Add File: src/a.ts\n+x'), 'write file repository'],
    [here('*** Delete File: /etc/hosts'), 'delete file system'],
    [
      here('*** Update File: .claude/settings.json\n+"disableAllHooks": true'),
      'write agent-config repository',
      'configure agent-config repository',
    ],
    [`apply_patch '${begin}*** Update File: a.md\n+x\n*** End Patch'`, 'write file repository'],
  ],
};
