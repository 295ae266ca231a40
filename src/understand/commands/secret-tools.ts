import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

const values = names(
  '-s -a -l -w -c -D -j --vault --account --format --fields --session -r --recipient -o --output -u --local-user --homedir -address -namespace -field -format -mount --name --filter --project --config -p -e --env --path --store --region --label',
);

function secret(verb: CommandEffect['verb'], words: CommandWords, flags: CommandEffect['flags'] = []): CommandEffect {
  const said = words.args
    .filter((arg): arg is string => arg !== null && !arg.startsWith('-'))
    .slice(0, 3)
    .join(' ');
  return {
    verb,
    resource: { kind: 'secret', name: `${words.program} ${said}`.trim().replaceAll('\uE000', '…') },
    zone: 'credential-store',
    flags,
  };
}

function byWords(reads: RegExp, writes: RegExp, deletes: RegExp, quiet: RegExp) {
  return (words: CommandWords): readonly CommandEffect[] => {
    const line = readOptions(words.args, values)
      .operands.map(({ text }) => text ?? '…')
      .join(' ');
    if (quiet.test(line)) return [];
    if (deletes.test(line))
      return [
        secret(
          'delete',
          words,
          /metadata|destroy|purge|disable|--force/.test(words.args.join(' ')) ? ['irreversible'] : [],
        ),
      ];
    if (writes.test(line)) return [secret('write', words)];
    return reads.test(line) ? [secret('read', words)] : [];
  };
}

function gpg(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, values);
  if (options.has('--export-secret-keys', '--export-secret-subkeys', '--export-ownertrust'))
    return [secret('read', words)];
  if (options.has('--delete-secret-keys', '--delete-secret-and-public-key', '--delete-secret-key'))
    return [secret('delete', words, ['irreversible'])];
  if (options.has('--import', '--recv-keys', '--gen-key', '--full-generate-key', '--quick-generate-key'))
    return [{ verb: 'install', resource: { kind: 'secret', name: 'gpg key' }, zone: 'credential-store', flags: [] }];
  if (options.has('-d', '--decrypt'))
    return [
      ...touchAll('read', options.operands, words.place),
      ...touch('write', options.value('-o', '--output'), words.place),
    ];
  return [
    ...touchAll('read', options.operands, words.place),
    ...touch('write', options.value('-o', '--output'), words.place),
  ];
}

/** macOS keychain. */
function security(words: CommandWords): readonly CommandEffect[] {
  const [sub] = words.args;
  if (/^(?:find-(?:generic|internet)-password|dump-keychain|export|find-key|unlock-keychain)$/.test(sub ?? ''))
    return [secret('read', words, sub === 'dump-keychain' ? ['bulk'] : [])];
  if (/^(?:delete-)/.test(sub ?? '')) return [secret('delete', words)];
  if (/^(?:add-trusted-cert|authorizationdb)$/.test(sub ?? ''))
    return [{ verb: 'configure', resource: { kind: 'host', name: 'trusted certificates' }, zone: 'system', flags: [] }];
  return /^add-/.test(sub ?? '') ? [secret('write', words)] : [];
}

function printenv(words: CommandWords): readonly CommandEffect[] {
  const asked = words.args.filter((arg) => arg === null || !arg.startsWith('-'));
  if (asked.length === 0)
    return [{ verb: 'read', resource: { kind: 'environment', name: '' }, zone: 'this-host', flags: ['bulk'] }];
  return asked.map((name) => {
    const secretName = name !== null && /TOKEN|SECRET|PASSW|KEY|CREDENTIAL|AUTH/i.test(name);
    return {
      verb: 'read' as const,
      resource: { kind: secretName ? ('secret' as const) : ('environment' as const), name: name ?? '' },
      zone: secretName ? ('credential-store' as const) : ('this-host' as const),
      flags: [],
    };
  });
}

function openssl(words: CommandWords): readonly CommandEffect[] {
  const [sub] = words.args;
  const options = readOptions(
    words.args,
    names(
      '-in -out -inkey -key -cert -connect -CAfile -days -subj -keyout -pass -passin -passout -k -K -iv -host -port -config -extensions -signkey -CA -CAkey -extfile -servername',
    ),
    { from: 1, singleDash: true },
  );
  const out: CommandEffect[] = [
    ...touchAll('read', options.all('-in', '-inkey', '-key', '-CAkey', '-signkey'), words.place),
    ...touchAll('write', options.all('-out', '-keyout'), words.place),
  ];
  const to = options.value('-connect', '-host');
  if (sub === 's_client' && to) {
    const host = (to.text ?? '').replace(/:\d+$/, '');
    out.push(
      { verb: 'send', resource: { kind: 'host', name: host }, zone: 'other-host', flags: [], arg: to.arg },
      { verb: 'receive', resource: { kind: 'host', name: host }, zone: 'other-host', flags: [], arg: to.arg },
    );
  }
  return out;
}

const dumps = (words: CommandWords): readonly CommandEffect[] => [secret('read', words, ['bulk'])];

const vaultWords = byWords(
  /^(?:kv get|read|token (?:lookup|create)|kv list|list|print token|login|unwrap|operator (?:generate-root|init|rekey))/,
  /^(?:kv (?:put|patch)|write|policy write|auth (?:enable|tune)|secrets (?:enable|tune|move)|audit enable|operator unseal)/,
  /^(?:kv (?:delete|destroy|metadata delete)|delete|secrets disable|auth disable|token revoke|lease revoke|policy delete|audit disable|operator (?:seal|step-down|raft remove-peer))/,
  /^(?:status|version|path-help|kv metadata get|policy (?:list|read))/,
);

const meanings: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  vault: vaultWords,
  bao: vaultWords,
  op: byWords(
    /^(?:item (?:get|list)|document get|read|vault list|inject|signin|user get|connect token|service-account)/,
    /^(?:item (?:create|edit|share|move)|vault create|document (?:create|edit)|user (?:provision|edit)|group user grant|vault user grant|vault group grant)/,
    /^(?:item delete|vault delete|document delete|user (?:delete|suspend)|group delete|events-api delete|connect server delete|connect token delete|vault (?:user|group) revoke|service-account delete)/,
    /^(?:--version|whoami|account list)/,
  ),
  bw: byWords(
    /^(?:get|list|export|unlock|login|generate)/,
    /^(?:create|edit|import|share|move)/,
    /^(?:delete|logout)/,
    /^(?:status|sync|config)/,
  ),
  pass: byWords(
    /^(?!(?:insert|generate|edit|rm|init|git|find|ls|version|help|cp|mv)\b).+/,
    /^(?:insert|generate|edit|init|cp|mv)/,
    /^rm/,
    /^(?:ls|find|help|version|git)/,
  ),
  gopass: byWords(
    /^(?:show|cat|list|.*)$/,
    /^(?:insert|generate|edit)/,
    /^(?:rm|delete)/,
    /^(?:ls|find|help|version|sync)/,
  ),
  doppler: byWords(
    /^secrets(?: (?:get|download))?(?: |$)/,
    /^secrets (?:set|upload)/,
    /^(?:secrets delete|configs delete|projects delete|environments delete)/,
    /^(?:login|setup|me|run|configure)/,
  ),
  'secret-tool': byWords(/^(?:lookup|search)/, /^store/, /^clear/, /^$/),
  keyring: byWords(/^get/, /^set/, /^del/, /^$/),
  lpass: byWords(/^(?:show|export|ls)/, /^(?:add|edit|generate)/, /^rm/, /^status/),
  chamber: byWords(/^(?:read|export|list)/, /^write/, /^delete/, /^$/),
  infisical: byWords(/^(?:secrets|export)/, /^secrets set/, /^secrets delete/, /^(?:login|run|init)/),
  teller: byWords(/^(?:show|env|export|sh)/, /^put/, /^delete/, /^(?:run|new)/),
  keepassxc: byWords(/./, /^$/, /^$/, /^$/),
  'keepassxc-cli': byWords(/^(?:show|export|ls|search|clip)/, /^(?:add|edit)/, /^rm/, /^$/),
  sops: (words) =>
    words.args.some((arg) => /^(?:-d|--decrypt|decrypt)$/.test(arg ?? ''))
      ? [secret('read', words)]
      : touchAll('write', readOptions(words.args, values).operands, words.place),
  age: (words) =>
    touchAll(
      'read',
      readOptions(words.args, names('-r -R -i -o --identity --recipient --output')).operands,
      words.place,
    ),
  'age-keygen': () => [],
  gpg,
  gpg2: gpg,
  security,
  printenv,
  openssl,
  keytool: (words) =>
    touchAll(
      'read',
      readOptions(words.args, names('-keystore -alias'), { singleDash: true }).all('-keystore'),
      words.place,
    ),
  kinit: () => [{ verb: 'impersonate', resource: { kind: 'user', name: '' }, zone: 'other-host', flags: [] }],
  klist: () => [],
  mimikatz: dumps,
  lazagne: dumps,
  laZagne: dumps,
  'laZagne.py': dumps,
  'lazagne.py': dumps,
  'mimipenguin.sh': dumps,
  'mimipenguin.py': dumps,
  'LinEnum.sh': dumps,
  mimipenguin: dumps,
  secretsdump: dumps,
  'secretsdump.py': dumps,
  john: dumps,
  hashcat: dumps,
  unshadow: dumps,
  hydra: dumps,
  trufflehog: () => [],
  gitleaks: () => [],
  swaks: () => [],
  cookies: dumps,
  kerbrute: dumps,
  responder: dumps,
  linpeas: dumps,
  'linpeas.sh': dumps,
};

function runs(words: CommandWords): readonly NestedRun[] {
  const run = words.args.findIndex((arg) => arg === 'run' || arg === 'exec');
  const dashes = words.args.indexOf('--');
  if (run < 0 || dashes < run || !/^(?:op|doppler|infisical|chamber|teller)$/.test(words.program)) return [];
  return dashes + 1 < words.args.length ? [{ kind: 'words', from: dashes + 1 }] : [];
}

export const secretTools: CommandFamily = {
  id: 'secret-tools',
  programs: Object.keys(meanings).filter((name) => name !== 'swaks'),
  effects: (words) => meanings[words.program]?.(words) ?? [],
  runs,
  examples: [
    ['vault kv get secret/db', 'read secret credential-store'],
    ['vault status'],
    ['vault kv metadata delete secret/db', 'delete secret credential-store'],
    ['op item get github', 'read secret credential-store'],
    ['security find-generic-password -w -s x', 'read secret credential-store'],
    ['gpg --export-secret-keys ada', 'read secret credential-store'],
    ['printenv', 'read environment this-host'],
    ['printenv AWS_SECRET_ACCESS_KEY', 'read secret credential-store'],
    ['pass show mail', 'read secret credential-store'],
    ['op run -- cat .env', 'read file credential-store'],
  ],
};
