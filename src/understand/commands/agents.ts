import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touchAll } from '../file-effects.ts';

const values = names(
  '-p --print --model -m --permission-mode --allowedTools --disallowedTools --allowed-tools --disallowed-tools --append-system-prompt --system-prompt --output-format --input-format --mcp-config --settings --add-dir --agents --resume -r --session-id -c --config --sandbox -s --ask-for-approval -a --approval-mode -i --prompt-interactive -C --cd --profile --image --fallback-model --max-turns --cwd -t -e --env -H --header --transport --scope -u --url',
);
const unbound =
  /^--(?:(?:allow-)?dangerously-skip-permissions|yolo|dangerously-bypass-approvals-and-sandbox|full-auto|force|auto-approve|yes-always|allow-all-tools|allow-all-paths|no-sandbox|bypass-permissions|trust-all-tools)$|^-y$/;

/** An agent started by an agent: with its guard down it grants itself everything. */
function agent(words: CommandWords): readonly CommandEffect[] {
  const { program, args } = words;
  const options = readOptions(args, values);
  const [first, second] = options.operands;
  if (args.length === 1 && /^(?:--version|-v|-V|--help|-h)$/.test(args[0] ?? '')) return [];
  if (first?.text === 'mcp') return servers(words, second?.text ?? '', options.operands[2]);
  if (first?.text === 'plugin' || first?.text === 'extensions' || first?.text === 'skills')
    return [
      {
        verb: /install|add|enable|link/.test(second?.text ?? '')
          ? 'install'
          : /remove|uninstall|disable/.test(second?.text ?? '')
            ? 'delete'
            : 'read',
        resource: { kind: 'agent-config', name: options.operands[2]?.text ?? '' },
        zone: 'home',
        flags: [],
        arg: first.arg,
      },
    ];
  if (first?.text === 'config' && second && second.text !== 'get' && second.text !== 'list' && second.text !== 'ls')
    return [
      {
        verb: 'configure',
        resource: { kind: 'agent-config', name: options.operands[2]?.text ?? '' },
        zone: 'home',
        flags: [],
        arg: first.arg,
      },
    ];
  if (
    /^(?:doctor|login|logout|auth|update|upgrade|install|setup-token|completion|help|models|usage|config)$/.test(
      first?.text ?? '',
    )
  )
    return [];
  const run: CommandEffect = {
    verb: 'execute',
    resource: { kind: 'agent', name: program },
    zone: 'this-host',
    flags: [],
  };
  const loose = args.findIndex(
    (arg) => arg !== null && (unbound.test(arg) || arg === 'bypassPermissions' || arg === 'danger-full-access'),
  );
  const mode = options.value(
    '--permission-mode',
    '--sandbox',
    '-s',
    '--approval-mode',
    '--ask-for-approval',
    '-a',
  )?.text;
  const grants = loose >= 0 || mode === 'yolo' || (mode === 'never' && program === 'codex');
  const reads = touchAll(
    'read',
    options.all('--settings', '--mcp-config').filter(({ text }) => !text?.startsWith('{')),
    words.place,
  );
  return grants
    ? [
        run,
        ...reads,
        {
          verb: 'grant',
          resource: { kind: 'agent', name: program },
          zone: 'this-host',
          flags: ['forced'],
          arg: Math.max(0, loose),
        },
      ]
    : [run, ...reads];
}

function servers(
  words: CommandWords,
  sub: string,
  name: { text: string | null; arg: number } | undefined,
): readonly CommandEffect[] {
  const resource = { kind: 'mcp-tool' as const, name: name?.text ?? '' };
  if (/^add|^install|^import/.test(sub)) {
    const url = words.args.find((arg) => /^https?:\/\//.test(arg ?? ''));
    return [
      {
        verb: 'install',
        resource,
        zone: url ? 'other-host' : 'home',
        flags: name?.text === null ? ['dynamic'] : [],
        ...(name && { arg: name.arg }),
      },
    ];
  }
  if (/^(?:remove|rm|delete|disable)/.test(sub))
    return [{ verb: 'delete', resource: { kind: 'agent-config', name: resource.name }, zone: 'home', flags: [] }];
  return [];
}

function warder(words: CommandWords): readonly CommandEffect[] {
  const [sub] = words.args;
  const resource = { kind: 'agent-config' as const, name: 'warder' };
  if (/^uninstall$/.test(sub ?? '')) return [{ verb: 'delete', resource, zone: 'home', flags: ['forced'], arg: 0 }];
  if (/^(?:install|keys|tokens|policy|mode)$/.test(sub ?? ''))
    return [{ verb: 'configure', resource, zone: 'home', flags: [], arg: 0 }];
  return [];
}

const agents_ = [
  'claude',
  'codex',
  'gemini',
  'aider',
  'opencode',
  'cursor-agent',
  'goose',
  'crush',
  'qwen',
  'amp',
  'copilot',
  'droid',
  'cline',
  'kilo',
  'plandex',
  'openhands',
  'continue',
  'auggie',
  'kiro-cli',
  'q',
];

export const agentTools: CommandFamily = {
  id: 'agents',
  programs: [...agents_.filter((name) => name !== 'continue' && name !== 'goose'), 'warder'],
  effects: (words) => (words.program === 'warder' ? warder(words) : agent(words)),
  examples: [
    ['claude --dangerously-skip-permissions -p x', 'execute agent this-host', 'grant agent this-host'],
    ['claude -p "summarise"', 'execute agent this-host'],
    ['claude --version'],
    ['claude mcp add notes -- npx -y notes-mcp', 'install mcp-tool home'],
    ['codex exec --sandbox danger-full-access x', 'execute agent this-host', 'grant agent this-host'],
    ['warder uninstall', 'delete agent-config home'],
    ['warder doctor'],
  ],
};
