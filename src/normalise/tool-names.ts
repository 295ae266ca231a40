/** What a tool of an agent's own does. `start`: another agent; `quiet`: nothing outside the session. */
type ToolKind = 'shell' | 'patch' | 'read' | 'write' | 'edit' | 'search' | 'fetch' | 'web-search' | 'start' | 'quiet';

/** Names under which agents offer them. Sources: recordings of ten agents; documentation of the rest. */
const names: readonly (readonly [kind: ToolKind, names: string])[] = [
  [
    'shell',
    'bash shell sh zsh exec exec_command execute execute_bash execute_command run_shell_command run_command run_commands run_terminal_cmd run_terminal_command run_in_terminal terminal local_shell container_exec developer__shell shell_command command process monitor',
  ],
  ['patch', 'apply_patch applypatch apply_diff'],
  ['read', 'read read_file readfile view view_image view_file zoom_image cat open open_file get_file read_many_files'],
  ['write', 'write write_file writefile create create_file write_to_file save_file editor_write'],
  [
    'edit',
    'edit edit_file replace str_replace search_replace replace_in_file str_replace_editor str_replace_based_edit_tool multiedit multi_edit insert editor notebook_edit',
  ],
  [
    'search',
    'grep glob find search search_files search_file_content list list_files list_directory list_dir ls codebase_search file_search ripgrep rg grep_search search_codebase read_directory',
  ],
  ['fetch', 'web_fetch webfetch fetch fetch_url url_fetch read_url browser_open'],
  ['web-search', 'web_search websearch google_web_search search_web'],
  [
    'start',
    'task agent spawn_agent invoke_agent write_agent send_message send_input followup_task delegate subagent new_task run_subagent dispatch_agent',
  ],
  [
    'quiet',
    'todo_write todowrite todo_read todoread update_plan update_todo_list report_intent think ask_user ask_user_question ask_followup_question request_user_input attempt_completion exit_plan_mode enter_plan_mode plan_exit save_memory_none tool_search get_goal create_goal update_goal list_agents read_agent write_todos update_topic skill activate_skill list_bash read_bash stop_bash list_background_processes read_background_output wait sleep wait_agent interrupt_agent close_agent request_user_input_async fetch_copilot_cli_documentation task_stop',
  ],
];

/** What the tool of that name does, for names that agents give to tools of their own. */
export const ownTools: ReadonlyMap<string, ToolKind> = new Map(
  names.flatMap(([kind, all]) => all.split(' ').map((name): [string, ToolKind] => [name, kind])),
);

/** Namespaces in which Codex offers tools of its own. */
export const ownNamespaces = /^(?:functions|clock|collaboration|multi_agent_v\d+)__/;

export const mcpName = /^mcp__((?:(?!__).)+)__(.+)$/su;

/** How agents join the names of a server and its tool, where not as `mcp__server__tool`. Source: recordings of each. */
export const mcpNames: Readonly<Record<string, RegExp>> = {
  'gemini-cli': /^mcp_([^_]+)_(.+)$/su,
  'copilot-cli': /^([^-]+)-(.+)$/su,
  opencode: /^([^_]+)_(.+)$/su,
  droid: /^((?:(?!___).)+)___(.+)$/su,
};
