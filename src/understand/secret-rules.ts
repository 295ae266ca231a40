import type { SecretRule } from './secret-rule.ts';
import { businessRules } from './secret-rules-business.ts';
import { cloudRules } from './secret-rules-clouds.ts';
import { codeRules } from './secret-rules-code.ts';
import { formRules } from './secret-rules-forms.ts';
import { modelRules } from './secret-rules-models.ts';
import { namedRules } from './secret-rules-named.ts';
import { operationRules } from './secret-rules-operations.ts';

/** What we know of the formats of secrets, each as its vendor documents it. */
export const secretRules: readonly SecretRule[] = [
  ...cloudRules,
  ...codeRules,
  ...modelRules,
  ...businessRules,
  ...operationRules,
  ...formRules,
  ...namedRules,
];
