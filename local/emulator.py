# Starts MiniStack with the condition keys of AWS that Daykey's policies use and that MiniStack leaves out:
# kms:EncryptionContext:KEY, kms:EncryptionContextKeys, s3:if-none-match, dynamodb:LeadingKeys, dynamodb:ReturnValues
# and, for puts and updates, dynamodb:Attributes. It listens on this machine without TLS, so every request counts as one over TLS: the bucket's policy
# refuses any other.

import json
import re

from ministack import app
from ministack.core import iam_actions, iam_evaluator

# Every table of Daykey has a partition key of this name.
PARTITION_KEY = "pk"

tag_context = iam_actions.request_tag_context


def encryption_context(request):
    # Of keys that differ only in case AWS sees one; here it is the last.
    context = request.get("EncryptionContext")
    if not isinstance(context, dict) or not context:
        return {}
    values = {f"kms:encryptioncontext:{key}".lower(): value for key, value in context.items()}
    return {**values, "kms:encryptioncontextkeys": list(context)}


def partition_values(request):
    """The partition keys that a request names, each as its text."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    found = [request.get(member, {}).get(PARTITION_KEY) for member in ("Key", "Item")]
    for side in str(request.get("KeyConditionExpression", "")).split(" AND "):
        name, _, placeholder = (part.strip(" ()") for part in side.partition("="))
        if names.get(name, name) == PARTITION_KEY:
            found.append(values.get(placeholder))
    for of_table in (request.get("RequestItems") or {}).values():
        if isinstance(of_table, dict):
            found += [key.get(PARTITION_KEY) for key in of_table.get("Keys", [])]
            continue
        for write in of_table:
            found.append(write.get("PutRequest", {}).get("Item", {}).get(PARTITION_KEY))
            found.append(write.get("DeleteRequest", {}).get("Key", {}).get(PARTITION_KEY))
    for action in request.get("TransactItems") or []:
        found += [part.get(member, {}).get(PARTITION_KEY) for part in action.values() for member in ("Key", "Item")]
    return [str(value["S"]) for value in found if value and "S" in value]


# Words of expressions that name no attribute.
EXPRESSION_WORDS = set(
    "set add remove delete and or not in between if_not_exists list_append attribute_exists attribute_not_exists"
    " attribute_type begins_with contains size".split()
)


def updated_attributes(request):
    """The top-level attributes that an update names, its key included."""
    names = request.get("ExpressionAttributeNames") or {}
    text = f"{request.get('UpdateExpression', '')} {request.get('ConditionExpression', '')}"
    paths = re.findall(r"(?<![:\w#.])[#A-Za-z_][\w#.\[\]-]*", text)
    heads = [re.split(r"[.\[]", path)[0] for path in paths if path.lower() not in EXPRESSION_WORDS]
    return [*request["Key"], *(names.get(head, head) for head in heads), *(request.get("AttributeUpdates") or {})]


def dynamodb_context(request):
    context = {}
    if keys := partition_values(request):
        context["dynamodb:leadingkeys"] = keys
    # MiniStack reads the attributes of a projection itself.
    if item := request.get("Item"):
        context["dynamodb:attributes"] = list(item)
    if "UpdateExpression" in request or "AttributeUpdates" in request:
        context["dynamodb:attributes"] = updated_attributes(request)
    if values := request.get("ReturnValues"):
        context["dynamodb:returnvalues"] = values
    return context


def request_context(service, iam_action, body, params):
    context = tag_context(service, iam_action, body, params)
    if service not in ("kms", "dynamodb"):
        return context
    try:
        request = json.loads(body or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError):
        return context
    return {**context, **(encryption_context if service == "kms" else dynamodb_context)(request)}


s3_context = iam_actions.s3_service_context


def s3_request_context(iam_action, query_params, path, headers):
    context = s3_context(iam_action, query_params, path, headers) or {}
    if condition := headers.get("if-none-match"):
        context["s3:if-none-match"] = condition
    return context


resolve_condition_key = iam_evaluator._resolve_condition_key


def condition_key(key, context):
    return "true" if key.lower() == "aws:securetransport" else resolve_condition_key(key, context)


# MiniStack looks these functions up for each request.
iam_actions.request_tag_context = request_context
iam_actions.s3_service_context = s3_request_context
iam_evaluator._resolve_condition_key = condition_key
app.main()
