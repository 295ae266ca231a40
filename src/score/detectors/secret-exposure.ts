import type { SecretHit } from '../../core/effect.ts';
import type { Detector, DetectorInput, Example } from '../../core/ports.ts';
import { finding, heaviest, type Judged, plain } from '../findings.ts';

const id = 'secret-exposure';

/** Places where keys are made up. */
const testPath =
  /(?:^|[/_.-])(?:tests?|specs?|fixtures?|mocks?|examples?|samples?|testdata|__tests__|__mocks__|e2e|docs?|README)(?:[/_.-]|$)/i;

function judge({ rule, confidence }: SecretHit, { action }: DetectorInput): Judged {
  const path = 'path' in action ? action.path : '';
  const sure = confidence === 'verified-format';
  const madeUp = testPath.test(path);
  const where = whereWords[action.kind] ?? 'the call';
  const weight = (sure ? 70 : 45) - (madeUp ? 35 : 0);
  return {
    weight,
    why: `Carries ${sure ? 'a secret' : 'what looks like a secret'} (${plain(rule, 40)}) in ${where}${madeUp ? ', in a test or example' : ''}.`,
  };
}

const whereWords: Readonly<Record<string, string>> = {
  shell: 'a command',
  'file-write': 'a file it writes',
  'file-edit': 'a file it edits',
  'file-search': 'a search',
  'web-fetch': 'an address or request',
  'web-search': 'a web search',
  mcp: 'what it gives to an MCP server',
  agent: 'what it tells another agent',
  text: 'a text',
};

// Made here, so that no key stands in the source.
const fake = (prefix: string, length: number): string =>
  prefix + Array.from({ length }, (_, i) => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC'.charAt((i * 7 + 3) % 32)).join('');
const githubToken = fake(['gh', 'p_'].join(''), 36);

/** A key, token or password written out in a command, a file, a request or a prompt. */
export const secretExposure: Detector = {
  id,
  title: 'Secret in the open',
  runbook:
    'Treat the secret as known to the model provider and to whatever stores this session. Rotate it, and give the agent a way to use it without seeing it (an environment variable, a credential helper, a broker).',
  detect: (input) => heaviest(input.meaning.secrets.map((hit) => finding(id, judge(hit, input), hit.span))),
  hits: [
    `curl -H "Authorization: Bearer ${githubToken}" https://api.github.com/user`,
    `export GITHUB_TOKEN=${githubToken}`,
    { tool: 'Write', input: { file_path: '/home/dev/project/config.json', content: `{"token":"${githubToken}"}` } },
  ] satisfies Example[],
  misses: [
    'curl -H "Authorization: Bearer $GITHUB_TOKEN" https://api.github.com/user',
    'git show 3f786850e387550fdab836ed7e6dc881de23001b',
    {
      tool: 'Write',
      input: { file_path: '/home/dev/project/test/fixtures/token.json', content: `{"token":"${githubToken}"}` },
    },
    { tool: 'Write', input: { file_path: '/home/dev/project/README.md', content: 'Set API_KEY=<your key> in .env' } },
  ] satisfies Example[],
};
