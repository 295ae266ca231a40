import { names } from '../arguments.ts';
import { spokenFamily, type Vocabulary } from '../phrases.ts';

// Continuous integration and delivery: who steers these runs code with the pipeline's rights. Sources: the command
// references of CircleCI, Jenkins, GitLab Runner, Buildkite, Drone, Argo CD, Argo Workflows, Flux, Tekton, Spinnaker.

const jenkins: Vocabulary = {
  values: names('-s -auth -i -user -webSocket -http -ssh -jar'),
  phrases: [
    [
      /(?:^|\s)(?:delete-\w+|clear-queue|cancel-quiet-down|(?:safe-)?shutdown|quiet-down|disable-\w+|offline-node|disconnect-node|stop-builds|delete)\b/,
      'delete',
      'irreversible',
      'bulk',
    ],
    // A script there runs as the controller itself.
    [
      /(?:^|\s)(?:groovysh?|create-credentials\S*|update-credentials\S*|import-credentials\S*)\b/,
      'grant',
      'privileged',
    ],
    [/(?:^|\s)install-plugin\b/, 'install'],
    [/(?:^|\s)(?:build|restart|safe-restart|reload-\w+|replay-pipeline|restart-from-stage)\b/, 'execute'],
    [/(?:^|\s)(?:create-\w+|update-\w+|copy-job|add-\w+|connect-node|online-node|enable-\w+|set-\S+)\b/, 'configure'],
    [
      /(?:^|\s)(?:list-\S+|get-\S+|console|who-am-i|session-id|help|version|declarative-linter|wait-node-\w+)\b/,
      'read',
    ],
  ],
};

const gitlabRunner: Vocabulary = {
  values: names('--name -n --url -u --token -t --config -c --working-directory --user'),
  phrases: [
    [/^unregister\b/, 'delete', 'irreversible'],
    [/^(?:uninstall|stop|reset-token)\b/, 'delete'],
    [/^(?:register|install)\b/, 'install'],
    [/^(?:verify .*--delete)/, 'delete', 'irreversible', 'bulk'],
    [/^(?:list|verify|status|help)\b/, 'read'],
    [/^(?:run|run-single|start|restart|exec)\b/, 'execute'],
  ],
};

const argocd: Vocabulary = {
  values: names('--server --auth-token --grpc-web-root-path -p --project -o --revision --resource --kind --label -l'),
  phrases: [
    [
      /^app (?:delete|delete-resource|terminate-op)\b|^appset delete|^(?:proj|repo|repocreds|cluster|cert|gpg|account) (?:\w+ )?(?:delete|rm|remove|delete-token)\b|^app sync.*--(?:force|replace)\b|^app rollback/,
      'delete',
      'irreversible',
      'bulk',
    ],
    [/^app sync .*--prune\b|^app set .*--auto-prune/, 'delete', 'bulk'],
    [
      /^(?:account (?:generate-token|update-password)|proj role (?:create-token|add-policy)|cluster add|repo add)/,
      'grant',
    ],
    [/^(?:login|logout|relogin|context|configure)\b/, 'configure'],
    [
      /^app (?:diff|get|list|history|logs|manifests|resources|wait|actions list)\b|^(?:proj|repo|cluster|account|appset|cert|gpg) (?:get|list|get-user-info|can-i)\b/,
      'read',
    ],
    [/^app (?:sync|set|create|patch|edit|actions run)\b/, 'write'],
  ],
};

export const delivery = spokenFamily(
  'delivery',
  {
    circleci: {
      values: names('--token --host --org --org-id --vcs-type'),
      kinds: [[/^context (?:remove|delete|show|store)-?secret|^context (?:remove|store)/, 'secret']],
      phrases: [
        [
          /^(?:context (?:delete|remove-secret)|orb (?:delete|unlist|remove)|namespace delete-alias|runner (?:token|resource-class|instance) delete|project (?:secret|dlc-purge|delete)\b.*delete|project delete|dlc purge|policy settings .*--enabled=false)/,
          'delete',
          'irreversible',
        ],
        [/^project dlc-purge|^dlc-purge/, 'delete', 'irreversible', 'bulk'],
        [/^orb publish/, 'send'],
        [/^runner token create|^context store-secret/, 'grant'],
        [
          /^(?:config (?:validate|process|pack)|orb (?:list|info|source|validate|process)|context (?:list|show)|runner (?:token|resource-class|instance) list|info|diagnostic|open|version|follow)/,
          'read',
        ],
        [/^local execute|^pipeline run/, 'execute'],
      ],
    },
    'jenkins-cli': jenkins,
    jenkins,
    'gitlab-runner': gitlabRunner,
    'gitlab-ci-multi-runner': gitlabRunner,
    'buildkite-agent': {
      phrases: [
        [/^(?:artifact (?:download|search|shasum)|meta-data (?:get|exists|keys)|secret get|step get)/, 'read'],
        [/^pipeline upload/, 'execute'],
        [/^(?:artifact upload|annotate)/, 'send'],
        [/^(?:start|bootstrap)/, 'execute'],
      ],
    },
    buildkite: { phrases: [] },
    drone: {
      values: names('-t --token -s --server --name --data'),
      kinds: [[/^(?:org)?secret /, 'secret']],
      phrases: [
        [
          /^(?:build (?:stop|kill)|log purge|queue pause|server destroy|(?:repo|secret|orgsecret|cron|user) (?:rm|remove|disable))/,
          'delete',
          'irreversible',
        ],
        [
          /^(?:build (?:ls|info|last|logs)|repo (?:ls|info)|secret ls|orgsecret ls|log view|lint|sign|info|queue ls)/,
          'read',
        ],
      ],
    },
    travis: {
      phrases: [
        [/^(?:cancel|disable|cache .*--delete|env unset|requestcancel)/, 'delete'],
        [/^(?:encrypt|token)/, 'read'],
      ],
    },
    argocd,
    argo: {
      values: names('-n --namespace -l --selector -o'),
      phrases: [
        [
          /^(?:delete|terminate|stop|archive delete|cron delete|template delete|cluster-template delete)\b/,
          'delete',
          'irreversible',
        ],
        [
          /^(?:list|get|logs|watch|wait|lint|version|archive (?:list|get)|cron (?:list|get|lint)|template (?:list|get|lint))\b/,
          'read',
        ],
        [/^(?:submit|resubmit|retry|resume)\b/, 'execute'],
      ],
    },
    flux: {
      values: names('-n --namespace --context --kubeconfig'),
      phrases: [
        [/^(?:delete|uninstall)\b/, 'delete', 'irreversible', 'bulk'],
        [/^suspend\b/, 'configure'],
        [/^(?:bootstrap|install)\b/, 'install'],
        [/^(?:get|logs|events|check|export|tree|trace|diff|build|stats|version)\b/, 'read'],
        [/^(?:reconcile|resume)\b/, 'execute'],
      ],
    },
    tkn: {
      values: names('-n --namespace'),
      phrases: [
        [/\b(?:delete|cancel)\b/, 'delete', 'irreversible'],
        [/\b(?:list|describe|logs|export|version)\b/, 'read'],
        [/\bstart\b/, 'execute'],
      ],
    },
    spin: {
      phrases: [
        [/\b(?:delete|cancel)\b/, 'delete', 'irreversible'],
        [/\b(?:list|get)\b/, 'read'],
      ],
    },
    octopus: {
      phrases: [
        [/\bdelete\b/, 'delete', 'irreversible'],
        [/\b(?:list|view)\b/, 'read'],
      ],
    },
    nixops: { phrases: [[/^(?:destroy|delete|reboot|stop|delete-resources)/, 'delete', 'irreversible', 'bulk']] },
    kamal: {
      values: names('-d --destination -c --config-file -h --hosts -r --roles --version'),
      phrases: [
        [
          /^(?:remove|app (?:remove|stop)|accessory (?:remove|stop|reboot)|prune|registry logout|lock release|proxy (?:remove|stop|reboot)|traefik (?:remove|stop|reboot))\b/,
          'delete',
          'irreversible',
        ],
        [
          /^(?:details|audit|config|docs|version|(?:app|accessory|proxy|traefik) (?:logs|details|containers|images|version))\b/,
          'read',
        ],
        [/^(?:deploy|redeploy|setup|rollback|build|push|init|upgrade)\b/, 'write'],
        [/^(?:app|accessory|server) exec/, 'execute'],
      ],
    },
  },
  [
    ['circleci context delete github acme prod-ctx', 'delete cloud-resource production'],
    ['circleci config validate', 'read cloud-resource other-host'],
    ['jenkins-cli delete-job build-app', 'delete cloud-resource other-host'],
    ['jenkins-cli list-jobs', 'read cloud-resource other-host'],
    ['gitlab-runner unregister --all-runners', 'delete cloud-resource other-host'],
    ['gitlab-runner list', 'read cloud-resource other-host'],
    ['argocd app delete shop --yes', 'delete cloud-resource other-host'],
    ['argocd app diff shop', 'read cloud-resource other-host'],
    ['flux uninstall --silent', 'delete cloud-resource other-host'],
    ['flux get kustomizations', 'read cloud-resource other-host'],
  ],
);
