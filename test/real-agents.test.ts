import { codex, codexCodeMode, copilotCli, geminiCli, openCode } from './harness/real-agents.ts';
import { realAgentsBehindTheGateway } from './harness/real-agents-suite.ts';

realAgentsBehindTheGateway([openCode, geminiCli, copilotCli, codex, codexCodeMode]);
