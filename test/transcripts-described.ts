import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Transcripts of agents that cannot be started here, in the forms that their source or others describe. Synthetic: no
 * recording of these agents is at hand.
 */
export function writeDescribed(home: string): void {
  writeGoose(home);
  writeKiro(home);
  writeWindsurf(home);
  writeAntigravity(home);
}

function write(file: string, lines: readonly object[]): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

function database(file: string, tables: string): DatabaseSync {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec(tables);
  return db;
}

const seconds = (at: string): number => Date.parse(at) / 1000;

const gooseFolder = '.local/share/goose/sessions';

export function writeGoose(home: string): string {
  const file = path.join(home, gooseFolder, 'sessions.db');
  const db = database(
    file,
    `CREATE TABLE sessions (id TEXT PRIMARY KEY, session_type TEXT NOT NULL DEFAULT 'user', working_dir TEXT NOT NULL);
     CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT, session_id TEXT NOT NULL,
       role TEXT NOT NULL, content_json TEXT NOT NULL, created_timestamp INTEGER NOT NULL, metadata_json TEXT)`,
  );
  for (const [id, type] of [
    ['20261122_1', 'user'],
    ['20261122_2', 'sub_agent'],
  ] as const)
    db.prepare('INSERT INTO sessions VALUES (?, ?, ?)').run(id, type, '/home/dev/src/goose');
  for (const [session, role, at, content, metadata] of gooseMessages) {
    db.prepare(
      'INSERT INTO messages (session_id, role, content_json, created_timestamp, metadata_json) VALUES (?, ?, ?, ?, ?)',
    ).run(session, role, JSON.stringify(content), seconds(at), JSON.stringify(metadata));
  }
  db.close();
  return file;
}

/** The first session as an older version wrote it, before the database took it over. */
export function writeOlderGoose(home: string): void {
  const lines = gooseMessages.flatMap(([session, role, at, content]) =>
    session === '20261122_1' ? [{ role, created: seconds(at), content }] : [],
  );
  const head = { working_dir: '/home/dev/src/goose', description: 'synthetic', message_count: lines.length };
  write(path.join(home, gooseFolder, '20261122_1.jsonl'), [head, ...lines.slice(0, 3)]);
}

const asked = (id: string, name: string, args: object, extension?: string) => ({
  type: 'toolRequest',
  id,
  toolCall: { status: 'success', value: { name, arguments: args } },
  ...(extension === undefined ? {} : { _meta: { goose_extension: extension } }),
});
const came = (id: string, said: string, more: object = {}) => ({
  type: 'toolResponse',
  id,
  toolResult: { status: 'success', value: { content: [{ type: 'text', text: said }], isError: false, ...more } },
});
const seen = { userVisible: true, agentVisible: true };

const gooseMessages: readonly (readonly [string, string, string, readonly object[], object])[] = [
  ['20261122_1', 'user', '2026-11-22T12:10:00Z', [{ type: 'text', text: 'run the tests' }], seen],
  [
    '20261122_1',
    'assistant',
    '2026-11-22T12:10:01Z',
    [
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text: 'I run them.' },
      asked('call_g1', 'developer__shell', { command: 'npm test' }),
    ],
    seen,
  ],
  [
    '20261122_1',
    'user',
    '2026-11-22T12:10:02Z',
    [came('call_g1', 'failed', { structuredContent: { exit_code: 1 } })],
    seen,
  ],
  [
    '20261122_1',
    'assistant',
    '2026-11-22T12:10:03Z',
    [
      asked('call_g2', 'edit', { path: '/home/dev/src/goose/a.ts', before: 'a', after: 'b' }, 'developer'),
      asked('call_g3', 'create_issue', { title: 'tests' }, 'github'),
    ],
    seen,
  ],
  [
    '20261122_1',
    'user',
    '2026-11-22T12:10:04Z',
    [
      came('call_g2', 'The user has declined to run this tool. DO NOT attempt to call this tool again.'),
      { type: 'toolResponse', id: 'call_g3', toolResult: { status: 'error', error: '-32603: no such repository' } },
    ],
    seen,
  ],
  [
    '20261122_1',
    'user',
    '2026-11-22T12:10:05Z',
    [{ type: 'text', text: 'a summary for the model' }],
    { userVisible: false },
  ],
  ['20261122_2', 'user', '2026-11-22T12:10:06Z', [{ type: 'text', text: 'look into the log' }], seen],
  [
    '20261122_2',
    'assistant',
    '2026-11-22T12:10:07Z',
    [asked('call_g4', 'developer__text_editor', { command: 'view', path: '/home/dev/src/goose/log.txt' })],
    seen,
  ],
];

/** One session in each of Kiro's three stores. */
export function writeKiro(home: string): string {
  const file = path.join(home, '.local/share/kiro-cli/data.sqlite3');
  const db = database(
    file,
    `CREATE TABLE conversations_v2 (key TEXT NOT NULL, conversation_id TEXT NOT NULL, value TEXT NOT NULL,
       created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (key, conversation_id))`,
  );
  const add = db.prepare('INSERT INTO conversations_v2 VALUES (?, ?, ?, 1795349400000, 1795349400000)');
  add.run('/home/dev/src/kiro1', 'k-1', JSON.stringify({ conversation_id: 'k-1', history: kiroHistory }));
  db.close();
  const sessions = path.join(home, '.kiro/sessions');
  write(path.join(sessions, 'cli/k-2.json'), [{ session_id: 'k-2', cwd: '/home/dev/src/kiro2' }]);
  write(path.join(sessions, 'cli/k-2.jsonl'), kiroLines);
  write(path.join(sessions, '0a1b2c/sess_k-3/session.json'), [
    { id: 'sess_k-3', workspacePaths: ['/home/dev/src/kiro3'] },
  ]);
  write(path.join(sessions, '0a1b2c/sess_k-3/messages.jsonl'), kiroEvents);
  return file;
}

const env = { env_state: { operating_system: 'linux', current_working_directory: '/home/dev/src/kiro1' } };
const use = (id: string, name: string, args: object) => ({ id, name, orig_name: name, args, orig_args: args });
const between = (from: string, to: string) => ({
  request_start_timestamp_ms: Date.parse(from),
  stream_end_timestamp_ms: Date.parse(to),
});

const kiroHistory = [
  {
    user: {
      content: { Prompt: { prompt: 'list the files' } },
      timestamp: '2026-11-22T14:20:00.5+02:00',
      env_context: env,
    },
    assistant: {
      ToolUse: { message_id: 'm1', content: '', tool_uses: [use('tooluse_k1', 'execute_bash', { command: 'ls' })] },
    },
    request_metadata: between('2026-11-22T12:20:00.600Z', '2026-11-22T12:20:01Z'),
  },
  {
    user: {
      content: {
        ToolUseResults: {
          tool_use_results: [
            {
              tool_use_id: 'tooluse_k1',
              content: [{ Json: { exit_status: 'exit status: 2', stdout: '', stderr: 'ls: no such folder' } }],
              status: 'Success',
            },
          ],
        },
      },
      timestamp: null,
      env_context: env,
    },
    assistant: {
      ToolUse: {
        message_id: 'm2',
        content: '',
        tool_uses: [
          use('tooluse_k2', 'fs_write', { command: 'create', path: '/home/dev/src/kiro1/n.md', file_text: 'n' }),
          use('tooluse_k3', 'github___create_issue', { title: 'n' }),
        ],
      },
    },
    request_metadata: between('2026-11-22T12:20:02Z', '2026-11-22T12:20:03Z'),
  },
  {
    user: {
      content: {
        CancelledToolUses: {
          prompt: 'no, leave it',
          tool_use_results: [
            {
              tool_use_id: 'tooluse_k2',
              content: [{ Text: 'PreToolHook blocked the tool execution: no' }],
              status: 'Error',
            },
            { tool_use_id: 'tooluse_k3', content: [{ Text: 'Tool use was cancelled by the user' }], status: 'Error' },
          ],
        },
      },
      timestamp: '2026-11-22T12:20:05+00:00',
      env_context: env,
    },
    assistant: { Response: { message_id: 'm3', content: 'As you wish.' } },
    request_metadata: null,
  },
];

const said = (kind: string, id: string, content: readonly object[], meta?: object) => ({
  version: 'v1',
  kind,
  data: { message_id: id, content, ...(meta === undefined ? {} : { meta }) },
});

const kiroLines = [
  said('Prompt', 'p1', [{ kind: 'text', data: 'read the notes' }], { timestamp: seconds('2026-11-22T12:21:00Z') }),
  said('AssistantMessage', 'a1', [
    { kind: 'text', data: '' },
    {
      kind: 'toolUse',
      data: {
        toolUseId: 'tooluse_k4',
        name: 'read',
        input: { operations: [{ mode: 'Line', path: '/home/dev/src/kiro2/notes.md' }] },
      },
    },
  ]),
  said('ToolResults', 'r1', [
    {
      kind: 'toolResult',
      data: { toolUseId: 'tooluse_k4', content: [{ kind: 'text', data: 'notes' }], status: 'success' },
    },
  ]),
  { version: 'v1', kind: 'Clear', data: null },
];

const event = (id: string, at: string, payload: object) => ({ id, timestamp: at, payload });

const kiroEvents = [
  event('e0', '2026-11-22T12:22:00.000Z', { type: 'session_start', content: 'You are Kiro' }),
  event('e1', '2026-11-22T12:22:01.000Z', { type: 'user', content: 'remove the build', images: [], documents: [] }),
  event('e2', '2026-11-22T12:22:02.000Z', { type: 'turn_start', executionId: 'x' }),
  event('e3', '2026-11-22T12:22:03.000Z', {
    type: 'tool_call',
    toolCallId: 'toolu_k5',
    toolName: 'shell',
    args: { command: 'rm -rf build' },
  }),
  event('e4', '2026-11-22T12:22:04.000Z', {
    type: 'pending_interaction',
    interactionType: 'tool_approval',
    toolCallId: 'toolu_k5',
    options: [],
  }),
  event('e5', '2026-11-22T12:22:05.000Z', {
    type: 'interaction_resolved',
    toolCallId: 'toolu_k5',
    outcome: 'selected',
    selectedOption: 'reject',
  }),
  event('e6', '2026-11-22T12:22:06.000Z', {
    type: 'tool_result',
    toolCallId: 'toolu_k5',
    success: false,
    content: 'The person did not want it',
  }),
  event('e7', '2026-11-22T12:22:07.000Z', {
    type: 'tool_call',
    toolCallId: 'toolu_k6',
    toolName: 'todo_list',
    args: { command: 'complete', completed_task_ids: ['1'] },
  }),
  event('e8', '2026-11-22T12:22:08.000Z', { type: 'assistant', operationType: 'Say', content: 'Then not.' }),
];

/** Written while the hook with the transcript is set. The documentation shows these members and no time. */
export function writeWindsurf(home: string): string {
  const file = path.join(home, '.windsurf/transcripts/traj-1.jsonl');
  const step = (type: string, data: object, status = 'done') => ({ status, type, [type]: data });
  write(file, [
    step('user_input', { user_response: 'create a hello world file', rules_applied: { always_on: ['rule.md'] } }),
    step('planner_response', { response: 'I create it.' }),
    step('code_action', { path: '/home/dev/src/ws/hello.py', new_content: "print('hello')\n" }),
    step('run_command', { command_line: 'python hello.py', cwd: '/home/dev/src/ws', output: 'boom', exit_code: 1 }),
    step('view_file', { path: '/home/dev/src/ws/hello.py' }, 'canceled'),
    step('mcp_tool', { mcp_server_name: 'github', mcp_tool_name: 'create_issue', mcp_tool_arguments: { title: 'x' } }),
  ]);
  return file;
}

/** One conversation of the command line, whose arguments stand as they are, and one of the editor, where they are JSON. */
export function writeAntigravity(home: string): string {
  const own = (product: string, id: string) =>
    path.join(home, '.gemini', product, 'brain', id, '.system_generated/logs/transcript.jsonl');
  const step = (step_index: number, source: string, type: string, more: object, status = 'DONE') => ({
    ...{ step_index, source, type, status },
    created_at: `2026-11-22T12:30:${String(step_index).padStart(2, '0')}Z`,
    ...more,
  });
  const request = (words: string) =>
    `<USER_REQUEST>\n${words}\n</USER_REQUEST>\n<ADDITIONAL_METADATA>\nThe current local time is: …\n</ADDITIONAL_METADATA>`;
  const stamps = 'Created At: 2026-11-22T12:30:03Z\nCompleted At: 2026-11-22T12:30:03Z\n';
  const file = own('antigravity-cli', 'conv-1');
  write(path.join(home, '.gemini/antigravity-cli/history.jsonl'), [
    { display: 'run the tests', timestamp: 1795350600000, workspace: '/home/dev/src/agy', conversationId: 'conv-1' },
  ]);
  write(file, [
    step(0, 'USER_EXPLICIT', 'USER_INPUT', { content: request('run the tests') }),
    step(1, 'SYSTEM', 'CONVERSATION_HISTORY', {}),
    step(2, 'MODEL', 'PLANNER_RESPONSE', {
      tool_calls: [
        { name: 'run_command', args: { CommandLine: 'npm test', Cwd: '/home/dev/src/agy', WaitMsBeforeAsync: 2000 } },
        { name: 'view_file', args: { AbsolutePath: '/home/dev/src/agy/a.ts' } },
      ],
    }),
    step(3, 'SYSTEM', 'EPHEMERAL_MESSAGE', { content: 'a reminder' }),
    step(4, 'MODEL', 'RUN_COMMAND', { content: `${stamps}\nThe command failed with exit code: 1\nOutput:\nno` }),
    step(5, 'MODEL', 'VIEW_FILE', { content: `${stamps}File Path: a.ts` }),
    step(6, 'MODEL', 'PLANNER_RESPONSE', { content: 'They fail.' }),
  ]);
  write(own('antigravity', 'conv-2'), [
    step(0, 'USER_EXPLICIT', 'USER_INPUT', { content: request('write it down') }),
    step(1, 'MODEL', 'PLANNER_RESPONSE', {
      tool_calls: [
        {
          name: 'write_to_file',
          args: { TargetFile: '"/home/dev/src/agy/n.md"', CodeContent: '"one\\ntwo"', Overwrite: 'true' },
        },
      ],
    }),
    step(2, 'SYSTEM', 'ERROR_MESSAGE', { content: 'The tool call was denied by a hook' }, 'ERROR'),
  ]);
  return file;
}
