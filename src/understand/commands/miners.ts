import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { readUrl } from '../hosts.ts';

// Programs that mine coins on someone else's machine and bill (ATT&CK T1496). The pool is the tell: stratum addresses.

const miners = [
  'xmrig',
  'xmrig-notls',
  'xmr-stak',
  'xmr-stak-rx',
  'minerd',
  'cpuminer',
  'cpuminer-opt',
  'cpuminer-multi',
  'ccminer',
  'cgminer',
  'bfgminer',
  'sgminer',
  'ethminer',
  'phoenixminer',
  'PhoenixMiner',
  'nbminer',
  't-rex',
  'lolminer',
  'lolMiner',
  'gminer',
  'teamredminer',
  'nanominer',
  'claymore',
  'srbminer',
  'srbminer-multi',
  'SRBMiner-MULTI',
  'bzminer',
  'wildrig-multi',
  'kawpowminer',
  'nheqminer',
  'ewbf',
  'excavator',
  'nicehashminer',
  'p2pool',
  'kdevtmpfsi',
  'kinsing',
  'randomx-miner',
  'rhminer',
  'verthashminer',
];

const pool = /^(?:stratum\d?(?:\+(?:tcp|tls|ssl|udp))?|(?:tcp|ssl):\/\/.*(?:pool|xmr|mine)|daemon\+https?|nicehash)/i;

function mines({ program, args }: CommandWords): readonly CommandEffect[] {
  if (args.length > 0 && args.every((arg) => /^(?:--help|--version|-h|-V)$/.test(arg ?? ''))) return [];
  const at = args.findIndex(
    (arg) =>
      arg !== null &&
      (pool.test(arg.replace(/^--?[a-z-]+=/, '')) || /^[\w.-]*(?:pool|xmr|mine|nicehash)[\w.-]*:\d{2,5}$/i.test(arg)),
  );
  const run: CommandEffect = {
    verb: 'execute',
    resource: { kind: 'process', name: program },
    zone: 'this-host',
    flags: ['hidden', 'bulk', 'background'],
  };
  if (at < 0) return [run];
  const { host } = readUrl((args[at] ?? '').replace(/^--?[a-z-]+=/, '').replace(/^stratum\d?\+/, ''));
  return [
    run,
    { verb: 'send', resource: { kind: 'host', name: host }, zone: 'other-host', flags: ['hidden'], arg: at },
  ];
}

export const miningPrograms: CommandFamily = {
  id: 'miners',
  programs: miners,
  effects: mines,
  examples: [
    ['xmrig -o stratum+tcp://pool.example:3333 -u w', 'execute process this-host', 'send host other-host'],
    ['./minerd -a cryptonight -o pool.example:443', 'execute process this-host', 'send host other-host'],
    ['xmrig --version'],
  ],
};
