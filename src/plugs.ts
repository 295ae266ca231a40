import type { AgentAdapter } from './core/agent.ts';
import type { CommandFamily, Detector } from './core/ports.ts';
import type { TranscriptReader } from './core/transcript.ts';
import { antigravityTranscript } from './normalise/agents/antigravity.transcript.ts';
import { antigravity } from './normalise/agents/antigravity.ts';
import { claudeCodeTranscript } from './normalise/agents/claude-code.transcript.ts';
import { claudeCode } from './normalise/agents/claude-code.ts';
import { clineTranscript } from './normalise/agents/cline.transcript.ts';
import { cline } from './normalise/agents/cline.ts';
import { codexTranscript } from './normalise/agents/codex.transcript.ts';
import { codex } from './normalise/agents/codex.ts';
import { copilotCliTranscript } from './normalise/agents/copilot-cli.transcript.ts';
import { copilotCli } from './normalise/agents/copilot-cli.ts';
import { cursorTranscript } from './normalise/agents/cursor.transcript.ts';
import { cursor } from './normalise/agents/cursor.ts';
import { droidTranscript } from './normalise/agents/droid.transcript.ts';
import { droid } from './normalise/agents/droid.ts';
import { geminiTranscript } from './normalise/agents/gemini-cli.transcript.ts';
import { geminiCli } from './normalise/agents/gemini-cli.ts';
import { generic } from './normalise/agents/generic.ts';
import { gooseTranscript } from './normalise/agents/goose.transcript.ts';
import { goose } from './normalise/agents/goose.ts';
import { kiroTranscript } from './normalise/agents/kiro.transcript.ts';
import { kiro } from './normalise/agents/kiro.ts';
import { openclawTranscript } from './normalise/agents/openclaw.transcript.ts';
import { openClaw } from './normalise/agents/openclaw.ts';
import { opencodeTranscript } from './normalise/agents/opencode.transcript.ts';
import { openCode } from './normalise/agents/opencode.ts';
import { piTranscript } from './normalise/agents/pi.transcript.ts';
import { pi } from './normalise/agents/pi.ts';
import { qwenTranscript } from './normalise/agents/qwen-code.transcript.ts';
import { qwenCode } from './normalise/agents/qwen-code.ts';
import { vscodeCopilotTranscript } from './normalise/agents/vscode-copilot.transcript.ts';
import { vscodeCopilot } from './normalise/agents/vscode-copilot.ts';
import { windsurfTranscript } from './normalise/agents/windsurf.transcript.ts';
import { windsurf } from './normalise/agents/windsurf.ts';
import { credentialAccess } from './score/detectors/credential-access.ts';
import { defenceImpairment } from './score/detectors/defence-impairment.ts';
import { destructiveCommand } from './score/detectors/destructive-command.ts';
import { discovery } from './score/detectors/discovery.ts';
import { encryption } from './score/detectors/encryption.ts';
import { exfiltration } from './score/detectors/exfiltration.ts';
import { exhaustion } from './score/detectors/exhaustion.ts';
import { guardrailTampering } from './score/detectors/guardrail-tampering.ts';
import { miner } from './score/detectors/miner.ts';
import { newMcpServer } from './score/detectors/new-mcp-server.ts';
import { opaque } from './score/detectors/opaque.ts';
import { persistence } from './score/detectors/persistence.ts';
import { piiExposure } from './score/detectors/pii-exposure.ts';
import { preparedScript } from './score/detectors/prepared-script.ts';
import { privilegeEscalation } from './score/detectors/privilege-escalation.ts';
import { promptInjection } from './score/detectors/prompt-injection.ts';
import { readAround } from './score/detectors/read-around.ts';
import { remoteCodeExecution } from './score/detectors/remote-code-execution.ts';
import { secretExposure } from './score/detectors/secret-exposure.ts';
import { sessionFlow } from './score/detectors/session-flow.ts';
import { shellEscape } from './score/detectors/shell-escape.ts';
import { supplyChain } from './score/detectors/supply-chain.ts';
import { toolDescription } from './score/detectors/tool-description.ts';
import { unusualPace } from './score/detectors/unusual-pace.ts';
import { writeOutside } from './score/detectors/write-outside.ts';
import { accounts } from './understand/commands/accounts.ts';
import { agentTools } from './understand/commands/agents.ts';
import { archives } from './understand/commands/archives.ts';
import { attackTools } from './understand/commands/attack-tools.ts';
import { backups } from './understand/commands/backups.ts';
import { brokers } from './understand/commands/brokers.ts';
import { build } from './understand/commands/build.ts';
import { clouds } from './understand/commands/clouds.ts';
import { containers } from './understand/commands/containers.ts';
import { coreutils } from './understand/commands/coreutils.ts';
import { credentialDumps } from './understand/commands/credential-dumps.ts';
import { dataStores } from './understand/commands/data-stores.ts';
import { databases } from './understand/commands/databases.ts';
import { delivery } from './understand/commands/delivery.ts';
import { edge } from './understand/commands/edge.ts';
import { find } from './understand/commands/find.ts';
import { forges } from './understand/commands/forges.ts';
import { git } from './understand/commands/git.ts';
import { infrastructure } from './understand/commands/infrastructure.ts';
import { macos } from './understand/commands/macos.ts';
import { migrations } from './understand/commands/migrations.ts';
import { miningPrograms } from './understand/commands/miners.ts';
import { network } from './understand/commands/network.ts';
import { observability } from './understand/commands/observability.ts';
import { packages } from './understand/commands/packages.ts';
import { patches } from './understand/commands/patches.ts';
import { platforms } from './understand/commands/platforms.ts';
import { productTools } from './understand/commands/product-tools.ts';
import { searchEngines } from './understand/commands/search-engines.ts';
import { secretTools } from './understand/commands/secret-tools.ts';
import { services } from './understand/commands/services.ts';
import { storageTools } from './understand/commands/storage.ts';
import { system } from './understand/commands/system.ts';
import { text } from './understand/commands/text.ts';
import { versionControl } from './understand/commands/version-control.ts';
import { virtualMachines } from './understand/commands/virtual-machines.ts';
import { windows } from './understand/commands/windows.ts';
import { wrapperCommands } from './understand/commands/wrappers.ts';

// The lists. A file in a plug folder that is not listed here fails a test. Keep each list sorted.

/** Command families of `understand/commands/`. */
export const families: readonly CommandFamily[] = [
  accounts,
  agentTools,
  archives,
  attackTools,
  backups,
  brokers,
  build,
  clouds,
  containers,
  coreutils,
  credentialDumps,
  databases,
  dataStores,
  delivery,
  edge,
  find,
  forges,
  git,
  infrastructure,
  macos,
  migrations,
  miningPrograms,
  network,
  observability,
  packages,
  platforms,
  productTools,
  searchEngines,
  patches,
  secretTools,
  services,
  storageTools,
  system,
  text,
  versionControl,
  virtualMachines,
  windows,
  wrapperCommands,
];

/** Risks of `score/detectors/`. */
export const detectors: readonly Detector[] = [
  credentialAccess,
  defenceImpairment,
  destructiveCommand,
  discovery,
  encryption,
  exfiltration,
  exhaustion,
  guardrailTampering,
  miner,
  newMcpServer,
  opaque,
  persistence,
  piiExposure,
  preparedScript,
  privilegeEscalation,
  promptInjection,
  readAround,
  remoteCodeExecution,
  secretExposure,
  sessionFlow,
  shellEscape,
  supplyChain,
  toolDescription,
  unusualPace,
  writeOutside,
];

/** Coding agents of `normalise/agents/`. */
export const agents: readonly AgentAdapter[] = [
  antigravity,
  claudeCode,
  cline,
  codex,
  copilotCli,
  cursor,
  droid,
  geminiCli,
  generic,
  goose,
  kiro,
  openClaw,
  openCode,
  pi,
  qwenCode,
  vscodeCopilot,
  windsurf,
];

/** Readers of the transcripts that agents keep, `normalise/agents/<agent>.transcript.ts`. */
export const transcripts: readonly TranscriptReader[] = [
  antigravityTranscript,
  claudeCodeTranscript,
  clineTranscript,
  codexTranscript,
  copilotCliTranscript,
  cursorTranscript,
  droidTranscript,
  geminiTranscript,
  gooseTranscript,
  kiroTranscript,
  openclawTranscript,
  opencodeTranscript,
  piTranscript,
  qwenTranscript,
  vscodeCopilotTranscript,
  windsurfTranscript,
];

export { providers } from './normalise/providers.ts';
