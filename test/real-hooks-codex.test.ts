import { codexHooked } from './harness/hooked-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

realHooks(codexHooked);
