import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import type { Options } from '../arguments.ts';
import { locate } from '../zones.ts';
import { systemWide } from './packages.sources.ts';

// What package managers take away: packages, whole environments, what was fetched; and what all their lines share.

export function here(program: string, { place }: CommandWords): CommandEffect {
  const at = locate('.', place, 'directory');
  return {
    verb: 'execute',
    resource: { kind: 'process', name: program },
    zone: at.zone === 'repository' ? 'repository' : 'this-host',
    flags: [],
  };
}

export function flagsOf(options: Options, program: string): Flag[] {
  const out: Flag[] = [];
  if (options.has('-f', '--force', '--break-system-packages', '--allow-unauthenticated', '--no-verify'))
    out.push('forced');
  // With a value, `-n` names an environment.
  const asks = options.has('--dry-run', '--simulate') || options.flags.has('-n') || options.flags.has('-s');
  if (asks && program !== 'yarn') out.push('dry-run');
  return out;
}

/** A whole environment with all that was put into it. */
export const environment = (options: Options): CommandEffect => ({
  verb: 'delete',
  resource: {
    kind: 'package',
    name: options.value('-n', '--name', '-p', '--prefix')?.text ?? options.operands[1]?.text ?? '',
  },
  zone: 'home',
  flags: ['bulk'],
});

/** What was fetched is fetched again; it only takes time. */
export function cacheCleared(program: string, options: Options): readonly CommandEffect[] {
  if (!/^(?:clean|clear|purge|prune|rm|remove)$/.test(options.operands[0]?.text ?? '')) return [];
  const name = `${program} cache`;
  return [{ verb: 'delete', resource: { kind: 'package', name }, zone: 'home', flags: flagsOf(options, program) }];
}

/** `rpm -e x`, `dpkg --purge x`, `pacman -R x`; forced when what depends on it is left without. */
export function removedByOption({ args }: CommandWords, unasked: RegExp): readonly CommandEffect[] {
  const flags: Flag[] = args.some((arg) => unasked.test(arg ?? '')) ? ['forced', 'bulk'] : [];
  return args.flatMap((text, arg) =>
    text?.startsWith('-')
      ? []
      : [
          {
            verb: 'delete' as const,
            resource: { kind: 'package' as const, name: text ?? '' },
            zone: 'system' as const,
            flags,
            arg,
          },
        ],
  );
}

/** Taken away by a list, with all that came with it, or a whole environment: `pip uninstall -r x`, `conda remove --all`. */
export function withoutNames({ program, args }: CommandWords, sub: string, options: Options): readonly CommandEffect[] {
  const list = options.value('-r', '--requirement');
  const whole = options.has('--all', '-a', '--purge') || args.some((arg) => /^-[a-z]*a[a-z]*[A-Z]?x?$/.test(arg ?? ''));
  if (!list && !whole && sub !== 'purge') return [here(program, { program, args, place: { cwd: '', home: '' } })];
  const name = list?.text ?? options.value('-n', '--name')?.text ?? 'all that nothing else needs';
  const zone = systemWide.has(program) ? ('system' as const) : ('home' as const);
  return [{ verb: 'delete', resource: { kind: 'package', name }, zone, flags: [...flagsOf(options, program), 'bulk'] }];
}
