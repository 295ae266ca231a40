// Who may import what (ARCHITECTURE.md). `test/house.test.ts` runs this, also over planted violations.
const stages = ['capture', 'normalise', 'understand', 'score', 'decide', 'record', 'learn', 'tell', 'device'];
const meetingPlaces = '^src/(pipeline|plugs|server|cli|config)\\.ts$|^src/(cli|pipeline)/';

/** A plug is one file, or a file with dotted siblings: claude-code.ts, claude-code.install.ts. */
const plugFolders = [
  'normalise/agents',
  'normalise/dialects',
  'normalise/access',
  'understand/commands',
  'score/detectors',
  'tell/sinks',
  'record/store',
];

const stageRules = stages.map((stage) => ({
  name: `${stage}-stays-in-its-room`,
  comment: `${stage} imports core and itself, never another stage; stages meet in pipeline, plugs, server and cli.`,
  severity: 'error',
  from: { path: `^src/${stage}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [`^src/${stage}/`, '^src/core/'] },
}));

const plugRules = plugFolders
  .filter((folder) => folder !== 'record/store')
  .map((folder) => ({
    name: `a-plug-stands-alone-${folder.replace('/', '-')}`,
    comment: 'A plug never imports another plug: any one can be deleted alone.',
    severity: 'error',
    from: { path: `^src/${folder}/([^./]+)[^/]*\\.ts$`, pathNot: '\\.test\\.ts$' },
    to: { path: `^src/${folder}/`, pathNot: `^src/${folder}/$1[./]` },
  }));

const impure =
  '^(node:)?(fs|fs/promises|net|http|https|http2|dns|dgram|tls|child_process|worker_threads|cluster|crypto|timers|timers/promises|os|process|perf_hooks|sqlite)$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-imports-nothing',
      comment: 'The words depend on nothing, not even node:.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/core/' },
    },
    ...stageRules,
    ...plugRules,
    {
      name: 'pure-stages',
      comment: 'normalise, understand, score and decide touch no disk, network, clock or randomness.',
      severity: 'error',
      from: { path: '^src/(normalise|understand|score|decide)/', pathNot: '\\.test\\.ts$' },
      to: { path: impure },
    },
    {
      name: 'cedar-has-one-home',
      severity: 'error',
      from: { pathNot: '^src/decide/cedar\\.ts$|\\.test\\.ts$|^bench/' },
      to: { path: '@cedar-policy' },
    },
    {
      name: 'sql-has-one-home',
      severity: 'error',
      comment: 'Agents keep transcripts in databases of their own, which capture reads.',
      from: { path: '^src/', pathNot: '^src/record/|^src/capture/transcript-records\\.ts$|\\.test\\.ts$' },
      to: { path: '^(node:)?sqlite$' },
    },
    {
      name: 'zod-at-the-edges',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(capture|normalise|tell/api|cli)/|^src/(config|version)\\.ts$|\\.test\\.ts$',
      },
      to: { path: 'node_modules/zod' },
    },
    {
      name: 'react-in-the-web',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/(react|react-dom|@tanstack)' },
    },
    {
      name: 'the-web-is-thin',
      comment: 'web imports types of core, and its own libraries.',
      severity: 'error',
      from: { path: '^web/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    {
      name: 'the-web-imports-types-only',
      severity: 'error',
      from: { path: '^web/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/core/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-device-is-tiny',
      severity: 'error',
      from: { path: '^src/device/', pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules/', pathNot: 'node_modules/@types' },
    },
    {
      name: 'no-test-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$|^test/|^bench/' },
    },
    {
      name: 'only-the-server-meets-the-pipeline',
      comment: 'What is in a stage folder never reaches up.',
      severity: 'error',
      from: { path: `^src/(${stages.join('|')}|core)/`, pathNot: '\\.test\\.ts$' },
      to: { path: meetingPlaces },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
    skipAnalysisNotInRules: true,
  },
};
