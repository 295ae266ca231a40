import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import { finding, heaviest, isShell, type Judged, onlyShows, plain, waitsForOrders } from '../findings.ts';

const id = 'shell-escape';

/** Programs whose purpose is to start another one, and what merely stands beside a shell in a line. */
const starters = new Set(
  'bash sh zsh fish sudo su doas runuser exec command builtin eval source . cd export echo printf cat true false exit trap set unset test [ [[ read tmux screen ssh docker podman kubectl nsenter chroot login newgrp sg devbox nix nix-shell poetry pipenv conda uv direnv distrobox toolbox vagrant wsl watch parallel make mkfifo mknod rm chmod ls cp mv ln mkdir touch id whoami'.split(
    ' ',
  ),
);

/** Shells nobody works in on a machine that has the usual ones; small ones come along to get around rules for those. */
const usual = /^(?:.*\/)?(?:bash|sh|zsh|fish)$/;

const unusual = (effect: Effect): Judged | null =>
  usual.test(effect.resource.name)
    ? null
    : {
        weight: 42,
        why: `Opens ${plain(effect.resource.name, 40)}, a shell that is not the usual one and waits for orders: what runs in it is not seen here.`,
        factor: 'opacity',
      };

function judge(effect: Effect, { meaning }: DetectorInput): Judged | null {
  if (!waitsForOrders(effect) || onlyShows(effect)) return null;
  // Code that comes from a variable or a pipe is another matter: the detector of what cannot be read has it.
  if (meaning.opaque.some((reason) => reason.startsWith('code known'))) return null;
  const opener = meaning.programs.find((program) => !starters.has(program) && !isShell(program));
  // A shell among the options or orders of another program is marked hidden where it is read.
  if (opener === undefined && !effect.flags.includes('hidden')) return unusual(effect);
  const root = effect.flags.includes('privileged');
  return {
    weight: root ? 75 : 48,
    why: `Gets a shell${root ? ' with more rights' : ''} out of ${opener === undefined ? 'another program' : plain(opener, 40)}, which is not one: what runs in it is not seen here.`,
    factor: 'opacity',
  };
}

/** A shell or a command gotten through a program that is there for something else: editors, pagers, archivers, debuggers. */
export const shellEscape: Detector = {
  id,
  title: 'Shell out of another program',
  runbook:
    'Was a shell needed at all, and why not started plainly? This way around is how limits on programs (sudo rules, allow lists) are left. See what was typed into it, and take the program off the allow list or bind its arguments.',
  detect: (input) =>
    heaviest(
      input.meaning.effects.flatMap((effect) => {
        const judged = judge(effect, input);
        return judged === null ? [] : [finding(id, judged, effect.span, effect)];
      }),
    ),
  hits: [
    "vim -c ':!/bin/sh'",
    `awk 'BEGIN {system("/bin/bash")}'`,
    'find . -exec /bin/sh \\; -quit',
    'sudo vim -c ":!/bin/sh"',
    'timeout 9 /bin/sh',
  ],
  misses: [
    'bash',
    'sudo -u deploy bash -c "id"',
    "vim -c ':wq' notes.txt",
    `awk '{print $1}' a.txt`,
    'docker exec -it web sh',
  ],
};
