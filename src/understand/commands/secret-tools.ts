import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';
import { onlyAsksForHelp, type Phrase, phraseEffects, type Vocabulary } from '../phrases.ts';

const values = names(
  '-s -a -l -w -c -D -j --vault --account --format --fields --session -r --recipient -o --output -u --local-user --homedir -address --address -namespace --namespace -field -format -mount --mount --name --filter --project --config -p -e --env --path --store --region --label --ttl -ttl --wrap-ttl --profile',
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

// Names are no secrets: a list tells what there is, a lookup until when a token holds. Sources: the command references of
// Vault, OpenBao, 1Password, Bitwarden, pass, Doppler, Infisical, Chamber, LastPass, KeePassXC, Conjur, Akeyless.

const store = (phrases: readonly Phrase[]): Vocabulary => ({
  kind: 'secret',
  zone: 'credential-store',
  values,
  phrases,
});

const vault = store([
  [
    /^(?:status|version|path-help|kv metadata get|policy (?:list|read|fmt)|auth (?:list|help)|secrets list|audit list|token (?:lookup|capabilities|renew)|lease (?:lookup|renew)|kv list|list|plugin (?:list|info)|operator (?:members|raft list-peers|diagnose|key-status|usage|raft autopilot get-config)|namespace (?:list|lookup)|debug|monitor|events|server|agent|proxy|ssh)\b/,
    'nothing',
  ],
  // Takes whole stores, rights or the way to unlock away.
  [
    /^(?:secrets disable|auth disable|audit disable|kv (?:destroy|metadata delete)|operator (?:seal|step-down|raft remove-peer|rotate|raft snapshot restore|migrate)|namespace delete|lease revoke .*-(?:prefix|force)|plugin deregister|policy delete|token revoke)\b/,
    'delete',
    'irreversible',
    'bulk',
  ],
  [/^(?:kv (?:delete|rollback|undelete)|delete|lease revoke)\b/, 'delete'],
  [
    /^(?:policy write|auth (?:enable|tune|move)|token create|write (?:auth|sys\/(?:policies|policy|auth|mounts))|operator (?:generate-root|init|rekey|unseal))\b/,
    'grant',
  ],
  [
    /^(?:kv (?:put|patch|enable-versioning)|write|patch|secrets (?:enable|tune|move)|audit enable|namespace create|plugin register|pki|transit|transform)\b/,
    'write',
  ],
  [/^(?:kv get|read|print token|unwrap|login)\b/, 'read'],
]);

const onePassword = store([
  [
    /^(?:(?:item|vault|document|user|group|account|connect \w+|service-account|events-api) (?:list|ls|ratelimit|template \w+)|vault get|user get|group get|account get|whoami|signin|signout|update|completion|plugin (?:list|inspect|init)|item template)\b/,
    'nothing',
  ],
  [
    /^(?:item|vault|document|user|group|events-api|connect server|connect token|connect group|service-account|account) (?:delete|suspend|forget|revoke|remove)\b/,
    'delete',
    'irreversible',
  ],
  [
    /^(?:vault|group) (?:user|group) (?:grant|revoke)|^user (?:provision|edit|confirm|reactivate|recovery)|^(?:service-account|connect server|connect token) create|^connect (?:vault|group) grant|^item share\b/,
    'grant',
  ],
  [/^(?:item|vault|document|group) (?:create|edit|move)\b/, 'write'],
  [/^(?:item get|document get|read|inject|service-account ratelimit)\b/, 'read'],
  [/^run\b/, 'nothing'],
]);

const bitwarden = store([
  [
    /^(?:status|sync|config|logout|lock|login|serve|completion|list (?:folders|collections|organizations|org-collections|org-members))\b/,
    'nothing',
  ],
  [/^(?:delete|project delete|secret delete|projects? delete|secrets? delete)\b/, 'delete', 'irreversible'],
  [/^(?:create|edit|import|share|move|confirm|restore|secret (?:create|edit))\b/, 'write'],
  [/^(?:export|list items)\b/, 'read', 'bulk'],
  [/^(?:get|unlock|send|receive|secret (?:get|list))\b/, 'read'],
  [/^generate\b/, 'nothing'],
]);

const pass = store([
  [/^(?:ls|list|find|search|help|version|git|init|grep|otp uri|audit|fsck|sync|mounts|recipients|env)\b|^$/, 'nothing'],
  [/^(?:rm|remove|delete)\b/, 'delete', 'recursive'],
  [/^(?:insert|generate|edit|cp|mv|copy|move|create|setup|clone)\b/, 'write'],
  [/^/, 'read'],
]);

const doppler = store([
  [
    /^(?:login|logout|setup|me|configure|update|open|(?:configs|projects|environments|activity|settings) ?(?:$|list|get|logs)?|secrets --only-names|run|completion)(?:\s|$)(?!.*\bdelete\b)(?!.*\b(?:create|rename|lock|unlock|clone|update)\b)/,
    'nothing',
  ],
  [/\bdelete\b/, 'delete', 'irreversible'],
  [/^(?:configs|projects|environments) (?:create|update|rename|lock|unlock|clone)|^secrets (?:set|upload)\b/, 'write'],
  [/^configs tokens create|^service-tokens create/, 'grant'],
  [/^secrets download\b/, 'read', 'bulk'],
  [/^secrets\b/, 'read'],
]);

const generic = (deletes: RegExp, quiet: RegExp, reads: RegExp): Vocabulary =>
  store([
    [quiet, 'nothing'],
    [deletes, 'delete', 'irreversible'],
    [reads, 'read'],
    [
      /^(?:set|put|write|store|add|create|edit|insert|import|generate|upload|variable set|update-secret-val)\b/,
      'write',
    ],
  ]);

const vocabularies: Readonly<Record<string, Vocabulary>> = {
  vault,
  bao: vault,
  op: onePassword,
  bw: bitwarden,
  bws: bitwarden,
  pass,
  gopass: pass,
  passage: pass,
  doppler,
  infisical: generic(
    /\bdelete\b/,
    /^(?:login|run|init|scan|user|vault|reset|secrets folders)\b/,
    /^(?:secrets|export)\b/,
  ),
  chamber: generic(/^delete\b/, /^(?:list|list-services|find|version|exec|history|tag)\b/, /^(?:read|export|env)\b/),
  teller: generic(/^delete\b/, /^(?:run|new|scan|redact)\b/, /^(?:show|env|export|sh|yaml|copy)\b/),
  conjur: generic(
    /\bdelete\b|^policy (?:replace|update)\b/,
    /^(?:login|logout|whoami|list|init|resource|role)\b/,
    /^variable (?:get|values)\b/,
  ),
  akeyless: generic(/^(?:delete-\S+|destroy-\S+)\b/, /^(?:list-\S+|describe-\S+|auth|configure)\b/, /^get-\S+/),
  'secret-tool': generic(/^clear\b/, /^(?:--help)/, /^(?:lookup|search)\b/),
  keyring: generic(/^del(?:ete)?\b/, /^(?:diagnose)\b/, /^get\b/),
  lpass: generic(/^(?:rm|rmdir)\b/, /^(?:status|ls|login|logout|sync)\b/, /^(?:show|export)\b/),
  'keepassxc-cli': generic(
    /^(?:rm|rmdir|db-remove)\b/,
    /^(?:ls|search|locate|db-info|analyze|diceware|generate|estimate|help)\b/,
    /^(?:show|export|clip|open|attachment-export)\b/,
  ),
  'ansible-vault': generic(/^$/, /^(?:encrypt|create|encrypt_string|rekey)\b/, /^(?:view|decrypt|edit)\b/),
};

function gpg(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(words.args, values);
  if (options.has('--export-secret-keys', '--export-secret-subkeys', '--export-ownertrust'))
    return [secret('read', words)];
  if (options.has('--delete-secret-keys', '--delete-secret-and-public-key', '--delete-secret-key'))
    return [secret('delete', words, ['irreversible'])];
  if (options.has('--list-keys', '--list-secret-keys', '-k', '-K', '--fingerprint', '--list-packets', '--verify'))
    return [];
  if (options.has('--import', '--recv-keys', '--gen-key', '--full-generate-key', '--quick-generate-key'))
    return [{ verb: 'install', resource: { kind: 'secret', name: 'gpg key' }, zone: 'credential-store', flags: [] }];
  return [
    ...touchAll('read', options.operands, words.place),
    ...touch('write', options.value('-o', '--output'), words.place),
  ];
}

/** macOS keychain. Source: man security(1). */
function security(words: CommandWords): readonly CommandEffect[] {
  const [sub] = words.args;
  const options = readOptions(words.args, names('-k -t -f -o -P -s -a -D -l -c -j -A -T -U'), {
    from: 1,
    singleDash: true,
  });
  if (/^find-(?:generic|internet)-password$/.test(sub ?? ''))
    // Without -g or -w only the attributes are shown.
    return options.has('-g', '-w') ? [secret('read', words)] : [];
  if (/^(?:dump-keychain|export|find-key|find-identity|unlock-keychain|item-data)$/.test(sub ?? ''))
    return sub === 'find-identity'
      ? []
      : [secret('read', words, sub === 'dump-keychain' || sub === 'export' ? ['bulk'] : [])];
  if (/^delete-/.test(sub ?? '')) return [secret('delete', words, ['irreversible'])];
  if (/^(?:add-trusted-cert|remove-trusted-cert|authorizationdb|trust-settings-import)$/.test(sub ?? ''))
    return [{ verb: 'configure', resource: { kind: 'host', name: 'trusted certificates' }, zone: 'system', flags: [] }];
  if (sub === 'import')
    return [
      ...touch('read', options.operands[0], words.place),
      {
        verb: 'install',
        resource: { kind: 'secret', name: 'certificate or key' },
        zone: 'credential-store',
        flags: [],
      },
    ];
  if (
    /^(?:set-keychain-settings|set-key-partition-list|set-keychain-password|lock-keychain|default-keychain|list-keychains|create-keychain)$/.test(
      sub ?? '',
    )
  )
    return /^set-/.test(sub ?? '') ? [secret('configure', words)] : [];
  return /^add-/.test(sub ?? '') ? [secret('write', words)] : [];
}

function printenv(words: CommandWords): readonly CommandEffect[] {
  const asked = words.args.filter((arg) => arg === null || !arg.startsWith('-'));
  if (asked.length === 0)
    return [{ verb: 'read', resource: { kind: 'environment', name: '' }, zone: 'this-host', flags: ['bulk'] }];
  return asked.map((name) => {
    const secretName =
      name !== null && /TOKEN|SECRET|PASSW|KEY|CREDENTIAL|AUTH/i.test(name) && !/(?:SOCK|PATH|FILE)$/i.test(name);
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
  // Certificates and requests are public, whatever their files are called.
  const open = /^(?:x509|crl|verify|req|ocsp|s_client|ciphers|version|list)$/.test(sub ?? '');
  const out: CommandEffect[] = [
    ...touchAll('read', options.all(...(open ? [] : ['-in']), '-inkey', '-key', '-CAkey', '-signkey'), words.place),
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

const programsOfTheirOwn: Readonly<Record<string, (words: CommandWords) => readonly CommandEffect[]>> = {
  sops: (words) => {
    const decrypts = words.args.some((arg) => /^(?:-d|--decrypt|decrypt|exec-env|exec-file|publish)$/.test(arg ?? ''));
    return decrypts
      ? [secret('read', words)]
      : touchAll('write', readOptions(words.args, values).operands, words.place);
  },
  age: (words) => {
    const options = readOptions(words.args, names('-r -R -i -o --identity --recipient --output'));
    return [
      ...touchAll('read', [...options.operands, ...options.all('-i', '--identity')], words.place),
      ...touch('write', options.value('-o', '--output'), words.place),
    ];
  },
  'age-keygen': () => [],
  gpg,
  gpg2: gpg,
  security,
  printenv,
  openssl,
  keytool: (words) => {
    const options = readOptions(
      words.args,
      names('-keystore -alias -file -storepass -dname -srckeystore -destkeystore'),
      { singleDash: true },
    );
    const verb = options.has('-delete', '-importkeystore', '-genkeypair', '-import', '-importcert') ? 'write' : 'read';
    return touchAll(verb, options.all('-keystore', '-srckeystore', '-destkeystore'), words.place);
  },
  kinit: () => [{ verb: 'impersonate', resource: { kind: 'user', name: '' }, zone: 'other-host', flags: [] }],
  klist: () => [],
  kdestroy: () => [],
  trufflehog: () => [],
  gitleaks: () => [],
};

function runs(words: CommandWords): readonly NestedRun[] {
  const run = words.args.findIndex((arg) => arg === 'run' || arg === 'exec');
  const dashes = words.args.indexOf('--');
  if (run < 0 || dashes < run || !/^(?:op|doppler|infisical|chamber|teller)$/.test(words.program)) return [];
  return dashes + 1 < words.args.length ? [{ kind: 'words', from: dashes + 1 }] : [];
}

export const secretTools: CommandFamily = {
  id: 'secret-tools',
  programs: [
    ...Object.keys(vocabularies).filter((name) => name !== 'ansible-vault'),
    ...Object.keys(programsOfTheirOwn),
  ],
  effects: (words) => {
    if (onlyAsksForHelp(words.args)) return [];
    const vocabulary = vocabularies[words.program];
    return vocabulary ? phraseEffects(words, vocabulary) : (programsOfTheirOwn[words.program]?.(words) ?? []);
  },
  runs,
  examples: [
    ['vault kv get secret/db', 'read secret credential-store'],
    ['vault status'],
    ['vault kv list secret/'],
    ['vault token lookup'],
    ['vault kv metadata delete secret/db', 'delete secret credential-store'],
    ['vault -namespace=admin secrets disable kv/', 'delete secret credential-store'],
    ['vault policy write admin admin.hcl', 'grant secret credential-store'],
    ['op item get github', 'read secret credential-store'],
    ['op item list --vault Team'],
    ['op item delete github', 'delete secret credential-store'],
    ['bw export --format json', 'read secret credential-store'],
    ['security find-generic-password -w -s x', 'read secret credential-store'],
    ['security dump-keychain -d login.keychain', 'read secret credential-store'],
    ['gpg --export-secret-keys ada', 'read secret credential-store'],
    ['gpg --list-keys'],
    ['printenv', 'read environment this-host'],
    ['printenv AWS_SECRET_ACCESS_KEY', 'read secret credential-store'],
    ['printenv SSH_AUTH_SOCK', 'read environment this-host'],
    ['pass show mail', 'read secret credential-store'],
    ['pass ls'],
    ['doppler secrets delete API_KEY -y', 'delete secret credential-store'],
    ['doppler secrets download --no-file', 'read secret credential-store'],
    ['op run -- cat .env', 'read file credential-store'],
  ],
};
