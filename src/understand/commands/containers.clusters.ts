import type { CommandEffect, CommandWords } from '../../core/ports.ts';
import { names, readOptions } from '../arguments.ts';
import { touchAll } from '../file-effects.ts';
import { onlyAsksForHelp, phraseEffects, type Vocabulary } from '../phrases.ts';

// Tools that make and unmake whole clusters. Sources: the manuals of kind, k3d, k3s, minikube, kubeadm, talosctl, kops,
// etcdctl, Rancher, skaffold, tilt.

const here = { kind: 'container', zone: 'this-host' } as const;

const local: Vocabulary = {
  ...here,
  values: names('-n --name -p --profile -c --config --context'),
  phrases: [
    [
      /^(?:delete|cluster (?:delete|rm|del)|node (?:delete|rm)|registry delete|stop --all|uninstall|reset|leave)\b/,
      'delete',
    ],
    [
      /^(?:etcd-snapshot (?:delete|prune)|secrets-encrypt|certificate rotate-ca|token delete)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^(?:stop|pause|node stop|cluster stop)\b/, 'configure'],
    [/^(?:token create|token generate)\b/, 'grant'],
    [
      /^(?:get|list|status|ip|logs|profile list|service|cluster list|node list|kubeconfig (?:get|print)|version|config (?:get|view)|image (?:ls|list)|ssh-key|docker-env|check-config|inspect|export)\b/,
      'read',
    ],
    [/^/, 'execute'],
  ],
};

/** Machines that join or leave a real cluster. */
const real: Vocabulary = {
  values: names('-n --nodes -e --endpoints --name --state --cluster -f --context'),
  phrases: [
    [
      /^(?:reset|delete|destroy|remove|rm|del|shutdown|reboot|upgrade-os|rollback|wipe|etcd (?:leave|remove-member|forfeit-leadership)|member remove|snapshot restore|defrag|compact|compaction|lease revoke|user delete|role delete|auth disable)\b|(?:^|\s)delete\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [
      /^(?:user (?:add|grant-role|passwd)|role (?:add|grant-permission)|token create|kubeconfig user|certs certificate-key)\b/,
      'grant',
    ],
    [
      /^(?:get|list|ls|health|version|dashboard|logs|services|stats|containers|endpoint|member list|check|alarm list|lease list|watch|config (?:images|print|info)|validate|toolbox|plan|token list|dmesg|memory|processes|snapshot (?:save|status))\b/,
      'read',
    ],
    [
      /^(?:put|txn|apply|apply-config|patch|edit|create|replace|update|rolling-update|init|join|upgrade|bootstrap)\b/,
      'write',
    ],
  ],
};

/** Build, deploy and tear down in one tool. */
const developing: Vocabulary = {
  values: names('-f --filename -p --profile -n --namespace -m --module --kube-context'),
  phrases: [
    [/^(?:delete|down|cleanup|destroy|purge|uninstall)\b/, 'delete', 'bulk'],
    [
      /^(?:render|diagnose|inspect|schema|config|version|ci|list|get|status|analyze|logs|diff|template|lint|dump|alpha)\b/,
      'read',
    ],
    [/^/, 'write'],
  ],
};

const vocabularies: Readonly<Record<string, Vocabulary>> = {
  kind: local,
  k3d: local,
  minikube: local,
  k3s: local,
  k0s: local,
  rke2: local,
  colima: { ...local, phrases: [[/^delete\b/, 'delete', 'irreversible', 'bulk'], ...local.phrases] },
  multipass: { ...local, phrases: [[/^(?:delete|purge)\b/, 'delete', 'irreversible', 'bulk'], ...local.phrases] },
  limactl: {
    ...local,
    phrases: [[/^(?:delete|prune|factory-reset)\b/, 'delete', 'irreversible', 'bulk'], ...local.phrases],
  },
  'k3s-uninstall.sh': { ...here, phrases: [[/^/, 'delete', 'irreversible', 'bulk']] },
  'k3s-killall.sh': { ...here, phrases: [[/^/, 'delete', 'bulk']] },
  'rke2-uninstall.sh': { ...here, phrases: [[/^/, 'delete', 'irreversible', 'bulk']] },
  kubeadm: real,
  talosctl: real,
  kops: real,
  etcdctl: real,
  etcdutl: real,
  rancher: real,
  rke: real,
  clusterctl: real,
  virtctl: real,
  skaffold: developing,
  tilt: developing,
  helmfile: developing,
  devspace: developing,
  okteto: developing,
  garden: developing,
  istioctl: {
    phrases: [
      [/^(?:uninstall|x uninstall)\b/, 'delete', 'bulk', 'irreversible'],
      [/^(?:install|upgrade)\b/, 'write'],
      [/^/, 'read'],
    ],
  },
  linkerd: {
    phrases: [[/^(?:install|upgrade|inject|check|viz|version|uninstall|prune|diagnostics|profile|identity)\b/, 'read']],
  },
  k9s: { phrases: [[/^/, 'execute']] },
  stern: { phrases: [[/^/, 'read']] },
  kubectx: {
    kind: 'environment',
    zone: 'home',
    phrases: [
      [/-d\b/, 'delete'],
      [/^\S/, 'configure'],
      [/^/, 'read'],
    ],
  },
  kubens: {
    kind: 'environment',
    zone: 'home',
    phrases: [
      [/^\S/, 'configure'],
      [/^/, 'read'],
    ],
  },
};

export const clusterTools: readonly string[] = [...Object.keys(vocabularies), 'kustomize'];

/** A cluster's own tool; `kustomize` only writes text, unless it edits its file. */
export function cluster(words: CommandWords): readonly CommandEffect[] {
  if (onlyAsksForHelp(words.args)) return [];
  if (words.program === 'kustomize') {
    const options = readOptions(words.args, names('-o --output -e --env'));
    const [sub, ...rest] = options.operands;
    const folders = rest.length > 0 ? rest : [{ text: '.', arg: -1 }];
    if (/^(?:edit|create|localize)$/.test(sub?.text ?? ''))
      return touchAll('write', [{ text: 'kustomization.yaml', arg: -1 }], words.place);
    return [
      ...touchAll(
        'read',
        folders.filter(({ text }) => !text?.includes('://')),
        words.place,
        { kind: 'directory' },
      ),
      ...touchAll('write', options.all('-o', '--output'), words.place),
    ];
  }
  const vocabulary = vocabularies[words.program];
  return vocabulary ? phraseEffects(words, vocabulary) : [];
}
