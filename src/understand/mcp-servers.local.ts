import type { KnownServer } from './mcp-servers.shape.ts';

/** Servers that work on this machine: files, processes, browsers, memory. Source: the servers' own tool lists. */
export const localServers: readonly KnownServer[] = [
  {
    id: 'filesystem',
    named: 'filesystem, file system, files, fs',
    zone: 'this-host',
    reads: [],
    tools: `
      read: list_allowed_directories directory_tree
      write: edit_file create_directory move_file
    `,
  },
  {
    id: 'git',
    named: 'git, local git',
    zone: 'repository',
    reads: [],
    tools: `
      delete: git_reset git_clean
      write: git_checkout git_stash git_init git_commit git_add
      send: git_push
      read: git_show git_log git_branch
      receive untrusted: git_clone
      receive: git_pull git_fetch
    `,
  },
  {
    id: 'desktop-commander',
    named: 'desktop commander, commander, shell, terminal, iterm, ssh, command line, win cli',
    zone: 'this-host',
    reads: [],
    tools: `
      execute: start_process interact_with_process
      read: read_process_output list_sessions list_processes
      delete: force_terminate kill_process
      configure: set_config_value
      write: edit_block
      send: give_feedback_to_desktop_commander
    `,
  },
  {
    id: 'memory',
    named: 'memory, knowledge graph, mem0, basic memory, openmemory, serena',
    zone: 'this-host',
    reads: [],
    tools: `
      write: create_entities create_relations add_observations activate_project
      read: open_nodes onboarding
      delete: delete_entities delete_observations delete_relations
      execute: execute_shell_command
    `,
  },
  {
    id: 'sequential-thinking',
    named: 'sequential thinking, sequentialthinking, think, thinking',
    zone: 'this-host',
    reads: [],
    tools: `
      read: sequentialthinking think
    `,
  },
  {
    id: 'time',
    named: 'time',
    zone: 'this-host',
    reads: [],
    tools: `
      read: convert_time get_current_time
    `,
  },
  {
    id: 'everything',
    named: 'everything',
    zone: 'this-host',
    reads: [],
    tools: `
      read: echo
      read sensitive: printEnv
      execute: sampleLLM
    `,
  },
  {
    id: 'ide',
    named: 'ide, jetbrains, vscode, intellij, xcode, xcode build',
    zone: 'this-host',
    reads: [],
    tools: `
      read: getDiagnostics openDiff
      execute: executeCode execute_terminal_command execute_run_configuration
      write: replace_text_in_file reformat_file
    `,
  },
  {
    id: 'docker',
    named: 'docker, podman, portainer',
    zone: 'this-host',
    reads: [],
    tools: `
      execute: compose-up deploy-compose dockerProxy build_image stop_container
      delete: compose-down recreate_container
      read: fetch_container_logs
      receive: pull_image
      send: push_image
    `,
  },
  {
    id: 'playwright',
    named: `
      playwright, browser, puppeteer, chrome devtools, chrome, claude in chrome, browser use, browserbase,
      stagehand, browser mcp, selenium, hyperbrowser, browser tools, camoufox, steel
    `,
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      receive untrusted: browser_navigate browser_navigate_back browser_navigate_forward browser_tab_new
        puppeteer_navigate navigate_page new_page navigate browserbase_stagehand_navigate
      read untrusted: browser_snapshot browser_take_screenshot browser_console_messages browser_network_requests
        browser_wait_for puppeteer_screenshot take_snapshot take_screenshot list_console_messages
        get_console_message list_network_requests get_network_request wait_for read_page get_page_text find
        read_console_messages read_network_requests browserbase_stagehand_extract browserbase_stagehand_observe
      execute untrusted: browser_evaluate browser_run_code puppeteer_evaluate evaluate_script javascript_tool
      send: browser_file_upload upload_file upload_image
      execute: browser_click browser_type browser_fill_form browser_press_key browser_select_option
        browser_handle_dialog browser_drag puppeteer_click puppeteer_fill puppeteer_select click fill fill_form
        press_key drag handle_dialog computer form_input shortcuts_execute browserbase_stagehand_act
      read: browser_hover browser_tabs browser_tab_list browser_tab_select browser_tab_close browser_close
        browser_resize puppeteer_hover close_page select_page list_pages hover resize_page performance_start_trace
        performance_stop_trace performance_analyze_insight tabs_context_mcp tabs_create_mcp update_plan
      install: browser_install
      write: browser_pdf_save gif_creator
      configure: emulate
    `,
  },
  {
    id: 'applescript',
    named: 'applescript, osascript, macos, computer use, computer, windows, apple, mac',
    zone: 'this-host',
    reads: ['sensitive'],
    tools: `
      execute: applescript_execute Powershell-Tool Click-Tool Type-Tool
      send: messages mail
      read sensitive: contacts notes
    `,
  },
  {
    id: 'obsidian',
    named: 'obsidian, apple notes, bear, logseq',
    zone: 'home',
    reads: ['sensitive'],
  },
  {
    id: 'ghidra',
    named: 'ghidra, ida, ida pro, burp, burp suite, metasploit, kali, nmap, hexstrike',
    zone: 'other-host',
    reads: ['untrusted'],
    tools: `
      send: send_http1_request send_http2_request
      write: create_repeater_tab
      execute: run_exploit send_session_command execute_command nmap_scan
    `,
  },
];
