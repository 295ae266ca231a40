import { realHooks } from './harness/real-hooks.ts';

/** The scripted models stand in for Factory's control plane too, which takes any answer. */
const settings = (models: string): string => `{
  // Mine.
  "customModels": [
    {
      "model": "scripted",
      "displayName": "Scripted",
      "baseUrl": "${models}/v1",
      "apiKey": "none",
      "provider": "generic-chat-completion-api",
      "maxOutputTokens": 4096
    }
  ]
}
`;

realHooks({
  id: 'droid',
  title: 'Droid',
  name: 'droid',
  version: '0.215.0',
  integrity: 'sha512-+f0OKk9DszyOTKGxIWC9SrLi//L/gCIJ2NFfp+Ec4PNtU+D0ocek1k8x6odx9FBl9f5RIVX7yVITGSTUzNDbCw==',
  program: 'droid',
  native: (platform) => [platform, `${platform}-baseline`].map((one) => `@factory/cli-${one}/bin/droid`),
  shell: (command) => ({
    name: 'Execute',
    input: { summary: 'a step', command, timeout: 10, riskLevelReason: 'x', riskLevel: 'low' },
  }),
  args: (prompt) => ['exec', '--auto', 'high', '-m', 'custom:scripted', '--output-format', 'stream-json', prompt],
  env: (models) => ({ FACTORY_API_KEY: 'none', FACTORY_API_BASE_URL: models }),
  files: (models) => ({ '.factory/settings.json': settings(models) }),
  settings: ['.factory/settings.json'],
  toldAs: /Error: Denied by Warder: /,
  givesIds: false,
  events: ['session-start', 'session-end'],
});
