import type { Detector, DetectorInput } from '../../core/ports.ts';
import { finding, heaviest, type Judged, plain } from '../findings.ts';

const id = 'miner';

const miners =
  /^(?:xmrig[\w.-]*|xmr-stak[\w-]*|cpuminer[\w-]*|minerd|ccminer|cgminer|bfgminer|ethminer|phoenixminer|t-rex|lolminer|nbminer|gminer|nanominer|teamredminer|claymore[\w-]*|srbminer[\w-]*|wildrig[\w-]*|xmr-?miner|moneroocean[\w-]*|c3pool[\w-]*|nicehash[\w-]*|verusminer|randomx-?miner|kinsing|kdevtmpfsi)$/i;
const poolWords =
  /\bstratum\d?(?:\+\w+)?:\/\/|(?<![\w-])(?:supportxmr|minexmr|nanopool|hashvault|moneroocean|c3pool|2miners|f2pool|nicehash|ethermine|unmineable|herominers|dwarfpool|xmrpool|minergate|monerohash)\.(?:com|org|pro|stream|net|eu|io)\b|--donate-level\b|--algo[= ](?:rx\/0|randomx|cn\/|cryptonight|ethash|kawpow|argon2)/i;
/** Programs that only look at or write text. */
const talkers = new Set([
  'grep',
  'rg',
  'echo',
  'printf',
  'cat',
  'sed',
  'git',
  'gh',
  'ls',
  'find',
  'which',
  'man',
  'less',
  'head',
  'tail',
  'awk',
]);

function judge({ action, meaning }: DetectorInput): Judged | null {
  const run = meaning.programs.find((program) => miners.test(program));
  const named = meaning.effects.find(
    ({ verb, resource }) =>
      (verb === 'execute' || verb === 'install') &&
      miners.test(resource.name.slice(resource.name.lastIndexOf('/') + 1)),
  );
  if (run !== undefined || named !== undefined)
    return {
      weight: 85,
      why: `Runs or installs ${plain(run ?? named?.resource.name ?? 'a miner', 60)}, which mines coins on this machine.`,
      alert: true,
    };
  if (action.kind !== 'shell' || !poolWords.test(action.command.slice(0, 65_536))) return null;
  if (meaning.programs.every((program) => talkers.has(program))) return null;
  return {
    weight: 75,
    why: 'Talks to a mining pool or uses the options of a miner.',
    alert: true,
    factor: 'destination',
  };
}

/** Mines coins with the machine's power. */
export const miner: Detector = {
  id,
  title: 'Coin mining',
  runbook:
    'Stop the process, find where the program came from and what starts it again (timers, start-up files, containers). Miners seldom come alone: treat the machine as touched by others.',
  detect: (input) => {
    const judged = judge(input);
    return judged === null ? [] : heaviest([finding(id, judged, input.meaning.effects[0]?.span)]);
  },
  hits: [
    './xmrig -o pool.example:3333 -u wallet -k',
    'nohup /tmp/.x/kworker --donate-level 1 -o stratum+tcp://pool.example:443 &',
    'docker run -d metal3d/xmrig',
  ],
  misses: [
    'grep -rn "stratum+tcp://" src',
    'cat docs/xmrig.md',
    'npm run mine-data',
    'echo "stratum+tcp://pool.example:3333"',
  ],
};
