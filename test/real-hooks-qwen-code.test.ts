import { qwenHooked } from './harness/hooked-agents.ts';
import { realHooks } from './harness/real-hooks.ts';

realHooks(qwenHooked);
