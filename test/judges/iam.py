# Decides IAM requests with MiniStack's policy evaluator.
#
# Argument: a JSON file with {"documents": [policy], "requests": [{"principal": ARN, "account", "action", "resource",
# "context": {condition key: value}, "identityPolicies": [number of a document], "resourcePolicy"?: number of a document,
# "owner"?: account ID}]}.
# Prints a list of "Allow", "Deny" and "ImplicitDeny", one for each request.

import json
import sys

from ministack.core import iam_evaluator as iam

resolve_key = iam._resolve_condition_key


def resolve_key_of_request(key, context):
    """The evaluator reads the machine's clock; here the request says when it is made."""
    if key.lower() == "aws:currenttime":
        return context.service_context.get("aws:currenttime")
    return resolve_key(key, context)


iam._resolve_condition_key = resolve_key_of_request


def decision(request, documents):
    context = iam.EvalContext(
        principal_arn=request["principal"],
        principal_type="AssumedRole",
        principal_account=request["account"],
        action=request["action"],
        resource_arn=request["resource"],
        region="eu-central-1",
        service_context={key.lower(): value for key, value in request["context"].items()},
    )
    policies = [iam.parse_policy_document(documents[number]) for number in request["identityPolicies"]]
    result = iam.evaluate(context, policies)
    if "resourcePolicy" in request:
        # As for KMS keys, whose policy has to allow a request even within the account.
        result = iam.combine_resource_policy(
            result, context, documents[request["resourcePolicy"]], request["owner"], required=True
        )
    return result.decision


with open(sys.argv[1]) as file:
    asked = json.load(file)
json.dump([decision(request, asked["documents"]) for request in asked["requests"]], sys.stdout)
