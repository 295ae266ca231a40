import { describe, expect, it } from 'vitest';
import { readProgram } from './code-mode.ts';
import { shapedCall } from './tool-shapes.ts';

const written = (code: string): string => code.replaceAll('%{', ['$', '{'].join(''));
const command = (code: string): string => readProgram(written(code))?.command ?? '';

describe('a program of code mode', () => {
  it.each([
    ['await tools.exec_command({cmd: "ls -l"})', 'ls -l'],
    ["const r = await tools.exec_command({ 'cmd': 'a' + \" b\" }); text(r)", 'a b'],
    ['const f = "x"; await tools.exec_command({cmd: `cat %{f}`})', 'cat x'],
    ['const cmd = "rm -rf /tmp/a"; await tools.exec_command({cmd, yield_time_ms: 100})', 'rm -rf /tmp/a'],
    ['await tools["exec_command"]({cmd: "\\x6cs"})', 'ls'],
    ['/* tools.a() */ // tools.b()\nawait tools.exec_command({tty: {a: [1, "}"]}, cmd: "id"})', 'id'],
    ['await tools.exec_command({cmd: "id", workdir: "/a b"})', "(cd '/a b' && {\nid\n})"],
    ['await tools.apply_patch("*** Begin Patch\\n")', "apply_patch <<'WARDER_PATCH'\n*** Begin Patch\n\nWARDER_PATCH"],
    ['await tools.view_image({path: "a.png"})', "cat 'a.png'"],
    ['await tools.write_stdin({session_id: 1, chars: "id\\n"})', 'id\n'],
    ['await Promise.all([tools.exec_command({cmd: "a"}), tools.exec_command({cmd: "b"})])', 'a\nb'],
    ['await tools.update_plan({plan: []})', 'true'],
  ])('is read where it is written out: %s', (code, expected) => {
    expect(readProgram(written(code))).toEqual({ command: expected, mcp: null, opaque: false });
  });

  it.each([
    ['await tools.exec_command({cmd: files.join(" ")})', 'eval "$given"'],
    ['await tools.exec_command({cmd: `cat %{name()}`})', 'cat $given'],
    ['let c = "ls"; c = "id"; await tools.exec_command({cmd: c})', 'eval "$given"'],
    ['await tools.exec_command(options)', 'eval "$given"'],
  ])('says what is known only when it runs: %s', (code, expected) => {
    expect(command(code)).toBe(expected);
  });

  it.each([
    'const t = tools; await t.exec_command({cmd: "id"})',
    'await tools[name]({cmd: "id"})',
    'const { exec_command } = tools; await exec_command({cmd: "id"})',
    'await globalThis["to" + "ols"].exec_command({cmd: "id"})',
    'await eval("to" + "ols.exec_command({cmd: 1})")',
    '/"/; await tools.exec_command({cmd: "id"}); /"/',
    'await t\\u006fols.exec_command({cmd: "id"})',
    'text(`%{await tools.exec_command({cmd: "id"})}`)',
    'const s = "never ends; tools.exec_command({cmd: 1})',
  ])('is opaque where the tools are reached another way: %s', (code) => {
    expect(readProgram(written(code))).toMatchObject({ opaque: true });
    expect(command(code)).toContain('eval "$program"');
  });

  it('is nothing when it calls no tool, and an MCP call when that is all it does', () => {
    expect(readProgram('text("tools.exec_command")')).toBeNull();
    const input = { input: 'const r = await tools.mcp__notes__echo_note({text: "x"}); text(r)' };
    expect(shapedCall('exec', input, '1', 'codex').action).toEqual({ kind: 'mcp', server: 'notes', tool: 'echo_note' });
    expect(shapedCall('functions__exec', { input: 'text(1)' }, '1', 'codex').action.kind).toBe('harmless');
    expect(shapedCall('exec', { input: 'rm -rf ~' }, '1').action).toEqual({ kind: 'shell', command: 'rm -rf ~' });
  });

  it('never throws and never hangs, whatever the text', () => {
    const pieces = [
      'tools',
      '.',
      '[',
      '(',
      '{',
      '`',
      '${',
      '"',
      "'",
      '\\',
      '/*',
      'const a =',
      '+',
      'exec_command',
      '}',
    ];
    for (let seed = 1; seed < 2000; seed += 1) {
      let [state, code] = [seed, ''];
      for (let length = 0; length < 25; length += 1) {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        code += pieces[state % pieces.length];
      }
      expect(() => readProgram(code)).not.toThrow();
    }
  });
});
