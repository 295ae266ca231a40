import type { Flag, ResourceKind, Verb } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords } from '../../core/ports.ts';
import { names, type Options, readOptions } from '../arguments.ts';
import { cloudValues, plainLine } from '../cloud-options.ts';
import { touch, touchAll } from '../file-effects.ts';
import { flagsOfOptions, namedEffects } from '../named-verbs.ts';
import { onlyAsksForHelp } from '../phrases.ts';

interface Forge {
  readonly said: string;
  readonly words: CommandWords;
  readonly options: Options;
  /** An effect on the forge's side. */
  other(verb: Verb, extra?: readonly Flag[], kind?: ResourceKind): CommandEffect;
}

const given = ({ args }: CommandWords, ...options: readonly string[]) =>
  args.some((arg) => arg !== null && options.some((option) => arg === option || arg.startsWith(`${option}=`)));

type Saying = readonly [pattern: RegExp, effects: (forge: Forge) => readonly CommandEffect[]];

/** Taking things away. What a push or a click brings back has a way back; what only the forge holds has none. */
const removals: readonly Saying[] = [
  [/^(?:repo|project) delete\b/, ({ other }) => [other('delete', ['irreversible'])]],
  [/^(?:repo|project|org) (?:archive|rename|transfer)\b/, ({ other }) => [other('delete')]],
  [/^(?:secret|variable) (?:delete|remove|rm)\b/, ({ other }) => [other('delete', ['irreversible'], 'secret')]],
  [
    /^(?:release|issue|gist|codespace|cs|project|snippet|discussion|milestone|iteration|cluster agent|environment|token|deploy-key|ssh-key|gpg-key|schedule|incident|container-registry) (?:delete|delete-asset|field-delete|item-delete|revoke|remove|rm)\b/,
    ({ other }) => [other('delete', ['irreversible'])],
  ],
  [
    /^(?:repo deploy-key|repo autolink|attestation|org) (?:delete|remove)\b/,
    ({ other }) => [other('delete', ['irreversible'])],
  ],
  [
    /^(?:cache|run|ci|pipeline|job|ruleset) (?:delete|remove|rm|erase|trace-delete)\b/,
    ({ words, other }) => [other('delete', given(words, '--all', '-a') ? ['bulk', 'irreversible'] : ['irreversible'])],
  ],
  [
    /^(?:workflow|label|tag|alias|extension|ext|pr|mr|user|config) (?:delete|remove|rm|disable|unset)\b/,
    ({ other }) => [other('delete')],
  ],
  [
    /^repo sync\b/,
    ({ words, other }) => [other('write', given(words, '--force') ? ['forced', 'irreversible'] : [], 'branch')],
  ],
];

const rights: readonly Saying[] = [
  [/^auth token\b/, ({ words }) => [tokenRead(words)]],
  [/^auth status\b/, ({ words }) => (given(words, '--show-token', '-t') ? [tokenRead(words)] : [])],
  [/^repo edit\b/, ({ words, other }) => [other(given(words, '--visibility') ? 'grant' : 'configure')]],
  [/^(?:ssh-key|gpg-key|repo deploy-key|deploy-key) (?:add|create)\b/, ({ other }) => [other('grant', [], 'user')]],
  [
    /^(?:token|member|user|cluster agent) (?:create|add|get-token|rotate)\b/,
    ({ other }) => [other('grant', [], 'user')],
  ],
  [/^(?:secret|variable) (?:set|create|update)\b/, ({ other }) => [other('configure', [], 'secret')]],
  [
    /^(?:variable|secret) (?:get|export)\b/,
    ({ words, said }) => [
      {
        verb: 'read',
        resource: { kind: 'secret', name: `${words.program} ${said}`.slice(0, 120) },
        zone: 'credential-store',
        flags: [],
      },
    ],
  ],
  [/^(?:secret|variable) list\b/, ({ other }) => [other('receive')]],
  [/^auth (?:login|logout|refresh|setup-git|switch)\b|^(?:config|alias) set\b/, ({ other }) => [other('configure')]],
];

const everyday: readonly Saying[] = [
  [
    /^(?:repo (?:clone|fork)|pr checkout|mr checkout|release download|run download|ci artifact|job artifact|gist clone)\b/,
    ({ words, other }) => [
      other('receive'),
      ...touch('write', { text: '.', arg: -1 }, words.place, { kind: 'directory' }),
    ],
  ],
  [
    /^(?:gist|snippet) create\b/,
    ({ words, options, other }) => [
      ...touchAll('read', options.operands.slice(2), words.place),
      { ...other('send'), resource: { kind: 'host', name: words.program === 'gh' ? 'gist.github.com' : 'gitlab.com' } },
    ],
  ],
  [
    /^release (?:create|upload)\b/,
    ({ words, options, other }) => [...touchAll('read', options.operands.slice(3), words.place), other('send')],
  ],
  [
    /^(?:extension|ext) (?:install|upgrade)\b/,
    ({ options }) => [
      {
        verb: 'install',
        resource: { kind: 'package', name: options.operands[2]?.text ?? '' },
        zone: 'other-host',
        flags: ['remote-code'],
      },
    ],
  ],
  [/^api\b/, ({ words }) => forgeApi(words)],
  [/^(?:pr|mr) merge\b/, ({ words, other }) => [other('write', given(words, '--admin') ? ['forced'] : [])]],
  [
    /^(?:pr|mr|issue|discussion|incident) (?:create|new|comment|edit|review|close|reopen|ready|note|lock|unlock|pin|unpin|transfer|approve|update|subscribe|develop|revoke|rebase)\b/,
    ({ words, options, other }) => [
      ...touchAll(
        'read',
        options.all('-F', '--body-file').filter(({ text }) => !text?.includes('=')),
        words.place,
      ),
      other('send'),
    ],
  ],
  [
    /^(?:workflow (?:run|enable)|run (?:rerun|cancel)|ci (?:run|retry|cancel|trigger)|pipeline (?:run|ci run|cancel|retry)|job (?:play|retry|cancel)|schedule run|codespace (?:ssh|create|rebuild|cp)|cs ssh)\b/,
    ({ other }) => [other('execute')],
  ],
  [/^(?:copilot|status|browse|search|completion)\b/, ({ other }) => [other('receive')]],
];

const sayings: readonly Saying[] = [...removals, ...rights, ...everyday];

function tokenRead({ program }: CommandWords): CommandEffect {
  return { verb: 'read', resource: { kind: 'secret', name: `${program} token` }, zone: 'credential-store', flags: [] };
}

/** A forge's own command line. */
function forge(words: CommandWords): readonly CommandEffect[] {
  if (onlyAsksForHelp(words.args)) return [];
  const said = plainLine(words);
  const flags = flagsOfOptions(words.args);
  const other: Forge['other'] = (verb, extra = [], kind = 'repository') => ({
    verb,
    resource: { kind, name: said.slice(0, 120) },
    zone: 'other-host',
    flags: [...new Set([...flags, ...extra])],
  });
  const known = sayings.find(([pattern]) => pattern.test(said));
  if (known) return known[1]({ said, words, options: readOptions(words.args, cloudValues), other });
  return namedEffects(words, cloudValues, 'repository').map((effect) =>
    effect.verb === 'read' ? { ...effect, verb: 'receive' as const } : effect,
  );
}

const apiValues = names(
  '-X --method -f -F --field --raw-field --input -H --header --jq -q -t --template --cache -p --preview --hostname',
);

/** Paths whose change is someone's right to do something. */
const rightsPath =
  /collaborators|permissions|memberships|invitations|deploy_keys|\/keys\b|\/hooks\b|outside_collaborators|access_tokens|\/members\b/;
const protectionPath = /\/protection\b|rulesets|protected_branches|push_rules|protected_tags/;

/** `gh api` and `glab api`: method, path, and for GraphQL the mutation's own name. */
function forgeApi(words: CommandWords): readonly CommandEffect[] {
  const own = readOptions(words.args, apiValues);
  const fields = own.all('-f', '-F', '--field', '--raw-field');
  const path = own.operands[1]?.text ?? '';
  const graph = path === 'graphql' || path === '/graphql';
  const said = own.value('-X', '--method')?.text?.toUpperCase();
  const method = said ?? (graph || (fields.length === 0 && !own.has('--input')) ? 'GET' : 'POST');
  const resource = { kind: 'repository' as const, name: `api ${path}`.replaceAll('\uE000', '…').slice(0, 120) };
  const input = touchAll(
    'read',
    own.all('--input').filter(({ text }) => text !== '-'),
    words.place,
  );
  const on = (verb: Verb, flags: readonly Flag[] = [], zone: CommandEffect['zone'] = 'other-host'): CommandEffect => ({
    verb,
    resource,
    zone,
    flags,
  });
  if (graph) {
    const text = fields.map((field) => field.text ?? '').join('\n');
    if (/\bmutation\b/.test(text))
      return [
        ...input,
        /\b(?:delete|remove|archive|transfer)[A-Z]\w*/.test(text) ? on('delete', ['irreversible']) : on('send'),
      ];
    return [on('receive')];
  }
  if (method === 'DELETE')
    return [on('delete', ['irreversible'], protectionPath.test(path) ? 'protected-branch' : 'other-host')];
  if (method === 'GET' || method === 'HEAD') return [on('receive')];
  if (protectionPath.test(path)) return [...input, on('configure', [], 'protected-branch')];
  if (/\/(?:secrets|variables)\//.test(path))
    return [...input, { ...on('configure'), resource: { ...resource, kind: 'secret' } }];
  const opens = fields.some(({ text }) => /^(?:private=false|visibility=public|role=|permission=)/.test(text ?? ''));
  return [
    ...input,
    on(
      rightsPath.test(path) || opens
        ? 'grant'
        : /\/dispatches\b|\/(?:rerun|pipeline|play)\b/.test(path)
          ? 'execute'
          : 'send',
    ),
  ];
}

export const forges: CommandFamily = {
  id: 'forges',
  programs: ['gh', 'glab', 'tea', 'bkt', 'berg'],
  effects: forge,
  examples: [
    ['gh repo delete a/b --yes', 'delete repository other-host'],
    ['gh repo view a/b', 'receive repository other-host'],
    ['gh pr create --title x --body y', 'send repository other-host'],
    ['gh pr list --state merged', 'receive repository other-host'],
    ['gh auth token', 'read secret credential-store'],
    ['gh api repos/a/b/issues', 'receive repository other-host'],
    ['gh api -X DELETE repos/a/b/branches/main/protection', 'delete repository protected-branch'],
    ['gh api --method=DELETE /repos/a/b', 'delete repository other-host'],
    ['gh api repos/a/b/collaborators/eve -X PUT', 'grant repository other-host'],
    ["gh api graphql -f query='query { viewer { login } }'", 'receive repository other-host'],
    [
      'gh api graphql -f query=\'mutation { deleteRef(input: {refId: "x"}) { clientMutationId } }\'',
      'delete repository other-host',
    ],
    ['gh secret set NPM_TOKEN --body x', 'configure secret other-host'],
    ['gh secret delete NPM_TOKEN', 'delete secret other-host'],
    ['gh workflow run deploy.yml', 'execute repository other-host'],
    ['gh run view 42 --log', 'receive repository other-host'],
    ['gh release delete v1 --yes', 'delete repository other-host'],
    ['glab mr merge 7', 'write repository other-host'],
    ['glab repo delete a/b', 'delete repository other-host'],
    ['gh repo delete --help'],
  ],
};
