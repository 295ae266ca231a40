import type { Flag, ResourceKind, Verb } from '../../core/effect.ts';
import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { names, type Options, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { flagsOfOptions, namedEffects } from '../named-verbs.ts';

export const values = names(
  '--region --profile --output --query --endpoint-url --cli-input-json --project --zone --format --filter -g --resource-group -n --name -o --subscription --account --configuration --impersonate-service-account -a --app -r --remote --org -t --token --scope -p --team --api-key --access-token --env --environment --limit --config -c --namespace --cluster --from --context --role-arn --function-name --payload --cli-binary-format -R --repo --hostname -F -f --field -H --header --jq -q --body -b --title --label -l --host --port --user -u --token-id --vault',
);

export function line({ args }: CommandWords): string {
  const options = readOptions(args, values);
  return options.operands.map(({ text }) => text ?? '…').join(' ');
}

interface Forge {
  readonly said: string;
  readonly words: CommandWords;
  readonly options: Options;
  /** An effect on the forge's side. */
  other(verb: Verb, extra?: readonly Flag[], kind?: ResourceKind): CommandEffect;
}

const given = ({ args }: CommandWords, ...options: readonly string[]) =>
  args.some((arg) => arg !== null && options.includes(arg));

/** What `gh` and `glab` say, the first that fits decides. */
const sayings: readonly (readonly [pattern: RegExp, effects: (forge: Forge) => readonly CommandEffect[]])[] = [
  [/^auth token/, ({ words }) => [tokenRead(words)]],
  [/^auth status/, ({ words }) => (given(words, '--show-token', '-t') ? [tokenRead(words)] : [])],
  [/^(?:repo|project) delete/, ({ other }) => [other('delete', ['irreversible'])]],
  [/^(?:repo|project|org) (?:archive|rename|transfer|delete)/, ({ other }) => [other('delete')]],
  [
    /^repo edit/,
    ({ words, other }) => [other(words.args.some((arg) => arg?.startsWith('--visibility')) ? 'grant' : 'configure')],
  ],
  [
    /^(?:repo clone|repo fork|pr checkout|release download|run download|mr checkout)/,
    ({ words, other }) => [
      other('receive'),
      ...touch('write', { text: '.', arg: -1 }, words.place, { kind: 'directory' }),
    ],
  ],
  [/^(?:release|issue|gist|codespace) (?:delete|remove)/, ({ other }) => [other('delete', ['irreversible'])]],
  [
    /^(?:release|tag|cache|secret|variable|label|ssh-key|gpg-key|environment|workflow|run|alias|extension|ruleset|snippet|pr|mr) (?:delete|remove|disable)/,
    ({ other }) => [other('delete')],
  ],
  [/^(?:ssh-key|gpg-key|repo deploy-key) add/, ({ other }) => [other('grant', [], 'user')]],
  [/^(?:secret|variable) set/, ({ other }) => [other('configure', [], 'secret')]],
  [
    /^(?:gist|snippet) create/,
    ({ words, options, other }) => [
      ...touchAll('read', options.operands.slice(2), words.place),
      { ...other('send'), resource: { kind: 'host', name: words.program === 'gh' ? 'gist.github.com' : 'gitlab.com' } },
    ],
  ],
  [
    /^release (?:create|upload)/,
    ({ words, options, other }) => [...touchAll('read', options.operands.slice(3), words.place), other('send')],
  ],
  [
    /^extension install/,
    ({ options }) => [
      {
        verb: 'install',
        resource: { kind: 'package', name: options.operands[2]?.text ?? '' },
        zone: 'other-host',
        flags: ['remote-code'],
      },
    ],
  ],
  [/^api\b/, ({ words, options }) => forgeApi(words, options)],
  [/^(?:pr|mr) merge/, ({ words, other }) => [other('write', given(words, '--admin') ? ['forced'] : [])]],
  [
    /^(?:pr|mr|issue|discussion) (?:create|comment|edit|review|close|reopen|ready|note|lock|unlock|pin|transfer|approve|update)/,
    ({ words, options, other }) => [
      ...touchAll(
        'read',
        options.all('-F', '--body-file').filter(({ text }) => !text?.includes('=')),
        words.place,
      ),
      other('send'),
    ],
  ],
  [/^(?:workflow run|run rerun|run cancel|ci run|pipeline run|pipeline ci run)/, ({ other }) => [other('execute')]],
  [/^(?:auth (?:login|logout|refresh|setup-git|switch)|config set|alias set)/, ({ other }) => [other('configure')]],
];

function tokenRead({ program }: CommandWords): CommandEffect {
  return { verb: 'read', resource: { kind: 'secret', name: `${program} token` }, zone: 'credential-store', flags: [] };
}

/** A forge's own command line. */
export function forge(words: CommandWords): readonly CommandEffect[] {
  const said = line(words);
  const flags = flagsOfOptions(words.args);
  const other: Forge['other'] = (verb, extra = [], kind = 'repository') => ({
    verb,
    resource: { kind, name: said.slice(0, 120) },
    zone: 'other-host',
    flags: [...new Set([...flags, ...extra])],
  });
  const known = sayings.find(([pattern]) => pattern.test(said));
  if (known) return known[1]({ said, words, options: readOptions(words.args, values), other });
  return namedEffects(words, values, 'repository').map((effect) =>
    effect.verb === 'read' ? { ...effect, verb: 'receive' as const } : effect,
  );
}

function forgeApi(words: CommandWords, options: ReturnType<typeof readOptions>): readonly CommandEffect[] {
  const method = readOptions(words.args, names('-X --method -f -F --field --raw-field --input -H --header --jq -q'))
    .value('-X', '--method')
    ?.text?.toUpperCase();
  const path = options.operands[1]?.text ?? '';
  const resource = { kind: 'repository' as const, name: `api ${path}`.replaceAll('\uE000', '…').slice(0, 120) };
  const input = touchAll(
    'read',
    options.all('--input').filter(({ text }) => text !== '-'),
    words.place,
  );
  if (method === 'DELETE')
    return [
      {
        verb: 'delete',
        resource,
        zone: 'other-host',
        flags: /^\/?repos\/[^/]+\/[^/]+\/?$/.test(path) ? ['irreversible'] : [],
      },
    ];
  if (
    (method && method !== 'GET') ||
    (!method && options.has('-f', '-F', '--field', '--raw-field', '--input') && path !== 'graphql')
  )
    return [
      ...input,
      {
        verb: /collaborators|permissions|protection|keys|hooks/.test(path) ? 'grant' : 'send',
        resource,
        zone: 'other-host',
        flags: [],
      },
    ];
  return [{ verb: 'receive', resource, zone: 'other-host', flags: [] }];
}
