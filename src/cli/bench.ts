import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type DetectOptions, detectReport } from './bench-detect.ts';
import { detectSets } from './bench-sets.ts';
import { detectMarkdown, detectText } from './bench-text.ts';
import { type Command, UsageError } from './command.ts';

const usage = `warder bench detect: how well Warder tells dangerous tool calls from ordinary ones, on labelled third-party data.

Usage: warder bench detect [--data DIR] [--set NAME …] [--peer] [--ablate] [--no-categories] [--json] [--out FILE]

  --data DIR        folder of the labelled sets, gzipped JSON Lines (default: ../shared/datasets beside the project)
  --set NAME        only this set; may be repeated
  --peer            runs cc-safety-net beside Warder on the shell sets; fetched from npm into the user's cache when missing
  --ablate          adds what would be left of each set without the findings that each factor takes part in
  --no-categories   no lines for families and categories
  --json            one JSON object
  --out FILE        writes the report as a Markdown page too

Beside each figure stands what it should be, and whether it is. Shares come with Wilson 95 % intervals; times are those
of a second pass. Peers' figures without --peer are those they, or third parties, published. Nothing is sent anywhere
and no row is printed. Exit status: 0 fine, 2 used wrongly, 3 the data is not there.
`;

export const command: Command = {
  name: 'bench',
  summary: 'measure detection on labelled data',
  usage,
  async run(args, io) {
    const [what, ...rest] = args;
    if (what !== 'detect') throw new UsageError('there is one bench: warder bench detect');
    const { values } = parseArgs({
      args: rest,
      options: {
        data: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
        peer: { type: 'boolean', default: false },
        ablate: { type: 'boolean', default: false },
        out: { type: 'string' },
        'no-categories': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const unknown = values.set.find((name) => !detectSets.some((set) => set.name === name));
    if (unknown !== undefined) {
      throw new UsageError(
        `there is no set ${JSON.stringify(unknown)}; sets: ${detectSets.map(({ name }) => name).join(', ')}`,
      );
    }
    const data = path.resolve(values.data ?? path.join(import.meta.dirname, '../../../shared/datasets'));
    if (!fs.existsSync(data)) {
      io.stderr.write(`warder bench: there is no labelled data in ${data}. Name its folder with --data.\n`);
      return 3;
    }
    const options: DetectOptions = {
      data,
      sets: values.set,
      peer: values.peer,
      ablate: values.ablate,
      progress: (line) => io.stderr.write(`warder bench: ${line}\n`),
    };
    const report = await detectReport(options);
    if (report.sets.length === 0) {
      io.stderr.write(
        `warder bench: none of the sets is in ${data}; a set is a file such as nl2bash.jsonl.gz. Name its folder with --data.\n`,
      );
      return 3;
    }
    if (values.out !== undefined) {
      const how = `warder bench detect${values.peer ? ' --peer' : ''}${values.ablate ? ' --ablate' : ''} --out`;
      fs.writeFileSync(values.out, detectMarkdown(report, how));
      options.progress(`wrote ${values.out}`);
    }
    if (values.json) io.stdout.write(`${JSON.stringify(report)}\n`);
    else io.stdout.write(detectText(report, { categories: !values['no-categories'] }));
    return 0;
  },
};
