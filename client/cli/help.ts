// The one help text; the README repeats it word for word.

export const HELP = `daykey receipts list --app APP     lists an app's destruction receipts and checks their signatures
daykey receipts save --app APP --to FOLDER
                                   saves them as .jws files, with the key that checks them
daykey receipts verify --key PEM FILE...
                                   checks saved receipts offline: asks nobody
daykey --help                      shows this

--stack NAME      the vault's stack (default: Daykey)
--json            prints JSON, one object a line

Account, Region and credentials are the AWS SDK's own: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and so on.
`;

/** Says what is wrong and where to look; exit code 1. */
export function failWith(message: string): void {
  process.stderr.write(`daykey: ${message}\nTry: daykey --help\n`);
  process.exitCode = 1;
}
