import type { CommandWords } from '../core/ports.ts';
import { names, readOptions } from './arguments.ts';

/** Options of cloud and forge command lines that take a separate value. */
export const cloudValues = names(
  '--region --profile --output --query --endpoint-url --cli-input-json --project --zone --format --filter -g --resource-group -n --name -o --subscription --account --configuration --impersonate-service-account -a --app -r --remote --org -t --token --scope -p --team --api-key --access-token --env --environment --limit --config -c --namespace --cluster --from --context --role-arn --function-name --payload --cli-binary-format -R --repo --hostname -F -f --field -H --header --jq -q --body -b --title --label -l --host --port --user -u --token-id --vault --registry --image --secret-id --file-path --account-name --vault-name --location --id --key-id --bucket --key --cli-read-timeout --cli-connect-timeout --ca-bundle --color --max-items --page-size --starting-token --sort-by --verbosity --flags-file --billing-project --access-token-file',
);

/** The words of the line without options and their values. */
export function plainLine({ args }: CommandWords): string {
  return readOptions(args, cloudValues)
    .operands.map(({ text }) => text ?? '…')
    .join(' ')
    .slice(0, 4000);
}
