import type { Effect } from '../../core/effect.ts';
import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding } from '../../core/verdict.ts';
import { finding, heaviest, isTrack, type Judged, plain, waitsForOrders } from '../findings.ts';

const id = 'opaque';

/** Words that make a line nobody can parse worth a look. */
const graveWords =
  /(?:^|[\s;&|({`'"])(?:rm\s+-\w*[rf]|mkfs|dd\s[^\n]{0,200}of=|shred|(?:curl|wget)\s[^\n]{0,200}\|\s*(?:ba|z)?sh|base64\s[^\n]{0,200}\|\s*(?:ba|z)?sh|git\s+(?:reset|push|clean|checkout|restore|stash)(?!\s+(?:--help|-h)\b)|drop\s+(?:table|database)|[\w.]{1,80}\.(?:delete|cancel|destroy|drop|purge|truncate)\w{0,40}\(\S{0,200}|\S*\/dev\/(?:tcp|udp|sd))(?:\s|$|\/)/i;

/** What cannot be read weighs by itself: it is never taken for safe. */
function whole({ meaning, action }: DetectorInput): Judged | null {
  const reason = meaning.opaque[0];
  const because = reason === undefined ? '' : ` (${plain(reason, 80)})`;
  if (meaning.unparsed) {
    const grave = action.kind === 'shell' && graveWords.test(action.command.slice(0, 65_536));
    return {
      weight: grave ? 45 : 30,
      why: `Could not be parsed${because}, so what it does is not known${grave ? '; some of its words destroy, download or hide' : ''}.`,
      factor: 'opacity',
    };
  }
  if (action.kind === 'unknown')
    return { weight: 20, why: `A tool Warder does not know${because}: what it does is not known.` };
  if (reason === undefined) return null;
  return {
    weight: Math.min(35, 15 + 5 * meaning.opaque.length),
    why: `Part of it is known only when it runs${because}.`,
  };
}

const shells = /^(?:[\w.-]+:)?(?:ba|da|z|k|c|tc|fi)?sh$/;

/**
 * Text for a shell that nobody has seen: most when it comes from outside the project, less from the project's own
 * files or a variable, least for a shell that only waits and for other programs.
 */
function weightOf({ resource, flow }: Effect, { opaque: reasons, effects }: DetectorInput['meaning']): number {
  if (!shells.test(resource.name)) return 28;
  if (reasons.length === 0) return 25;
  const sources = effects.filter(
    (each) => flow !== undefined && each.flow === flow && (each.verb === 'read' || each.verb === 'receive'),
  );
  return sources.some(({ zone }) => zone !== 'repository') ? 42 : 34;
}

function parts({ meaning }: DetectorInput): Finding[] {
  return meaning.effects.flatMap((effect) => {
    const { verb, flags, by, span } = effect;
    // A shell gotten out of another program is another detector's.
    if (waitsForOrders(effect) && meaning.opaque.length === 0 && flags.includes('hidden')) return [];
    // Hidden deletions and writes cover tracks, which is another detector's.
    if (flags.includes('hidden') && (verb === 'execute' || !isTrack(effect))) {
      return [
        finding(
          id,
          {
            weight: verb === 'execute' ? 60 : 50,
            factor: 'opacity',
            why: `Does in an encoded or disguised way what could be written plainly (${plain(by, 40)}).`,
          },
          span,
        ),
      ];
    }
    if (verb === 'execute' && flags.includes('opaque') && flags.includes('dynamic')) {
      return [
        finding(
          id,
          {
            weight: weightOf(effect, meaning),
            factor: 'opacity',
            why: `Runs code that is put together only when it runs (${plain(by, 40)}).`,
          },
          span,
        ),
      ];
    }
    return [];
  });
}

/** The call, or part of it, cannot be read before it runs: not parsed, put together at run time, encoded. */
export const opaque: Detector = {
  id,
  title: 'Cannot be read',
  runbook:
    'Decode or expand it by hand and judge what comes out. Ask the agent to write the same thing plainly; encoding a command has few good reasons.',
  detect: (input) => {
    const all = whole(input);
    return heaviest([...(all === null ? [] : [finding(id, all)]), ...parts(input)]);
  },
  hits: ['echo cm0gLXJmIH4= | base64 -d | sh', 'eval "$(cat /tmp/generated)"', 'if then ( fi | sudo rm -rf x'],
  misses: [
    'bash',
    'mysql < dump.sql',
    'echo "$HOME"',
    'for f in *.ts; do wc -l "$f"; done',
    'npm test',
    'echo aGVsbG8= | base64 -d',
  ],
};
