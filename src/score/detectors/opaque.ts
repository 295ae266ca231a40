import type { Detector, DetectorInput } from '../../core/ports.ts';
import type { Finding } from '../../core/verdict.ts';
import { finding, heaviest, type Judged, plain } from '../findings.ts';

const id = 'opaque';

/** What cannot be read weighs by itself: it is never taken for safe. */
function whole({ meaning, action }: DetectorInput): Judged | null {
  const reason = meaning.opaque[0];
  const because = reason === undefined ? '' : ` (${plain(reason, 80)})`;
  if (meaning.unparsed) return { weight: 40, why: `Could not be parsed${because}, so what it does is not known.` };
  if (action.kind === 'unknown')
    return { weight: 20, why: `A tool Warder does not know${because}: what it does is not known.` };
  if (reason === undefined) return null;
  return {
    weight: Math.min(35, 15 + 5 * meaning.opaque.length),
    why: `Part of it is known only when it runs${because}.`,
  };
}

function parts({ meaning }: DetectorInput): Finding[] {
  return meaning.effects.flatMap(({ verb, flags, by, span }) => {
    if (flags.includes('hidden')) {
      const weight = verb === 'execute' ? 60 : 50;
      return [
        finding(
          id,
          { weight, why: `Does in an encoded or disguised way what could be written plainly (${plain(by, 40)}).` },
          span,
        ),
      ];
    }
    if (verb === 'execute' && flags.includes('opaque') && flags.includes('dynamic')) {
      return [
        finding(id, { weight: 40, why: `Runs code that is put together only when it runs (${plain(by, 40)}).` }, span),
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
  hits: ['echo cm0gLXJmIH4= | base64 -d | sh', 'eval "$(cat /tmp/generated)"', 'if then ( fi |'],
  misses: ['echo "$HOME"', 'for f in *.ts; do wc -l "$f"; done', 'npm test', 'echo aGVsbG8= | base64 -d'],
};
