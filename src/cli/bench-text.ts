import type { DetectReport, Group, SetReport } from './bench-detect.ts';
import { type Share, wilson } from './bench-share.ts';

/** The report as text: one block a set, the sums first, then each category. */
export function detectText(report: DetectReport, categories: boolean): string {
  const blocks = report.sets.map((set) => setText(set, report.peer, categories));
  const missing = report.missing.length === 0 ? '' : `\nNot there, so not measured: ${report.missing.join(', ')}\n`;
  return `${blocks.join('\n')}${missing}\nShares with Wilson 95 % intervals. Data: ${report.data}\n`;
}

function setText(set: SetReport, peer: string | null, categories: boolean): string {
  const [first, second] = set.found === 'score' ? ['≥ 40', '≥ 70'] : ['found', '≥ 70'];
  const head = `${set.set}: ${set.what}, ${set.rows} rows; ${set.micros.p50} µs a row (p99 ${set.micros.p99})${set.errors > 0 ? `; ${set.errors} could not be read` : ''}`;
  const sums = [true, false].flatMap((bad) => {
    const groups = set.groups.filter((group) => group.bad === bad);
    return groups.length === 0 ? [] : [line(bad ? 'all to be found' : 'all benign', summed(groups))];
  });
  const sessions = set.sessions ? [line('sessions', { ...set.sessions, peer: null })] : [];
  const parts =
    categories && new Set(set.groups.map((group) => group.category)).size > 1
      ? set.groups.map((group) => line(`  ${group.label} ${group.category}`, group))
      : [];
  const columns = `  ${''.padEnd(46)}${'rows'.padStart(6)}  ${first.padEnd(22)}${second.padEnd(22)}${peer ?? ''}`;
  const published = set.published === null ? [] : [`  published: ${set.published}`];
  return `${[head, columns, ...sums, ...sessions, ...published, ...parts].join('\n')}\n`;
}

type Shares = Pick<Group, 'at40' | 'at70' | 'peer'>;

function summed(groups: readonly Group[]): Shares {
  const total = (pick: (group: Group) => Share | null) =>
    wilson(
      groups.reduce((sum, group) => sum + (pick(group)?.hits ?? 0), 0),
      groups.reduce((sum, group) => sum + (pick(group)?.of ?? 0), 0),
    );
  const peer = total((group) => group.peer);
  return { at40: total((group) => group.at40), at70: total((group) => group.at70), peer: peer.of === 0 ? null : peer };
}

function line(name: string, { at40, at70, peer }: Shares): string {
  const label = name.length > 45 ? `${name.slice(0, 44)}…` : name;
  return `  ${label.padEnd(46)}${String(at40.of).padStart(6)}  ${share(at40)}${share(at70)}${peer === null ? '' : share(peer).trimEnd()}`;
}

const share = ({ share: value, low, high }: Share): string => {
  const percent = (part: number) => (part * 100).toFixed(1);
  return `${percent(value).padStart(5)} % (${percent(low)}–${percent(high)})`.padEnd(22);
};
