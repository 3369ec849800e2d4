"""Signs the requests of the vectors with botocore, AWS's own signer, and reports each step."""

import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

BODY = "Action=GetCallerIdentity&Version=2011-06-15"


def judged(case):
    host = f"sts.{case['region']}.{case['dnsSuffix']}"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": case["date"],
        "X-Amz-Security-Token": case["sessionToken"],
        "X-Daykey-Audience": case["audience"],
    }
    request = AWSRequest(method="POST", url=f"https://{host}/", data=BODY, headers=headers)
    request.context["timestamp"] = case["date"]
    credentials = Credentials(case["accessKeyId"], case["secretAccessKey"], case["sessionToken"])
    signer = SigV4Auth(credentials, "sts", case["region"])
    canonical_request = signer.canonical_request(request)
    text_to_sign = signer.string_to_sign(request, canonical_request)
    return {
        "canonicalRequest": canonical_request,
        "textToSign": text_to_sign,
        "signature": signer.signature(text_to_sign, request),
    }


with open(sys.argv[1], encoding="utf-8") as cases, open(sys.argv[2], "w", encoding="utf-8") as report:
    json.dump([judged(case) for case in json.load(cases)["cases"]], report)
