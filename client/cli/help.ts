// The one help text; the README repeats it word for word.

export const HELP = `daykey token issue --app APP --integration NAME --expires-in 30d
                                   makes an API token and prints it, once; m, h or d, at most 366d
daykey token list --app APP        lists an app's tokens by ID, and the last day each of them decrypted
daykey token revoke --app APP ID   takes a token back: within 60 seconds it is worth nothing
daykey audit --app APP [--since 24h] [--integration NAME]
                                   lists who was about to open what, and when; never a value
daykey explain --app APP --entry FILE [--mode MODE] [--component-sensitive true|false] [--cause-sensitive true|false]
                                   lists what would be sealed in an entry (- for stdin) and why; never a value
daykey receipts list --app APP     lists an app's destruction receipts and checks their signatures
daykey receipts save --app APP --to FOLDER
                                   saves them as .jws files, with the key that checks them
daykey receipts verify --key PEM FILE...
                                   checks saved receipts offline: asks nobody
daykey --help                      shows this

--stack NAME      the vault's stack (default: Daykey)
--json            lists as JSON, one object a line

Account, Region and credentials are the AWS SDK's own: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and so on.
`;

/** Says what is wrong and where to look; exit code 1. */
export function failWith(message: string): void {
  process.stderr.write(`daykey: ${message}\nTry: daykey --help\n`);
  process.exitCode = 1;
}
