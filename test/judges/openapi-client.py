# Makes a client of docs/openapi.json with openapi-python-client, calls a vault with it, and reports what the client gives.
import importlib
import json
import subprocess
import sys

url, allowed, refused, report = sys.argv[1:]
generator = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"]
made = subprocess.run(
    [*generator, "--config", "config.json", "--fail-on-warning", "--output-path", "daykey_client"],
    capture_output=True,
    text=True,
)
if made.returncode != 0:
    sys.exit(made.stdout + made.stderr)
sys.path.insert(0, ".")
models = importlib.import_module("daykey_client.models")
client_of = importlib.import_module("daykey_client").AuthenticatedClient
cases = {}


def call(case, operation, body, token=allowed):
    function = importlib.import_module(f"daykey_client.api.default.{operation}")
    answer = function.sync_detailed("shop", client=client_of(base_url=url, token=token), body=body)
    cases[case] = {
        "status": int(answer.status_code),
        "type": type(answer.parsed).__name__,
        "body": answer.parsed.to_dict() if answer.parsed else None,
    }
    return answer.parsed


fields = models.EncryptRequestFields.from_dict({"email": "maya@example.org", "card": {"number": 4711}})
sealed = call("encrypt", "encrypt", models.EncryptRequest(fields=fields, ttl_seconds=3600, subject="user-17"))
refs = models.DecryptRequestRefs.from_dict({**sealed.refs.additional_properties, "other": "dk2_x"})
opened = call("decrypt", "decrypt", models.DecryptRequest(refs=refs))
cases["decrypt"]["types"] = {name: type(field).__name__ for name, field in opened.values.additional_properties.items()}

said = models.Entry(type_="text.say", data=models.EntryData.from_dict({"text": "Call me"}))
mode = models.IncomingRequestThread(mode="agent")
entered = call("incoming", "incoming", models.IncomingRequest(entry=said, thread=mode))
call("outgoing", "outgoing", models.OutgoingRequest(entry=entered.entry.to_dict()))
call("explain", "explain", models.ExplainRequest(entry=said))

blob = call("seal-blob", "seal_blob", models.SealBlobRequest(bytes_=10))
call("open-blob", "open_blob", models.OpenBlobRequest(ref=blob.ref))
call("open-blob of a value", "open_blob", models.OpenBlobRequest(ref=sealed.refs["email"]))
call("open-blob of nothing", "open_blob", models.OpenBlobRequest(ref="dk2_x"))

call("erase by subject", "erase", models.EraseSubjectRequest(subject="user-17"))
erased = models.EraseRefsRequestRefs.from_dict({"one": blob.ref})
call("erase by refs", "erase", models.EraseRefsRequest(refs=erased))

problem = call("400", "encrypt", models.EncryptRequest(fields=models.EncryptRequestFields()))
cases["400"]["code"] = problem.code is models.ProblemCode.INVALID_REQUEST
problem = call("401", "decrypt", models.DecryptRequest(refs=refs), token="dkt_x")
cases["401"]["code"] = problem.code is models.ProblemCode.UNAUTHENTICATED
problem = call("403", "decrypt", models.DecryptRequest(refs=refs), token=refused)
cases["403"]["code"] = problem.code is models.ProblemCode.FORBIDDEN

with open(report, "w", encoding="utf-8") as file:
    json.dump({"warnings": made.stdout + made.stderr, "cases": cases}, file)
